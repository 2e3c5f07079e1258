"""A chart on paper: vectors with embedded fonts."""

# pyright: reportUnknownMemberType=false
# (the paper library names no types)

from __future__ import annotations

from typing import Any

from reportlab.graphics.shapes import Drawing, Group, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import HexColor

from audit.medicinsk.report.marks import Box, Chart, Line, Mark

PLAIN, BOLD = "Audit", "Audit-Bold"


def drawing(chart: Chart, scale: float = 1.0) -> Drawing:
    """The chart as a flowable of its own size, or scaled."""
    made = Drawing(chart.wide * scale, chart.high * scale)
    # Else a font would be named that is not embedded.
    for name, value in (("initialFontName", PLAIN), ("initialFontSize", 8)):
        setattr(made, name, value)
    group = Group(*[_shape(mark, chart.high) for mark in chart.marks])
    group.scale(scale, scale)
    made.add(group)
    return made


def _shape(mark: Mark, high: float) -> Any:
    rectangle: Any = Rect
    if isinstance(mark, Box):
        return rectangle(
            mark.x,
            high - mark.y - mark.high,
            mark.wide,
            mark.high,
            fillColor=_colour(mark.fill),
            strokeColor=_colour(mark.stroke),
            strokeWidth=mark.thick,
        )
    if isinstance(mark, Line):
        points = [place for x, y in mark.points for place in (x, high - y)]
        look: dict[str, Any] = {
            "strokeColor": _colour(mark.stroke),
            "strokeWidth": mark.thick,
            "strokeDashArray": list(mark.dash) or None,
        }
        if mark.fill is not None:
            return Polygon(points, fillColor=_colour(mark.fill), **look)
        return PolyLine(points, **look)
    return String(
        mark.x,
        high - mark.y,
        mark.text,
        fontName=BOLD if mark.bold else PLAIN,
        fontSize=mark.size,
        textAnchor=mark.anchor,
        fillColor=_colour(mark.fill),
    )


def _colour(text: str | None) -> Any:
    return None if text is None else HexColor(text)
