"""``dispensing client …`` and the clients of a demonstration: the page's rows by another door."""

import json
import stat
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from dispensing.demo import clients as demo
from dispensing.demo.catalogue import PLACES
from dispensing.errors import Conflict, NotFound, Unprocessable
from tests.api.clients.machine import PHARMACY, Machine
from tests.scene import Scene

KEY = json.dumps(ECKey.generate_key("P-384", {"kid": "k1"}).as_dict(private=False))
SCOPES = ("system/Patient.rs",)


def new(client_id: str, **changes: object) -> NewClient:
    told = {
        "name": "Et system",
        "kind": "pharmacy",
        "role": "pharmacist",
        "acts_at": PHARMACY,
        "terms": Terms(KEY, SCOPES),
    } | changes
    return NewClient(client_id, **told)  # type: ignore[arg-type]


def test_only_an_administrator_is_named(http: TestClient, scene: Scene) -> None:
    for by in ("nurse1", "nobody"):
        with pytest.raises(NotFound):
            by_command.register(scene.connection, by, new("nogen"), None)


def test_an_id_is_taken_once(http: TestClient, scene: Scene) -> None:
    by_command.register(scene.connection, "administrator1", new("en-gang"), None)
    with pytest.raises(Conflict):
        by_command.register(scene.connection, "administrator1", new("en-gang"), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "system", "role": "doctor", "acts_at": 1},
        {"kind": "system", "role": "nurse"},
        {"acts_at": 1},
        {"terms": Terms(KEY, ("system/*.rs",))},
        {"terms": Terms(KEY, ("system/Patient.c",))},
        {"terms": Terms("http://127.0.0.1/keys", SCOPES)},
    ],
)
def test_what_is_no_client_is_refused(
    http: TestClient, scene: Scene, changes: dict[str, object]
) -> None:
    """H22: no doctor, none at another clinic, no keys from a private network."""
    with pytest.raises(Unprocessable):
        by_command.register(scene.connection, "administrator1", new("forkert", **changes), None)
    assert scene.one("SELECT 1 FROM staff WHERE username = 'client:forkert'") is None


def test_staff_commands_leave_a_client_alone(http: TestClient, scene: Scene) -> None:
    """No card, PIN or password is given to a machine."""
    from dispensing.units import staffing

    by_command.register(scene.connection, "administrator1", new("intet-kort"), None)
    for act in (
        lambda: staffing.set_password(scene.connection, "administrator1", "client:intet-kort", "x"),
        lambda: staffing.issue_card(
            scene.connection, "administrator1", "client:intet-kort", "M-AAAA1111", b"k" * 32
        ),
        lambda: staffing.change_role(
            scene.connection, "administrator1", "client:intet-kort", "doctor"
        ),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_demonstration_has_a_client_for_each_pharmacy(
    http: TestClient, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started again it has the same ones; the keys are the owner's alone."""
    monkeypatch.setattr(demo, "BY", "administrator1")
    pharmacies = [place for place in PLACES if place.kind == "pharmacy"]
    for place in pharmacies:
        scene.unit(place.unit_id, place.name, "pharmacy")
        scene.run("UPDATE unit SET code = %s WHERE unit_id = %s", place.code, place.unit_id)
    folder = tmp_path / "clients"
    for _ in range(2):
        assert demo.register_clients(scene.connection, folder) == len(pharmacies)
    files = sorted(folder.iterdir())
    assert [one.stem for one in files] == sorted(place.code for place in pharmacies)
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    key = ECKey.import_key(files[0].read_bytes())
    key = ECKey.import_key(key.as_dict(private=True) | {"kid": key.thumbprint()})
    assert Machine(http, files[0].stem, key).token()
