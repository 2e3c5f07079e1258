"""A whole morning's list of 1,500 people, checked as the list checks them."""

import dataclasses
import random
import statistics
from datetime import timedelta

import msgspec

from benchmarks.bars import Bar, Result
from benchmarks.timing import interleaved_us
from dispensing.counter.loading import PATIENT
from dispensing.counter.today import planned_request
from dosing_rules import Claim, Patient, check_dispensing, load_book
from tests.spec.standard import (
    BUPRENORPHINE,
    METHADONE,
    METHADONE_5,
    NOW,
    TODAY,
    UNIT_ID,
    arrangement,
    patient,
    prescription,
)

PEOPLE, BAR_MS, ROUNDS, SEED = 1_500, 10.0, 25, 7


def morning() -> Result:
    """1,500 checks from facts, in turns with decoding the facts and planning the requests."""
    book = load_book("dk-crk-2026")
    people = people_of_a_morning(random.Random(SEED))
    asked = [(planned_request(one, at=NOW, on=TODAY, unit_id=UNIT_ID), one) for one in people]
    documents = documents_of(people)
    if [PATIENT.decode(document) for document in documents] != people:
        raise SystemExit("facts do not survive their document")
    verdicts = [check_dispensing(request, one, book) for request, one in asked]

    def check() -> int:
        for request, one in asked:
            check_dispensing(request, one, book)
        return 1

    def decode() -> int:
        for document in documents:
            PATIENT.decode(document)
        return 1

    def plan() -> int:
        for one in people:
            planned_request(one, at=NOW, on=TODAY, unit_id=UNIT_ID)
        return 1

    taken = interleaved_us({"check": check, "decode facts": decode, "plan requests": plan}, ROUNDS)
    ms = {name: statistics.median(rounds) / 1000 for name, rounds in taken.items()}
    return Result(
        "morning",
        [Bar("a morning's list of 1,500, all rules", ms["check"], BAR_MS, "ms", at_least=False)],
        {
            "people": PEOPLE,
            "with_findings": sum(bool(verdict.findings) for verdict in verdicts),
            "ms": {name: round(value, 2) for name, value in ms.items()},
            "checks_per_second": round(PEOPLE / ms["check"] * 1000),
        },
    )


def people_of_a_morning(chance: random.Random) -> list[Patient]:
    """A morning as it is: most come to swallow, some fetch a week, one in eight has something."""
    people = []
    for number in range(PEOPLE):
        product = chance.choice((METHADONE, METHADONE, METHADONE_5, BUPRENORPHINE))
        most = 20 if product is not BUPRENORPHINE else 6
        daily_ug = chance.randint(2, most) * 4_000
        carries = chance.random() < 0.15
        claims = tuple(
            Claim(
                TODAY - timedelta(days=ago), 1, daily_ug, "supervised", "given", UNIT_ID,
                NOW - timedelta(days=ago, minutes=chance.randint(-60, 60)),
            )
            for ago in range(14, 0, -1)
        )  # fmt: skip
        changes = {
            "prescription": prescription(
                prescription_id=number, product=product, daily_ug=daily_ug, parts_ug=(daily_ug,)
            ),
            "claims": claims,
            "last_swallowed_at": claims[-1].at,
            "last_swallowed_ug": daily_ug,
            "last_swallowed_substance": product.substance,
            "arrangement": arrangement(
                self_administration=carries,
                supervised_weekdays=frozenset({2}) if carries else frozenset(range(1, 8)),
                pickup_weekdays=frozenset({2}) if carries else frozenset(range(1, 8)),
                take_home_days=7 if carries else 0,
            ),
        }
        trouble = chance.random()
        if trouble < 0.03:
            changes["reviewed_on"] = TODAY - timedelta(days=300)
        elif trouble < 0.06:
            changes["qtc_ms"] = 470
        elif trouble < 0.09:
            changes["last_covered_on"] = TODAY - timedelta(days=5)
        elif trouble < 0.12:
            changes["right_holder_unit_id"] = 2
        people.append(patient(**changes))
    return people


def documents_of(people: list[Patient]) -> list[str]:
    """Each person's facts as the JSON text that the database answers with."""
    return [msgspec.json.encode(_document(person)).decode() for person in people]


def _document(person: Patient) -> dict[str, object]:
    """The facts as the database writes them: without what is derived."""
    given = [one.name for one in dataclasses.fields(person) if one.init]
    found = msgspec.to_builtins(person)
    return {name: found[name] for name in given}
