"""Whether the second wall stands: row-level security as the migrations left it (decision 0019).

A table whose policies were switched off, lost or joined by one that lets everything through shows
no error anywhere; it shows other units' people. So the service compares before it serves.
"""

from __future__ import annotations

import psycopg

# Each table behind the wall with its policies for the service's role, by name.
_OWN, _ADDS, _CHANGES = "own_unit", "own_unit_adds", "own_unit_changes"
WALLED: dict[str, tuple[str, ...]] = {
    "adverse_event": (_OWN,),
    "adverse_event_export": (_OWN,),
    "adverse_event_text": (_OWN,),
    "arrangement_basis": (_OWN, _ADDS),
    "arrangement_journey": (_OWN, _ADDS),
    "assessment": (_OWN, _ADDS),
    "away": (_OWN, _ADDS),
    "away_return": (_OWN, _ADDS),
    "audit_adjustment": (_OWN, _ADDS),
    "audit_answer": (_OWN, _ADDS),
    "audit_comment": (_OWN, _ADDS),
    "audit_figures": (_OWN, _ADDS),
    "audit_file": (_OWN, _ADDS),
    "closure_decision": (_OWN, _ADDS),
    "collection": (_OWN,),
    "collector": (_OWN, _ADDS),
    "collector_withdrawn": (_OWN,),
    "count_back": (_OWN, _ADDS),
    "diversion": (_OWN, _ADDS),
    "course": (_OWN, _ADDS),
    "course_end": (_OWN, _ADDS),
    "doctor_notice": (_OWN, "own_unit_reads", "tells"),
    "doctor_question": (_OWN,),
    "emergency_access": (_OWN,),
    "emergency_list_rows": (_OWN,),
    "home_return": (_OWN, _ADDS),
    "indkald_conclusion": (_OWN, _ADDS),
    "indkald_finding": (_OWN, _ADDS),
    "indkald_invitation": (_OWN, _ADDS),
    "indkald_missed": (_OWN, _ADDS),
    "indkald_missed_decision": (_OWN, _ADDS),
    "indkald_wish": (_OWN, _ADDS),
    "label": (_OWN, _ADDS),
    "machine_call": (_OWN, _ADDS),
    "machine_client_person": (_OWN, _ADDS),
    "medicine_item": (_OWN, _ADDS),
    "medicine_list": (_OWN, _ADDS),
    "monitoring": (_OWN, _ADDS),
    "move_answer": (_OWN, _ADDS),
    "move_letter": (_OWN, _ADDS),
    "move_offer": (_OWN, _ADDS),
    "observation": (_OWN, _ADDS, _CHANGES),
    "paper_conflict": (_OWN, _ADDS, _CHANGES),
    "paper_event": (_OWN, _ADDS),
    "person_address": (_OWN, _ADDS, _CHANGES),
    "person_correction": (_OWN, _ADDS),
    "person_identifier": (_OWN,),
    "person_merge": (_OWN, _ADDS),
    "person_unmerge": (_OWN,),
    "refusal": (_OWN, _ADDS),
    "sedation_check": (_OWN, _ADDS),
    "sedative_event": (_OWN, _ADDS),
    "sedative_item": (_OWN, _ADDS),
    "sedative_list": (_OWN, _ADDS),
    "taper_plan": (_OWN, _ADDS),
    "taper_step": (_OWN, _ADDS),
    "substance_offer": (_OWN, _ADDS),
    "supply_order": (_OWN, _ADDS),
    "treatment_plan": (_OWN, _ADDS),
}

# Off, or for a role that owns the table, no policy is asked; a view asks as its owner.
STANDING = """
SELECT c.relname, c.relrowsecurity,
    array_remove(array_agg(p.polname::text ORDER BY p.polname::text), NULL),
    coalesce(bool_or('true' IN (pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid))), false)
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
    AND EXISTS (SELECT FROM unnest(p.polroles) AS r (role) WHERE r.role = 0
        OR pg_has_role(current_user, r.role, 'MEMBER'))
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)
GROUP BY c.oid, c.relname, c.relrowsecurity
"""
VIEWS = """
SELECT DISTINCT v.relname FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid
WHERE v.relkind IN ('v', 'm') AND t.relnamespace = 'public'::regnamespace AND t.relname = ANY (%s)
    AND has_table_privilege(v.oid, 'SELECT')
    AND coalesce(array_to_string(v.reloptions, ','), '') NOT LIKE '%%security_invoker=true%%'
ORDER BY v.relname
"""


def gaps(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Every gap as (table or view, what is wrong): ``off``, ``policies``, ``open``, ``view``."""
    asked = [list(WALLED)]
    standing = {name: row for name, *row in connection.execute(STANDING, asked)}
    found: list[tuple[str, str]] = []
    for table, policies in WALLED.items():
        on, names, lets_all_through = standing.get(table, (False, [], False))
        if not on:
            found.append((table, "off"))
        if tuple(names) != tuple(sorted(policies)):
            found.append((table, "policies"))
        if lets_all_through:
            found.append((table, "open"))
    return found + [(name, "view") for (name,) in connection.execute(VIEWS, asked)]
