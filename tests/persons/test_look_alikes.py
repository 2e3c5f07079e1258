"""Who could be taken for whom: a thousand pairs, each warned of, and how many others are."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest

from dispensing.demo.names import FAMILY, MEN, WOMEN
from dispensing.demo.people import draw_people
from dispensing.persons.look_alikes import Named, alike_in_name, look_alikes

BORN = date(1975, 5, 15)


def named(given: str, family: str, born_on: date = BORN, person_id: int = 1) -> Named:
    return Named(person_id, given, family, born_on)


def spoken(name: str) -> Named:
    """Given and family name, at the bar or else at the last space."""
    given, _, family = name.partition("|") if "|" in name else name.rpartition(" ")
    return named(given, family)


def _slip(chance: Random, name: str) -> str:
    at = chance.randrange(1, len(name))
    letter = chance.choice("aeinrst")
    return chance.choice(
        (
            name[:at] + letter + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[:at] + name[at + 1 :],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
        )
    )


SPELLINGS = (
    ("aa", "å"), ("å", "aa"), ("Å", "Aa"), ("Aa", "Å"), ("æ", "ae"), ("ø", "oe"), ("ø", "ö"),
    ("K", "C"), ("C", "K"), ("k", "ck"), ("ss", "s"), ("sen", "son"), ("sen", "ssen"), ("th", "t"),
    ("t", "th"), ("v", "w"), ("Ch", "K"), ("ph", "f"), ("ld", "l"), ("nd", "n"), ("s", "z"),
    ("é", "e"), ("æ", "e"), ("i", "y"), ("y", "i"), ("dt", "t"), ("j", "i"),
)  # fmt: skip


def _spelled(chance: Random, name: str) -> str:
    fitting = [pair for pair in SPELLINGS if pair[0] in name]
    old, new = chance.choice(fitting) if fitting else ("", "")
    return name.replace(old, new, 1) if old else name


def _double(chance: Random, name: str) -> str:
    other = chance.choice(WOMEN + MEN)
    return chance.choice((f"{name} {other}", f"{name}-{other}", f"{other} {name}"))


CHANGES: dict[str, Callable[[Random, str], str]] = {
    "a slip": _slip,
    "another spelling": _spelled,
    "a double name": _double,
    "the same": lambda chance, name: name,
    "capitals": lambda chance, name: name.upper(),
}


def pairs() -> list[tuple[Named, Named]]:
    chance = Random(7)
    made: list[tuple[Named, Named]] = []
    while len(made) < 1_000:
        given = chance.choice([name for name in WOMEN + MEN if len(name) >= 3])
        family = chance.choice([name for name in FAMILY if len(name) >= 3])
        one = named(given, family, BORN, 1)
        how = chance.randrange(4)
        if how == 0:
            other = named(chance.choice(WOMEN), chance.choice(FAMILY), BORN, 2)
        elif how == 1:
            other = named(family, given, BORN + timedelta(days=400), 2)
        else:
            changed = [chance.choice(list(CHANGES.values()))(chance, n) for n in (given, family)]
            other = named(*changed, BORN + timedelta(days=chance.randrange(1, 9_000)), 2)
        made.append((one, other))
    return made


def test_a_thousand_pairs_that_look_alike_are_all_warned_of() -> None:
    """H07: slips of a letter, spellings, double names, names turned round, one birth date."""
    missed = [pair for pair in pairs() if 1 not in look_alikes(pair)]
    assert missed == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan Hansen", "Jan Hanssen"),
        ("Kristian Pedersen", "Christian Petersen"),
        ("Anne Lund", "Anna Lund"),
        ("Aage Kjær", "Åge Kjer"),
        ("Anne-Marie Bruun", "Annemarie Brun"),
        ("Sofie Winther", "Sophie Vinter"),
        ("Mohammed Hussain", "Muhammad Hussein"),
        ("Søren Ågård", "Sören Aagaard"),
        ("Jens Peter Holm", "Peter Holm"),
        ("Ib Bo", "Ib Bo"),
        ("Lone|Schmidt Holm", "Lone|Smidt"),
    ],
)
def test_these_are_taken_for_each_other(one: str, other: str) -> None:
    """H07"""
    first, second = spoken(one), spoken(other)
    assert alike_in_name(first, second) and alike_in_name(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan Hansen", "Torben Hansen"),
        ("Jan Hansen", "Jan Vestergaard"),
        ("Bo Å", "Ib Å"),
        ("Fatima Hussain", "Bodil Krogh"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    """A warning for everybody warns of nobody."""
    first, second = spoken(one), spoken(other)
    assert not alike_in_name(first, second)


def test_what_they_have_in_common_is_said() -> None:
    people = (
        named("Jan", "Hansen", BORN, 1),
        named("Jan", "Hansen", BORN, 2),
        named("Rita", "Krogh", BORN, 3),
        named("Jann", "Hansen", BORN + timedelta(days=1), 4),
        named("Ole", "Dahl", BORN + timedelta(days=2), 5),
    )
    found = look_alikes(people)
    assert {other.person_id: other.same for other in found[1]} == {
        2: ("name", "birth_date"),
        3: ("birth_date",),
        4: ("name",),
    }
    assert 5 not in found


def test_how_many_are_warned_of_on_the_demonstrations_names() -> None:
    """H07: the price of the warning, printed; half of a unit warned of would be no warning."""
    until = date(2026, 11, 25)
    drawn = draw_people(Random(7), 1_500, until - timedelta(days=365), until)
    units: dict[int, list[Named]] = {}
    for one in drawn:
        units.setdefault(one.home, []).append(
            Named(one.person_id, one.given_name, one.family_name, one.born_on)
        )
    warned = pairs_found = pairs_asked = 0
    for people in units.values():
        found = look_alikes(tuple(people))
        warned += len(found)
        pairs_found += sum(len(others) for others in found.values()) // 2
        pairs_asked += len(people) * (len(people) - 1) // 2
    print(
        f"\nlook-alikes: {warned} of {len(drawn)} people warned of ({warned / len(drawn):.1%}),"
        f" {pairs_found} of {pairs_asked} pairs ({pairs_found / pairs_asked:.2%})"
    )
    assert warned / len(drawn) < 0.5
