"""Keys that a client publishes itself, from the token request to the fetch (H22)."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from integrations.clients.keys import Published
from integrations.clients.ports import OutOfReach
from tests.api.client import problem, sign_in
from tests.api.clients.machine import ALL, PHARMACY, Machine, calling, registered
from tests.api.matrix.ground import Ground
from tests.api.matrix.persons import merged_people
from tests.scene import Scene

ADDRESS = "https://apotek.example/.well-known/jwks.json"


class Site:
    """The client's own site: its key set, or nothing."""

    def __init__(self) -> None:
        self.keys: list[Any] | None = []
        self.asked: list[str] = []

    async def get(self, address: str) -> bytes:
        self.asked.append(address)
        if self.keys is None:
            raise OutOfReach("out-of-reach")
        return json.dumps({"keys": [one.as_dict(private=False) for one in self.keys]}).encode()


@pytest.fixture
def site(http: TestClient) -> Iterator[Site]:
    ours = http.app.state.machines  # type: ignore[attr-defined]
    before, made = ours.published, Site()
    ours.published = Published(made)
    yield made
    ours.published = before


@pytest.fixture(scope="module")
def publishing(http: TestClient, scene: Scene) -> Machine:
    terms = Terms(ADDRESS, ALL)
    new = NewClient("apotek-web", "Webapoteket", "pharmacy", "pharmacist", PHARMACY, terms)
    by_command.register(scene.connection, "administrator1", new, PHARMACY)
    return Machine(http, "apotek-web")


def test_the_key_comes_from_the_clients_site(publishing: Machine, site: Site) -> None:
    site.keys = [publishing.key]
    assert publishing.token()
    assert publishing.ask(assertion=publishing.assertion({"jku": ADDRESS})).status_code == 200
    assert site.asked == [ADDRESS], "one fetch for both"


def test_an_address_in_the_assertion_is_never_asked(publishing: Machine, site: Site) -> None:
    site.keys = [publishing.key]
    elsewhere = {"jku": "https://elsewhere.example/keys"}
    assert publishing.ask(assertion=publishing.assertion(elsewhere)).status_code == 401
    assert site.asked == []


def test_a_key_that_is_published_no_more_opens_nothing(publishing: Machine, site: Site) -> None:
    site.keys = [ECKey.generate_key("P-384", {"kid": "k2"})]
    assert publishing.ask().status_code == 401


def test_a_site_out_of_reach_gives_no_token_and_no_fault(publishing: Machine, site: Site) -> None:
    site.keys = None
    answer = publishing.ask()
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_two_who_register_the_same_id_at_once_make_one_client(
    http: TestClient, scene: Scene
) -> None:
    """And one row of staff."""
    from tests.api.clients.test_pages import form, press
    from tests.api.test_page_relations import Browser

    token = sign_in(http, scene, "administrator1", None).token
    machine = Machine(http, "kun-en-gang")
    with ThreadPoolExecutor(4) as crowd:
        answers = list(
            crowd.map(
                lambda n: press(Browser(http, token), "/klienter", form(machine), f"same-id-{n}"),
                range(4),
            )
        )
    assert sorted(one.status_code for one in answers) == [303, 409, 409, 409]
    asked = "SELECT count(*) FROM staff WHERE username = 'client:kun-en-gang'"
    assert scene.one(asked) == 1


def test_a_list_holds_through_a_merge(http: TestClient, scene: Scene) -> None:
    """H24: the record that was named lives on in another; the client sees that human."""
    nurse = sign_in(http, scene, "nurse1")
    kept, _ = merged_people(Ground(scene, nurse))
    absorbed = scene.one("SELECT person_id FROM person WHERE merged_into_id = %s", kept)
    machine = registered(http, scene, "efter-saml", acts_at=1, cards=(f"K-{absorbed:04d}",))
    mine = calling(http, scene, machine.token())
    assert mine.get(f"/people/{kept}").status_code == 200
    problem(mine.get(f"/people/{scene.person()}"), 404)
