"""The label as it comes out: all of it, inside its 62 × 29 mm, the same on both printers."""

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.lib.units import mm

from dispensing.labels.codes import new_code, printed_code
from dispensing.labels.dosage_text import Preparation
from dispensing.labels.fitting import DESCENT, Box, DoesNotFit, Text, fit, width
from dispensing.labels.label import HIGH_MM, WIDE_MM, Label, draw
from dispensing.labels.pdf import labels_pdf
from dispensing.labels.zpl import bitmap, labels_zpl

ORDINARY = Label(
    code=new_code(bytes(range(10))),
    name="Rikke Rasmussen-Bjørnstjerne",
    product_name="Metadon 1 mg/ml",
    preparation=Preparation("oral_solution", 1_000, "ml", 100),
    for_on=date(2026, 11, 28),
    amount_ug=80_000,
    part=1,
    of_parts=1,
    expires_on=date(2027, 9, 30),
    lot="AB1234",
    unit_name="Behandlingsenheden Vigerslev Allé",
    phone="12 34 56 78",
    ledger=(1_234_567, "5f3a9c01"),
)
LONGEST = replace(
    ORDINARY,
    name="Maximiliane Konstantia Frederikke Ahlefeldt-Rosenørn af Æblegård Østergård",
    product_name="Buprenorphin 8 mg resoribletter, sublinguale",
    preparation=Preparation("sublingual_tablet", 8_000, "unit", 100),
    for_on=date(2026, 9, 30),
    amount_ug=12_000,
    part=2,
    of_parts=2,
    unit_name="Specialenheden for dobbeltdiagnoser, Ambulatoriet Forchhammersvej",
)


def said(label: Label) -> str:
    """All words of the label, in order."""
    return " ".join(line.text for line in draw(label).lines).replace("\u00a0", " ")


def test_the_dose_for_the_night_says_so() -> None:
    """H08 H25: no number of a part that nobody knows."""
    text = said(replace(ORDINARY, part=90))
    assert "Lørdag 28. november · til natten" in text and "90" not in text


def test_what_stands_on_it() -> None:
    """H08, H16, H17: day, mg, ml and strength, whose, warning, phone, expiry, code."""
    text = said(ORDINARY)
    for words in (
        "Lørdag 28. november",
        "80 mg = 80 ml",
        "Drikkes. Metadon 1 mg/ml",
        "Rikke Rasmussen-Bjørnstjerne",
        "Kan være dødelig for andre, især børn. Opbevares låst.",
        "Behandlingsenheden Vigerslev Allé · tlf. 12 34 56 78",
        "Udløb 30.09.2027",
        "Lot AB1234",
        printed_code(ORDINARY.code),
        "1234567·5f3a9c01",
    ):
        assert words in text, text


def test_tablets_have_no_millilitres_and_a_split_day_its_part() -> None:
    text = said(LONGEST)
    assert "12 mg = 1½ tabletter" in text
    assert "Smelter under tungen, må ikke synkes. Buprenorphin 8 mg" in text
    assert "ml" not in text
    assert "del 2 af 2" in text


def test_the_strength_is_added_where_the_name_lacks_it() -> None:
    """H08: a preparation is never without its strength."""
    assert "Metadon DAK · 1 mg/ml" in said(replace(ORDINARY, product_name="Metadon DAK"))


NAMES = st.text("abcdefghijklmnopqrstuvwxyzæøåÆØÅéüßłşŽ -'", min_size=1, max_size=80)


@settings(max_examples=150, deadline=None)
@given(NAMES, NAMES, st.integers(1, 1_300_000), st.sampled_from([ORDINARY, LONGEST]))
def test_nothing_is_ever_clipped(name: str, unit: str, ug: int, like: Label) -> None:
    """H16: every line ends inside the label and above the one below, or nothing is drawn."""
    label = replace(like, name=name, unit_name=unit, amount_ug=ug)
    try:
        drawing = draw(label)
    except DoesNotFit:
        assert len(name) + len(unit) > 80
        return
    left, top = drawing.qr
    for line in drawing.lines:
        right = line.x + width(line.text, line.size, line.bold)
        assert line.x >= 0 and line.y - line.size * DESCENT >= 0
        assert line.y + line.size * 0.8 <= HIGH_MM * mm
        beside = line.y > top - drawing.squares * 0.5 * mm
        assert right <= (left if beside else WIDE_MM * mm)
    # No letter is lost; a broken word got a hyphen.
    letters = re.sub(r"[\s-]", "", "".join(line.text for line in drawing.lines))
    assert re.sub(r"[\s-]", "", name) in letters and re.sub(r"[\s-]", "", unit) in letters


def test_what_has_no_room_is_refused() -> None:
    with pytest.raises(DoesNotFit):
        labels_pdf([replace(ORDINARY, name="Æ" * 400)])
    with pytest.raises(DoesNotFit):
        labels_zpl([replace(ORDINARY, name="中村")])


def test_a_word_too_long_is_broken_and_whole() -> None:
    lines = fit([Text("Speciallægepraksiskonsulent", 8, 8)], Box(0, 0, 40, 60))
    assert len(lines) > 1
    assert "".join(line.text.removesuffix("-") for line in lines) == "Speciallægepraksiskonsulent"


def test_the_same_labels_give_the_same_bytes() -> None:
    """A repeated key brings the very same document."""
    assert labels_pdf([ORDINARY, LONGEST]) == labels_pdf([ORDINARY, LONGEST])
    assert labels_zpl([ORDINARY]) == labels_zpl([ORDINARY])


def test_the_pages_of_the_pdf() -> None:
    reader = PdfReader(io.BytesIO(labels_pdf([ORDINARY, LONGEST])))
    for page in reader.pages:
        assert float(page.mediabox.width) == pytest.approx(WIDE_MM * mm, abs=0.1)
        assert float(page.mediabox.height) == pytest.approx(HIGH_MM * mm, abs=0.1)
    described = " ".join(str(value) for value in (reader.metadata or {}).values())
    assert "Rikke" not in described


@pytest.mark.parametrize("label", [ORDINARY, LONGEST])
def test_the_label_printer_gets_the_same_picture(label: Label) -> None:
    """The graphic field, unpacked, is the drawing; every line of it has ink, none at the edge."""
    sent = labels_zpl([label]).decode("ascii")
    found = re.fullmatch(
        r"\^XA\^CI28\^PW496\^LL232\^LH0,0\^FO0,0\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS"
        r"\^PQ1,0,0,N\^XZ\n",
        sent,
    )
    assert found is not None
    total, again, row, data = int(found[1]), int(found[2]), int(found[3]), bytes.fromhex(found[4])
    assert total == again == len(data) == row * 232
    drawing = draw(label)
    dots = bitmap(drawing)
    assert bytes(byte ^ 0xFF for byte in data) == dots.tobytes()
    edge = {dots.getpixel((x, y)) for x in (0, 495) for y in range(232)}
    edge |= {dots.getpixel((x, y)) for x in range(496) for y in (0, 231)}
    assert edge == {255}
    for line in drawing.lines:
        y = round(232 - (line.y + line.size * 0.3) * 8 / mm)
        x = round(line.x * 8 / mm)
        wide = round(width(line.text, line.size, line.bold) * 8 / mm)
        assert 0 in {dots.getpixel((at, y)) for at in range(x, x + wide)}, line.text
