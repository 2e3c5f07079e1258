"""What is kept of a person's benzodiazepines and of the way down, as the acts and pages read it.

Read for a record and those merged into it: the newest list and the newest plan of any of them
count. Whoever reads has been asked whether they may, and the wall of rows asks again.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from dispensing.treatment.sedatives.following import Standing, Went, standing
from dispensing.treatment.sedatives.load import Load, Taken, load_of
from dispensing.treatment.sedatives.plan import LastPart, Outline, Pace, Pause, Step
from dosing_rules.facts import DoseStep

_BY = "left(f.given_name, 1) || '. ' || f.family_name"
KEPT = f"""
WITH mine AS (SELECT person_id, person_id || also_ids AS ids FROM person
    WHERE person_id = %(person_id)s),
listed AS (SELECT l.* FROM sedative_list l, mine WHERE l.person_id = ANY (mine.ids)
    ORDER BY l.recorded_at DESC, l.version DESC LIMIT 1),
planned AS (SELECT p.* FROM taper_plan p, mine WHERE p.person_id = ANY (mine.ids)
    ORDER BY p.decided_at DESC, p.version DESC LIMIT 1)
SELECT json_build_object(
  'next_list', (SELECT coalesce(max(l.version), 0) + 1 FROM sedative_list l
      WHERE l.person_id = mine.person_id),
  'next_plan', (SELECT coalesce(max(p.version), 0) + 1 FROM taper_plan p
      WHERE p.person_id = mine.person_id),
  'next_taper', (SELECT coalesce(max(p.taper_no), 0) + 1 FROM taper_plan p
      WHERE p.person_id = mine.person_id),
  'listed', (SELECT json_build_object('on', l.recorded_on, 'note', l.note, 'by', {_BY},
      'items', coalesce((SELECT json_agg(json_build_object('atc', i.atc, 'daily_ug', i.daily_ug,
          'source', i.source, 'since_on', i.since_on) ORDER BY i.item_no) FROM sedative_item i
          WHERE (i.person_id, i.version) = (l.person_id, l.version)), '[]'))
      FROM listed l JOIN staff f ON f.staff_id = l.recorded_by),
  -- Who was told while there was something to tell of.
  'told_on', (SELECT max(e.on_day) FROM sedative_event e WHERE e.person_id = ANY (mine.ids)
      AND e.kind = 'told' AND NOT EXISTS (SELECT FROM sedative_list l
          WHERE l.person_id = ANY (mine.ids) AND l.high_ug = 0 AND l.recorded_at > e.signed_at)),
  'plan', (SELECT json_build_object('person_id', p.person_id, 'version', p.version,
      'taper_no', p.taper_no, 'atc', p.atc, 'from_ug', p.from_ug, 'original_ug', p.original_ug,
      'goal_ug', p.goal_ug, 'percent', p.percent, 'percent_of', p.percent_of,
      'every_days', p.every_days, 'last_from_ug', p.last_from_ug, 'last_percent', p.last_percent,
      'last_every_days', p.last_every_days, 'strengths_ug', p.strengths_ug, 'halves', p.halves,
      'pauses', p.pauses, 'step_on', p.step_on, 'step_ug', p.step_ug, 'reason', p.reason,
      'findings', p.findings, 'agreed_on', p.agreed_on, 'by', {_BY},
      'looked_at_on', greatest(p.agreed_on, (SELECT max(e.on_day) FROM sedative_event e
          WHERE (e.person_id, e.version, e.kind) = (p.person_id, p.version, 'reviewed'))),
      'end', (SELECT json_build_object('kind', e.kind, 'on', e.on_day, 'note', e.note)
          FROM sedative_event e WHERE (e.person_id, e.version) = (p.person_id, p.version)
          AND e.kind IN ('reached', 'stopped')))
      FROM planned p JOIN staff f ON f.staff_id = p.decided_by),
  'went', (SELECT coalesce(json_agg(json_build_object('version', t.version, 'on', t.on_day,
      'before_ug', t.before_ug, 'dose_ug', t.dose_ug, 'how', t.how, 'reason', t.reason,
      'by', {_BY}) ORDER BY t.taken_id), '[]')
      FROM planned p JOIN taper_plan q USING (person_id, taper_no)
      JOIN taper_step t ON (t.person_id, t.version) = (q.person_id, q.version)
      JOIN staff f ON f.staff_id = t.taken_by)
)::text FROM mine
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest list: everything that was taken on that day, as far as was known."""

    on: date
    note: str | None
    by: str
    items: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class WentKept:
    """A step that was taken or found, under which version of the plan, and by whom."""

    version: int
    on: date
    before_ug: int
    dose_ug: int
    how: Literal["decided", "found"]
    reason: str | None
    by: str


@dataclass(frozen=True, slots=True)
class End:
    """How a plan came to its end."""

    kind: Literal["reached", "stopped"]
    on: date
    note: str | None


@dataclass(frozen=True, slots=True)
class PlanKept:
    """The newest version of a plan. ``looked_at_on``: agreed, or looked at again since."""

    person_id: int
    version: int
    taper_no: int
    atc: str
    from_ug: int
    original_ug: int
    goal_ug: int
    percent: int
    percent_of: Literal["current", "original"]
    every_days: int
    last_from_ug: int | None
    last_percent: int | None
    last_every_days: int | None
    strengths_ug: tuple[int, ...]
    halves: bool
    pauses: tuple[Pause, ...]
    step_on: tuple[date, ...]
    step_ug: tuple[int, ...]
    reason: str | None
    findings: tuple[dict[str, Any], ...]
    agreed_on: date
    by: str
    looked_at_on: date
    end: End | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as they were agreed, whatever a plan would come to today."""
        steps: list[Step] = []
        before_ug = self.from_ug
        for day, dose_ug in zip(self.step_on, self.step_ug, strict=True):
            in_last = self.last_from_ug is not None and before_ug <= self.last_from_ug
            steps.append(Step(day, dose_ug, in_last))
            before_ug = dose_ug
        return tuple(steps)

    @property
    def outline(self) -> Outline:
        """What the plan was made of."""
        last = None
        if self.last_from_ug and self.last_percent and self.last_every_days:
            last = LastPart(self.last_from_ug, self.last_percent, self.last_every_days)
        return Outline(
            self.from_ug,
            self.original_ug,
            self.goal_ug,
            self.step_on[0],
            Pace(self.percent, self.percent_of, self.every_days),
            last,
            self.strengths_ug,
            self.halves,
            self.pauses,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it. ``went`` are the steps of the whole taper, under every version of its plan."""

    next_list: int
    next_plan: int
    next_taper: int
    listed: Listed | None
    told_on: date | None
    plan: PlanKept | None
    went: tuple[WentKept, ...]

    @property
    def running(self) -> PlanKept | None:
        """The plan in force."""
        return self.plan if self.plan is not None and self.plan.end is None else None

    @property
    def load(self) -> Load | None:
        """The newest list in diazepam by today's figures; None where nobody ever wrote one."""
        return load_of(self.listed.items) if self.listed is not None else None

    def went_under(self, plan: PlanKept) -> tuple[Went, ...]:
        """The steps taken under one version of the plan."""
        return tuple([Went(w.on, w.dose_ug) for w in self.went if w.version == plan.version])

    def stands(self, today: date) -> Standing | None:
        """How the plan in force stands; None without one."""
        plan = self.running
        if plan is None:
            return None
        went = self.went_under(plan)
        return standing(plan.from_ug, plan.steps, went, plan.pauses, today)

    def changes(self, atc: str) -> tuple[DoseStep, ...]:
        """What was really changed in the taper of this medicine, in its own micrograms."""
        if self.plan is None or self.plan.atc != atc:
            return ()
        return tuple([DoseStep(one.on, one.before_ug, one.dose_ug) for one in self.went])


DECODER = msgspec.json.Decoder(Kept)


async def kept_of(connection: AsyncConnection[Any], person_id: int) -> Kept:
    """All that is kept of somebody the caller may see."""
    row = await (await connection.execute(KEPT, {"person_id": person_id})).fetchone()
    return DECODER.decode(row[0]) if row else Kept(1, 1, 1, None, None, None, ())


ADD_LIST = """
INSERT INTO sedative_list (person_id, version, unit_id, recorded_on, low_ug, high_ug, note,
    recorded_by, recorded_at)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(on)s, %(low_ug)s, %(high_ug)s, %(note)s,
    %(staff_id)s, %(at)s)
"""
ADD_ITEM = """
INSERT INTO sedative_item (person_id, version, unit_id, item_no, atc, daily_ug, source, since_on)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(item_no)s, %(atc)s, %(daily_ug)s, %(source)s,
    %(since_on)s)
"""
ADD_PLAN = """
INSERT INTO taper_plan (person_id, version, unit_id, taper_no, atc, from_ug, original_ug, goal_ug,
    percent, percent_of, every_days, last_from_ug, last_percent, last_every_days, strengths_ug,
    halves, pauses, step_on, step_ug, book_id, findings, reason, agreed_on, decided_by, decided_at)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(taper_no)s, %(atc)s, %(from_ug)s,
    %(original_ug)s, %(goal_ug)s, %(percent)s, %(percent_of)s, %(every_days)s, %(last_from_ug)s,
    %(last_percent)s, %(last_every_days)s, %(strengths_ug)s, %(halves)s, %(pauses)s, %(step_on)s,
    %(step_ug)s, %(book_id)s, %(findings)s, %(reason)s, %(on)s, %(staff_id)s, %(at)s)
"""
ADD_STEP = """
INSERT INTO taper_step (person_id, version, unit_id, on_day, before_ug, dose_ug, how, reason,
    findings, taken_by, taken_at)
VALUES (%(plan_of)s, %(version)s, %(unit_id)s, %(on)s, %(before_ug)s, %(dose_ug)s, %(how)s,
    %(reason)s, %(findings)s, %(staff_id)s, %(at)s)
"""
ADD_EVENT = """
INSERT INTO sedative_event (person_id, unit_id, kind, version, on_day, note, signed_by, signed_at)
VALUES (%(plan_of)s, %(unit_id)s, %(kind)s, %(version)s, %(on)s, %(note)s, %(staff_id)s, %(at)s)
"""
SET_CARE = """
INSERT INTO care (person_id, sedatives_low_ug, sedatives_high_ug, taper_state, taper_plan_on)
VALUES (%(person_id)s, %(sedatives_low_ug)s, %(sedatives_high_ug)s, %(taper_state)s,
    %(taper_plan_on)s)
ON CONFLICT (person_id) DO UPDATE SET sedatives_low_ug = excluded.sedatives_low_ug,
    sedatives_high_ug = excluded.sedatives_high_ug, taper_state = excluded.taper_state,
    taper_plan_on = excluded.taper_plan_on
"""
