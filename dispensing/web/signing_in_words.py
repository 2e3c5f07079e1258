"""What a person reads when signing in, opening a screen, or witnessing does not go."""

from collections.abc import Callable

SIGNED_IN_AGAIN = "signed-in-again"


def of_signing_in(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence by the error's published slug, translated by ``_``."""
    return {
        "wrong-password": _("Brugernavn eller adgangskode er forkert."),
        "locked": _(
            "For mange forkerte forsøg her. Vent fem minutter, eller gå til en anden maskine."
        ),
        "session-locked": _("Skærmen er låst. Intet er ændret; lås op med din PIN."),
        "step-needed": _("Tast din PIN, eller scan dit kort. Intet er ændret."),
        "wrong-pin": _("PIN er forkert. Intet er ændret."),
        "pin-not-set": _("Der er ingen PIN endnu. Brug adgangskoden, og vælg en PIN i menuen."),
        "pin-blocked": _("For mange forkerte PIN. Brug adgangskoden."),
        "unknown-card": _("Kortet er ikke et medarbejderkort i brug."),
        "card-of-another": _("Kortet er en andens. Tryk på navnet øverst for at skifte."),
        "no-shift": _("Vagten er ikke begyndt i dag. Log ind med adgangskoden først."),
        "pin-not-six-digits": _("En PIN har seks cifre."),
        "pin-too-easy": _("Den PIN gættes først: ingen gentagelser, rækker, årstal eller datoer."),
        "pin-not-repeated": _("De to er ikke ens. Skriv den samme PIN to gange."),
        "too-many-requests": _("Mange logger ind lige nu. Prøv igen om et øjeblik."),
        "oidc-refused": _(
            "Login hos organisationen blev ikke godkendt. Prøv igen fra begyndelsen."
        ),
        "oidc-too-weak": _("Login var ikke sikkert nok. Brug et login på det krævede niveau."),
        "oidc-unknown-person": _("Du er ikke oprettet her. Bed administratoren om det."),
        "oidc-unavailable": _("Organisationens login svarer ikke. Brug adgangskoden."),
        "witness-absent": _("En anden person skal skrive under med sit eget login."),
        "witness-is-oneself": _("Vidnet skal være en anden person."),
        "witness-may-not": _("Vidnet skal arbejde her, i en rolle der må."),
        "witness-of-another-unit": _("Vidnet skal arbejde her, i en rolle der må."),
        "witness-wrong-password": _("Vidnets brugernavn eller adgangskode er forkert."),
        "witness-wrong-pin": _("Vidnets PIN er forkert."),
        "witness-unknown-card": _("Vidnets kort er ikke et medarbejderkort i brug."),
        "witness-locked": _("For mange forkerte forsøg for vidnet. Vent fem minutter."),
        "witness-too-late": _("Vidnets underskrift er for gammel. Skriv under igen."),
        "session-expired": _(
            "Du er logget ud, fordi siden stod stille. Intet er ændret, og det "
            "skrevne står her endnu."
        ),
        "not-signed-in": _(
            "Du er ikke logget ind. Intet er ændret, og det skrevne står her endnu."
        ),
        SIGNED_IN_AGAIN: _(
            "Du er logget ind igen på denne plads, i et andet vindue. Intet er ændret, og det "
            "skrevne står her endnu."
        ),
    }
