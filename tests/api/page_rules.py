"""Every page with who may see or press it, and what its address names. A new page needs its row.

A rule is the roles and what the address is about: a person and what hangs on one, something of a
unit, or nothing. ``ids_of`` makes what an address needs, at the unit of a ``Ground``.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from dispensing.downtime.restoration import READS
from tests.api.matrix.access import REVIEWS, opened, to_review
from tests.api.matrix.adverse_events import EVENT_PAGES, drafted
from tests.api.matrix.calendar import guest
from tests.api.matrix.clients import CLIENT_PAGES, ENDPOINTS, client_of
from tests.api.matrix.counter import SEEN
from tests.api.matrix.courses import left
from tests.api.matrix.downtime import printed, requested
from tests.api.matrix.ground import HANDS_OUT, Ground
from tests.api.matrix.indkald import agreed
from tests.api.matrix.moves import MOVED, away, offered, offered_here, written
from tests.api.matrix.observation import open_notice
from tests.api.matrix.outbox import MESSAGES, endpoint
from tests.api.matrix.people import SIGNED_IN
from tests.api.matrix.persons import merged_people, numbered
from tests.api.matrix.review import READS as READS_AUDIT
from tests.api.matrix.review import drafted as audit_drafted
from tests.api.matrix.review import to_answer
from tests.api.matrix.stock import HANDLES_STOCK, READS_THE_REGISTER, counted
from tests.api.numbers import a_number

EVERYBODY = f"{SIGNED_IN} nobody"
MERGES, READS_RESTORATION = "doctor administrator", " ".join(READS)

PERSON_PAGES = {
    "GET /skranke/person/{person_id}": HANDS_OUT,
    "POST /skranke/person/{person_id}/afviser": HANDS_OUT,
    "POST /skranke/person/{person_id}/laege": HANDS_OUT,
    "POST /skranke/person/{person_id}/paavirket": HANDS_OUT,
    "POST /skranke/person/{person_id}/reserver": HANDS_OUT,
    "POST /skranke/person/{person_id}/spoerg": HANDS_OUT,
    "POST /skranke/person/{person_id}/vurder": HANDS_OUT,
    "POST /skranke/person/{person_id}/abstinenser": HANDS_OUT,
    "GET /skranke/person/{person_id}/hjemme": HANDS_OUT,
    "POST /skranke/person/{person_id}/hjemme/tabt": HANDS_OUT,
    "POST /skranke/person/{person_id}/hjemme/talt": HANDS_OUT,
    "POST /skranke/person/{person_id}/hjemme/tilbage": HANDS_OUT,
    "POST /skranke/person/{person_id}/hjemme/underskriv": HANDS_OUT,
    "GET /skranke/person/{person_id}/hentere": HANDS_OUT,
    "POST /skranke/person/{person_id}/hentere": "doctor",
    "POST /skranke/person/{person_id}/hentere/{collector_id}/slut": "doctor",
    "GET /skranke/person/{person_id}/seddel": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/etiketter": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/etiketter/om": HANDS_OUT,
    "GET /person/{person_id}/numre": HANDS_OUT,
    "POST /person/{person_id}/numre": HANDS_OUT,
    "POST /person/{person_id}/numre/{identifier_id}/tilbage": HANDS_OUT,
    "POST /person/{person_id}/numre/{identifier_id}/vis": HANDS_OUT,
    "GET /person/{person_id}/saml": MERGES,
    "POST /person/{person_id}/saml": MERGES,
    "POST /person/{person_id}/saml/se": MERGES,
    "POST /person/{person_id}/saml/{merge_id}/skil": MERGES,
    "POST /skranke/udlevering/{reservation_id}/givet": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/observation": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/opkast": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/slut": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/tilbagefoer": HANDS_OUT,
    "POST /skranke/udlevering/{reservation_id}/usikker": HANDS_OUT,
    "GET /observation/{reservation_id}": HANDS_OUT,
    "POST /observation/{reservation_id}/se-til": HANDS_OUT,
    "POST /observation/{reservation_id}/slut": HANDS_OUT,
    "GET /behandling/person/{person_id}": HANDS_OUT,
    "GET /behandling/person/{person_id}/ordination": HANDS_OUT,
    "GET /behandling/person/{person_id}/udlevering": HANDS_OUT,
    "GET /behandling/person/{person_id}/videregivelse": "doctor",
    **{
        f"POST /behandling/person/{{person_id}}/{press}": "doctor"
        for press in (
            *("ordination", "ordination/underskriv", "ordination/stop", "videregivelse"),
            *("udlevering", "udlevering/overvaaget", "udlevering/undtagelse"),
            *("udlevering/apotek", "medicin"),
        )
    },
    "GET /behandling/person/{person_id}/opfoelgning": HANDS_OUT,
    "POST /behandling/person/{person_id}/opfoelgning": HANDS_OUT,
    "GET /behandling/person/{person_id}/medicin": HANDS_OUT,
    "GET /behandling/person/{person_id}/beroligende": HANDS_OUT,
    **{
        f"POST /behandling/person/{{person_id}}/beroligende/{press}": "doctor"
        for press in (
            *("liste", "informeret", "udkast", "plan", "trin", "pause", "gennemset", "stop"),
        )
    },
    "GET /behandling/person/{person_id}/flytning": HANDS_OUT,
    "POST /behandling/person/{person_id}/flytning/vaek": HANDS_OUT,
    "POST /behandling/person/{person_id}/flytning/tilbage": HANDS_OUT,
    "POST /behandling/person/{person_id}/flytning/brev": HANDS_OUT,
    "POST /behandling/person/{person_id}/flytning/tilbud": "doctor",
    "POST /behandling/person/{person_id}/flytning/tilbud/{offer_id}/traek": "doctor",
    "GET /behandling/overdragelse/{letter_id}.pdf": HANDS_OUT,
    "GET /behandling/person/{person_id}/forloeb": HANDS_OUT,
    "POST /behandling/person/{person_id}/forloeb/adresse": HANDS_OUT,
    "POST /behandling/person/{person_id}/forloeb/igen": HANDS_OUT,
    "POST /behandling/person/{person_id}/forloeb/plan": "doctor",
    "POST /behandling/person/{person_id}/forloeb/ret": HANDS_OUT,
    "POST /behandling/person/{person_id}/forloeb/slut": HANDS_OUT,
    "POST /behandling/person/{person_id}/forloeb/vurdering": "doctor",
    "GET /behandling/person/{person_id}/foerstevalg": HANDS_OUT,
    "POST /behandling/person/{person_id}/foerstevalg": "doctor",
    "GET /behandling/person/{person_id}/indkald": HANDS_OUT,
    "POST /behandling/person/{person_id}/indkald/aftal": HANDS_OUT,
    "POST /behandling/person/{person_id}/indkald/oensker": HANDS_OUT,
    "POST /behandling/person/{person_id}/indkald/{indkald_id}/indbydelse": HANDS_OUT,
    "GET /behandling/person/{person_id}/indkald/{indkald_id}/indbydelse.pdf": HANDS_OUT,
    "POST /behandling/person/{person_id}/indkald/{indkald_id}/fund": HANDS_OUT,
    "POST /behandling/person/{person_id}/indkald/{indkald_id}/udeblevet": "doctor",
    "POST /behandling/person/{person_id}/indkald/{indkald_id}/konklusion": "doctor",
    "GET /laege/morgen/person/{person_id}": "doctor",
    "GET /laege/sag/{question_id}": "doctor",
    "POST /laege/sag/{question_id}": "doctor",
    "GET /laege/besked/{notice_id}": "doctor",
    "POST /laege/besked/{notice_id}": "doctor",
    "GET /noedliste/{serial}.pdf": HANDS_OUT,
    "POST /noedliste/ret/{request_id}": HANDS_OUT,
    "POST /gaester/{guest_id}": "doctor",
}
# Emergency access is the opener's own; of another unit's access nobody hears.
PERSON_PAGES |= {
    **dict.fromkeys(EVENT_PAGES, HANDS_OUT),
    "GET /noedadgang/person/{person_id}": HANDS_OUT,
    "POST /noedadgang/{access_id}/gennemgang": REVIEWS,
    "GET /person/{person_id}/opslag": REVIEWS,
    "GET /person/{person_id}/opslag.{kind}": REVIEWS,
}
# Lists of the own unit, searches, and what names somebody in its form.
UNIT_PAGES = {
    "GET /behandling/flytninger": "doctor",
    "POST /behandling/flytninger/{offer_id}/svar": "doctor",
    "GET /skranke": HANDS_OUT,
    "GET /skranke/": EVERYBODY,  # sends on to the page, which asks who it is
    "GET /skranke/liste": HANDS_OUT,
    "POST /skranke/liste": HANDS_OUT,
    "GET /skranke/tom": HANDS_OUT,
    "POST /skranke/find": HANDS_OUT,
    "POST /skranke/scan": HANDS_OUT,
    "GET /skranke/luk": HANDS_OUT,
    "POST /skranke/luk": HANDS_OUT,
    "GET /observation": HANDS_OUT,
    "GET /observation/liste": HANDS_OUT,
    "GET /observation/alarm": HANDS_OUT,
    "GET /behandling/opfoelgning": HANDS_OUT,
    "GET /behandling/nedtrapninger": HANDS_OUT,
    "GET /behandling/metadon": "doctor",
    "GET /behandling/ny": HANDS_OUT,
    "POST /behandling/ny": HANDS_OUT,
    "GET /behandling/indkald": HANDS_OUT,
    "POST /behandling/indkald/aftal": HANDS_OUT,
    "POST /behandling/indkald/pladser": "doctor",
    "GET /laege": "doctor",
    "GET /laege/liste": "doctor",
    "GET /laege/morgen": "doctor",
    "GET /laege/morgen/liste": "doctor",
    "GET /noedliste": HANDS_OUT,
    "POST /noedliste": HANDS_OUT,
    "POST /noedliste/bed-om-ret": HANDS_OUT,
    "GET /noedliste/banner": SIGNED_IN,  # that the unit is on paper, and nobody's name
    "POST /noedliste/forlad": HANDS_OUT,
    "GET /noedliste/indtast": HANDS_OUT,
    "POST /noedliste/indtast": HANDS_OUT,
    "POST /noedliste/indtast/raekke": HANDS_OUT,
    "POST /noedliste/indtast/tomme": HANDS_OUT,
    "GET /noedliste/konflikter": HANDS_OUT,
    "POST /noedliste/konflikter/{event_id}": "doctor",
    "POST /noedliste/nedetid": HANDS_OUT,
    "POST /noedliste/ogsaa": HANDS_OUT,
    "POST /noedliste/slut": HANDS_OUT,
    "GET /spor": "doctor administrator",
    "POST /spor": "doctor administrator",
    "GET /uth": HANDS_OUT,
    "GET /kalender": SIGNED_IN,
    "POST /kalender": SIGNED_IN,
    "GET /noedadgang": f"nurse {REVIEWS}",
    "POST /noedadgang": HANDS_OUT,
    "GET /kalender/opslag": SIGNED_IN,
    "GET /gaester": HANDS_OUT,
    "GET /lukkedage/{first}": HANDS_OUT,
    "POST /lukkedage/{first}": "doctor",
    "GET /lukkedage/{first}/sedler": HANDS_OUT,
    "GET /gendannelse": READS_RESTORATION,
    "POST /gendannelse": REVIEWS,
    "POST /gendannelse/sammenlign": READS_RESTORATION,
    "GET /lager": HANDLES_STOCK,
    "POST /lager/aabn": HANDLES_STOCK,
    "POST /lager/batch/{batch_id}": HANDLES_STOCK,
    "GET /lager/flaske/{bottle_id}/etiket": HANDLES_STOCK,
    "GET /lager/flaske/{bottle_id}/kode.svg": HANDLES_STOCK,
    "POST /lager/flaske/{bottle_id}/luk": HANDLES_STOCK,
    "POST /lager/flyt": HANDLES_STOCK,
    "POST /lager/forklar": HANDLES_STOCK,
    "POST /lager/kasser": HANDLES_STOCK,
    "POST /lager/mangler": HANDLES_STOCK,
    "POST /lager/modtag": HANDLES_STOCK,
    "GET /lager/optael/{word}/{number}": HANDLES_STOCK,
    "POST /lager/optael/{word}/{number}": HANDLES_STOCK,
    "GET /lager/optaelling/{count_id}": HANDLES_STOCK,
    "POST /lager/overfoersel/{transfer_id}/modtag": HANDLES_STOCK,
    "GET /lager/regnskab": READS_THE_REGISTER,
    "GET /lager/regnskab.{kind}": READS_THE_REGISTER,
    "POST /lager/rest": HANDLES_STOCK,
    "POST /lager/retur": HANDLES_STOCK,
    "POST /lager/underskriv": HANDLES_STOCK,
    "GET /audit": READS_AUDIT,
    "POST /audit/kladder/ny": "doctor",
    "GET /audit/{report_id}": READS_AUDIT,
    "GET /audit/{report_id}/rapport.pdf": READS_AUDIT,
    "GET /audit/{report_id}/kort/{name}.pdf": READS_AUDIT,
    "GET /audit/{report_id}/{indicator}/personer": "doctor",
    "POST /audit/{report_id}/{indicator}/kommentar": "doctor",
    "POST /audit/{report_id}/{indicator}/justering": "doctor",
    "POST /audit/{report_id}/justering/{adjustment_id}/svar": "doctor",
    "POST /audit/{report_id}/laest": "doctor",
    "POST /audit/{report_id}/underskrift": "doctor",
    **dict.fromkeys((*MESSAGES, *CLIENT_PAGES), "administrator"),
    "GET /min-pin": SIGNED_IN,
    "POST /min-pin": SIGNED_IN,
    "GET /kolleger": SIGNED_IN,
    "GET /": SIGNED_IN,
    "GET /log-ind": EVERYBODY,
    "GET /log-ind/ekstern": EVERYBODY,
    "GET /log-ind/ekstern/svar": EVERYBODY,
    "GET /log-ud/ekstern": EVERYBODY,
    "POST /sprog": EVERYBODY,
    "POST /skaerm": EVERYBODY,
}
# They change who is signed in, or answer without an end; with tests of their own.
ELSEWHERE = {
    "POST /log-ind": "tests/api/test_attack_sign_in.py",
    "POST /log-ud": "tests/api/test_screen.py",
    "POST /her": "tests/api/test_screen.py",
    "POST /laas": "tests/api/test_screen.py",
    "POST /laas-op": "tests/api/test_screen.py",
    "POST /skift": "tests/api/test_screen.py",
    "GET /skranke/live": "tests/service/test_live.py",
    "GET /metrics": "tests/downtime",
    **ENDPOINTS,
}


def question(ground: Ground) -> int:
    order = ground.nurse.order(ground.person(last_covered_days_ago=4))
    ground.nurse.send("POST", "/questions", {"order": order})
    return ground.scene.one("SELECT max(question_id) FROM doctor_question")


def _observed(ground: Ground) -> int:
    """Somebody under observation."""
    person = ground.person()
    ground.scene.indkald(person)
    return ground.nurse.given(person)


def _collector(ground: Ground) -> dict[str, int]:
    person, today = ground.person(), ground.nurse.today
    made = ground.scene.one(
        "INSERT INTO collector (person_id, name, relation, from_on, until_on, reason, decided_by,"
        " decided_at) VALUES (%s, 'Mor', 'mor', %s, %s, 'syg', %s, now()) RETURNING collector_id",
        person,
        today,
        today,
        10 * ground.unit_id + 1,
    )
    return {"person_id": person, "collector_id": made}


def _closed(ground: Ground) -> date:
    """A day the unit is closed on."""
    days, on = 3, ground.nurse.today + timedelta(days=3)
    asked = "SELECT 1 FROM unit_closed_day WHERE unit_id = %s AND day = %s"
    if ground.scene.run(asked, ground.unit_id, on).fetchone() is None:
        ground.scene.close_unit_on(ground.unit_id, days, "Kursus")
    return on


def ids_of(route: str, ground: Ground) -> dict[str, Any]:
    """What a page's address needs, made at the unit of ``ground``."""
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "{adjustment_id}": lambda: dict(
            zip(("report_id", "adjustment_id"), to_answer(ground), strict=True)
        ),
        "{report_id}": lambda: {
            "report_id": audit_drafted(ground.scene, ground.unit_id),
            "indicator": "M7",
            "name": "tabeller",
        },
        "{endpoint_id}": lambda: {"endpoint_id": endpoint(ground)},
        "{guest_id}": lambda: {"guest_id": guest(ground)},
        "{client_id}": lambda: {"client_id": client_of(ground)},
        "/flytninger/{offer_id}": lambda: {"offer_id": offered_here(ground)[1]},
        "{offer_id}": lambda: dict(zip(("person_id", "offer_id"), offered(ground), strict=True)),
        "{letter_id}": lambda: {"letter_id": written(ground)},
        "/flytning/tilbage": lambda: {"person_id": away(ground)},
        "{collector_id}": lambda: _collector(ground),
        "{identifier_id}": lambda: dict(
            zip(("person_id", "identifier_id"), numbered(ground), strict=True)
        ),
        "{merge_id}": lambda: dict(
            zip(("person_id", "merge_id"), merged_people(ground), strict=True)
        ),
        "opslag.{kind}": lambda: {"person_id": ground.person(), "kind": "csv"},
        "{access_id}": lambda: {"access_id": to_review(ground)},
        "/noedadgang/person/": lambda: {"person_id": opened(ground)},
        "/uth/{event_id}": lambda: {"event_id": drafted(ground)},
        "/forloeb/igen": lambda: {"person_id": left(ground)},
        "{indkald_id}": lambda: dict(zip(("person_id", "indkald_id"), agreed(ground), strict=True)),
        "{person_id}": lambda: {"person_id": ground.person()},
        "/observation/{reservation_id}": lambda: {"reservation_id": _observed(ground)},
        "{reservation_id}": lambda: {"reservation_id": ground.reserved()},
        "{question_id}": lambda: {"question_id": question(ground)},
        "{notice_id}": lambda: {"notice_id": open_notice(ground)},
        "{serial}": lambda: {"serial": printed(ground)},
        "{request_id}": lambda: {"request_id": requested(ground)},
        "{bottle_id}": lambda: {"bottle_id": ground.scene.bottle(ground.unit_id, "metadon-1")},
        "{word}": lambda: {"word": "skranke", "number": ground.unit_id},
        "{count_id}": lambda: {"count_id": counted(ground)},
        "{first}": lambda: {"first": _closed(ground)},
        "{kind}": lambda: {"kind": "csv"},
    }
    for part, make in makers.items():
        if part in route:
            return make()
    return {"event_id": 1, "batch_id": 1, "transfer_id": 1}


