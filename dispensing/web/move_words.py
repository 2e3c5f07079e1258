"""What is said about moves, by slug and by field."""

from collections.abc import Callable


def of_moves(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "away-already": _("Personen er allerede skrevet som væk. Skriv personen tilbage først."),
        "not-away": _("Personen er ikke skrevet som væk: der er intet at skrive tilbage."),
        "move-on-paper": _(
            "Der udleveres fra papir lige nu. Skriv papiret ind først: retten ligger kun ét sted."
        ),
        "move-no-order": _(
            "Der har aldrig været en ordination her, så en dosis har intet at høre til. Lægen"
            " ordinerer først, eller skriv dagene som ukendte."
        ),
        "move-offered": _("Behandlingen er allerede tilbudt en enhed. Træk det tilbage først."),
        "offer-over": _("Tilbuddet er besvaret eller trukket tilbage. Intet er flyttet nu."),
        "move-stays": _(
            "Behandlingen kan ikke flyttes nu: en dosis er ikke afklaret, der udleveres fra papir,"
            " eller personen er gæst et sted i dag eller i morgen. Ring til afsenderen."
        ),
    }


def of_move_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    few = _("Skriv det med et par ord, uden CPR-nummer.")
    return {
        "place": _("Vælg hvor."),
        "name": _("Skriv navnet, højst 120 tegn."),
        "phone": _("Skriv et telefonnummer, højst 40 tegn."),
        "to_name": _("Skriv navnet, højst 120 tegn."),
        "to_phone": _("Skriv et telefonnummer, højst 40 tegn."),
        "told_by": _("Skriv hvem, med et par ord, uden CPR-nummer."),
        "since_on": _("Vælg dagen."),
        "since_at": _(
            "Vælg dag og klokkeslæt: højst en måned tilbage, ikke frem, og efter den sidste dosis"
            " her."
        ),
        "expected_on": _("Vælg en dag fra i dag."),
        "gives": _("Vælg et af svarene."),
        "coverage": _("Vælg et af svarene; doser hører kun til, når personen fik nogen."),
        "had_from_on": _("Vælg den første dag med dosis: en dag under opholdet."),
        "had_until_on": _("Vælg den sidste dag med dosis: højst i dag, ikke før den første."),
        "last_at": _("Klokkeslættet skal være på den sidste dag, under opholdet og ikke frem."),
        "dose_note": few,
        "letter_note": few,
        "to_unit_id": _("Vælg en anden enhed, der behandler."),
    }
