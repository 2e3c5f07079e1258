"""The no of a stock act as a sentence, with the way on."""

from collections.abc import Callable

from dispensing.errors import DispensingError


def sentence(error: DispensingError, _: Callable[[str], str]) -> str | None:
    """What a person on the page reads; None for an error that every page knows."""
    known = {**_of_packages(_), **_of_witnesses(_), **_of_counts(_)}
    said = known.get(error.type_slug)
    return said or _of_fields(_).get(str(error.facts.get("field", "")))


def _of_packages(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "not-a-package-code": _(
            "Det er ikke en pakningskode. Scan den firkantede kode på pakningen."
        ),
        "package-code-incomplete": _(
            "Koden mangler batch eller udløb. Scan den firkantede kode, ikke stregkoden."
        ),
        "unknown-package": _(
            "Pakningen er ukendt her. Læg den til side, og ring til den, der vedligeholder varerne."
        ),
        "wrong-product": _(
            "STOP: det er en anden vare eller styrke end den, du har valgt. Find den rigtige"
            " pakning, eller ret valget."
        ),
        "batch-expired": _("Pakningen er udløbet. Læg den til destruktion, og tag en anden."),
        "expiry-differs": _(
            "Batchen er kendt med et andet udløb. Læg pakningen til side, og spørg apoteket."
        ),
        "batch-quarantined": _("Batchen er spærret. Tag en anden; en læge kan frigive den igen."),
        "batch-recalled": _("Batchen er tilbagekaldt. Læg pakningen til side, og tag en anden."),
        "batch-stands-so": _("Det er allerede sagt om batchen."),
        "package-already-received": _("Netop denne pakning er allerede modtaget."),
        "package-already-opened": _("Netop denne pakning er allerede åbnet."),
        "scan-each-package": _("Pakninger med serienummer scannes en ad gangen: skriv antal 1."),
        "not-in-cabinet": _("Ingen skab her har pakningen. Modtag den først, eller tag en anden."),
        "several-cabinets": _("Flere skabe har pakningen. Vælg, hvilket du tog den fra."),
        "no-counter": _("Log ind ved den skranke, hvor flasken skal stå."),
        "stock-too-low": _("Der er ikke så meget efter regnskabet. Tæl efter, og forklar."),
        "bottle-not-empty": _(
            "Der er noget tilbage efter regnskabet. Destruér resten med et vidne."
        ),
        "bottle-closed": _("Flasken er allerede lukket."),
    }


def _of_witnesses(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "witness-absent": _("En anden person skal underskrive med sit eget navn og kodeord."),
        "witness-is-oneself": _("Du kan ikke være dit eget vidne. Hent en kollega."),
        "witness-wrong-password": _("Vidnets brugernavn eller kodeord passer ikke. Prøv igen."),
        "witness-wrong-pin": _("Vidnets PIN passer ikke. Prøv igen, eller brug kodeordet."),
        "witness-unknown-card": _("Kortet er ukendt. Brug vidnets brugernavn og kodeord."),
        "witness-locked": _("Vidnets konto er låst i fem minutter. Hent en anden kollega."),
        "witness-of-another-unit": _("Vidnet skal arbejde her i enheden."),
        "witness-may-not": _("Vidnet skal være sygeplejerske, læge eller farmaceut."),
        "witness-too-late": _("Underskriften er over to minutter gammel. Underskriv igen."),
        "stale-page": _("Teksten er en anden nu. Læs den igen, og underskriv så."),
        "rest-told": _("Der er allerede gjort rede for resten."),
        "no-rest": _("Der blev ikke noget tilbage af den udlevering."),
        "more-than-the-rest": _("Det er mere, end der blev tilbage i glasset."),
        "no-bottle": _("Der er ingen flaske at hælde tilbage i: kassér det hele."),
    }


def _of_counts(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "count-incomplete": _(
            "Der står andet her nu end på siden. Tæl alt, hvad der står, og send igen."
        ),
        "already-explained": _("Differencen er allerede forklaret."),
        "adjusted-since": _(
            "Regnskabet her er rettet efter en anden optælling siden. Tæl igen, eller forklar uden"
            " at rette."
        ),
        "nothing-to-explain": _("Optælling og regnskab er enige."),
        "not-a-measure": _("Skriv et tal med højst tre decimaler; pakninger i hele tal."),
        "nothing-on-its-way": _("Der er ikke mere af den overførsel undervejs."),
        "more-than-sent": _("Det er flere, end der blev sendt. Ring til afsenderen."),
    }


def _of_fields(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "packages": _("Skriv et helt antal pakninger."),
        "supplier": _("Skriv, hvem der leverede."),
        "to": _("Perioden kan højst være et år og ender ikke, før den begynder."),
        "to_unit_id": _("Vælg en anden enhed end din egen."),
        "to_cabinet_id": _("Pakningerne ligger allerede i det skab."),
        "cabinet": _("Vælg skabet."),
        "place": _("Vælg, hvad det er."),
        "person": _("Skriv personens nummer med cifre."),
        "wasted": _("Skriv, hvor meget der kasseres, med højst tre decimaler."),
    }
