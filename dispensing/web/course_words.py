"""What is said about registering, courses and offers, by slug and by field."""

from collections.abc import Callable


def of_courses(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "person-known": _("Nummeret er en persons, som er i behandling her. Åbn personen."),
        "treated-by-another": _(
            "Personen er i behandling i en anden enhed. Ring til dem: de slutter forløbet, eller I"
            " aftaler en gæstedag. Der laves ikke en journal mere."
        ),
        "course-ended-known": _(
            "Personen har en journal, hvor forløbet er slut. Optag på den samme journal."
        ),
        "look-alike": _(
            "Nogen, der kendes, ligner. Se efter, før du laver en ny journal: ét menneske har én."
        ),
        "card-taken": _("Kortet er en andens. Tag et andet kort."),
        "in-treatment": _("Personen er i behandling her."),
        "course-ended": _("Forløbet er slut. Indskriv personen igen først."),
        "recorded-dead": _("Personen er skrevet som død. Er det en fejl, tager lægen det tilbage."),
        "doses-open": _(
            "En dosis er reserveret eller uvis. Sig først ved skranken, hvad der blev af den."
        ),
        "home-doses-changed": _(
            "Der er nu andre doser derhjemme, end siden viste. Hent siden igen; intet er ændret."
        ),
    }


def of_course_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "given_name": _("Skriv navnet, som personen skriver det."),
        "family_name": _("Skriv navnet, som personen skriver det."),
        "born_on": _("Skriv fødselsdatoen: en dag før i dag."),
        "sex": _("Vælg køn."),
        "card": _("Et kort begynder med K-. Scan et nyt kort, eller lad feltet stå tomt."),
        "contact_on": _("Vælg dagen, personen bad om hjælp: i dag eller før, højst et år siden."),
        "came_by": _("Vælg, hvem der bad om det."),
        "before": _("Vælg, om personen har været i substitutionsbehandling før."),
        "address": _("Er adressen beskyttet, skrives den ikke her. Slet den, eller fjern krydset."),
        "diagnosis": _("Skriv diagnosen som F11.2."),
        "wish": _("Skriv med et par ord, hvad personen ønsker."),
        "tried": _("Skriv med et par ord, hvad der er prøvet i stedet."),
        "tolerance": _("Vælg, hvordan tolerancen er."),
        "allergies": _("Vælg, om der er allergi."),
        "allergies_note": _("Skriv, hvilken allergi det er."),
        "pregnancy": _("Vælg, hvad der blev svaret om graviditet."),
        "aim": _("Skriv målet med et par ord."),
        "agreements": _("Skriv med et par ord, hvad der er aftalt."),
        "review_on": _("Vælg en dag fra i morgen og højst et år frem."),
        "status": _("Vælg, hvorfor forløbet slutter."),
        "died_on": _("Vælg dagen, i dag eller før, eller lad feltet stå tomt."),
        "ending_note": _("Skriv, hvem der har fortalt det."),
        "corrected": _("Intet er anderledes end før: ret navnet eller fødselsdatoen."),
        "correction_reason": _("Skriv hvorfor, med et par ord."),
        "offer_answer": _("Vælg, hvad der blev svaret."),
        "offer_reason": _("Skriv hvorfor, med et par ord."),
        "next_chance_on": _(
            "Vælg, hvornår der er mulighed for at skifte: fra i morgen og højst et år frem. Efter"
            " et ja er feltet tomt."
        ),
    }
