"""What is said about messages to other systems, by slug and by field."""

from collections.abc import Callable


def of_outbox(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "webhook-known": _("Den adresse får allerede beskeder."),
        "webhooks-too-many": _("Der er for mange adresser. Stop en af dem først."),
        "webhook-as-asked": _("Sådan er det allerede. Hent siden igen."),
    }


def of_outbox_fields(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "url": _("Skriv en adresse, der begynder med https:// og ikke ligger i et lukket net."),
        "since": _("Vælg en besked, eller et tidspunkt."),
    }
