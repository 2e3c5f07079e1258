"""A dosage in words, row by row, Danish and English: the four shapes."""

from datetime import date

import pytest

from dispensing.labels.dosage_text import HomeDose, Preparation, block, daily, split, weekly

ONE = Preparation("oral_solution", 1_000, "ml", 100)
FIVE = Preparation("oral_solution", 5_000, "ml", 100)
EIGHT = Preparation("sublingual_tablet", 8_000, "unit", 100)
TABLET = Preparation("tablet", 5_000, "unit", 100)
SATURDAY = date(2026, 11, 28)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("amount_ug, of, danish, english", [
    (80_000, ONE, "80 mg (80 ml) én gang dagligt, drikkes", "80 mg (80 ml) once a day, to drink"),
    (2_500, ONE, "2,5 mg (2,5 ml) én gang dagligt, drikkes",
     "2.5 mg (2.5 ml) once a day, to drink"),
    (83_000, FIVE, "83 mg (16,6 ml) én gang dagligt, drikkes",
     "83 mg (16.6 ml) once a day, to drink"),
    (8_000, EIGHT, "8 mg (1 tablet) én gang dagligt, smelter under tungen, må ikke synkes",
     "8 mg (1 tablet) once a day, melts under the tongue, not to be swallowed"),
    (4_000, EIGHT, "4 mg (½ tablet) én gang dagligt, smelter under tungen, må ikke synkes",
     "4 mg (½ tablet) once a day, melts under the tongue, not to be swallowed"),
    (15_000, TABLET, "15 mg (3 tabletter) én gang dagligt, synkes",
     "15 mg (3 tablets) once a day, to swallow"),
    (1_200_000, FIVE, "1.200 mg (240 ml) én gang dagligt, drikkes",
     "1,200 mg (240 ml) once a day, to drink"),
])  # fmt: skip
def test_daily(amount_ug: int, of: Preparation, danish: str, english: str) -> None:
    """H08: mg first, then ml of this strength, never a trailing zero."""
    assert plain(daily(amount_ug, of, "da")) == danish
    assert plain(daily(amount_ug, of, "en")) == english


@pytest.mark.parametrize("parts_ug, of, danish, english", [
    ([80_000], ONE, "80 mg (80 ml) én gang dagligt, drikkes", "80 mg (80 ml) once a day, to drink"),
    ([40_000, 40_000], ONE, "40 mg (40 ml) 2 gange dagligt, i alt 80 mg dagligt, drikkes",
     "40 mg (40 ml) 2 times a day, in all 80 mg every day, to drink"),
    ([50_000, 30_000], FIVE,
     "først 50 mg (10 ml), derefter 30 mg (6 ml); i alt 80 mg dagligt, drikkes",
     "first 50 mg (10 ml), then 30 mg (6 ml); in all 80 mg every day, to drink"),
])  # fmt: skip
def test_split(parts_ug: list[int], of: Preparation, danish: str, english: str) -> None:
    """H15: each part and the day's sum; a part is never read as the day."""
    assert plain(split(parts_ug, of, "da")) == danish
    assert plain(split(parts_ug, of, "en")) == english


@pytest.mark.parametrize("weekday_ug, of, danish, english", [
    ([80_000] * 7, ONE, "80 mg (80 ml) én gang dagligt, drikkes",
     "80 mg (80 ml) once a day, to drink"),
    ([16_000, 0, 16_000, 0, 24_000, 0, 0], EIGHT,
     "mandag og onsdag 16 mg (2 tabletter); fredag 24 mg (3 tabletter); tirsdag, torsdag, lørdag og"
     " søndag ingen dosis; smelter under tungen, må ikke synkes",
     "Monday and Wednesday 16 mg (2 tablets); Friday 24 mg (3 tablets); Tuesday, Thursday, Saturday"
     " and Sunday no dose; melts under the tongue, not to be swallowed"),
])  # fmt: skip
def test_weekly(weekday_ug: list[int], of: Preparation, danish: str, english: str) -> None:
    """No day is left out: what is not taken is said too."""
    assert plain(weekly(weekday_ug, of, "da")) == danish
    assert plain(weekly(weekday_ug, of, "en")) == english


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError):
        weekly([80_000] * 6, ONE, "da")


def days(*rows: tuple[int, int, int, int]) -> list[HomeDose]:
    """(days after Saturday, mg, part, of parts)"""
    return [
        HomeDose(date.fromordinal(SATURDAY.toordinal() + ahead), mg * 1_000, part, of)
        for ahead, mg, part, of in rows
    ]


@pytest.mark.parametrize("doses, danish, english", [
    (days((0, 80, 1, 1)), "lørdag 28. november: 80 mg (80 ml)",
     "Saturday 28 November: 80 mg (80 ml)"),
    (days((0, 80, 1, 1), (1, 80, 1, 1), (2, 80, 1, 1)),
     "fra lørdag 28. november til og med mandag 30. november: 80 mg (80 ml) dagligt (3 doser)",
     "from Saturday 28 November to Monday 30 November: 80 mg (80 ml) every day (3 doses)"),
    # A day between that is swallowed elsewhere breaks the run.
    (days((2, 80, 1, 1), (0, 80, 1, 1)),
     "lørdag 28. november: 80 mg (80 ml)\nmandag 30. november: 80 mg (80 ml)",
     "Saturday 28 November: 80 mg (80 ml)\nMonday 30 November: 80 mg (80 ml)"),
    (days((0, 80, 1, 1), (1, 75, 1, 1)),
     "lørdag 28. november: 80 mg (80 ml)\nsøndag 29. november: 75 mg (75 ml)",
     "Saturday 28 November: 80 mg (80 ml)\nSunday 29 November: 75 mg (75 ml)"),
    (days((0, 50, 1, 2), (0, 30, 2, 2), (1, 50, 1, 2), (1, 30, 2, 2)),
     "fra lørdag 28. november til og med søndag 29. november: 50 mg (50 ml) (del 1 af 2) og"
     " 30 mg (30 ml) (del 2 af 2) dagligt (4 doser)",
     "from Saturday 28 November to Sunday 29 November: 50 mg (50 ml) (part 1 of 2) and"
     " 30 mg (30 ml) (part 2 of 2) every day (4 doses)"),
    ([], "", ""),
])  # fmt: skip
def test_block(doses: list[HomeDose], danish: str, english: str) -> None:
    """H15, H17: three days' total can never be read as one day's dose."""
    assert plain(block(doses, ONE, "da")) == danish
    assert plain(block(doses, ONE, "en")) == english
