"""What is said about indkald, by slug and by field."""

from collections.abc import Callable


def of_indkald(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "indkald-open": _("Der er allerede aftalt et indkald. Læg det om, eller hold det først."),
        "indkald-changed": _("Det aftalte er ændret imens. Intet er skrevet; se siden igen."),
        "indkald-begun": _("Indkaldet er begyndt. Lægen afgør, hvad der sker med det."),
        "indkald-over": _(
            "Det indkald er slut, eller det har intet klokkeslæt: der er intet at invitere til."
        ),
        "indkald-closed": _("Enheden er lukket en af dagene. Vælg dage i træk, hvor der er åbent."),
        "indkald-dose-at-home": _(
            "Dosis til en af dagene er allerede udleveret. Vælg senere dage, eller tag dosis"
            " tilbage først."
        ),
        "indkald-no-places": _(
            "Ingen har skrevet, hvor mange der kan være til observation på samme tid. Lægen"
            " skriver det under Indkald."
        ),
        "indkald-full": _("Alle observationspladser er optaget på det tidspunkt. Vælg et andet."),
        "indkald-right-elsewhere": _(
            "Retten til at udlevere ligger et andet sted lige nu. Hent den hjem først."
        ),
        "indkald-pharmacy-tomorrow": _(
            "Apoteket udleverer i morgen efter sin egen liste. Vælg en første dag fra overmorgen."
        ),
        "indkald-not-waiting": _("Den dag venter ikke på nogen afgørelse. Se siden igen."),
        "indkald-concluded": _("En læge har allerede konkluderet."),
        "indkald-not-held": _("Ikke alle dage er holdt: der er intet at konkludere endnu."),
        "already-so": _("Det er allerede sådan."),
    }


def of_indkald_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "first": _("Vælg en første dag fra i morgen og højst godt et år frem."),
        "come_at": _("Vælg et klokkeslæt i åbningstiden, så observationen slutter før lukketid."),
        "places": _("Skriv et helt tal fra 1 til 200."),
        "not_weekdays": _("Vælg de ugedage, der ikke kan; mindst én må kunne."),
        "away": _("Skriv både første og sidste dag, højst tolv gange."),
        "earliest": _("Skriv klokkeslættet som 09:00."),
        "latest": _("Det seneste klokkeslæt ligger efter det tidligste."),
        "day": _("Vælg en af indkaldets dage, som er kommet."),
        "note": _("Skriv det med et par ord, uden CPR-nummer."),
        "further": _("Så er der ingen dage tilbage: begynd forfra, eller undskyld."),
        "next_due_on": _("Vælg en dag fra i morgen, højst regelbogens tid frem."),
    }
