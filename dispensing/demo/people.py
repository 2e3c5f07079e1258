"""Who is in treatment: identities, preparations, doses and ways of taking them, drawn by chance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from dispensing.demo.catalogue import BY_ID, PLACES, Place
from dispensing.demo.names import draw_name, special_names
from dispensing.demo.state import Care, Person

MG = 1_000
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# Little ones in tenths: the smallest tablet is for the end of a taper.
_BUPRENORPHINE_MG = (1.2, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24)
_BUPRENORPHINE_WEIGHTS = (2, 3, 6, 7, 16, 9, 17, 8, 17, 5, 6, 6)
# How people of a place take their medicine, as weights.
_STYLES = {
    "large": {
        "daily": 26,
        "split": 3,
        "three": 26,
        "weekly": 34,
        "thrice": 3,
        "depot": 2,
        "pharmacy": 8,
    },
    "vesterbro": {"pharmacy": 100},
    "forchhammersvej": {"daily": 66, "split": 16, "three": 18},
    "valmuen": {"split": 100},
    "gp-valbyparken": {"weekly": 100},
}
_STYLES_OF_NEW = 0.09
#: Tablets of one preparation, the largest first.
_TABLETS = {
    "bup-sl": (("bup-sl-8", 8 * MG), ("bup-sl-2", 2 * MG), ("bup-sl-0.4", 400)),
    "bupnal": (("bupnal-8", 8 * MG), ("bupnal-2", 2 * MG), ("bup-sl-0.4", 400)),
    "met-tab": (("met-tab-20", 20 * MG), ("met-tab-5", 5 * MG)),
}
_RESTLESS = {"daily": 0.02, "split": 0.02, "three": 0.012, "weekly": 0.008, "thrice": 0.015}


def shares(people: int) -> dict[int, int]:
    """How many people each place treats; they add up to ``people`` (largest remainder)."""
    treating = [place for place in PLACES if place.share]
    whole = sum(place.share for place in treating)
    counts = {place.unit_id: people * place.share // whole for place in treating}
    by_rest = sorted(treating, key=lambda place: -(people * place.share % whole))
    for place in by_rest[: people - sum(counts.values())]:
        counts[place.unit_id] += 1
    return counts


def draw_people(chance: Random, people: int, start: date, until: date) -> list[Person]:
    """All people, numbered from 1, unit by unit."""
    cards: set[str] = set()
    special = iter(special_names())
    drawn: list[Person] = []
    for unit_id, count in shares(people).items():
        for place_in_unit in range(count):
            named = next(special, None) if place_in_unit % 3 == 1 else None
            person_id = len(drawn) + 1
            drawn.append(
                _draw_person(chance, person_id, BY_ID[unit_id], named, cards, (start, until))
            )
    return drawn


def _draw_person(
    chance: Random,
    person_id: int,
    place: Place,
    named: tuple[str, str, str] | None,
    cards: set[str],
    year: tuple[date, date],
) -> Person:
    start, until = year
    given, family, sex = named or draw_name(chance)
    age = 20 + 55 * chance.betavariate(2.6, 2.65)
    born_on = until - timedelta(days=int(age * 365.25) + chance.randrange(365) - 180)
    is_new = chance.random() < _STYLES_OF_NEW and (until - start).days > 30
    enrolled_on = _enrolled_on(chance, born_on, year, is_new)
    style = _style(chance, place)
    if is_new and style == "depot":
        style = "daily"
    substance = _substance(chance, place, style, is_new)
    daily_ug = _daily_ug(chance, substance, style)
    holder = _pharmacy(chance, place) if style == "pharmacy" else place.unit_id
    person = Person(
        person_id=person_id,
        card_code=_card(chance, cards),
        given_name=given,
        family_name=family,
        born_on=born_on,
        sex=sex,
        home=place.unit_id,
        holder=holder,
        enrolled_on=enrolled_on,
        style=style,
        substance=substance,
        product_code=_product(chance, place, substance, style),
        daily_ug=daily_ug,
        restless=_RESTLESS.get(style, 0.008) * chance.choice((0.3, 0.5, 1, 1, 2.5)),
        care=Care(new_to_treatment=is_new and chance.random() < 0.5, pregnant=None),
        active=not is_new,
        pharmacy=holder if style == "pharmacy" else None,
    )
    if sex == "f" and age < 50:
        person.care.pregnant = False
    return person


def _enrolled_on(chance: Random, born_on: date, year: tuple[date, date], is_new: bool) -> date:
    start, until = year
    if is_new:
        return start + timedelta(days=chance.randrange(7, max(8, (until - start).days - 2)))
    days = int(min(chance.expovariate(1 / (7 * 365)), 24 * 365)) + 60
    return max(start - timedelta(days=days), born_on + timedelta(days=18 * 366))


def _style(chance: Random, place: Place) -> str:
    weights = _STYLES.get(place.code, _STYLES["large"])
    return chance.choices(list(weights), list(weights.values()))[0]


def _substance(chance: Random, place: Place, style: str, is_new: bool) -> str:
    if place.code == "valmuen":
        return "diacetylmorphine"
    if style in ("thrice", "depot"):
        return "buprenorphine"
    if style == "split":
        return "methadone"
    # New people are offered buprenorphine first.
    share = 0.8 if is_new else (0.08 if place.code == "forchhammersvej" else 0.19)
    return "buprenorphine" if chance.random() < share else "methadone"


def _daily_ug(chance: Random, substance: str, style: str) -> int:
    if substance == "diacetylmorphine":
        return chance.randrange(300, 701, 20) * MG
    if style == "thrice":
        return chance.choice((4, 6, 8, 8)) * MG
    if style == "depot":
        return chance.choice((16, 16, 32)) * MG
    if substance == "buprenorphine":
        return int(chance.choices(_BUPRENORPHINE_MG, _BUPRENORPHINE_WEIGHTS)[0] * MG)
    drawn = round(chance.lognormvariate(4.36, 0.36) / 5) * 5
    return min(max(drawn, 20), 160) * MG


def _product(chance: Random, place: Place, substance: str, style: str) -> str:
    """The preparation; which strength of tablet is chosen by each order's amounts."""
    if substance == "diacetylmorphine":
        return "dam-inj-100"
    if style == "depot":
        return "bup-depot-w16"
    if substance == "buprenorphine":
        return "bupnal-2" if chance.random() < 0.45 else "bup-sl-2"
    if place.code == "forchhammersvej" and style == "split":
        return "met-inj-10"
    draw = chance.random()
    if draw < 0.10:
        return "met-tab-5"
    # Few are on the strong mixture, which looks the same: it stands at one counter of a unit only.
    few = draw < 0.13 and style != "pharmacy" and place.counters > 1
    return "met-sol-5" if few else "met-sol-1"


