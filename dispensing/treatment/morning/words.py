"""What waits, in the reader's words: one line each, and the page where it is decided."""

from collections.abc import Callable, Mapping
from datetime import date

from dispensing.counter.history_lines import Reader
from dispensing.counter.page_store import OpenQuestion
from dispensing.counter.panels import finding_views, verdict_of
from dispensing.treatment.due import Due
from dispensing.treatment.monitoring_pages import due_line
from dispensing.treatment.morning.waits import KINDS, Kind, Waits
from dispensing.web import formats
from dispensing.web.render import translations
from dispensing.web.sedative_words import substances

Say = Callable[[str], str]
#: The letter that shows a kind alone; ``a`` shows all.
LETTERS: Mapping[Kind, str] = dict(zip(KINDS, "quplidnovgefy", strict=True))


def kinds(_: Say) -> Mapping[Kind, str]:
    """Each kind as its filter names it."""
    return {
        "question": _("Spørgsmål"),
        "uncertain": _("Uvisse"),
        "paper": _("Papir"),
        "told": _("Læs"),
        "indkald": _("Indkald"),
        "diversion": _("Videregivelse"),
        "taper": _("Nedtrapning"),
        "order": _("Ordination"),
        "move": _("Flytning"),
        "review": _("Gennemgang"),
        "ecg": _("EKG"),
        "pregnancy": _("Graviditet"),
        "health": _("Nyrer, lunger og alkohol"),
    }


def question_line(asked: OpenQuestion, reader: Reader) -> tuple[str, bool]:
    """What the rules said first, and whether a number nobody confirmed takes part."""
    said = finding_views(verdict_of(asked.verdict), {}, reader)
    return (said[0].text, said[0].unconfirmed) if said else ("", False)


def line(one: Waits, reader: Reader) -> str:
    """What waits, in one line. A question and a notice say it themselves: empty."""
    _, language = reader.say, reader.language
    day = formats.day_and_date(one.on, language) if one.on is not None else ""
    if one.kind == "uncertain":
        amount = formats.milligrams(one.amount_ug or 0, language)
        if one.what == "uncertain":
            return _("Ingen ved, om %s blev indtaget") % amount
        return _("%s står reserveret, og ingen har sagt, hvad der blev af det") % amount
    if one.kind == "paper":
        return _("Papir og journal er uenige om %s") % day
    if one.kind == "indkald":
        if one.what == "to-conclude":
            return _("Indkald holdt til og med %s: konklusion mangler") % day
        days = ", ".join(formats.day_and_date(held, language) for held in one.days)
        return _("Indkald: %s blev ikke holdt") % days
    if one.kind == "diversion":
        return _("Foranstaltning: alt indtages her til og med %s") % day
    if one.kind == "order":
        return _ordered(one, day, _)
    if one.kind == "move":
        if one.what == "offered":
            return _("Behandlingen tilbydes jer: ja eller nej")
        return _("Et andet sted, ventet tilbage %s: ring dertil") % day
    if one.kind == "taper":
        return _tapered(one, reader)
    if one.kind in ("review", "ecg", "pregnancy", "health"):
        said = due_line(_, Due(one.kind, one.on, one.late)).text
        return f"{said} {day}".strip()
    return ""


def _ordered(one: Waits, day: str, _: Say) -> str:
    if one.night:
        ended, ends = (
            _("Natdosis udløb %s, og ingen ordination følger"),
            _("Natdosis gælder til %s, og ingen ordination følger"),
        )
    else:
        ended, ends = (
            _("Ordinationen udløb %s, og ingen følger"),
            _("Ordinationen gælder til %s, og ingen følger"),
        )
    return (ended if one.what == "ended" else ends) % day


def _tapered(one: Waits, reader: Reader) -> str:
    what = substances(reader.say).get(one.atc, one.atc)
    days = translations(reader.language).ngettext(
        "%(num)s dag bagud", "%(num)s dage bagud", one.behind_days
    )
    behind = days % {"num": one.behind_days}
    return f"{reader.say('Nedtrapning af %(what)s') % {'what': what}}: {behind}"


def since(one: Waits, reader: Reader, today: date) -> str:
    """Since when, or the day it ends: an hour today, else a day; empty where nobody recorded it."""
    on = formats.local_day(one.at, reader.zone) if one.at is not None else one.on
    if on is None:
        return ""
    if one.at is not None and on == today:
        return formats.clock_time(one.at, reader.zone)
    form = formats.day_and_date if on.year == today.year else formats.short_date
    return form(on, reader.language)


def decided_at(one: Waits) -> str:
    """The page where it is decided."""
    treatment = f"/behandling/person/{one.person_id}"
    return {
        "question": f"/laege?sag={one.number}",
        "uncertain": f"/skranke?person={one.person_id}",
        "paper": "/noedliste/konflikter",
        "told": f"/laege/besked/{one.number}",
        "indkald": f"{treatment}/indkald",
        "diversion": f"{treatment}/videregivelse",
        "taper": f"{treatment}/beroligende",
        "order": f"{treatment}/ordination",
        "move": "/behandling/flytninger" if one.what == "offered" else f"{treatment}/flytning",
    }.get(one.kind, f"{treatment}/opfoelgning")


def ways(_: Say) -> Mapping[Kind, str]:
    """What the press that leads there says."""
    return {
        "question": _("Svar"),
        "uncertain": _("Afklar ved skranken"),
        "paper": _("Afgør konflikten"),
        "told": _("Læs beskeden"),
        "indkald": _("Til indkald"),
        "diversion": _("Til videregivelse"),
        "taper": _("Til nedtrapningen"),
        "order": _("Til ordinationen"),
        "move": _("Til flytningen"),
        "review": _("Til gennemgangen"),
        "ecg": _("Til opfølgningen"),
        "pregnancy": _("Til opfølgningen"),
        "health": _("Til opfølgningen"),
    }
