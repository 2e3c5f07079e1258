"""What is said about the review of an audit, by slug and by field."""

from collections.abc import Callable


def of_review(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "report-signed": _("Rapporten er underskrevet og ligger fast. Bestil en anden periode."),
        "draft-running": _("Kladden er allerede bestilt og bliver regnet. Vent, til den er klar."),
        "no-draft": _("Der er ingen kladde endnu. Bestil en først."),
        "already-answered": _("En anden læge har svaret imens. Hent siden igen."),
        "adjustments-open": _("Svar først på sidste års justeringer: gjort eller ikke gjort."),
        "not-read-through": _(
            "En anden læge skal læse rapporten igennem, som den står nu, før den underskrives."
        ),
        "second-reader-signs": _(
            "Du har selv læst den igennem: en anden af enhedens læger underskriver."
        ),
        "report-changed": _("Der er sagt noget nyt imens. Se rapporten igen, før du underskriver."),
    }


def of_review_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "comment": _("Skriv det med et par ord, uden CPR-nummer."),
        "what": _("Skriv, hvad der besluttes, med et par ord, uden CPR-nummer."),
        "owner_id": _("Vælg en af enhedens læger eller sygeplejersker."),
        "due_on": _("Vælg en dag fra i morgen og højst tre år frem."),
        "done": _("Vælg gjort eller ikke gjort."),
        "first_on": _("Vælg en første dag før den sidste, højst et år før."),
        "last_on": _("Vælg en sidste dag, der er gået."),
        "proposed": _("Vælg en af de regelbøger, der er installeret."),
        "indicator": _("Den indikator findes ikke."),
        "adjustment": _("Den justering er ikke fra sidste rapport."),
    }
