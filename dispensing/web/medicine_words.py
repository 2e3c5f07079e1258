"""What is said about other medicine: what each means, slugs and fields."""

from collections.abc import Callable

Say = Callable[[str], str]


def meanings_said(_: Say) -> dict[str, str]:
    """What a medicine means beside the ordered opioid."""
    return {
        "unread": _("uden kode: reglerne kan ikke læse den, skranken spørger lægen"),
        "antagonist": _("virker imod opioidet: skranken udleverer ikke uden lægen"),
        "maoi": _("MAO-hæmmer: skranken udleverer ikke uden lægen"),
        "other-substitution": _("anden substitutionsmedicin: skranken spørger lægen"),
        "sedating": _("dæmper vejrtrækningen"),
        "inhibitor": _("hæver metadon"),
        "inducer": _("sænker metadon"),
        "qt": _("forlænger QT"),
    }


def of_medicines(_: Say) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "medicines-changed": _(
            "En anden har skrevet en nyere liste imens. Se den, og skriv din igen; intet er"
            " skrevet."
        ),
        "medicine-is-sedative": _(
            "Benzodiazepiner og lignende skrives på listen over beroligende medicin, med døgndosis."
        ),
    }


def of_medicine_fields(_: Say) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "medicine_atc": _(
            "Skriv en ATC-kode som N05AH04, hver medicin én gang. Find den på medicinkortet, eller"
            " lad den være tom: så spørger skranken lægen."
        ),
        "medicine_name": _("Skriv, hvilken medicin det er."),
        "medicine_dose": _("Skriv dosis med få ord, uden CPR-nummer."),
        "medicine_source": _("Vælg, hvor det vides fra."),
        "medicine_since": _("Dagen kan ikke ligge fremme i tiden."),
        "medicine_stopped": _("Vælg en dag i dag eller før, og ikke før den blev begyndt."),
        "never_taken": _("Den står ikke på listen."),
        "items": _("Så mange rækker kan listen ikke have."),
    }
