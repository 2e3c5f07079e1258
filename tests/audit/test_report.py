"""The report on paper: the same bytes, every chapter, nobody's name, and what stands out first."""

import hashlib
import re
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

import dispensing.web.render
from audit.medicinsk.model import Counted, Figures, Indicator, Report, Share, Table
from audit.medicinsk.report.chapters import CHAPTERS, INDICATORS, chapters
from audit.medicinsk.report.document import report_pdf
from audit.medicinsk.report.marks import Box, Line, Text, length, ticks
from audit.medicinsk.report.proof import checkpoint_line
from audit.medicinsk.report.remarks import Adjustment, Carried, Comment, Remarks, Signed
from audit.medicinsk.report.short import mortality_pdf, tables_pdf
from audit.medicinsk.report.stands_out import ORDER, missing, stands_out
from audit.medicinsk.report.svg import svg
from audit.medicinsk.report.wording import Wording
from audit.medicinsk.texts import rule_names
from dosing_rules import RULES
from tests.audit.sample_report import FIRST_ID, sample

FONTS = Path(dispensing.web.render.__file__).parent / "fonts"
DANISH = Wording("da")
LONG = "Ambulatoriet for unge, gravide og familier med et usædvanligt langt navn & <tegn> på Amager"
SAID = Remarks(
    comments=(Comment("M7", "To sagde nej efter bivirkninger.", "B. Kjær", date(2027, 1, 9)),),
    adjustments=(Adjustment("M6", "Alle forfaldne aftales", "A. Holm", date(2027, 4, 1)),),
    carried=(Carried("EKG til alle over grænsen", "A. Holm", date(2026, 6, 1), False, "syg"),),
    second_reader=Signed("G. Hald", date(2027, 1, 10)),
    signed=Signed("B. Kjær", date(2027, 1, 12), "AUT11"),
)


@cache
def paper(kind: str = "ordinary") -> bytes:
    made = {
        "ordinary": lambda: report_pdf(sample(), FONTS),
        "signed": lambda: report_pdf(sample(), FONTS, SAID),
        "long": lambda: report_pdf(sample(name=LONG), FONTS),
        "empty": lambda: report_pdf(sample(0), FONTS),
        "alone": lambda: report_pdf(sample(3, others=False), FONTS),
    }
    return made[kind]()


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_the_same_report_gives_the_same_bytes_and_another_others() -> None:
    again = report_pdf(sample(), FONTS)
    assert hashlib.sha256(again).digest() == hashlib.sha256(paper()).digest()
    assert paper("signed") != paper()


@pytest.mark.parametrize("kind", ["ordinary", "signed", "long", "empty", "alone"])
def test_every_chapter_is_there_and_each_page_says_which_of_how_many(kind: str) -> None:
    """Also for long names, an institution without people, and too few to compare."""
    read = pages(paper(kind))
    text = "\n".join(read)
    for key, ids in CHAPTERS:
        assert DANISH.text(f"chapter_{key}") in text
        for id_ in ids:
            assert re.search(rf"{id_}\s+{re.escape(DANISH.indicator(id_))}", text), id_
    for number, page in enumerate(read, 1):
        assert f"Side {number} af {len(read)}" in page


def test_the_first_page_says_what_stands_out_and_what_is_missing() -> None:
    first = pages(paper())[0]
    assert "Det stikker ud" in first and "Det mangler" in first
    never = stands_out(sample(), DANISH)[0]
    assert never.kind == "never" and never.text.split(":")[0] in " ".join(first.split())
    assert "Kladde: ikke underskrevet" in first


def test_the_proof_holds_ledger_books_and_definitions() -> None:
    text = "".join("".join(pages(paper())).split())
    report = sample()
    for digest in (report.ledger[0].head_hash, report.books[0].sha256, report.definitions_sha256):
        assert digest in text
    assert "1.284.511" in text
    signed = report.ledger[0].signed
    assert signed is not None and signed.root in text and signed.origin in text


