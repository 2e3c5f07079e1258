"""The patient's slip: what stands on it, what does not stand outside, and when to come again."""

import io
import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from pypdf import PdfReader

from dispensing.counter.slips import next_visit
from dispensing.labels.dosage_text import HomeDose, Language, Preparation
from dispensing.labels.fitting import DoesNotFit
from dispensing.labels.slip import Slip, slip_pdf
from dosing_rules import Arrangement, Claim, Patient, Prescription, Product, Unit
from tests.canaries import CANARIES

SATURDAY = date(2026, 11, 28)
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
SLIP = Slip(
    unit_name="Behandlingsenheden Vigerslev Allé",
    phone="12 34 56 78",
    opens=time(8),
    closes=time(14, 30),
    next_on=date(2026, 11, 30),
    doses=(HomeDose(SATURDAY, 80_000), HomeDose(SATURDAY + timedelta(days=1), 80_000)),
    preparation=Preparation("oral_solution", 1_000, "ml", 100),
    absence_days=3,
    absence_confirmed=False,
)


def pages(slip: Slip, language: Language) -> list[str]:
    document = slip_pdf(slip, language)
    CANARIES.look("the slip", document)
    reader = PdfReader(io.BytesIO(document))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


@pytest.mark.parametrize("language, words", [
    ("da", ("Mandag 30. november", "Åbent kl. 08.00 til 14.30", "12 34 56 78",
            "Fra lørdag 28. november til og med søndag 29. november: 80 mg (80 ml) dagligt",
            "Hvis du kaster op", "i 3 dage eller mere", "ikke bekræftet",
            "Styrelsen for Patientsikkerhed", "ring 112")),
    ("en", ("Monday 30 November", "Open from 08.00 to 14.30", "12 34 56 78",
            "From Saturday 28 November to Sunday 29 November: 80 mg (80 ml) every day",
            "If you vomit", "for 3 days or more", "not yet confirmed",
            "Patient Safety Authority", "call 112")),
])  # fmt: skip
def test_what_the_person_reads(language: Language, words: tuple[str, ...]) -> None:
    """H11, H17: next time, doses, vomiting, absence with the book's number, where to complain."""
    text = " ".join(pages(SLIP, language))
    for said in words:
        assert said in text


def test_the_outside_says_how_far_the_ledger_reached() -> None:
    """H26: a receipt in every patient's pocket; it names neither person nor medicine."""
    outside, inside = pages(replace(SLIP, ledger=(1_284_511, "5f0a" * 4)), "da")
    assert "Hovedbog: 1284511 · 5f0a5f0a5f0a5f0a" in outside
    assert "5f0a" not in inside


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_outside_tells_nobody_what_is_treated(language: Language) -> None:
    """H24: a day, hours and a number to call; no medicine, no amount, no unit, no name."""
    outside, _ = pages(SLIP, language)
    for word in ("mg", "ml", "metadon", "methadone", "dos", "Behandling", "medicin", "enhed"):
        assert word.casefold() not in outside.casefold()


def test_without_number_order_or_day_it_says_less_and_not_something_else() -> None:
    """Unknown is not zero."""
    bare = replace(SLIP, next_on=None, doses=(), preparation=None, absence_days=None, phone=None)
    outside, inside = pages(bare, "da")
    assert "Spørg os" in outside
    assert "ingen doser med hjem" in inside and "dage eller mere" not in inside


def test_a_month_of_changing_doses_still_has_room() -> None:
    """H16: a fortnight of alternating amounts; nothing is cut off, or it is refused."""
    days = [
        HomeDose(SATURDAY + timedelta(days=ahead), 80_000 - 2_500 * (ahead % 2))
        for ahead in range(14)
    ]
    _, inside = pages(replace(SLIP, doses=tuple(days)), "da")
    assert inside.count("mg (") == 14
    for refused in ({"unit_name": "Å" * 4_000}, {"doses": tuple(_apart(days))}):
        with pytest.raises(DoesNotFit):
            slip_pdf(replace(SLIP, **refused), "da")  # type: ignore[arg-type]


def _apart(days: list[HomeDose]) -> list[HomeDose]:
    """Half a year of them, each day with a line of its own."""
    return [
        replace(dose, for_on=dose.for_on + timedelta(days=14 * times))
        for times in range(12)
        for dose in days
    ]


def person(on: date, home: int = 0, **changes: object) -> Patient:
    """Somebody who fetches on Mondays and Thursdays; ``home`` days were carried home."""
    product = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")
    order = Prescription(
        1, 1, product, 80_000, (80_000,), on - timedelta(days=9), on + timedelta(days=90)
    )
    claims = tuple(
        Claim(on + timedelta(days=ahead), 1, 80_000, "take_home", "given", 1, AT)
        for ahead in range(1, home + 1)
    )
    weekly = frozenset({1, 4})
    arrangement = Arrangement(True, weekly, weekly, 6)
    unit = Unit(1, frozenset(), frozenset())
    known = {"prescription": order, "claims": claims, "arrangement": arrangement, "unit": unit}
    unknown = {field.name: None for field in fields(Patient) if field.init}
    return Patient(**(unknown | known | changes))  # type: ignore[arg-type]


FRIDAY = date(2026, 11, 27)


def test_when_to_come_again() -> None:
    """H15: the next planned open day that has no dose at home."""
    assert next_visit(person(FRIDAY, home=2), FRIDAY) == date(2026, 11, 30)
    closed = Unit(1, frozenset(), frozenset({date(2026, 11, 30)}))
    assert next_visit(person(FRIDAY, home=3, unit=closed), FRIDAY) == date(2026, 12, 3)
    daily = Arrangement(False, None, None, None)
    assert next_visit(person(FRIDAY, arrangement=daily), FRIDAY) == date(2026, 11, 28)
    assert next_visit(person(FRIDAY, prescription=None), FRIDAY) is None
