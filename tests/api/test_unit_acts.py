"""The road of acts that are no single person's dose: once per key, by role, every no an entry."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.errors import Conflict, Forbidden, KeyReused, NotSignedIn, Unprocessable
from dispensing.unit_acts import UnitAnswer, UnitWriting, act_at_unit, unit_entry
from tests.api.client import Counter
from tests.scene import Scene

Act = Callable[..., UnitAnswer]


@pytest.fixture
def act(http: TestClient) -> Act:
    """Runs a small act that writes one entry, on the service's own loop and pool."""

    def run(
        token: str, key: str = "a-key-of-the-test", asked: int = 1, conflict: bool = False
    ) -> UnitAnswer:
        async def build(connection: Any, actor: Any, place: Any) -> UnitWriting:
            if conflict:
                await connection.execute("UPDATE staff_session SET ended_at = now()")
                raise Conflict("not so", slug="not-so")
            entry = unit_entry("thing-done", actor, place, {"asked": asked})
            return UnitWriting({"asked": asked}, (), (entry, entry))

        async def doing() -> UnitAnswer:
            return await act_at_unit(
                http.app.state.wiring, token, key, "do", asked, build, roles=("nurse",)
            )

        assert http.portal is not None
        return http.portal.call(doing)

    return run


def entries(scene: Scene, kind: str) -> list[dict[str, Any]]:
    return [
        row[0]
        for row in scene.run(
            "SELECT convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload"
            " WHERE kind = %s ORDER BY seq",
            kind,
        )
    ]


def test_an_act_is_done_once_however_often_its_key_is_sent(
    act: Act, nurse: Counter, scene: Scene
) -> None:
    """H04: the second answer is the first one, receipt and all."""
    first, again = act(nurse.token), act(nurse.token)
    assert (first.body, first.repeated) == ({"asked": 1}, False)
    assert (again.body, again.receipt, again.repeated) == (first.body, first.receipt, True)
    assert len(entries(scene, "thing-done")) == 2
    with pytest.raises(KeyReused):
        act(nurse.token, asked=2)


def test_keys_roles_and_sessions_are_asked_first(
    act: Act, nurse: Counter, doctor: Counter, unchanged: None
) -> None:
    with pytest.raises(Unprocessable):
        act(nurse.token, key="short")
    with pytest.raises(Forbidden):
        act(doctor.token, key="another-key-of-it")
    with pytest.raises(NotSignedIn):
        act("no-such-token", key="another-key-of-it")


def test_a_no_undoes_what_was_begun_and_is_an_entry(act: Act, nurse: Counter, scene: Scene) -> None:
    with pytest.raises(Conflict):
        act(nurse.token, key="a-key-that-meets-no", conflict=True)
    assert entries(scene, "unit-act-refused")[0]["problem"] == "not-so"
    assert nurse.get("/today").status_code == 200
