"""Whether the records say what the ledger says: every table of the hand-out, replayed.

Rows the scene wrote as history (their verdict is empty) have no ledger entry and are left out.
"""

from typing import Any

from audit.ledger.verify import verify_database
from tests.api.stock_books import stock_is_the_ledger
from tests.clusters import Database
from tests.scene import Scene

REPLAYED = "(SELECT reservation_id FROM reservation WHERE verdict <> '{}')"


def books_agree(scene: Scene, database: Database) -> None:
    """Assert that the chains are sound, and that tables, days and stock follow from them."""
    report = verify_database(database.auditor_url)
    assert report.sound, report.problems
    told = _replay(scene)
    assert _reservations(scene) == told["reserved"]
    assert _resolutions(scene) == told["resolved"]
    assert _handovers(scene) == told["handed over"]
    assert _claims(scene) == told["claims"]
    assert _set(scene, "SELECT reservation_id, reason FROM reversal") == told["reversed"]
    assert _set(scene, "SELECT reservation_id, minutes_after FROM vomit") == told["vomited"]
    assert _set(scene, "SELECT person_id, day::text FROM missed_dose") == told["missed"]
    counted = {
        "handout-refused-by-rules": "refusal",
        "question-asked": "doctor_question",
        "question-answered": "doctor_decision",
        "observation-started": "observation",
        "day-closed": "day_close",
    }
    for kind, table in counted.items():
        written = scene.one("SELECT count(*) FROM ledger_payload WHERE kind = %s", kind)
        assert scene.one(f"SELECT count(*) FROM {table}") == written, kind
    days_add_up(scene)
    stock_adds_up(scene)
    stock_is_the_ledger(scene.connection)


def _replay(scene: Scene) -> dict[str, Any]:
    told: dict[str, Any] = {
        "reserved": {},
        "resolved": {},
        "handed over": set(),
        "claims": {},
        "reversed": set(),
        "vomited": set(),
        "missed": set(),
    }
    people = scene.run(
        "SELECT DISTINCT person_id FROM ledger_payload WHERE person_seq IS NOT NULL"
    ).fetchall()
    for (person_id,) in people:
        for kind, facts in scene.events(person_id):
            _tell(told, person_id, kind, facts, scene)
    return told


def _tell(
    told: dict[str, Any], person_id: int, kind: str, facts: dict[str, Any], scene: Scene
) -> None:
    number = facts.get("reservation")
    match kind:
        case "handout-reserved":
            told["reserved"][number] = (person_id, facts["doses"])
            for day, part, ug, how in facts["doses"]:
                told["claims"][person_id, day, part] = (number, ug, how, "reserved")
        case "handout-given":
            told["resolved"][number] = "given"
            for (_, day, part), claim in list(told["claims"].items()):
                if claim[0] == number:
                    ug = _amount(facts, day, part, claim[2])
                    told["claims"][person_id, day, part] = (number, ug, claim[2], "given")
                    told["handed over"].add((number, day, part, ug, claim[2]))
        case "handout-returned" | "handout-declined" | "handout-spilled":
            outcome = "refused" if kind == "handout-declined" else kind.removeprefix("handout-")
            told["resolved"][number] = outcome
            _release(told, number)
        case "handout-uncertain":
            for key, claim in told["claims"].items():
                if claim[0] == number:
                    told["claims"][key] = (*claim[:3], "uncertain")
        case "handout-reversed":
            told["reversed"].add((number, facts["reason"]))
            _release(told, number)
        case "home-dose-returned" if facts["unopened"]:
            del told["claims"][person_id, facts["for_on"], facts["part"]]
        case "vomited":
            told["vomited"].add((number, facts["minutes_after"]))
        case "dose-missed":
            day = scene.one(
                "SELECT on_day::text FROM ledger_payload WHERE person_id = %s AND kind = %s",
                person_id,
                kind,
            )
            told["missed"].add((person_id, day))


def _amount(facts: dict[str, Any], day: str, part: int, how: str) -> int:
    if how == "supervised":
        return next(ug for number, ug in facts["swallowed"] if number == part)
    return next(ug for on, number, ug in facts["taken_home"] if (on, number) == (day, part))


