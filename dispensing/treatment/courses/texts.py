"""What a course's choices are called, in the reader's language."""

from collections.abc import Mapping

from dispensing.treatment.courses.assessing import Allergies, Pregnancy, Tolerance
from dispensing.treatment.courses.ending import Status
from dispensing.treatment.courses.guarantee import Clock
from dispensing.treatment.courses.registering import Before, CameBy, Sex
from dispensing.treatment.sections import Line, Say


def sexes(_: Say) -> Mapping[Sex, str]:
    """As the person says."""
    return {"f": _("Kvinde"), "m": _("Mand"), "x": _("Andet")}


def ways_in(_: Say) -> Mapping[CameBy, str]:
    """Who asked first."""
    return {"self": _("Personen selv"), "referral": _("Henvist")}


def befores(_: Say) -> Mapping[Before, str]:
    """Whether ever in substitution treatment before, anywhere."""
    return {
        "never": _("Nej, aldrig"),
        "before": _("Ja"),
        "unknown": _("Ved det ikke"),
    }


def tolerances(_: Say) -> Mapping[Tolerance, str]:
    """To opioids, just now."""
    return {
        "daily": _("Bruger opioider hver dag"),
        "reduced": _("Nedsat, for eksempel efter fængsel eller afrusning"),
        "unknown": _("Ved det ikke"),
    }


def allergies(_: Say) -> Mapping[Allergies, str]:
    """As the person was asked."""
    return {"none": _("Ingen kendte"), "known": _("Ja"), "unknown": _("Ikke spurgt")}


def pregnancies(_: Say) -> Mapping[Pregnancy, str]:
    """As the person was asked."""
    return {"not_asked": _("Ikke spurgt"), "no": _("Ikke gravid"), "yes": _("Gravid")}


def statuses(_: Say) -> Mapping[Status, str]:
    """Why a course ended: the rows of Tabel 4."""
    return {
        "completed": _("Afsluttet behandling"),
        "prison": _("Fængsel"),
        "hospital_or_own_doctor": _("Hospital eller egen læge"),
        "moved": _("Flyttet"),
        "expelled": _("Bortvist"),
        "left_early": _("Udeblevet"),
        "unknown": _("Ukendt"),
        "dead": _("Død"),
    }


def clock_line(_: Say, clock: Clock) -> Line:
    """The guarantee's clock in words."""
    days = {"waited": clock.waited, "days": abs(clock.left)}
    if clock.stopped:
        text = _("Første dosis, dage efter den første henvendelse: %(waited)s")
        return Line(text % days)
    if clock.left < 0:
        return Line(_("Behandlingsgarantien, dage over tiden: %(days)s") % days, "late")
    return Line(_("Behandlingsgarantien, dage tilbage til første dosis: %(days)s") % days, "due")
