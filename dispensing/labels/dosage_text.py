"""A dosage in words, Danish or English, for the four shapes substitution treatment needs.

Daily, split over the day, a weekly pattern, and a block of take-home doses. Milligrams come first;
what they are in millilitres or tablets stands in brackets. Amounts in whole micrograms. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from babel.dates import format_date, get_day_names

from dispensing.web import formats
from dosing_rules.ordered import of_the_night

Language = Literal["da", "en"]
WORDS: dict[Language, dict[str, str]] = {
    "da": {
        "tablet": "tablet",
        "tablets": "tabletter",
        "once": "én gang dagligt",
        "times": "{n} gange dagligt",
        "first": "først",
        "then": "derefter",
        "daily": "dagligt",
        "in_all": "i alt",
        "and": "og",
        "dose": "dosis",
        "doses": "doser",
        "to": "til og med",
        "from": "fra",
        "part": "del {n} af {of}",
        "night": "til natten",
        "none": "ingen dosis",
        "oral_solution": "drikkes",
        "tablet_how": "synkes",
        "sublingual_tablet": "smelter under tungen, må ikke synkes",
        "injection": "til injektion",
        "depot": "gives som depot",
    },
    "en": {
        "tablet": "tablet",
        "tablets": "tablets",
        "once": "once a day",
        "times": "{n} times a day",
        "first": "first",
        "then": "then",
        "daily": "every day",
        "in_all": "in all",
        "and": "and",
        "dose": "dose",
        "doses": "doses",
        "to": "to",
        "from": "from",
        "part": "part {n} of {of}",
        "night": "for the night",
        "none": "no dose",
        "oral_solution": "to drink",
        "tablet_how": "to swallow",
        "sublingual_tablet": "melts under the tongue, not to be swallowed",
        "injection": "for injection",
        "depot": "given as a depot",
    },
}


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a dosage is of: ``strength_ug`` per ml, or per tablet (``per`` is "unit").

    ``step_ul`` is the smallest volume that is measured; volumes are never rounded upwards.
    """

    form: str
    strength_ug: int
    per: Literal["ml", "unit"]
    step_ul: int


@dataclass(frozen=True, slots=True)
class HomeDose:
    """A dose carried home, for one day; ``of_parts`` > 1 where the day is split."""

    for_on: date
    amount_ug: int
    part: int = 1
    of_parts: int = 1


def amount(amount_ug: int, of: Preparation, language: Language) -> str:
    """``80 mg (80 ml)``, ``12 mg (1½ tabletter)``; without brackets where nothing fits."""
    return f"{formats.milligrams(amount_ug, language)} ({quantity(amount_ug, of, language)})"


def quantity(amount_ug: int, of: Preparation, language: Language) -> str:
    """What is poured or counted: ``80 ml``, ``2 tabletter``."""
    if of.per == "ml":
        return formats.drawn_up(amount_ug, of.strength_ug, of.step_ul, language)
    words = WORDS[language]
    name = words["tablet"] if amount_ug <= of.strength_ug else words["tablets"]
    return f"{formats.pieces(amount_ug, of.strength_ug, language)}{formats.NO_BREAK}{name}"


def way(form: str, language: Language) -> str:
    """How it is taken: ``drikkes``."""
    return WORDS[language]["tablet_how" if form == "tablet" else form]


def daily(amount_ug: int, of: Preparation, language: Language) -> str:
    """``80 mg (80 ml) én gang dagligt, drikkes``"""
    words = WORDS[language]
    return f"{amount(amount_ug, of, language)} {words['once']}, {way(of.form, language)}"


def split(parts_ug: Sequence[int], of: Preparation, language: Language) -> str:
    """Several parts of a day, in their order; alike ones as ``40 mg (40 ml) 2 gange dagligt``."""
    words = WORDS[language]
    if len(parts_ug) == 1:
        return daily(parts_ug[0], of, language)
    total = formats.milligrams(sum(parts_ug), language)
    end = f"{words['in_all']} {total} {words['daily']}, {way(of.form, language)}"
    if len(set(parts_ug)) == 1:
        times = words["times"].format(n=len(parts_ug))
        return f"{amount(parts_ug[0], of, language)} {times}, {end}"
    first, *rest = [amount(part, of, language) for part in parts_ug]
    later = "".join(f", {words['then']} {part}" for part in rest)
    return f"{words['first']} {first}{later}; {end}"


