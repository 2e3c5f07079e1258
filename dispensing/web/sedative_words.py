"""What is said about benzodiazepines and the way down: substances, slugs and fields."""

from collections.abc import Callable

Say = Callable[[str], str]


def substances(_: Say) -> dict[str, str]:
    """Every benzodiazepine and kin with a figure in diazepam, by its code."""
    return {
        "N05BA01": _("diazepam"),
        "N05BA02": _("chlordiazepoxid"),
        "N05BA04": _("oxazepam"),
        "N05BA05": _("clorazepat"),
        "N05BA06": _("lorazepam"),
        "N05BA08": _("bromazepam"),
        "N05BA09": _("clobazam"),
        "N05BA12": _("alprazolam"),
        "N03AE01": _("clonazepam"),
        "N05CD02": _("nitrazepam"),
        "N05CD03": _("flunitrazepam"),
        "N05CD05": _("triazolam"),
        "N05CD06": _("lormetazepam"),
        "N05CD07": _("temazepam"),
        "N05CD08": _("midazolam"),
        "N05CF01": _("zopiclon"),
        "N05CF02": _("zolpidem"),
        "N05CF03": _("zaleplon"),
    }


def sources(_: Say) -> dict[str, str]:
    """Where it is known from."""
    return {
        "ordered-here": _("ordineret her"),
        "other-doctor": _("anden læge"),
        "medication-card": _("medicinkortet"),
        "own-words": _("personens egne ord"),
    }


def places(_: Say) -> dict[str, str]:
    """Where somebody is: how a taper stands, or the state without one."""
    return {
        "behind": _("bagud"),
        "step-today": _("trin i dag"),
        "done": _("målet nået: afslut"),
        "ahead": _("foran"),
        "on-plan": _("efter planen"),
        "none": _("under vejledningen"),
        "above_guidance": _("over vejledningen"),
        "informed": _("informeret"),
        "agreed": _("plan aftalt"),
        "tapering": _("nedtrapper"),
        "unknown": _("ikke oplyst"),
    }


def of_sedatives(_: Say) -> dict[str, str]:
    """Sentences by problem slug."""
    return {
        "taper-runs": _("En anden nedtrapning er i gang: afslut den først."),
        "no-taper": _("Der er ingen aftalt nedtrapning. Læg en plan først."),
        "no-step-left": _("Der er ingen trin tilbage at udsætte."),
        "nothing-taken": _("Listen er tom: der er intet at informere om."),
        "sedative-not-listed": _("Skriv først på listen, hvad personen tager, med døgndosis."),
        "sedative-without-figure": _(
            "Der findes intet tal for stoffet i diazepam, så trinene kan ikke efterprøves. Skift"
            " først til et stof med et tal."
        ),
        "plan-needs-reason": _("Personen er gravid: skriv, hvorfor planen lægges nu."),
        "step-needs-reason": _(
            "Trinet er et andet end planens, der er pause, eller personen er gravid: skriv hvorfor."
        ),
    }


def of_sedative_fields(_: Say) -> dict[str, str]:
    """Sentences by the field that cannot be used."""
    return {
        "atc": _("Kun benzodiazepiner og lignende står her, hvert stof én gang."),
        "sedative_dose": _(
            "Skriv en døgndosis i mg. Et trin går ned; tager personen mere, så skriv listen."
        ),
        "since_on": _("Dagen kan ikke ligge fremme i tiden."),
        "goal_dose": _("Målet er lavere end dosis nu, og tabletterne kan give det."),
        "percent": _("Skriv 1 til 100 procent. Meget små trin når aldrig målet."),
        "every_days": _("Skriv 1 til 366 dage mellem trinene."),
        "last_percent": _("Skriv 1 til 100 procent for sidste del."),
        "last_every_days": _("Sidste del går ikke hurtigere end den første."),
        "last_from": _("Sidste del har tre tal: fra hvilken dosis, hvor mange procent, hvor tit."),
        "tablets": _("Skriv en til seks styrker i mg, for eksempel 2 og 5."),
        "first_on": _("Første trin er i dag eller senere, højst et år frem."),
        "agreed": _("Planen aftales med personen, før den underskrives."),
        "pause_from": _("En pause begynder i dag eller senere."),
        "pause_until": _("En pause slutter efter sin første dag, højst et år frem."),
        "pause_reason": _("Skriv kort, hvorfor der er pause."),
    }
