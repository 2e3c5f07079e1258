"""The step's field stands in the very form that is asked for it: no page more, at any act."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.test_act_steps import declared

TEMPLATES = sorted((Path(__file__).parents[2] / "dispensing").glob("*/templates/**/*.html"))
FORM = re.compile(r"<form\b(.*?)</form>", re.DOTALL)
# As it is written, or by the macro that writes it for htmx too; none is the page's own address.
WHERE = re.compile(r"""(?:action|hx-post)="([^"]*)"|\bpost\('([^']*)'""")
FIELD = ("step_field(", "people/step_page.html", "people/step_panel.html")
NOT_ASKED = re.compile(r"\{% if acts_ask == 'none' %\}.*?\{% else %\}", re.DOTALL)
UNKNOWN = re.compile(r"\{\{.*?\}\}|%s")


def asked(http: TestClient) -> list[re.Pattern[str]]:
    """The addresses of pages that are asked for a step, before the act or in it."""
    paths = [
        route.removeprefix("POST ")
        for route, (said,) in declared(http).items()
        if said.asks in ("step", "step-in-act")
    ]
    # What a template fills in may be any of an address's parts.
    made = [
        "/".join(r"[^/]+" if part.startswith("{") else rf"({re.escape(part)}|X)" for part in parts)
        for parts in (path.split("/") for path in paths)
    ]
    return [re.compile(one) for one in made]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_form_that_is_asked_for_a_step_has_its_field(http: TestClient, template: Path) -> None:
    """H22: a step that nobody can key would stop the act instead."""
    patterns = asked(http)
    for form in FORM.findall(NOT_ASKED.sub("", template.read_text())):
        if 'method="get"' in form or template.stem in ("sign_in", "lock", "own_pin"):
            continue
        found = WHERE.search(form.split("\n")[0])
        where = UNKNOWN.sub("X", (found[1] or found[2]) if found else "X").partition("?")[0]
        wanted = where == "X" or any(one.fullmatch(where) for one in patterns)
        assert not wanted or any(field in form for field in FIELD), form[:200]