def weekly(weekday_ug: Sequence[int], of: Preparation, language: Language) -> str:
    """A pattern of seven amounts from Monday; days alike stand together, and none is left out.

    ``mandag, onsdag og fredag 16 mg (2 tabletter); tirsdag og … ingen dosis``
    """
    if len(weekday_ug) != 7:
        raise ValueError("a weekly pattern has seven days")
    words, names = WORDS[language], get_day_names("wide", locale=language)
    groups: dict[int, list[str]] = {}
    for day, amount_ug in enumerate(weekday_ug):
        groups.setdefault(amount_ug, []).append(names[day])
    if list(groups) == [weekday_ug[0]]:
        return daily(weekday_ug[0], of, language)
    # What is taken first; the days without a dose last.
    said = [
        f"{_listed(days, language)} {amount(ug, of, language) if ug else words['none']}"
        for ug, days in sorted(groups.items(), key=lambda group: not group[0])
    ]
    return f"{'; '.join(said)}; {way(of.form, language)}"


def block(doses: Sequence[HomeDose], of: Preparation, language: Language) -> str:
    """Doses carried home: runs of days alike in one line each, oldest first, as lines of text.

    A run names its first and last day and how many doses it has; a day that is split names parts.
    """
    lines: list[str] = []
    for run in _runs(sorted(doses, key=lambda dose: (dose.for_on, dose.part))):
        lines.append(_run_text(run, of, language))
    return "\n".join(lines)


def day_in_words(day: date, language: Language) -> str:
    """``lørdag 28. november``; without the year, which a package does not outlive."""
    pattern = "EEEE d. MMMM" if language == "da" else "EEEE d MMMM"
    return format_date(day, pattern, locale=language)


def part_text(part: int, of_parts: int, language: Language) -> str:
    """``del 1 af 2``, ``til natten``; empty where the day has one dose."""
    if of_the_night(part):
        return WORDS[language]["night"]
    return WORDS[language]["part"].format(n=part, of=of_parts) if of_parts > 1 else ""


def _listed(names: Sequence[str], language: Language) -> str:
    *before, last = names
    return f"{', '.join(before)} {WORDS[language]['and']} {last}" if before else last


Day = tuple[HomeDose, ...]


def _runs(doses: Sequence[HomeDose]) -> list[list[Day]]:
    """Days in a row with the same doses."""
    days: dict[date, list[HomeDose]] = {}
    for dose in doses:
        days.setdefault(dose.for_on, []).append(dose)
    every = [tuple(day) for day in days.values()]
    runs: list[list[Day]] = [every[:1]] if every else []
    for before, day in pairwise(every):
        follows = day[0].for_on - before[0].for_on == timedelta(days=1)
        if follows and _taken(day) == _taken(before):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _taken(day: Day) -> list[tuple[int, int, int]]:
    return [(dose.amount_ug, dose.part, dose.of_parts) for dose in day]


def _run_text(run: Sequence[Day], of: Preparation, language: Language) -> str:
    words, (first, last) = WORDS[language], (run[0][0].for_on, run[-1][0].for_on)
    taken = f" {words['and']} ".join(
        amount(dose.amount_ug, of, language)
        + (f" ({part})" if (part := part_text(dose.part, dose.of_parts, language)) else "")
        for dose in run[0]
    )
    if len(run) == 1:
        return f"{day_in_words(first, language)}: {taken}"
    count = sum(len(day) for day in run)
    days = f"{words['from']} {day_in_words(first, language)} {words['to']} "
    return (
        f"{days}{day_in_words(last, language)}: {taken} {words['daily']} ({count} {words['doses']})"
    )
