"""H26: a counter's receipts against the ledger; a forged one stops nobody, a sealed one does."""

from typing import Any

from dispensing.downtime.receipts import Kept
from dispensing.sealing import proven_at, seal_of
from tests.api.client import problem
from tests.clusters import Database
from tests.downtime.conftest import Clinic
from tests.downtime.forgetting import forget, head_of


def _newest(clinic: Clinic) -> dict[str, Any]:
    chain, seq, digest = clinic.scene.run(
        "SELECT h.chain_id, h.seq, encode(h.hash, 'hex') FROM ledger_head h JOIN unit u"
        " ON h.chain_id = u.clinical_chain WHERE u.unit_id = %s",
        clinic.unit,
    ).fetchone()
    return {"chain": chain, "seq": seq, "hash": digest}


def _present(clinic: Clinic, *receipts: dict[str, Any]) -> dict[str, Any]:
    answer = clinic.nurse.send("POST", "/receipts", {"receipts": list(receipts)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _open(clinic: Clinic) -> int:
    return clinic.scene.one("SELECT count(*) FROM restoration WHERE closed_at IS NULL")


def test_a_forged_receipt_stops_nobody(clinic: Clinic) -> None:
    """H26, H18: invented numbers, another hash, another's seal, another unit's chain."""
    person = clinic.person()
    clinic.nurse.given(person)
    real = _newest(clinic)
    (held,) = _present(clinic, real)["receipts"]
    assert (held["state"], held["proven"]) == ("holds", False)
    seal = held["seal"]
    beyond = real | {"seq": real["seq"] + 1_000}
    forged = [
        beyond,
        beyond | {"seal": seal},
        real | {"hash": "0" * 64, "seal": seal},
        real | {"seq": 1, "seal": seal},
        beyond | {"seal": f"1-{'a' * 64}"},
        real | {"chain": real["chain"] + 1},
    ]
    answer = _present(clinic, *forged)
    assert answer["stopped"] is False
    assert [one["state"] for one in answer["receipts"]] == [
        *("missing", "missing", "differs", "differs", "missing", "elsewhere")
    ]
    assert not any(one["proven"] or one["seal"] for one in answer["receipts"])
    assert _open(clinic) == 0
    (again,) = _present(clinic, real | {"seal": seal})["receipts"]
    assert again == {"state": "holds", "proven": True, "seal": seal}
    assert clinic.nurse.reserve(clinic.person()).status_code == 201


def test_a_sealed_receipt_whose_entry_is_gone_stops_every_unit_once(
    clinic: Clinic, shared_database: Database
) -> None:
    """H26, H01: after a person has answered for it, the same receipt stops nobody again."""
    other = clinic.person()
    before = head_of(shared_database, 2 * clinic.unit - 1)
    clinic.printed()
    receipt = _newest(clinic)
    receipt["seal"] = _present(clinic, receipt)["receipts"][0]["seal"]
    forget(shared_database, receipt["chain"], before)
    answer = _present(clinic, receipt)
    assert (answer["stopped"], answer["receipts"][0]["state"]) == (True, "missing")
    assert answer["receipts"][0]["proven"] is True
    problem(clinic.nurse.reserve(other), 409, "restored-unresolved")
    told = clinic.scene.one(
        "SELECT count(*) FROM ledger_payload WHERE kind = 'ledger-loss-found' AND unit_id = %s",
        clinic.unit,
    )
    assert told == 1
    assert _present(clinic, receipt)["stopped"] is False
    clinic.over()
    body = {"reason": "talt og indtastet"}
    assert clinic.doctor.send("POST", "/restoration/resolved", body).status_code == 200
    clinic.scene.run(
        "UPDATE restoration SET closed_at = clock_timestamp(), reason = 'talt', closed_by = %s"
        " WHERE closed_at IS NULL",
        clinic.nurse_id,
    )
    answer = _present(clinic, receipt)
    assert (answer["stopped"], answer["receipts"][0]["proven"]) == (False, True)
    assert answer["receipts"][0]["state"] in ("missing", "differs")
    assert _open(clinic) == 0


def test_every_answer_carries_a_sealed_receipt_also_when_its_key_is_repeated(
    clinic: Clinic,
) -> None:
    """H26: a counter keeps the answers it got, and has the proof without asking for it."""
    person, key = clinic.person(), "receipt-of-a-reservation"
    first = clinic.nurse.reserve(person, key=key).json()["receipt"]
    assert clinic.nurse.reserve(person, key=key).json()["receipt"] == first
    (held,) = _present(clinic, first)["receipts"]
    assert (held["state"], held["proven"], held["seal"]) == ("holds", True, first["seal"])


def test_only_the_services_own_key_proves_a_receipt(clinic: Clinic) -> None:
    kept = Kept(1, 4711, "5f" * 32)
    sealed = Kept(1, 4711, "5f" * 32, seal_of(b"k" * 32, kept.entry, clinic.now()))
    assert proven_at(b"k" * 32, sealed.entry, sealed.seal) is not None
    assert proven_at(b"l" * 32, sealed.entry, sealed.seal) is None
    assert proven_at(b"k" * 32, (2, 4711, kept.hash), sealed.seal) is None


def test_bad_receipts_are_refused_and_change_nothing(clinic: Clinic) -> None:
    good = {"chain": 1, "seq": 1, "hash": "0" * 64}
    for wrong in (
        [],
        [good | {"hash": "x"}],
        [good | {"seq": 0}],
        [good | {"seal": "1"}],
        [good] * 501,
    ):
        answer = clinic.nurse.send("POST", "/receipts", {"receipts": wrong})
        assert answer.status_code == 422, answer.text