def _pharmacy(chance: Random, place: Place) -> int:
    near = [one.unit_id for one in PLACES if one.kind == "pharmacy" and one.group == place.group]
    return chance.choice(near)


def _card(chance: Random, taken: set[str]) -> str:
    while True:
        code = "K-" + "".join(chance.choices(_LETTERS, k=6))
        if code not in taken:
            taken.add(code)
            return code


def parts_of(style: str, substance: str, daily_ug: int) -> tuple[int, ...]:
    """A day's supervised parts: two for who comes twice, else one."""
    if style != "split":
        return (daily_ug,)
    step = 20 * MG if substance == "diacetylmorphine" else 5 * MG
    first = -(-daily_ug // (2 * step)) * step
    return (first, daily_ug - first)


def strength_for(product_code: str, amounts_ug: Iterable[int]) -> str:
    """The largest tablet of a preparation that all amounts are whole numbers of."""
    family, _, _ = product_code.rpartition("-")
    amounts = list(amounts_ug)
    for code, strength_ug in _TABLETS.get(family, ()):
        if all([amount_ug % strength_ug == 0 for amount_ug in amounts]):
            return code
    return product_code


def thrice_pattern(daily_ug: int) -> tuple[int, ...]:
    """Monday and Wednesday twice the daily dose, Friday three times."""
    return (2 * daily_ug, 0, 2 * daily_ug, 0, 3 * daily_ug, 0, 0)


def median_dose_mg(people: Iterable[Person], substance: str) -> int:
    """The middle daily dose of those on a substance, for the summary after loading."""
    doses = sorted(one.daily_ug for one in people if one.substance == substance)
    return doses[len(doses) // 2] // MG if doses else 0
