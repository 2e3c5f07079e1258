"""What is said about machine clients, by slug and by field."""

from collections.abc import Callable


def of_clients(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "client-known": _("Det klient-id er taget. Vælg et andet."),
        "client-so-already": _("Klienten er det allerede. Hent siden igen."),
        "scope-needed": _("En klients adgang åbner ikke sider."),
    }


def of_clients_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "client_id": _(
            "Skriv små bogstaver, cifre og bindestreger, mindst tre tegn, fx apotek-elmen."
        ),
        "acts_at": _("Vælg et apotek til et apoteks klient, ellers jeres egen enhed."),
        "kind": _("Vælg apotek eller andet system."),
        "role": _("Vælg, hvad systemet er her: sygeplejerske eller revisor."),
        "scopes": _("Vælg mindst ét område."),
        "people": _("Vælg enhedens personer eller en liste."),
        "cards": _("Skriv kortnumre på personer, der kommer her eller på apoteket."),
        "thumbprint": _("Skriv certifikatets SHA-256 som 64 hex-tegn, eller lad feltet stå tomt."),
        "keys": _(
            "Indsæt kun offentlige nøgler, P-384 eller RSA på mindst 2048 bit, som JWK eller PEM,"
            " eller skriv en https-adresse på internettet. Aldrig en privat nøgle."
        ),
    }
