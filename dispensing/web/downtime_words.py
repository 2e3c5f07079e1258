"""What is said about emergency lists and downtime, by slug and by field."""

from collections.abc import Callable


def of_downtime(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "down": _("Enheden udleverer fra papir lige nu. Afslut nedetiden først: intet er ændret."),
        "paper-unresolved": _(
            "Rækker fra nødlisten mangler, eller en konflikt venter på lægen. Se under Nødliste."
        ),
        "restored-unresolved": _(
            "Enheden er gendannet fra en sikkerhedskopi: intet udleveres, før en læge har taget"
            " stilling. Se under Gendannelse."
        ),
        "not-restored": _("Her er ingen gendannelse, der venter på en læge."),
        "downtime-open": _("Nedetid er allerede meldt."),
        "no-downtime": _("Der er ingen nedetid at afslutte eller indtaste."),
        "downtime-over": _("Nedetiden er allerede slut."),
        "downtime-runs": _("Meld først nedetiden slut."),
        "list-unnamed": _("Den liste er ikke meldt brugt. Tag den med først."),
        "stock-uncounted": _("Tæl lageret ved hver skranke først."),
        "conflict-closed": _("Konflikten er allerede lukket."),
        "right-here": _("Retten ligger her allerede."),
        "right-nowhere": _("Ingen har retten. Spørg lægen."),
        "right-asked-for": _("Nogen har allerede bedt om retten."),
        "paper-in-use": _(
            "En nødliste bruges eller er ikke tastet ind endnu, dér hvor en af de to hører til."
            " Gør papiret færdigt først."
        ),
        "request-over": _("Anmodningen er besvaret eller for gammel. Det andet sted beder igen."),
        "right-stays": _(
            "Retten kan ikke flyttes nu: en dosis er uafklaret, eller et sted udleverer fra papir."
        ),
    }


def of_paper_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "started_at": _("Skriv hvornår, som 08:14. Ikke i fremtiden, højst 14 dage siden."),
        "over_at": _("Skriv hvornår det var slut: efter begyndelsen og ikke i fremtiden."),
        "struck_out": _("Streg rækken på den trykte liste, og sæt kryds ved det."),
        "serial": _("Listens nummer passer ikke. Se efter: N- og cifrene."),
        "row": _("Række og kontrolciffer passer ikke sammen. Se på papiret igen."),
        "happened_at": _("Klokkeslættet ligger før nedetiden eller i fremtiden. Se på papiret."),
        "given_by": _("Vælg, hvem der gav dosen."),
        "witnessed_by": _("Vidnet er en anden end den, der gav."),
        "printed_entry": _("Skriv tallet efter Hovedbog, som det står på papiret."),
        "printed_hash": _("Skriv de 16 tegn, som de står på papiret."),
        "decision": _("Skriv din beslutning, med et par ord."),
        "no_dose_before_on": _("Vælg den dag, fra hvilken der må gives igen: efter listens dag."),
    }
