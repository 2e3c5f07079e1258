"""Rows for COPY, collected as text per table. Columns are named, so the order here is ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

#: In the order in which they are copied.
COLUMNS = {
    "unit": "unit_id, code, name, kind, opens, closes, phone, places, clinical_chain, views_chain",
    "unit_licence": "unit_id, preparation, from_on",
    "unit_closed_day": "unit_id, day, name",
    "unit_rule_book": "unit_id, from_on, book_id, book_sha256",
    "counter": "counter_id, unit_id, name",
    "staff": "staff_id, unit_id, role, given_name, family_name, username, password_hash,"
    " authorisation_id, specialist, approved_for",
    "product": "code, name, substance, form, route, strength_ug, per",
    "batch": "batch_id, product_code, lot, expires_on",
    "person": "person_id, card_code, given_name, family_name, born_on, sex, unit_id,"
    " right_holder_unit_id, enrolled_on, ended_on, dead, event_seq",
    "person_identifier": "identifier_id, person_id, kind, ciphertext, key_version, valid_from,"
    " recorded_at",
    "identifier_hash": "pepper_version, lookup_hash, identifier_id",
    "course": "course_id, person_id, unit_id, enrolled_on, contact_on, came_by, before,"
    " enrolled_by, enrolled_at",
    "course_end": "course_end_id, person_id, unit_id, enrolled_on, ended_on, status, died_on, note,"
    " home_doses, decided_by, decided_at",
    "assessment": "assessment_id, person_id, unit_id, diagnosis, wish, tried, tolerance,"
    " tolerance_note, allergies, allergies_note, risks, pregnancy, assessed_by, assessed_at",
    "treatment_plan": "plan_id, person_id, unit_id, aim, agreements, review_on, planned_by,"
    " planned_at",
    "monitoring": "monitoring_id, person_id, unit_id, kind, answer, found_on, qtc_ms, goal, note,"
    " next_on, filtration_ml_per_minute, breathing_disease, drinks_daily, recorded_by, recorded_at",
    "substance_offer": "offer_id, person_id, unit_id, substance, answer, reason, next_on,"
    " offered_on, decided_by, decided_at",
    "prescription": "prescription_id, version, person_id, product_code, daily_ug, parts_ug,"
    " weekday_ug, valid_from, valid_to, high_dose_reason, depot_interval_days, night, signed_by,"
    " signed_at",
    "arrangement": "person_id, version, valid_from, self_administration, supervised_weekdays,"
    " pickup_weekdays, take_home_days, thrice_weekly, pharmacy_unit_id, exception_days,"
    " exception_from, exception_until, exception_reason, decided_by, decided_at",
    "care": "person_id, new_to_treatment, first_dose_on, sedatives_low_ug, sedatives_high_ug,"
    " taper_state, taper_plan_on, ecg_on, qtc_ms, pregnant, diversion_supervised_until_on,"
    " reviewed_on, indkald_due_on, naloxone_on, night_first_dose_on, medicines, health_on,"
    " filtration_ml_per_minute, breathing_disease, drinks_daily, locked_box, urine_on",
    "indkald": "indkald_id, person_id, days, completed, state, observation_minutes, planned_by,"
    " planned_at, unit_id, come_at",
    "indkald_places": "unit_id, version, places, decided_by, decided_at",
    "indkald_missed": "indkald_id, day, person_id, unit_id, why, found_by, found_at",
    "indkald_missed_decision": "indkald_id, day, person_id, unit_id, choice, reason, noted_by,"
    " noted_at",
    "indkald_conclusion": "indkald_id, person_id, unit_id, result, note, next_due_on, noted_by,"
    " noted_at",
    "bottle": "bottle_id, unit_id, counter_id, batch_id, product_code, scan_code, opening_ug,"
    " balance_ug, opened_at, closed_at",
    "reservation": "reservation_id, person_id, unit_id, counter_id, day, prescription_id,"
    " prescription_version, product_code, bottle_id, doses, verdict, lifts, book_id, reserved_by,"
    " reserved_at",
    "resolution": "reservation_id, outcome, note, resolved_by, resolved_at",
    "reversal": "reservation_id, reason, reversed_by, reversed_at",
    "handover": "reservation_id, for_day, part, person_id, unit_id, how, amount_ug,"
    " handed_over_by, handed_over_at",
    "administration": "reservation_id, part, person_id, unit_id, day, amount_ug, witnessed_by,"
    " swallowed_at",
    "claim": "person_id, for_day, part, reservation_id, unit_id, amount_ug, how, state,"
    " claimed_at, swallowed_at, swallow_during",
    "person_day": "person_id, day, substance, limit_ug, used_ug, right_holder_unit_id,"
    " night_limit_ug, night_ug",
    "stock_movement": "movement_id, bottle_id, kind, delta_ug, reservation_id, moved_by, moved_at,"
    " holding_id, act_id",
    "product_package": "gtin, product_code, amount_ug, name",
    "cabinet": "cabinet_id, unit_id, name",
    "holding": "holding_id, unit_id, place, cabinet_id, product_code, batch_id, package_ug,"
    " balance_ug",
    "stock_act": "act_id, kind, unit_id, day, reason, supplier, delivery_note, reservation_id,"
    " wasted_ug, witnessed_by, witnessed_at, seen_sha256, done_by, done_at",
    "stock_count": "count_id, unit_id, counter_id, shift, day, counted_by, counted_at",
    "stock_count_line": "count_id, line, bottle_id, counted_ug, book_ug, tolerance_ug",
    "stock_explanation": "count_id, line, act_id",
    "observation": "observation_id, reservation_id, person_id, unit_id, reason, started_at,"
    " due_at, check_every_minutes, state, affected, note, signed_by, signed_at",
    "sedation_check": "check_id, reservation_id, person_id, unit_id, poss, breaths_per_minute,"
    " verdict, held, note, checked_by, checked_at",
    "doctor_notice": "notice_id, person_id, unit_id, kind, facts, told_by, told_at, read_by,"
    " read_at, answer",
    "sedative_list": "person_id, version, unit_id, recorded_on, low_ug, high_ug, note,"
    " recorded_by, recorded_at",
    "sedative_item": "person_id, version, unit_id, item_no, atc, daily_ug, source, since_on",
    "medicine_list": "person_id, version, unit_id, recorded_on, note, recorded_by, recorded_at",
    "medicine_item": "person_id, version, unit_id, item_no, atc, name, dose, source, since_on,"
    " stopped_on",
    "taper_plan": "person_id, version, unit_id, taper_no, atc, from_ug, original_ug, goal_ug,"
    " percent, percent_of, every_days, last_from_ug, last_percent, last_every_days, strengths_ug,"
    " halves, pauses, step_on, step_ug, book_id, findings, reason, agreed_on, decided_by,"
    " decided_at",
    "taper_step": "taken_id, person_id, version, unit_id, on_day, before_ug, dose_ug, how, reason,"
    " findings, taken_by, taken_at",
    "vomit": "reservation_id, person_id, happened_at, minutes_after, witnessed, noted_by, noted_at",
    "refusal": "refusal_id, person_id, unit_id, day, verdict, refused_to, refused_at",
    "doctor_question": "question_id, person_id, unit_id, day, verdict, note, night, asked_by,"
    " asked_at, answered_at",
    "doctor_decision": "decision_id, question_id, person_id, day, allow, rule_ids, max_ug,"
    " extra_ug, interval_minutes, reason, night, decided_by, decided_at",
    "missed_dose": "person_id, day, unit_id, planned_ug, night",
    "day_close": "unit_id, day, missed, closed_by, closed_at",
    "away": "away_id, person_id, unit_id, place, name, phone, told_by, since_at, expected_on,"
    " gives, home_doses, recorded_by, recorded_at",
}
#: The column with which a table numbers its rows, and the sequence behind it.
NUMBERED = {
    "batch": "batch_id",
    "indkald": "indkald_id",
    "person_identifier": "identifier_id",
    "course": "course_id",
    "course_end": "course_end_id",
    "assessment": "assessment_id",
    "treatment_plan": "plan_id",
    "monitoring": "monitoring_id",
    "substance_offer": "offer_id",
    "bottle": "bottle_id",
    "reservation": "reservation_id",
    "stock_movement": "movement_id",
    "holding": "holding_id",
    "stock_act": "act_id",
    "stock_count": "count_id",
    "observation": "observation_id",
    "sedation_check": "check_id",
    "doctor_notice": "notice_id",
    "taper_step": "taken_id",
    "refusal": "refusal_id",
    "doctor_question": "question_id",
    "doctor_decision": "decision_id",
    "away": "away_id",
}


def copy_sql(table: str) -> str:
    """The statement that takes the rows of ``table``."""
    return f"COPY {table} ({COLUMNS[table]}) FROM STDIN"


class Rows:
    """Lines of COPY text by table. Hot paths append finished lines to ``lines[table]``."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def add(self, table: str, *values: object) -> None:
        """One row, its values in the order of ``COLUMNS``."""
        self.lines[table].append("\t".join([field_text(value) for value in values]) + "\n")

    def take(self) -> list[tuple[str, bytes]]:
        """All rows so far by table, in copying order; they are then forgotten."""
        taken: list[tuple[str, bytes]] = []
        for table, lines in self.lines.items():
            if lines:
                taken.append((table, "".join(lines).encode()))
                self.lines[table] = []
        return taken


def field_text(value: object) -> str:
    """A value as COPY text: None, truth, moments, lists as arrays, mappings as JSON."""
    return _SPELLED[type(value)](value)


def escaped(text: str) -> str:
    """Text with COPY's own signs taken out of their meaning."""
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        for sign, spelled in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            text = text.replace(sign, spelled)
    return text


def array_text(values: Iterable[object]) -> str:
    """An array of numbers, days or plain words."""
    return "{" + ",".join([field_text(value) for value in values]) + "}"


def json_text(value: object) -> str:
    """A JSON document as COPY text."""
    return escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


#: By exact type: a year has millions of fields.
_SPELLED: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    bool: lambda true: "t" if true else "f",
    str: escaped,
    int: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    dict: json_text,
    bytes: lambda value: escaped(f"\\x{value.hex()}"),
    tuple: array_text,
    list: array_text,
    set: array_text,
    frozenset: array_text,
}
