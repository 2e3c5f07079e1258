"""Where a signed-in person can go, as the menu of every working page shows it.

An area adds one line here when it gets a page. What a role may do is asked by the use case; a line
that is missing here hides a way, it never guards one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """A page of the menu: its address, its Danish name (translated when shown), and for whom.

    ``first``: beside the menu, always in sight.
    """

    href: str
    name: str
    roles: frozenset[str]
    first: bool = False


def N_(text: str) -> str:
    """Marks a text for translation where it stands; it is translated when shown."""
    return text


#: A pharmacist of a pharmacy finds the counter there (``people.sessions`` has the role's word).
AT_PHARMACY = "at-pharmacy"
HANDS_OUT = frozenset({"nurse", "doctor", AT_PHARMACY})

DESTINATIONS = (
    Destination("/skranke", N_("Skranken"), HANDS_OUT, first=True),
    Destination("/laege/morgen", N_("Lægens morgen"), frozenset({"doctor"}), first=True),
    Destination("/laege", N_("Lægens spørgsmål"), frozenset({"doctor"})),
    Destination("/uth", N_("Utilsigtede hændelser"), frozenset({"nurse", "doctor"})),
    Destination("/behandling/ny", N_("Ny person"), frozenset({"nurse", "doctor"})),
    Destination("/behandling/metadon", N_("Hvorfor metadon?"), frozenset({"doctor"})),
    Destination("/behandling/indkald", N_("Indkald"), frozenset({"nurse", "doctor"})),
    Destination("/behandling/opfoelgning", N_("Opfølgning"), frozenset({"nurse", "doctor"})),
    Destination("/behandling/nedtrapninger", N_("Nedtrapninger"), frozenset({"nurse", "doctor"})),
    Destination("/observation", N_("Observation"), HANDS_OUT),
    Destination("/lager", N_("Lager"), frozenset({"nurse", "doctor", "pharmacist"})),
    Destination(
        "/lager/regnskab",
        N_("Regnskab over kontrollerede stoffer"),
        frozenset({"doctor", "pharmacist", "auditor"}),
    ),
    Destination("/audit", N_("Medicinsk audit"), frozenset({"doctor", "auditor"})),
    Destination("/noedliste", N_("Nødliste og nedetid"), HANDS_OUT),
    Destination("/noedliste/konflikter", N_("Papirkonflikter"), frozenset({"nurse", "doctor"})),
    Destination(
        "/kalender",
        N_("Kalender og lukkedage"),
        frozenset({"nurse", "doctor", "pharmacist", "auditor", "administrator"}),
    ),
    Destination("/noedadgang", N_("Nødadgang"), frozenset({"nurse", "doctor", "administrator"})),
    Destination("/spor", N_("Find en pakke"), frozenset({"doctor", "administrator"})),
    Destination("/klienter", N_("Klienter"), frozenset({"administrator"})),
    Destination("/gendannelse", N_("Gendannelse"), frozenset({"doctor", "administrator"})),
    Destination("/beskeder", N_("Beskeder til andre systemer"), frozenset({"administrator"})),
    Destination("/skranke/luk", N_("Luk dagen …"), frozenset({"nurse", AT_PHARMACY})),
    Destination(
        "/min-pin",
        N_("Min PIN"),
        frozenset({"nurse", "doctor", "pharmacist", "auditor", "administrator"}),
    ),
)


def destinations(role: str, path: str, unit_kind: str = "clinic") -> list[Destination]:
    """The pages a role finds in the menu, without the one it is on."""
    roles = {role} | ({AT_PHARMACY} if (role, unit_kind) == ("pharmacist", "pharmacy") else set())
    return [to for to in DESTINATIONS if roles & to.roles and to.href != path]