def test_every_page_names_the_newest_signed_checkpoint() -> None:
    for page in pages(paper()):
        assert "underskrevet til 1.284.390, rod 5e1d5e1d5e1d5e1d" in " ".join(page.split())
    bare = replace(sample(3), ledger=tuple(replace(it, signed=None) for it in sample(3).ledger))
    assert "intet underskrevet" in " ".join(pages(report_pdf(bare, FONTS))[0].split())


def test_the_foot_is_the_end_of_the_own_chain_whichever_chain_is_first() -> None:
    report = sample(40)
    theirs, own = report.ledger[1], replace(report.ledger[0], institution="U1")
    made = checkpoint_line(replace(report, ledger=(theirs, own)), DANISH)
    assert own.head_hash[:16] in made and theirs.head_hash[:16] not in made


def test_a_proposed_book_stands_in_the_chapter_of_rule_books_with_each_rule() -> None:
    """M22: what the year would have been, on paper and page alike."""
    (found,) = [
        one for chapter in chapters(sample(), DANISH) for one in chapter.sections if one.id == "M22"
    ]
    assert any("311 af 71.204" in note and "12 kan ikke afgøres" in note for note in found.notes)
    (grid,) = [one for one in found.grids if "dk-crk-2027-forslag" in one.caption]
    assert grid.rows == (("ecg-overdue", "290", "0"), ("take-home-days", "9", "12"))
    without = replace(sample(), what_if=())
    (none,) = [
        one for chapter in chapters(without, DANISH) for one in chapter.sections if one.id == "M22"
    ]
    assert not [one for one in none.grids if "dk-crk-2027-forslag" in one.caption]


def test_fonts_are_embedded_and_nothing_tells_when_or_by_whom_it_was_made() -> None:
    reader = PdfReader(BytesIO(paper()))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            described = font.get_object()
            assert "/FontFile2" in described["/FontDescriptor"], described["/BaseFont"]
    info = {key: str(value) for key, value in (reader.metadata or {}).items()}
    assert info["/Author"] == "" and info["/CreationDate"].startswith("D:2000")
    assert reader.trailer["/Root"]["/Lang"] == "da-DK"


def test_nobody_behind_a_number_is_in_the_file() -> None:
    """H24: no id of a person, no number like a CPR number, in text, links or properties."""
    reader = PdfReader(BytesIO(paper()))
    text = "\n".join(pages(paper())) + str(reader.metadata) + str(reader.named_destinations)
    assert any(share.yes.people for one in sample().figures.indicators for share in one.shares)
    assert not re.search(rf"{FIRST_ID // 10_000}\d{{4}}|7\.1\d\d\.\d{{3}}", text)
    assert not re.search(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)", text)


def test_what_doctors_said_stands_under_its_indicator_and_at_the_end() -> None:
    read = pages(paper("signed"))
    (commented,) = [page for page in read if "To sagde nej efter bivirkninger." in page]
    assert "M7" in commented and "B. Kjær, 9. januar 2027" in commented
    last = next(page for page in read if "Sidste års justeringer" in page and "Svar" in page)
    assert "Ikke gjort: syg" in last and "AUT11" in last
    assert "Underskrevet 12. januar 2027 af B. Kjær" in read[0]


def test_unknown_is_told_and_is_never_a_no() -> None:
    share = Share("m7.offered", "people", Counted(4), Counted(0), Counted(6), 100)
    report = _with("M7", share)
    (told,) = [one for one in stands_out(report, DANISH) if one.indicator == "M7"]
    assert told.kind == "open" and "6 ukendte" in told.text
    (lacking,) = [one for one in missing(report, DANISH) if one.indicator == "M7"]
    assert "ukendt for 6 af 10" in lacking.text


def _with(id_: str, *shares: Share, past: Share | None = None) -> Report:
    report = sample(others=False)
    own = Figures(report.institution, report.period, (Indicator(id_, shares),))
    before = None
    if past is not None:
        year = report.period.year_before()
        before = Figures(report.institution, year, (Indicator(id_, (past,)),))
    return replace(report, figures=own, before=before, whole=own)


