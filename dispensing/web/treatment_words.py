"""What is said about the doctor's decisions, by slug and by field."""

from collections.abc import Callable

from dispensing.web.course_words import of_course_fields, of_courses
from dispensing.web.medicine_words import of_medicine_fields, of_medicines
from dispensing.web.move_words import of_move_fields, of_moves
from dispensing.web.sedative_words import of_sedative_fields, of_sedatives


def of_treatment(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return of_courses(_) | {
        "measure-in-force": _(
            "En foranstaltning efter videregivelse holder alle doser her. Afslut den først."
        ),
        "nothing-at-home": _("Ingen doser går med hjem nu: beslut det først."),
        "arrangement-ahead": _(
            "En anden ordning er besluttet fra en senere dag, og undtagelsen ville ophæve den."
            " Beslut ordningen forfra først."
        ),
        "orders-changed": _(
            "En anden ordination eller et stop er underskrevet imens. Se hvad der gælder nu,"
            " og prøv igen."
        ),
        "no-order": _("Der er ingen ordination at stoppe."),
        "treated-elsewhere": _(
            "Personen behandles i en anden enhed: dens læger beslutter. Ring til dem."
        ),
        "no-supply-order": _("Ingen forsyningsordre løber for personen: der er intet at slutte."),
        "supply-on-paper": _(
            "Apotekets liste siger stadig, at personen kan få. Bed apoteket strege rækken ud, og"
            " skriv den her som liste/række."
        ),
        **of_sedatives(_),
        **of_moves(_),
        **of_medicines(_),
    }


def of_treatment_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return of_course_fields(_) | {
        "found_on": _("Vælg dagen for fundet: i dag eller før. Gennemgangen gælder i dag."),
        "next_on": _("Vælg en dag fra i morgen og højst et år frem."),
        "qtc_ms": _("Skriv QTc i ms, når der er taget et EKG, for eksempel 430."),
        "goal": _("Skriv, hvad urinprøven skal bruges til: den er frivillig og har et mål."),
        "answer": _("Vælg et af svarene."),
        "step": _("Vælg hvad der skrives ned."),
        "source": _("Vælg hvem indberetningen kom fra."),
        "told": _("Skriv hvad der skete, med et par ord."),
        "happened_on": _("Vælg en dag i dag eller før; en beslutning gælder i dag."),
        "supervised_until_on": _(
            "Vælg en dag fra i dag og højst et år frem; kun en beslutning har en."
        ),
        "arrangement": _("Vælg hvordan."),
        "take_home_days": _(
            "Skriv dage med hjem: kun når noget går med hjem, og højst hvad regelbogen tillader."
        ),
        "pickup_weekdays": _("Sæt kryds ved de dage, personen kommer."),
        "supervised_weekdays": _("Den, der indtager her, skal komme den dag."),
        "pharmacy_weekdays": _("Sæt kryds ved de dage, personen er på apoteket."),
        "pharmacy_until": _("Vælg den sidste dag på apoteket: efter den første."),
        "pharmacy_unit_id": _("Vælg apoteket, når et apotek udleverer."),
        "days": _("Skriv hvor mange dage ad gangen: højst periodens længde."),
        "certificate": _("En attest har nummer, dag og land."),
        "country": _("Skriv landet, når der er en attest."),
        "daily_mg": _("Skriv en mængde i mg, for eksempel 40 eller 2,5."),
        "parts_mg": _("Skriv delene i mg med plus imellem, for eksempel 40 + 40."),
        "weekday_1": _("Skriv ugedagenes doser i mg; en tom dag er ingen dosis."),
        "retyped_mg": _("Skriv døgndosis igen: den skal være den samme som i ordinationen."),
        "valid_from": _("Vælg en dag fra i dag: intet ordineres bagud."),
        "valid_to": _("Vælg den sidste dag: efter den første, og efter det sidste trin."),
        "from_on": _("Vælg en dag fra i dag: intet ordineres bagud."),
        "until_on": _("Vælg den sidste dag: efter den første."),
        "steps": _("Trinene kan ikke bruges: se på dage, mængder og den sidste dag."),
        "step_mg": _("Skriv trin, dage og mål: alle tre, eller ingen."),
        "step_days": _("Skriv trin, dage og mål: alle tre, eller ingen."),
        "step_goal_mg": _("Skriv trin, dage og mål: alle tre, eller ingen."),
        "product_code": _("Vælg et præparat."),
        "high_dose_reason": _("Skriv hvorfor, med et par ord."),
        "reason_not_buprenorphine": _("Skriv hvorfor, med et par ord."),
        **of_sedative_fields(_),
        **of_move_fields(_),
        **of_medicine_fields(_),
    }
