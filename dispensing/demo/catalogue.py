"""The places and preparations of the demo: dated data, not code that knows one unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from dosing_rules import Product

BOOK_ID = "dk-crk-2026"
#: The one password of every demo account. Printed by `make demo`; never a model for a real clinic.
DEMO_PASSWORD = "skranke-demo"
DEMO_PIN = "481627"
WEEKEND = frozenset({6, 7})
SUNDAY = frozenset({7})


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the demo. ``share`` is its part of 1,500 people; 0 for those who serve others.

    ``group`` binds places whose people never leave them: a group's year is simulated on its own.
    """

    unit_id: int
    code: str
    name: str
    kind: str
    group: int
    share: int
    counters: int
    opens: time
    closes: time
    closed_weekdays: frozenset[int] = frozenset()
    closed_on_holidays: bool = True
    licences: tuple[str, ...] = ()
    places: int | None = None

    @property
    def clinical_chain(self) -> int:
        """The chain of what was done, by rule of thumb the odd one of a pair."""
        return self.unit_id * 2 - 1

    @property
    def views_chain(self) -> int:
        """The chain of what was looked at."""
        return self.unit_id * 2

    @property
    def phone(self) -> str:
        """A number nobody answers."""
        return f"00 00 00 {self.unit_id:02d}"


def _hours(text: str) -> tuple[time, time]:
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


PLACES = (
    Place(1, "vigerslev-alle", "Vigerslev Allé", "clinic", 1, 396, 4, *_hours("08:00-17:00"),
          places=420),
    Place(2, "amager-strand", "Behandlingsenheden Amager Strand", "clinic", 2, 389, 4,
          *_hours("08:00-17:00"), places=420),
    Place(3, "norre-faelled", "Behandlingsenheden Nørre Fælled", "clinic", 3, 372, 4,
          *_hours("08:00-17:00"), places=400),
    Place(4, "vesterbro", "Ambulatoriet Vesterbro", "clinic", 4, 177, 2, *_hours("09:00-15:00"),
          closed_weekdays=WEEKEND, places=200),
    Place(5, "forchhammersvej", "Specialenheden Forchhammersvej", "clinic", 5, 120, 3,
          *_hours("08:00-17:00"), closed_on_holidays=False, licences=("methadone_injection",),
          places=140),
    Place(6, "valmuen", "Valmuen", "clinic", 6, 24, 2, *_hours("08:00-18:00"),
          closed_on_holidays=False, licences=("diacetylmorphine",), places=30),
    Place(7, "gp-valbyparken", "Lægerne ved Parken", "practice", 1, 22, 1, *_hours("09:00-15:00"),
          closed_weekdays=WEEKEND),
    Place(8, "apotek-elmen", "Elmens Apotek", "pharmacy", 1, 0, 1, *_hours("09:00-17:00"),
          closed_weekdays=SUNDAY),
    Place(9, "apotek-svanen", "Den Grå Svanes Apotek", "pharmacy", 2, 0, 1, *_hours("09:00-17:00"),
          closed_weekdays=SUNDAY),
    Place(10, "apotek-boegen", "Bøgens Apotek", "pharmacy", 3, 0, 1, *_hours("09:00-17:00"),
          closed_weekdays=SUNDAY),
    Place(11, "apotek-halmen", "Halmens Apotek", "pharmacy", 4, 0, 1, *_hours("09:00-17:00"),
          closed_weekdays=SUNDAY),
    Place(12, "apotek-isbjornen", "Isbjørnens Apotek", "pharmacy", 4, 0, 1,
          *_hours("09:00-17:00"), closed_weekdays=SUNDAY),
)  # fmt: skip
GROUPS = (1, 2, 3, 4, 5, 6)
BY_ID = {place.unit_id: place for place in PLACES}


@dataclass(frozen=True, slots=True)
class Preparation:
    """A product as the rules see it, its name on the package, and what an opened package holds."""

    product: Product
    name: str
    package_ug: int


def _preparation(
    code: str, name: str, kind: tuple[str, str, str], strength_ug: int, per: str, package: int
) -> Preparation:
    product = Product(code, *kind, strength_ug, per)  # type: ignore[arg-type]
    return Preparation(product, name, package * strength_ug)


_ORAL = ("methadone", "oral_solution", "oral")
_TABLET = ("methadone", "tablet", "oral")
_SUBLINGUAL = ("buprenorphine", "sublingual_tablet", "sublingual")
_DEPOT = ("buprenorphine", "depot", "subcutaneous")

PREPARATIONS = (
    _preparation("met-sol-1", "Metadon oral opløsning 1 mg/ml", _ORAL, 1_000, "ml", 1_000),
    _preparation("met-sol-5", "Metadon oral opløsning 5 mg/ml", _ORAL, 5_000, "ml", 1_000),
    _preparation("met-tab-5", "Metadon tablet 5 mg", _TABLET, 5_000, "unit", 100),
    _preparation("met-tab-20", "Metadon tablet 20 mg", _TABLET, 20_000, "unit", 100),
    _preparation("met-inj-10", "Metadon injektionsvæske 10 mg/ml",
                 ("methadone", "injection", "intravenous"), 10_000, "ml", 200),
    _preparation("bup-sl-0.4", "Buprenorphin resoriblet 0,4 mg", _SUBLINGUAL, 400, "unit", 100),
    _preparation("bup-sl-2", "Buprenorphin resoriblet 2 mg", _SUBLINGUAL, 2_000, "unit", 200),
    _preparation("bup-sl-8", "Buprenorphin resoriblet 8 mg", _SUBLINGUAL, 8_000, "unit", 200),
    _preparation("bupnal-2", "Buprenorphin/naloxon resoriblet 2/0,5 mg", _SUBLINGUAL, 2_000,
                 "unit", 200),
    _preparation("bupnal-8", "Buprenorphin/naloxon resoriblet 8/2 mg", _SUBLINGUAL, 8_000,
                 "unit", 200),
    _preparation("bup-depot-w16", "Buprenorphin depot uge 16 mg", _DEPOT, 16_000, "unit", 10),
    _preparation("bup-depot-m64", "Buprenorphin depot måned 64 mg", _DEPOT, 64_000, "unit", 10),
    _preparation("dam-inj-100", "Diacetylmorfin injektionsvæske 100 mg/ml",
                 ("diacetylmorphine", "injection", "intravenous"), 100_000, "ml", 200),
)  # fmt: skip
#: Looks like the mild one and is five times as strong; it stands at a unit's last counter only.
STRONG_MIXTURE = "met-sol-5"
BY_CODE = {preparation.product.code: preparation for preparation in PREPARATIONS}


@dataclass(frozen=True, slots=True)
class Crew:
    """How many of each role work in a place."""

    nurse: int
    doctor: int
    pharmacist: int
    auditor: int
    administrator: int


def crew_of(place: Place) -> Crew:
    """A clinic has every role; a pharmacy its pharmacists; a practice a doctor and a nurse."""
    if place.kind == "pharmacy":
        return Crew(nurse=0, doctor=0, pharmacist=2, auditor=0, administrator=0)
    if place.kind == "practice":
        return Crew(nurse=1, doctor=1, pharmacist=0, auditor=0, administrator=0)
    return Crew(place.counters + 2, 2 if place.share > 150 else 1, 1, 1, 1)
