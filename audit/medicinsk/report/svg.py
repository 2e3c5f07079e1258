"""A chart on a page: SVG without scripts and styles, which the page's rules would refuse."""

from __future__ import annotations

from html import escape

from audit.medicinsk.report.marks import Box, Chart, Line, Mark


def svg(chart: Chart, name: str) -> str:
    """The chart as an SVG element; ``name`` is unique on the page. The table stands beside it."""
    marks = "".join(_element(mark) for mark in chart.marks)
    return (
        f'<svg class="audit-chart" viewBox="0 0 {_n(chart.wide)} {_n(chart.high)}" role="img"'
        f' aria-labelledby="{escape(name)}-title"><title id="{escape(name)}-title">'
        f"{escape(chart.title)}</title>{marks}</svg>"
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _element(mark: Mark) -> str:
    if isinstance(mark, Box):
        return (
            f'<rect x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.wide)}"'
            f' height="{_n(mark.high)}" fill="{mark.fill or "none"}"'
            f' stroke="{mark.stroke or "none"}" stroke-width="{_n(mark.thick)}"/>'
        )
    if isinstance(mark, Line):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
        dash = f' stroke-dasharray="{" ".join(map(_n, mark.dash))}"' if mark.dash else ""
        tag = "polyline" if mark.fill is None else "polygon"
        return (
            f'<{tag} points="{points}" fill="{mark.fill or "none"}"'
            f' stroke="{mark.stroke or "none"}" stroke-width="{_n(mark.thick)}"{dash}/>'
        )
    weight = ' font-weight="700"' if mark.bold else ""
    return (
        f'<text x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}"{weight}'
        f' text-anchor="{mark.anchor}" fill="{mark.fill}">{escape(mark.text)}</text>'
    )