def fields_for(ground: Ground) -> dict[str, str]:
    """A form with everything a page may ask for, so that only whose it is can be in the way."""
    today = ground.nurse.today.isoformat()
    return {
        "reason": "det er nødvendigt",
        "note": "set",
        "for_on": today,
        "from_on": today,
        "until_on": today,
        "part": "1",
        "name": "Mor",
        "given_name": "Rettet",
        "family_name": "Rettesen",
        "born_on": "1950-02-03",
        "correction_reason": "læst forkert",
        "relation": "mor",
        "how": "lost",
        "finding": "urine",
        "found": "done",
        "step": "talk",
        "since_on": today,
        **MOVED,
        "told": "talt med personen",
        "arrangement": "supervised",
        "days": "1",
        "product_code": "metadon-1",
        "daily_mg": "80",
        "valid_from": today,
        "valid_to": today,
        "goal": "aftalt i planen",
        "contact_on": today,
        "came_by": "self",
        "before": "before",
        "diagnosis": "F11.2",
        "wish": "ro i hverdagen",
        "tried": "alt andet",
        "tolerance": "daily",
        "allergies": "none",
        "pregnancy": "not_asked",
        "aim": "stabil",
        "agreements": "ugentlig",
        "review_on": (ground.nurse.today + timedelta(days=60)).isoformat(),
        "status": "dead",
        "ending_note": "politiet ringede",
        "offer_answer": "accepted",
        "counted": "0",
        "number": a_number(),
        "kind": "other",
        "what": "glasset væltede",
        "outcome": "justified",
        "code": "K-0000",
        "other": "K-0000",
        "survivor_seq": "1",
        "absorbed_seq": "1",
        "poss": "1",
        "affected": "0",
        "minutes_after": "5",
        "minutes": "5",
        "allow": "0",
        "answer": "set",
        "grant": "0",
        "identifier": SEEN["identifiers"][0],
        "dose": f"{today}/1/80000/supervised",
        "doctor_username": f"doctor{ground.unit_id}",
        "doctor_password": "forkert",
    }