def _release(told: dict[str, Any], number: int) -> None:
    for key in [key for key, claim in told["claims"].items() if claim[0] == number]:
        del told["claims"][key]


def _set(scene: Scene, sql: str) -> set[Any]:
    return set(scene.run(sql).fetchall())


def _reservations(scene: Scene) -> dict[int, Any]:
    rows = scene.run(
        "SELECT reservation_id, person_id, doses FROM reservation WHERE verdict <> '{}'"
    )
    return {number: (person_id, doses) for number, person_id, doses in rows.fetchall()}


def _resolutions(scene: Scene) -> dict[int, str]:
    rows = scene.run(
        f"SELECT reservation_id, outcome FROM resolution WHERE reservation_id IN {REPLAYED}"
    )
    return dict(rows.fetchall())


def _handovers(scene: Scene) -> set[Any]:
    swallowed = _set(
        scene,
        "SELECT reservation_id, day::text, part, amount_ug, 'supervised' FROM administration"
        f" WHERE reservation_id IN {REPLAYED}",
    )
    handed_over = _set(
        scene,
        "SELECT reservation_id, for_day::text, part, amount_ug, how FROM handover"
        f" WHERE reservation_id IN {REPLAYED}",
    )
    assert swallowed == {row for row in handed_over if row[4] == "supervised"}
    return handed_over


def _claims(scene: Scene) -> dict[Any, Any]:
    rows = scene.run(
        "SELECT person_id, for_day::text, part, reservation_id, amount_ug, how, state FROM claim"
        f" WHERE reservation_id IN {REPLAYED}"
    )
    return {(who, day, part): tuple(rest) for who, day, part, *rest in rows.fetchall()}


def days_add_up(scene: Scene) -> None:
    """I5 for people: what a day has used is what is claimed for it, and within its limit."""
    wrong = scene.run(
        "SELECT d.person_id, d.day, d.used_ug, d.night_ug FROM person_day d"
        " WHERE d.used_ug > d.limit_ug OR d.night_ug > d.night_limit_ug"
        " OR ARRAY[d.used_ug, d.night_ug] <> (SELECT ARRAY["
        " coalesce(sum(amount_ug) FILTER (WHERE part NOT BETWEEN 90 AND 98), 0)::bigint,"
        " coalesce(sum(amount_ug) FILTER (WHERE part BETWEEN 90 AND 98), 0)::bigint] FROM claim c"
        " WHERE c.person_id = d.person_id AND c.for_day = d.day AND (c.reservation_id IN"
        f" {REPLAYED} OR c.reservation_id IN"
        " (SELECT reservation_id FROM reservation WHERE source = 'elsewhere')))"
    )
    assert wrong.fetchall() == []


def stock_adds_up(scene: Scene) -> None:
    """I5 for bottles and cabinets: movements add up to each balance; each hand-out moved once."""
    for place in ("bottle", "holding"):
        wrong = scene.run(
            f"SELECT b.{place}_id FROM {place} b WHERE b.balance_ug < 0 OR b.balance_ug <>"
            f" coalesce((SELECT sum(delta_ug) FROM stock_movement m WHERE m.{place}_id ="
            f" b.{place}_id), 0)" + (" AND b.counted" if place == "bottle" else "")
            # A pharmacy's own packages have no balance here.
        )
        assert wrong.fetchall() == [], place
    moved = scene.run(
        "SELECT r.reservation_id FROM reservation r LEFT JOIN resolution x USING (reservation_id)"
        " LEFT JOIN reversal v USING (reservation_id) LEFT JOIN stock_movement m"
        " USING (reservation_id) WHERE r.verdict <> '{}'"
        # What no open bottle can have held was not poured: a conflict says so.
        " AND (r.source = 'counter' OR r.bottle_id IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM bottle o WHERE o.bottle_id = r.bottle_id AND NOT o.counted)"
        " GROUP BY 1, r.doses, x.outcome,"
        " v.reservation_id HAVING coalesce(sum(m.delta_ug), 0) <> CASE"
        " WHEN x.outcome IN ('returned', 'refused') OR v.reservation_id IS NOT NULL THEN 0 ELSE"
        " -(SELECT sum((d ->> 2)::bigint) FROM jsonb_array_elements(r.doses) d) END"
    )
    assert moved.fetchall() == []
