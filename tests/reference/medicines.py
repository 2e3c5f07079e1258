"""Other medicines, kidneys and lungs, and the readings beside sedation and breathing."""

from collections.abc import Iterable, Iterator

from tests.reference.asking import Facts, Said, here, home, maybe_another_substance, rule, substance
from tests.reference.book import N
from tests.reference.days import days_from

# What the medicines met here do, by the tables' own words; any other code does nothing.
KINDS: dict[str, tuple[str, ...]] = {
    "N07BB04": ("antagonist",),
    "N07BB05": ("antagonist",),
    "N02AD01": ("antagonist",),
    "N02AE01": ("antagonist",),
    "N06AG02": ("maoi",),
    "J01XX08": ("maoi",),
    "N06AF03": ("maoi",),
    "N06AB04": ("qt",),
    "N05AD01": ("qt",),
    "J02AC01": ("changes methadone", "qt"),
    "N03AF01": ("changes methadone",),
    "J04AB02": ("changes methadone",),
    "N02AF02": ("antagonist",),
    "N02BF01": ("slows breathing",),
    "N02BF02": ("slows breathing",),
    "R06AD02": ("slows breathing",),
    "N05CM02": ("slows breathing",),
    "N02AB03": ("slows breathing",),
    "N02AX02": ("slows breathing",),
    "J05AE30": ("changes methadone",),
    "J02AB02": ("changes methadone", "qt"),
    "J05AR10": ("changes methadone",),
    "V03AX03": ("changes methadone",),
    "N03AA02": ("changes methadone", "slows breathing"),
    "N05BA01": ("benzodiazepine",),
}
# Codes against opioid dependence, and of which substance of ours they are.
AGAINST_DEPENDENCE: dict[str, str | None] = {
    "N07BC01": "buprenorphine",
    "N07BC51": "buprenorphine",
    "N07BC02": "methadone",
    "N07BC04": None,
    "N07BC05": None,
    "N07BC06": "diacetylmorphine",
}


def is_readable(code: str) -> bool:
    """A letter, two digits, two letters, two digits."""
    pattern = "A99AA99"
    if len(code) != len(pattern):
        return False
    for sign, kind in zip(code, pattern, strict=True):
        if kind == "A" and not "A" <= sign <= "Z":
            return False
        if kind == "9" and not "0" <= sign <= "9":
            return False
    return True


def taken(request: Facts, patient: Facts, kind: str, days: int = 0) -> Iterator[Facts]:
    """Of one kind: still taken, or stopped no more than so many days ago."""
    for one in patient["medicines"] or []:
        stopped = one["stopped_on"]
        still = stopped is None or days_from(stopped, request["on"]) <= days
        if still and kind in KINDS.get(one["atc"], ()):
            yield one


def beside_the_order(today: str, listed: Iterable[Facts], ordered: set[str | None]) -> set[str]:
    """The other medicines against dependence still taken, each "partial" or "other"."""
    kinds: set[str] = set()
    for one in listed:
        if one["atc"] not in AGAINST_DEPENDENCE:
            continue
        if one["stopped_on"] is not None and one["stopped_on"] < today:
            continue
        what = AGAINST_DEPENDENCE[one["atc"]]
        if what is None or what not in ordered:
            kinds.add("partial" if what == "buprenorphine" else "other")
    return kinds


@rule("low-oxygen")
def low_oxygen(request: Facts, patient: Facts) -> Said:
    percent = request["observed"]["oxygen_percent"]
    if percent is None:
        return None
    if percent > 100 or percent < N["oxygen_stop_percent"]:
        return "stop"
    return "confirm" if percent < N["oxygen_confirm_percent"] else None


@rule("pinpoint-and-drowsy")
def pinpoint_and_drowsy(request: Facts, patient: Facts) -> Said:
    poss = request["observed"]["sedation_poss"]
    drowsy = poss is None or poss < 0 or poss >= N["sedation_sign_poss"]
    return "stop" if request["observed"]["pupils_pinpoint"] is True and drowsy else None