def _share(yes: int, no: int, **more: object) -> Share:
    return Share("m9.on", "people", Counted(yes), Counted(no), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "past", "told"),
    [
        ((50, 50), (20, 80), True),  # far, and no chance
        ((50, 50), (45, 55), False),  # near
        ((3, 1), (1, 3), False),  # too few to compare
        ((6, 4), (4, 6), False),  # far, but chance alone may do that
    ],
)
def test_a_change_is_told_where_it_is_large_certain_and_of_enough(
    now: tuple[int, int], past: tuple[int, int], told: bool
) -> None:
    found = stands_out(_with("M9", _share(*now), past=_share(*past)), DANISH)
    assert [one.kind for one in found] == (["change"] if told else [])


def test_a_last_year_that_is_told_only_in_part_is_said_and_not_compared() -> None:
    """Days and sums of a few weeks beside those of a year would always stand out."""
    made = sample()
    assert made.before is not None
    assert any(one.kind == "change" for one in stands_out(made, DANISH))
    opened = replace(made.before.institution, opened_on=date(2025, 12, 1))
    partly = replace(made, before=replace(made.before, institution=opened))
    assert not any(one.kind == "change" for one in stands_out(partly, DANISH))
    assert "1. december 2025" in " ".join(one.text for one in missing(partly, DANISH))


def test_a_table_without_a_column_is_none() -> None:
    empty = Table("m19.deaths", "people", ("-24", "25-34"), (), ((), ()))
    made = sample()
    figures = replace(made.figures, indicators=(Indicator("M19", tables=(empty,)),))
    (found,) = [
        one
        for chapter in chapters(replace(made, figures=figures), DANISH)
        for one in chapter.sections
        if one.id == "M19"
    ]
    assert found.grids == ()


def test_what_must_never_happen_comes_first_and_also_where_it_cannot_be_decided() -> None:
    """H11: a full dose after a gap is told before everything else."""
    never = replace(_share(1, 9, target=0, reach="at-most"), key="m11.full-after-gap")
    unknown = replace(never, yes=Counted(), unknown=Counted(2))
    missed = _share(10, 90, target=80)
    for one in (never, unknown):
        found = stands_out(_with("M11", missed, one), DANISH)
        assert [it.kind for it in found] == ["never", "missed"]
    kinds = [ORDER.index(it.kind) for it in stands_out(sample(), DANISH)]
    assert kinds == sorted(kinds)


def test_a_target_missed_by_one_of_one_does_not_lead() -> None:
    """What is of few stands after what is of enough, however far from the target it is."""
    few, many = _share(0, 1, target=100), _share(80, 20, target=100)
    found = stands_out(_with("M7", few, replace(many, key="m8.bup-started")), DANISH)
    missed = [one.text for one in found if one.kind == "missed"]
    assert len(missed) == 2 and "100" in missed[0] and "80" in missed[0]


def test_the_short_reports_are_one_page_and_hide_small_cells() -> None:
    """H24: they may leave the clinic."""
    for make in (mortality_pdf, tables_pdf):
        pdf = make(sample(), FONTS)
        assert pdf == make(sample(), FONTS)
        (page,) = pages(pdf)
        assert "<5" in page and "Tal under 5 er sløret" in page
        counts = re.findall(r"(?m)^\D*\s([1-4]) \(", page)
        assert counts == []


def test_few_of_another_institution_are_not_told() -> None:
    """H24: a place with three people shows that they are few, and no more."""
    found = chapters(sample(), DANISH)
    for chapter in found:
        for section in chapter.sections:
            for chart in section.charts:
                for row in chart.rows:
                    if row[0] == "Den lille enhed" and row[1] in ("1", "2", "3", "4"):
                        pytest.fail(f"{section.id}: {row}")


@pytest.mark.parametrize("kind", ["ordinary", "long", "empty"])
def test_every_mark_lies_inside_its_chart(kind: str) -> None:
    """Nothing is cut off, as far as lengths can be known without a font."""
    report = {"ordinary": sample(), "long": sample(name=LONG), "empty": sample(0)}[kind]
    for chapter in chapters(report, DANISH):
        for section in chapter.sections:
            for chart in section.charts:
                for mark in chart.marks:
                    assert _inside(mark, chart.wide, chart.high), (section.id, chart.title, mark)


