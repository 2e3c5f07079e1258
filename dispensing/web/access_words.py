"""What is said about emergency access, by the error's slug."""

from collections.abc import Callable


def of_access(_: Callable[[str], str]) -> dict[str, str]:
    """Sentences for the pages."""
    return {
        "emergency-limit": _("Højst fem forsøg i døgnet. Ring til personens enhed."),
        "at-this-unit": _("Personen kommer her: find personen ved skranken."),
        "already-reviewed": _("Adgangen er allerede gennemgået."),
        "own-access": _("En anden end den, der åbnede, skal gennemgå adgangen."),
    }
