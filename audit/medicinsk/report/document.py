"""The report as PDF: what stands out, contents, chapters, adjustments and signature, the proof."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    Paragraph,
    Spacer,
    Table,
)

from audit.medicinsk.model import Report
from audit.medicinsk.report import layout, proof, remarks
from audit.medicinsk.report.chapters import Grid, Section, chapters, find
from audit.medicinsk.report.drawing import BOLD, drawing
from audit.medicinsk.report.layout import ROOM, heading, table, words
from audit.medicinsk.report.marks import DARK, INK, PALE, Chart
from audit.medicinsk.report.remarks import Remarks
from audit.medicinsk.report.stands_out import Remark, missing, stands_out
from audit.medicinsk.report.wording import Wording, limits, small_n

#: So much room a chapter needs to begin below another.
NEW_CHAPTER = 110 * mm
MOST_LARGE = 5
#: The signs before the sentences: told apart by form, not by colour.
SIGNS = {"never": "■", "missed": "▲", "open": "△", "change": "↕", "distance": "↔", "missing": "?"}


def report_pdf(report: Report, fonts: Path, said: Remarks = remarks.NONE) -> bytes:
    """The report in Danish. The same report, remarks and fonts give the same bytes."""
    layout.register_fonts(fonts)
    wording = Wording("da")
    out = BytesIO()
    title = (
        f"{wording.text('title')} {report.period.last.year} · {wording.place(report.institution)}"
    )
    paper = layout.Paper(out, title)
    paper.multiBuild(
        list(_story(report, said, wording)), canvasmaker=_canvas(report, said, wording)
    )
    return out.getvalue()


def _canvas(report: Report, said: Remarks, wording: Wording) -> type[layout.Counted]:
    state = wording.text("draft_long")
    if said.signed is not None:
        state = wording.text("signed_long", day=wording.day(said.signed.on), name=said.signed.name)
    head = (
        f"{wording.text('title')} {report.period.last.year} · {wording.place(report.institution)}"
    )

    class OfThis(layout.Counted):
        running = layout.Running(
            head, state, proof.checkpoint_line(report, wording), wording.page_of()
        )

    return OfThis


def _story(report: Report, said: Remarks, wording: Wording) -> Iterator[Flowable]:
    yield from _first_page(report, said, wording)
    yield NextPageTemplate("page")
    yield PageBreak()
    yield from _contents(report, wording)
    for number, chapter in enumerate(chapters(report, wording), 1):
        yield PageBreak() if number == 1 else CondPageBreak(NEW_CHAPTER)
        yield heading(f"{number}  {chapter.title}", 0, f"chapter-{chapter.key}")
        for section in chapter.sections:
            yield from _section(section, said, wording)
    yield CondPageBreak(NEW_CHAPTER)
    yield from _adjusting(said, wording)
    yield PageBreak()
    yield from proof.pages(report, wording)


def _first_page(report: Report, said: Remarks, wording: Wording) -> Iterator[Flowable]:
    period = report.period
    yield words(f"{wording.text('title')} {period.last.year}", layout.TITLE)
    yield words(wording.text("subtitle"), layout.LEDE)
    yield Spacer(0, 4 * mm)
    if said.signed is None:
        state = wording.text("draft_long")
    else:
        state = wording.text("signed_long", day=wording.day(said.signed.on), name=said.signed.name)
    span = f"{wording.day(period.first)} – {wording.day(period.last)}"
    facts = [
        (wording.text("institution"), wording.place(report.institution)),
        (wording.text("period"), f"{span} ({wording.text('days', n=period.days)})"),
        (wording.text("cut_on"), wording.day(report.cut_on)),
        ("", state),
    ]
    yield _facts(facts)
    yield from _headline(report, wording)
    most = limits()["first_page"].value
    for key, found in (
        ("stands_out", stands_out(report, wording)),
        ("missing", missing(report, wording)),
    ):
        yield Spacer(0, 5 * mm)
        yield words(wording.text(key), layout.H1)
        if not found:
            yield words(
                wording.text(f"nothing_{'stands_out' if key == 'stands_out' else 'missing'}")
            )
        for remark in found[:most]:
            yield _remark(remark, layout.LEDE)
        if len(found) > most:
            more = layout.escape(wording.text("and_more", n=len(found) - most))
            yield Paragraph(f'<a href="#all-out">{more}</a>', layout.SOFTLY)


def _headline(report: Report, wording: Wording) -> Iterator[Flowable]:
    """The year in a few large figures: the doses and the share on the first choice."""
    cells: list[tuple[str, str]] = []
    for spread in find(report.figures, "M1").distributions:
        # A change over the year has no bars: it is read in its chapter.
        if spread.edges and spread.n >= small_n():
            text = wording.text(
                "headline_median", name=wording.name(spread.key), n=wording.number(spread.n)
            )
            cells.append((wording.value(spread.median, spread.unit), text))
    for id_ in ("M9", "M8", "M6"):
        for share in find(report.figures, id_).shares[:1]:
            if share.n:
                text = wording.text(
                    "headline_share",
                    name=wording.name(share.key),
                    yes=wording.number(share.yes.count),
                    n=wording.number(share.yes.count + share.no.count),
                )
                cells.append((wording.percent(share.percent), text))
    cells = cells[:MOST_LARGE]
    if not cells:
        return
    yield Spacer(0, 4 * mm)
    made = Table(
        [
            [words(figure, layout.LARGE) for figure, _ in cells],
            [words(text, layout.SOFTLY) for _, text in cells],
        ],
        colWidths=[ROOM / len(cells)] * len(cells),
        hAlign="LEFT",
    )
    made.setStyle(
        layout.ruled(
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        )
    )
    yield made


def _facts(facts: list[tuple[str, str]]) -> Flowable:
    rows = [[words(name, layout.SOFTLY), words(text, layout.BODY)] for name, text in facts]
    made = Table(rows, colWidths=[30 * mm, ROOM - 30 * mm], hAlign="LEFT")
    made.setStyle(
        layout.ruled(
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(PALE)),
            ("LINEABOVE", (0, 0), (-1, 0), 2, HexColor(DARK)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        )
    )
    return made


def _remark(remark: Remark, style: ParagraphStyle) -> Flowable:
    """A sentence behind its sign, with its indicator, which leads to the chapter."""
    link = ""
    if remark.indicator:
        name = f'<font name="{BOLD}">{remark.indicator}</font>'
        link = f'<a href="#{remark.indicator}">{name}</a>'
    row = [
        Paragraph(f'<font name="{BOLD}">{SIGNS[remark.kind]}</font>', style),
        Paragraph(link, style),
        words(remark.text, style),
    ]
    made = Table([row], colWidths=[6 * mm, 12 * mm, ROOM - 18 * mm], hAlign="LEFT")
    made.setStyle(
        layout.ruled(
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
        )
    )
    return made


def _contents(report: Report, wording: Wording) -> Iterator[Flowable]:
    yield words(wording.text("contents"), layout.H1)
    yield layout.contents()
    yield Spacer(0, 5 * mm)
    parts: list[Flowable] = [words(wording.text("how_to_read"), layout.H2)]
    for key in (
        "how_to_read_text",
        "how_to_read_boxes",
        "quantiles",
        "how_to_read_source",
        "no_sharing",
    ):
        parts += [words(wording.text(key, small=small_n())), Spacer(0, 1.5 * mm)]
    yield KeepTogether(parts)
    yield Spacer(0, 6 * mm)
    yield heading(wording.text("all_out"), 0, "all-out")
    chance = 100 - limits()["certain"].value
    change = limits()["change"].value
    ordered = wording.text("how_ordered", change=change, small=small_n(), chance=chance)
    yield words(ordered, layout.SMALL)
    for key, found in (
        ("stands_out", stands_out(report, wording)),
        ("missing", missing(report, wording)),
    ):
        yield words(wording.text(key), layout.H2)
        if not found:
            yield words(wording.text(f"nothing_{key}"))
        for remark in found:
            yield _remark(remark, layout.BODY)


def _section(section: Section, said: Remarks, wording: Wording) -> Iterator[Flowable]:
    yield CondPageBreak(60 * mm)
    yield heading(f"{section.id}  {section.title}", 1, section.id)
    for note in section.notes:
        yield words(note, layout.SMALL)
    for grid in section.grids:
        yield from _grid(grid)
    for chart in section.charts:
        yield _chart(chart)
    yield Spacer(0, 2 * mm)
    yield KeepTogether(
        [
            Paragraph(
                f'<font name="{BOLD}">{layout.escape(name)}:</font> {layout.escape(text)}',
                layout.SOFTLY,
            )
            for name, text in section.definition
        ]
    )
    for comment in said.comments:
        if comment.indicator == section.id:
            yield _boxed(
                f"{section.id} · {wording.text('comments')}",
                comment.text,
                wording.text("comment_by", name=comment.by, day=wording.day(comment.on)),
            )
    decided = [one for one in said.adjustments if one.indicator == section.id]
    for one in decided:
        text = wording.text(
            "adjustment_line", what=one.what, owner=one.owner, due=wording.day(one.due_on)
        )
        yield _boxed(f"{section.id} · {wording.text('adjustments')}", text, "")


def _grid(grid: Grid) -> Iterator[Flowable]:
    if grid.caption:
        caption = words(grid.caption, layout.H3)
        caption.keepWithNext = 1
        yield caption
    if grid.caption:
        # A table of the model: as many columns as it has, all alike.
        rest = (len(grid.headings) - 1) or 1
        first = max(0.5 - 0.05 * rest, 0.16)
        widths = [ROOM * first, *[ROOM * (1 - first) / rest] * (len(grid.headings) - 1)]
    else:
        widths = layout.spread_widths(len(grid.headings))
    yield table(grid.headings, grid.rows, widths)
    yield Spacer(0, 2 * mm)


def _chart(chart: Chart) -> Flowable:
    scale = min(ROOM / chart.wide, 1.0)
    return KeepTogether(
        [words(chart.title, layout.H3), Spacer(0, 1 * mm), drawing(chart, scale), Spacer(0, 2 * mm)]
    )


def _boxed(title: str, text: str, by: str) -> Flowable:
    """What somebody has said, set apart."""
    cells = [[words(title, layout.HEAD_CELL)], [words(text)]]
    if by:
        cells.append([words(by, layout.SOFTLY)])
    made = Table(cells, colWidths=[ROOM], hAlign="LEFT", spaceBefore=5)
    made.setStyle(
        layout.ruled(
            ("LINEBEFORE", (0, 0), (0, -1), 2.4, HexColor(INK)),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 1.4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.4),
        )
    )
    # Nobody's words are parted from who said them.
    return KeepTogether([made])


def _adjusting(said: Remarks, wording: Wording) -> Iterator[Flowable]:
    """Decisions, last year's answered, and who signed."""
    yield heading(wording.text("adjusting"), 0, "adjusting")
    yield words(wording.text("adjustments"), layout.H2)
    if said.adjustments:
        yield table(
            tuple(wording.text(key) for key in ("indicator", "what", "owner", "due")),
            [(it.indicator, it.what, it.owner, wording.day(it.due_on)) for it in said.adjustments],
            [ROOM * part for part in (0.12, 0.46, 0.2, 0.22)],
            words_in=frozenset(range(4)),
        )
    else:
        yield words(wording.text("no_adjustments"))
    yield words(wording.text("carried"), layout.H2)
    if said.carried:
        answers = {True: "carried_done", False: "carried_not_done", None: "carried_open"}
        yield table(
            tuple(wording.text(key) for key in ("what", "owner", "due", "answer")),
            [
                (it.what, it.owner, wording.day(it.due_on), _answer(it, answers, wording))
                for it in said.carried
            ],
            [ROOM * part for part in (0.4, 0.17, 0.18, 0.25)],
            words_in=frozenset(range(4)),
        )
    else:
        yield words(wording.text("no_carried"))
    yield words(wording.text("signatures"), layout.H2)
    for key, lacking, who in (
        ("second_long", "not_read", said.second_reader),
        ("signed_long", "not_signed", said.signed),
    ):
        if who is None:
            yield words(wording.text(lacking))
            continue
        text = wording.text(key, day=wording.day(who.on), name=who.name)
        yield words(f"{text} ({who.authorisation_id})" if who.authorisation_id else text)


def _answer(one: remarks.Carried, answers: dict[bool | None, str], wording: Wording) -> str:
    text = wording.text(answers[one.done])
    return f"{text}: {one.note}" if one.note else text