def _inside(mark: Box | Line | Text, wide: float, high: float) -> bool:
    slack = 2.0
    if isinstance(mark, Box):
        right, low = mark.x + mark.wide, mark.y + mark.high
        return mark.x >= -slack and right <= wide + slack and -slack <= low <= high + slack
    if isinstance(mark, Line):
        return all(-slack <= x <= wide + slack and -slack <= y <= high + slack
                   for x, y in mark.points)  # fmt: skip
    size = length(mark.text, mark.size, mark.bold)
    start = mark.x - {"start": 0.0, "middle": size / 2, "end": size}[mark.anchor]
    # Lengths are guessed on the long side.
    return start >= -12 and start + size <= wide + 12 and 0 <= mark.y <= high + slack


def test_the_pages_drawing_is_the_papers_and_holds_no_style_and_no_script() -> None:
    """The page's content policy refuses both; a name is a name, not markup."""
    report = sample(name=LONG)
    for chapter in chapters(report, Wording("en")):
        for section in chapter.sections:
            for at, chart in enumerate(section.charts):
                drawn = svg(chart, f"{section.id}-{at}")
                assert "style" not in drawn and "<script" not in drawn and "<tegn>" not in drawn
                assert drawn.count("<text") == sum(isinstance(it, Text) for it in chart.marks)


def test_every_word_of_the_table_is_used_and_both_languages_fill_in_the_same() -> None:
    import tomllib

    import audit.medicinsk.report as package

    folder = Path(package.__file__).parent
    words = tomllib.loads((folder / "words.toml").read_text())
    code = "\n".join(file.read_text() for file in folder.glob("*.py"))
    code += (Path(dispensing.__file__).parent / "review/behind.py").read_text()
    code += (folder.parents[2] / "dispensing/review/templates/review/report.html").read_text()
    keys = {f"chapter_{key}" for key, _ in CHAPTERS}
    unused = {
        key for key in words if f'"{key}"' not in code and f"'{key}'" not in code
    } - keys - {"nothing_stands_out", "nothing_missing", "unit_ug", "met"}  # fmt: skip
    assert unused == set()
    for key, (danish, english) in words.items():
        marks = [sorted(re.findall(r"%\(\w+\)s", text)) for text in (danish, english)]
        assert marks[0] == marks[1], key
    assert len(set(INDICATORS)) == 22


@pytest.mark.parametrize("top", [0.2, 1, 3, 7, 19, 100, 12_345])
@pytest.mark.parametrize("bottom", [0.0, -3.0, -80.0])
def test_ticks_reach_around_what_is_drawn(top: float, bottom: float) -> None:
    found = ticks(top, 5, bottom)
    assert found[0] <= min(bottom, 0) and found[-1] >= top and len(found) >= 2
    assert 0 in found


def test_every_rule_of_the_counter_has_a_short_name_in_both_languages() -> None:
    """A table of lifted findings reads in words; names are short, and none is left over."""
    assert set(rule_names()) == {rule.id for rule in RULES}
    for names in rule_names().values():
        assert all(0 < len(name) <= 42 for name in names)
    assert len({da for da, _ in rule_names().values()}) == len(RULES)
    assert Wording("da").name("too-soon") == rule_names()["too-soon"][0]


def test_every_figure_has_an_english_name_and_no_name_is_left_over() -> None:
    import tomllib

    from audit.definitions import definitions
    from audit.medicinsk.texts import texts

    english = tomllib.loads(
        (Path(report_pdf.__code__.co_filename).parent / "english.toml").read_text()
    )
    assert set(english["figure"]) == set(texts()["figure"])
    # What a target stands at is said by the report's own words.
    assert set(english["label"]) == set(texts()["label"]) - {"met", "missed", "open"}
    assert set(english["indicator"]) == set(definitions())
