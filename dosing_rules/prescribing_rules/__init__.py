"""Every prescribing rule, in the order in which findings of one severity are shown.

Nothing registers itself, as with the rules of the counter.
"""

from dosing_rules.change import Change
from dosing_rules.prescribing_rules import (
    benzodiazepines,
    impossible,
    night,
    orders,
    start,
    steps,
    switching,
    together,
    who,
)
from dosing_rules.rule import Rule

PRESCRIBING_RULES: tuple[Rule[Change], ...] = (
    # Who writes.
    who.prescriber_not_entitled,
    who.prescriber_not_approved,
    who.unit_not_approved,
    who.start_by_non_specialist,
    who.order_not_on_medication_card,
    # The order itself.
    impossible.draft_impossible,
    orders.order_amounts_not_positive,
    orders.order_parts_do_not_add_up,
    orders.order_days_impossible,
    orders.order_too_long,
    orders.order_overlap,
    orders.order_gap,
    orders.order_lifts_stop,
    orders.order_drops_orders_ahead,
    night.order_beside_night_dose,
    night.night_order_alone,
    night.night_order_not_methadone,
    # A beginning.
    start.start_dose_above_limit,
    start.start_dose_with_sedatives,
    start.start_dose_low_tolerance,
    start.methadone_without_reason,
    start.ecg_before_methadone,
    # From one dose to the next.
    steps.order_ten_fold,
    steps.order_step_too_large,
    steps.order_week_increase_too_large,
    steps.order_steps_too_close,
    steps.order_with_long_qtc,
    steps.ecg_after_rise,
    steps.order_in_pregnancy,
    steps.reduction_too_large,
    steps.reduction_too_soon,
    steps.reduction_not_agreed,
    # From one medicine to another.
    switching.switch_to_buprenorphine_too_soon,
    switching.switch_before_withdrawal,
    switching.switch_from_high_methadone,
    switching.switch_to_methadone_same_day,
    switching.dose_found_by_ratio,
    switching.preparations_not_equal,
    switching.route_changed_at_same_dose,
    switching.first_depot_without_test,
    switching.first_depot_sequence,
    switching.first_depot_unmatched,
    # How much.
    orders.order_high_methadone,
    orders.order_high_buprenorphine,
    orders.order_thrice_weekly_max,
    orders.order_thrice_weekly_sum,
    orders.order_depot_above_max,
    orders.order_depot_interval,
    orders.order_heroin_sessions,
    orders.order_heroin_above_cap,
    night.heroin_without_night_dose,
    orders.order_below_usual,
    # Beside it.
    together.order_with_antagonist,
    together.order_with_other_substitution,
    together.order_with_mao_inhibitor,
    together.order_with_sedating,
    together.order_with_breathing_disease,
    together.order_with_level_changer,
    together.order_with_qt_medicines,
    together.order_with_weak_kidneys,
    together.medicine_list_missing,
    # Benzodiazepines.
    benzodiazepines.benzodiazepine_stopped_at_once,
    benzodiazepines.benzodiazepine_taper_fast,
    benzodiazepines.benzodiazepine_raised_in_taper,
    benzodiazepines.benzodiazepine_above_cap,
    benzodiazepines.benzodiazepine_second,
    benzodiazepines.new_benzodiazepine_without_plan,
    benzodiazepines.benzodiazepine_too_long,
    benzodiazepines.benzodiazepine_taper_stalled,
    start.driving_not_told,
)