@rule("withdrawal-marked")
def withdrawal_marked(request: Facts, patient: Facts) -> Said:
    cows = request["observed"]["withdrawal_cows"]
    marked = cows is not None and (cows < 0 or cows >= N["withdrawal_marked_cows"])
    return "inform" if marked else None


@rule("opioid-antagonist")
def opioid_antagonist(request: Facts, patient: Facts) -> Said:
    if any(not is_readable(one["atc"]) for one in patient["medicines"] or []):
        return "stop"
    listed = patient["medicines"] or []
    if "partial" in beside_the_order(request["on"], listed, {substance(patient)}):
        return "stop"
    return "stop" if list(taken(request, patient, "antagonist")) else None


@rule("other-substitution-medicine")
def other_substitution_medicine(request: Facts, patient: Facts) -> Said:
    listed = patient["medicines"] or []
    beside = beside_the_order(request["on"], listed, {substance(patient)})
    return "doctor" if "other" in beside else None


@rule("mao-inhibitor")
def mao_inhibitor(request: Facts, patient: Facts) -> Said:
    return "stop" if list(taken(request, patient, "maoi", N["maoi_days"])) else None


@rule("sedating-medicines")
def sedating_medicines(request: Facts, patient: Facts) -> Said:
    others = len({one["atc"] for one in taken(request, patient, "slows breathing")})
    if patient["health"] and patient["health"]["drinks_daily"] is not False:
        others += 1
    if others == 0:
        return None
    sedatives = patient["sedatives"]
    benzodiazepines = sedatives is None or sedatives["diazepam_high_ug"] > 0
    if benzodiazepines or list(taken(request, patient, "benzodiazepine")):
        others += 1
    return "doctor" if others >= N["sedating_doctor_count"] else "confirm"


@rule("qt-medicines")
def qt_medicines(request: Facts, patient: Facts) -> Said:
    found = list(taken(request, patient, "qt"))
    if substance(patient) != "methadone" or len(found) < N["qt_medicines_count"]:
        return None
    ecg_on = patient["ecg_on"]
    if ecg_on is None or ecg_on > request["on"]:
        return "confirm"
    begun = [one["started_on"] for one in found]
    return "confirm" if any(day is None or day > ecg_on for day in begun) else None


@rule("methadone-level-changes")
def methadone_level_changes(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone":
        return None
    lately = N["interaction_change_days"]
    found = list(taken(request, patient, "changes methadone", lately))
    for one in found:
        stopped = one["stopped_on"] is not None and one["stopped_on"] <= request["on"]
        begun = one["started_on"]
        if stopped or begun is None or days_from(begun, request["on"]) <= lately:
            return "doctor"
    return "inform" if found else None


@rule("weak-kidneys")
def weak_kidneys(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone" or patient["health"] is None:
        return None
    filtration = patient["health"]["filtration_ml_per_minute"]
    weak = filtration is None or filtration <= N["renal_confirm_ml_per_minute"]
    return "confirm" if weak else None


@rule("breathing-disease")
def breathing_disease(request: Facts, patient: Facts) -> Said:
    health = patient["health"]
    if health is None or health["breathing_disease"] is False:
        return None
    return "doctor"


@rule("home-without-naloxone")
def home_without_naloxone(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    handed = patient["naloxone_on"]
    if handed is not None and handed <= request["on"]:
        return None
    safety = patient["home_safety"]
    return None if safety is not None and safety["naloxone_kit"] is True else "confirm"


@rule("home-without-locked-box")
def home_without_locked_box(request: Facts, patient: Facts) -> Said:
    safety = patient["home_safety"]
    if not home(request) or safety is None or safety["locked_box"] is True:
        return None
    return "confirm"


@rule("hold-until-dissolved")
def hold_until_dissolved(request: Facts, patient: Facts) -> Said:
    order, first = patient["prescription"], patient["first_dose_on"]
    if order is None or order["product"]["form"] != "sublingual_tablet" or not here(request):
        return None
    new = first is None or days_from(first, request["on"]) < N["titration_days"]
    return "confirm" if new or maybe_another_substance(patient) else None
