"""The 80 rules once more, by hand, as rows of a decision table over the flat facts.

A row fires when every cell holds; ``$`` is the fact the cell stands under, ``{...}`` a number of
the rule book. Rows of one rule exclude each other, so that collecting all rows that fire gives each
rule at most once. The same rows, joined with ``and``, are the expressions of the best form.
"""

from dataclasses import dataclass

from dosing_rules import Severity

INFORM, CONFIRM, DOCTOR, STOP = Severity.INFORM, Severity.CONFIRM, Severity.DOCTOR, Severity.STOP


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the finding, and the cells that must hold, by the fact they look at."""

    rule_id: str
    severity: Severity
    cells: dict[str, str]


def _row(rule_id: str, severity: Severity, /, **cells: str) -> Row:
    return Row(rule_id, severity, cells)


YES, NO, UNKNOWN, SOME = "$ == true", "$ == false", "$ == null", "$ > 0"
METHADONE, BUPRENORPHINE = "$ == 'methadone'", "$ == 'buprenorphine'"
HEROIN, DEPOT, NOT_DEPOT = "$ == 'diacetylmorphine'", "$ == 'depot'", "$ != 'depot'"
NOTHING, SLEEPY = "$ == 0", "$ != null and $ >= {sedation_sign_poss}"
AWAKE = "$ == null or $ < {sedation_sign_poss}"
LOAD = "$ == null or $ > {diazepam_load_ug}"
NO_PLAN = (
    "not ($ in ['agreed', 'tapering']) or taper_plan_days == null"
    " or taper_plan_days > {taper_plan_days}"
)

ROWS: tuple[Row, ...] = (
    # The dose may already be in the person.
    _row("taken-unknown", STOP, claims_known=NO),
    _row("outcome-uncertain", STOP, uncertain_claims=SOME),
    _row("being-handed-out", STOP, reserved_in_the_way=SOME),
    _row("already-given", STOP, given_here_already=SOME),
    _row("covered-by-take-home", STOP, covered_already=SOME),
    _row(
        "too-soon",
        STOP,
        has_order=YES,
        supervised_count=SOME,
        minutes_since_last=UNKNOWN,
        is_new=NO,
    ),
    _row(
        "too-soon",
        STOP,
        has_order=YES,
        supervised_count=SOME,
        minutes_since_last="$ != null and"
        " $ < (parts_count > 1 ? {interval_split_minutes} : {interval_daily_minutes})",
        within_extra=NO,
    ),
    # The right person, in a state to take it.
    _row("identity-not-confirmed", STOP, identifiers_count="$ < {identifiers_count}"),
    _row("not-assessed", STOP, affected=UNKNOWN),
    _row("affected-now", STOP, affected=YES),
    _row("sedated", STOP, sedation_poss="$ != null and $ < 0"),
    _row("sedated", STOP, sedation_poss="$ != null and $ >= {sedation_stop_poss}"),
    _row(
        "slow-breathing",
        STOP,
        breaths_per_minute="$ != null and $ < {breathing_stop_breaths_per_minute}",
    ),
    _row(
        "slow-breathing",
        CONFIRM,
        breaths_per_minute="$ != null and $ >= {breathing_stop_breaths_per_minute}"
        " and $ < {breathing_confirm_breaths_per_minute}",
    ),
    _row("alcohol", STOP, alcohol_permille_milli="$ != null and $ < 0"),
    _row(
        "alcohol", STOP, alcohol_permille_milli="$ != null and $ >= {alcohol_stop_permille_milli}"
    ),
    _row(
        "alcohol",
        DOCTOR,
        alcohol_permille_milli="$ != null and $ >= {alcohol_doctor_permille_milli}"
        " and $ < {alcohol_stop_permille_milli}",
    ),
    _row("observation-declined", DOCTOR, declined="$ != false"),
    _row("vomited-today", DOCTOR, vomits_known=NO),
    _row(
        "vomited-today", DOCTOR, vomited_minutes_ago="$ != null and $ < {vomit_same_day_minutes}"
    ),
    # The tolerance may be gone.
    _row("coverage-unknown", STOP, last_covered_days_ago=UNKNOWN, started_today=NO, is_new=NO),
    _row("coverage-unknown", STOP, last_covered_days_ago="$ != null and $ <= 0"),
    _row(
        "missed-days",
        STOP,
        substance=METHADONE,
        form=NOT_DEPOT,
        missed_days="$ >= {methadone_missed_stop_days}",
    ),
    _row(
        "missed-days",
        DOCTOR,
        substance=METHADONE,
        form=NOT_DEPOT,
        missed_days="$ >= {methadone_missed_doctor_days} and $ < {methadone_missed_stop_days}",
    ),
    _row(
        "missed-days",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        missed_days="$ >= {buprenorphine_missed_stop_days}",
    ),
    _row(
        "missed-days",
        DOCTOR,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        missed_days="$ >= {buprenorphine_missed_doctor_days}"
        " and $ < {buprenorphine_missed_stop_days}",
    ),
    _row(
        "missed-days", STOP, substance=HEROIN, missed_days="$ >= {diacetylmorphine_missed_stop_days}"
    ),
    _row(
        "restart-above-ceiling",
        STOP,
        substance=METHADONE,
        form=NOT_DEPOT,
        missed_days="$ >= {methadone_restart_days}",
        largest_day_asked_ug="$ > {methadone_restart_ug}",
    ),
    _row(
        "restart-above-ceiling",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        missed_days="$ >= {buprenorphine_restart_long_days}",
        largest_day_asked_ug="$ > {buprenorphine_restart_long_ug}",
    ),
    _row(
        "restart-above-ceiling",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        missed_days="$ >= {buprenorphine_restart_days} and $ < {buprenorphine_restart_long_days}",
        largest_day_asked_ug="$ > {buprenorphine_restart_ug}",
    ),
    _row(
        "first-day-above-limit",
        STOP,
        substance=METHADONE,
        form=NOT_DEPOT,
        is_first_day=YES,
        first_day_ug="$ > {methadone_first_day_stop_ug}",
    ),
    _row(
        "first-day-above-limit",
        DOCTOR,
        substance=METHADONE,
        form=NOT_DEPOT,
        is_first_day=YES,
        first_day_ug="$ > {methadone_first_day_doctor_ug} and $ <= {methadone_first_day_stop_ug}",
    ),
    _row(
        "first-day-above-limit",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        is_first_day=YES,
        first_day_ug="$ > {buprenorphine_first_day_stop_ug}",
    ),
    _row(
        "first-day-above-limit",
        DOCTOR,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        is_first_day=YES,
        first_day_ug="$ > {buprenorphine_first_day_doctor_ug}"
        " and $ <= {buprenorphine_first_day_stop_ug}",
    ),
    _row("step-too-large", STOP, substance=METHADONE, steps_known=NO),
    _row(
        "step-too-large", STOP, substance=METHADONE, largest_rise_ug="$ > {methadone_step_ug}"
    ),
    _row(
        "week-increase-too-large",
        STOP,
        substance=METHADONE,
        rises_ug="$ > {methadone_week_increase_ug}",
    ),
    _row(
        "buprenorphine-too-soon",
        STOP,
        substance=BUPRENORPHINE,
        doses_count=SOME,
        last_swallowed_substance="$ != 'buprenorphine'",
        minutes_since_last="$ != null and $ < {buprenorphine_after_agonist_minutes}",
    ),
    _row(
        "buprenorphine-after-high-methadone",
        DOCTOR,
        substance=BUPRENORPHINE,
        last_swallowed_substance="$ != 'buprenorphine'",
        last_swallowed_ug="$ != null and $ > {buprenorphine_after_methadone_ug}",
    ),
    # The right order.
    _row("prescription-missing", STOP, has_order=NO),
    _row("prescription-not-yet-valid", STOP, has_order=YES, valid_since_days="$ < 0"),
    _row("prescription-expired", STOP, has_order=YES, valid_days_left="$ == null or $ < 0"),
    _row(
        "prescription-changed",
        STOP,
        has_order=YES,
        shown_prescription_id="$ != prescription_id or shown_version != prescription_version",
    ),
    _row("parts-do-not-add-up", STOP, has_order=YES, parts_total_ug="$ != daily_ug"),
    # The right place.
    _row("right-elsewhere", STOP, right_holder_unit_id="$ != unit_id"),
    _row("unit-unknown", STOP, recorded_unit_id="$ != unit_id"),
    _row("unit-closed", STOP, closed_today=YES),
    _row(
        "unit-not-licensed",
        STOP,
        has_order=YES,
        recorded_unit_id="$ != null",
        licence_needed="$ != null and not ($ in licences)",
    ),
    # The right bottle.
    _row("product-not-scanned", STOP, scanned=NO),
    _row("wrong-substance", STOP, has_order=YES, scanned=YES, scanned_substance="$ != substance"),
    _row("wrong-form", STOP, has_order=YES, scanned=YES, scanned_form="$ != form"),
    _row("wrong-route", STOP, has_order=YES, scanned=YES, scanned_route="$ != route"),
    _row(
        "wrong-strength",
        STOP,
        has_order=YES,
        scanned=YES,
        scanned_strength_ug="$ != strength_ug or scanned_per != per",
    ),
    _row("wrong-product", STOP, has_order=YES, scanned=YES, scanned_code="$ != code"),
    _row("product-without-strength", STOP, has_order=YES, strength_ug="$ <= 0"),
    # The right amount.
    _row("nothing-asked", STOP, doses_count="$ == 0"),
    _row("amount-not-positive", STOP, doses_not_positive=SOME),
    _row("same-dose-twice", STOP, doses_asked_twice=SOME),
    _row("part-does-not-exist", STOP, has_order=YES, parts_beyond_order=SOME),
    _row("supervised-for-another-day", STOP, supervised_for_another_day=SOME),
    _row("take-home-for-past-day", STOP, take_home_for_past_day=SOME),
    _row(
        "ten-fold-of-ordered",
        STOP,
        has_order=YES,
        times_off_ordered="$ != null and $ >= {alarm_factor}",
    ),
    _row(
        "ten-fold-of-last",
        STOP,
        has_order=YES,
        supervised_count=SOME,
        last_swallowed_ug=UNKNOWN,
        is_new=NO,
    ),
    _row(
        "ten-fold-of-last",
        STOP,
        has_order=YES,
        supervised_count=SOME,
        times_off_last="$ != null and $ >= {alarm_factor}",
    ),
    _row(
        "amount-above-ordered", STOP, has_order=YES, most_above_ordered_ug="$ != null and $ > 0"
    ),
    _row(
        "day-above-ordered", STOP, has_order=YES, most_day_above_ordered_ug="$ != null and $ > 0"
    ),
    _row(
        "amount-below-ordered", CONFIRM, has_order=YES, most_below_ordered_ug="$ != null and $ > 0"
    ),
    _row("amount-not-measurable", CONFIRM, has_order=YES, unmeasurable_doses=SOME),
    _row(
        "high-dose-methadone",
        DOCTOR,
        substance=METHADONE,
        largest_day_ug="$ > {methadone_high_ug}",
        high_dose_reason="$ != true",
    ),
    _row(
        "high-dose-buprenorphine",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        largest_day_ug="$ > {buprenorphine_never_above_ug}",
    ),
    _row(
        "high-dose-buprenorphine",
        DOCTOR,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        largest_day_ug="$ > {buprenorphine_high_ug} and $ <= {buprenorphine_never_above_ug}",
        high_dose_reason="$ != true",
    ),
    _row(
        "thrice-weekly-above-max",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        thrice_weekly="$ != false",
        largest_day_ug="$ > {thrice_weekly_day_ug}",
    ),
    _row(
        "thrice-weekly-without-pattern",
        STOP,
        substance=BUPRENORPHINE,
        form=NOT_DEPOT,
        thrice_weekly="$ != false",
        has_weekday_pattern=NO,
    ),
    _row(
        "diacetylmorphine-above-cap",
        DOCTOR,
        substance=HEROIN,
        largest_dose_ug="$ > {diacetylmorphine_dose_ug}"
        " or day_total_ug > {diacetylmorphine_day_ug}",
    ),
    _row(
        "diacetylmorphine-sessions",
        STOP,
        substance=HEROIN,
        claims_today="$ + supervised_count > {diacetylmorphine_sessions_count}",
    ),
    _row(
        "depot-interval-unknown", STOP, form=DEPOT, depot_interval_days="$ == null or $ <= 0"
    ),
    _row(
        "depot-outside-window",
        DOCTOR,
        form=DEPOT,
        last_covered_days_ago="$ != null",
        depot_interval_days="$ != null and $ > 0 and last_covered_days_ago - $ < ($ <="
        " {depot_weekly_days} ? -{depot_weekly_window_days} : -{depot_monthly_window_days})",
    ),
    _row(
        "depot-outside-window",
        CONFIRM,
        form=DEPOT,
        last_covered_days_ago="$ != null",
        depot_interval_days="$ != null and $ > 0 and last_covered_days_ago - $ > ($ <="
        " {depot_weekly_days} ? {depot_weekly_window_days} : {depot_monthly_window_days})",
    ),
    _row(
        "depot-above-max",
        STOP,
        form=DEPOT,
        daily_ug="$ > ((depot_interval_days ?? 0) <= {depot_weekly_days}"
        " ? {depot_weekly_ug} : {depot_monthly_ug})",
    ),
    # What goes home.
    _row("take-home-without-decision", STOP, take_home_count=SOME, self_administration="$ != true"),
    _row(
        "diversion-measure", STOP, take_home_count=SOME, days_after_measure="$ == null or $ <= 0"
    ),
    _row(
        "injectable-never-home",
        STOP,
        take_home_count=SOME,
        form="$ in ['injection', 'depot'] or substance == 'diacetylmorphine'",
    ),
    _row(
        "take-home-above-limit",
        STOP,
        take_home_count=SOME,
        in_hand_days="$ > {take_home_days}",
        exception_covers=NO,
    ),
    _row(
        "take-home-above-own-limit",
        DOCTOR,
        take_home_count=SOME,
        arranged_days="$ == null or in_hand_days > $",
        exception_covers=NO,
    ),
    _row(
        "take-home-for-supervised-day",
        DOCTOR,
        take_home_count=SOME,
        for_supervised_days=SOME,
        exception_covers=NO,
    ),
    _row(
        "not-a-pickup-day",
        DOCTOR,
        take_home_count=SOME,
        days_to_pickup="$ != 0",
        is_pickup_weekday=NO,
        last_open_before_pickup=NO,
        exception_covers=NO,
    ),
    _row(
        "early-pickup",
        DOCTOR,
        take_home_count=SOME,
        days_to_pickup="$ == null or $ > 0",
        last_open_before_pickup=NO,
        exception_covers=NO,
    ),
    _row(
        "take-home-in-titration",
        DOCTOR,
        take_home_count=SOME,
        days_since_first="$ == null or $ < {titration_days}",
    ),
    # Indkald.
    _row(
        "take-home-during-indkald",
        STOP,
        take_home_count=SOME,
        indkald_known="$ == false or home_on_indkald_days > 0",
    ),
    _row(
        "indkald-dose-not-full",
        DOCTOR,
        has_order=YES,
        indkald_day="$ != false",
        supervised_below_ordered_ug="$ != null and $ > 0",
    ),
    _row(
        "indkald-overdue",
        DOCTOR,
        take_home_count=SOME,
        indkald_due_in_days="$ == null or $ < 0",
        indkald_days_left="$ == 0",
    ),
    _row(
        "indkald-due",
        CONFIRM,
        take_home_count=SOME,
        indkald_due_in_days="$ != null and $ >= 0 and $ <= {indkald_notice_days}",
        indkald_days_left="$ == 0",
    ),
    _row("indkald-observation", INFORM, supervised_count=SOME, indkald_left_today="$ != false"),
    # What else the person's body bears.
    _row(
        "qtc-long",
        DOCTOR,
        substance=METHADONE,
        qtc_ms="$ == null or $ <= 0 or $ >= {qtc_doctor_ms}",
    ),
    _row(
        "qtc-long",
        CONFIRM,
        substance=METHADONE,
        qtc_ms="$ != null and $ >= {qtc_confirm_ms} and $ < {qtc_doctor_ms}",
    ),
    _row(
        "ecg-too-old",
        CONFIRM,
        substance=METHADONE,
        daily_ug="$ > {ecg_methadone_ug}",
        ecg_months="$ == null or $ > {ecg_months}",
    ),
    _row(
        "pregnant-and-reduced",
        DOCTOR,
        has_order=YES,
        pregnant="$ != false",
        part_below_ordered_ug="($ ?? 0) > 0 or steps_known == false or recent_cut_ug > 0",
    ),
    _row("pregnant", CONFIRM, pregnant="$ != false"),
    # A sign of sedation or a dose that leaves the house makes a sedative finding heavier.
    _row("benzodiazepine-load", CONFIRM, take_home_count=SOME, diazepam_high_ug=LOAD),
    _row(
        "benzodiazepine-load",
        CONFIRM,
        take_home_count=NOTHING,
        sedation_poss=SLEEPY,
        diazepam_high_ug=LOAD,
    ),
    _row(
        "benzodiazepine-load",
        INFORM,
        take_home_count=NOTHING,
        sedation_poss=AWAKE,
        diazepam_high_ug=LOAD,
    ),
    _row(
        "benzodiazepine-without-plan",
        CONFIRM,
        take_home_count=SOME,
        diazepam_high_ug="$ != null and $ > 0",
        taper_plan=NO_PLAN,
    ),
    _row(
        "benzodiazepine-without-plan",
        CONFIRM,
        take_home_count=NOTHING,
        sedation_poss=SLEEPY,
        diazepam_high_ug="$ != null and $ > 0",
        taper_plan=NO_PLAN,
    ),
    _row(
        "benzodiazepine-without-plan",
        INFORM,
        take_home_count=NOTHING,
        sedation_poss=AWAKE,
        diazepam_high_ug="$ != null and $ > 0",
        taper_plan=NO_PLAN,
    ),
    _row("review-overdue", CONFIRM, reviewed_months="$ == null or $ > {review_confirm_months}"),
    _row(
        "review-overdue",
        INFORM,
        reviewed_months="$ != null and $ > {review_inform_months} and $ <= {review_confirm_months}",
    ),
)
