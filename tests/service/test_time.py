"""Days, midnights and clock changes: pure functions and the database's own expressions agree.

Nobody moves a clock here: moments are arguments of the functions and literals in the SQL.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dispensing.clock import clinic_day, local_time_text
from dosing_rules.days import minutes_between, missed_days, within_months
from tests.clusters import Database
from tests.scene import Scene

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
MINUTE = timedelta(minutes=1)


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    """A wall-clock moment in Copenhagen, in UTC; fold 1 is the second of an hour that is twice."""
    local = datetime.combine(day, time(hour, minute, fold=fold), tzinfo=COPENHAGEN)
    return local.astimezone(UTC)


def switches(first: int = 1996, last: int = 2037) -> Iterator[datetime]:
    """Every change of Copenhagen's clock, found by looking at each hour."""
    moment, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 12, 31, tzinfo=UTC)
    offset = moment.astimezone(COPENHAGEN).utcoffset()
    while moment < end:
        moment += timedelta(hours=1)
        now = moment.astimezone(COPENHAGEN).utcoffset()
        if now != offset:
            yield moment
        offset = now


SWITCHES = tuple(switches())


def test_the_clock_changes_twice_a_year() -> None:
    assert len(SWITCHES) == 2 * 42
    assert {at(SPRING, 3), at(AUTUMN, 2, fold=1)} <= set(SWITCHES)


class TestTheClinicsDay:
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            (datetime(2026, 7, 1, 22, 5, tzinfo=UTC), date(2026, 7, 2)),
            (datetime(2026, 7, 1, 23, 59, tzinfo=UTC), date(2026, 7, 2)),
            (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),
            (datetime(2026, 1, 1, 23, 5, tzinfo=UTC), date(2026, 1, 2)),
            (datetime(2026, 1, 2, 0, 59, tzinfo=UTC), date(2026, 1, 2)),
            (datetime(2026, 1, 2, 22, 59, tzinfo=UTC), date(2026, 1, 2)),
            (datetime(2026, 12, 31, 23, 10, tzinfo=UTC), date(2027, 1, 1)),
            (datetime(2028, 2, 28, 23, 30, tzinfo=UTC), date(2028, 2, 29)),
        ],
        ids=[
            "00:05",
            "01:59",
            "23:59",
            "00:05 winter",
            "01:59 winter",
            "23:59 winter",
            "new year",
            "leap day",
        ],
    )
    def test_is_the_wall_clocks_and_not_utcs(self, moment: datetime, day: date) -> None:
        """H03, H19: two hours of every summer night are another day in UTC."""
        assert clinic_day(moment) == day

    @pytest.mark.parametrize("switch", SWITCHES, ids=lambda moment: f"{moment:%Y-%m-%d}")
    def test_never_goes_back_and_never_skips(self, switch: datetime) -> None:
        """H03, H19: every minute of a day and a half round every change of the clock."""
        days = [clinic_day(switch + MINUTE * ahead) for ahead in range(-18 * 60, 18 * 60)]
        assert all(
            later - earlier in (timedelta(0), timedelta(days=1))
            for earlier, later in pairwise(days)
        )
        assert days[-1] - days[0] == timedelta(days=1)

    def test_with_a_late_start_never_goes_back_either(self) -> None:
        """A clinic whose day begins at half past two, in the night when that is twice."""
        days = [
            clinic_day(at(AUTUMN, 0) + MINUTE * ahead, day_starts=time(2, 30))
            for ahead in range(6 * 60)
        ]
        assert days == sorted(days)
        assert set(days) == {AUTUMN - timedelta(days=1), AUTUMN}

    def test_lasts_23_24_or_25_hours(self) -> None:
        """H03: what is added to a moment is minutes; what is added to a day is days."""
        hours = {
            day: (at(day + timedelta(days=1), 0) - at(day, 0)) // timedelta(hours=1)
            for day in (SPRING, AUTUMN, date(2026, 7, 1))
        }
        assert hours == {SPRING: 23, AUTUMN: 25, date(2026, 7, 1): 24}

    def test_a_moment_without_a_zone_has_none(self) -> None:
        with pytest.raises(ValueError):
            clinic_day(datetime(2026, 7, 1, 12))

    def test_the_hour_that_is_twice_is_told_apart(self) -> None:
        """H19: two doses at 02:10 that night are an hour apart, and are shown so."""
        first, second = at(AUTUMN, 2, 10), at(AUTUMN, 2, 10, fold=1)
        assert local_time_text(first) != local_time_text(second)
        assert minutes_between(first, second) == 60


class TestTimeThatPasses:
    @pytest.mark.parametrize(
        ("start", "end", "hours"),
        [
            (at(SPRING - timedelta(days=1), 12), at(SPRING, 9), 20),
            (at(AUTUMN - timedelta(days=1), 12), at(AUTUMN, 7), 20),
            (at(SPRING - timedelta(days=1), 9), at(SPRING, 9), 23),
            (at(AUTUMN - timedelta(days=1), 9), at(AUTUMN, 9), 25),
            (at(date(2026, 12, 31), 9), at(date(2027, 1, 1), 9), 24),
        ],
        ids=["20h spring", "20h autumn", "9 to 9 spring", "9 to 9 autumn", "new year"],
    )
    def test_since_the_last_dose_is_real_time(
        self, start: datetime, end: datetime, hours: int
    ) -> None:
        """H03: others doubled records and blocked three hours in these nights."""
        assert minutes_between(start, end) == hours * 60

    @pytest.mark.parametrize("switch", SWITCHES, ids=lambda moment: f"{moment:%Y-%m-%d}")
    def test_an_hour_of_observation_is_an_hour(self, switch: datetime) -> None:
        """H18: also when the wall clock says nothing passed, or two hours did."""
        for before in range(0, 120, 7):
            began = switch - MINUTE * before
            assert minutes_between(began, began + timedelta(minutes=60)) == 60

    def test_a_clock_that_went_back_is_seen(self) -> None:
        """H19"""
        assert minutes_between(at(SPRING, 10), at(SPRING, 9, 59)) == -1

    @pytest.mark.parametrize("day", [SPRING, AUTUMN, date(2026, 12, 31), date(2028, 2, 29)])
    def test_a_short_or_long_day_is_one_missed_day(self, day: date) -> None:
        """H11: days are counted as days, never as hours."""
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        assert missed_days("last_covered", before, day, False, True, ()) == 0
        assert missed_days("last_covered", before, after, False, True, ()) == 1

    def test_a_year_ends_on_its_day(self) -> None:
        """H18: the yearly indkald and ECG."""
        assert within_months(date(2024, 2, 29), 12, date(2025, 2, 28))
        assert not within_months(date(2024, 2, 29), 12, date(2025, 3, 1))
        assert within_months(date(2025, 12, 31), 12, date(2026, 12, 31))


@pytest.fixture(scope="module")
def session(shared_database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared_database.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    yield made
    made.close()


class TestInTheDatabase:
    def test_day_and_clock_agree_with_ours_in_every_night_of_change(
        self, session: psycopg.Connection
    ) -> None:
        """H03, H19: the expression that dates every hand-out, each quarter of an hour."""
        moments = [
            switch + timedelta(minutes=15 * ahead)
            for switch in SWITCHES
            for ahead in range(-4 * 18, 4 * 18)
        ]
        rows = session.execute(
            "SELECT m, (m AT TIME ZONE 'Europe/Copenhagen')::date"
            " FROM unnest(%s::timestamptz[]) AS m",
            (moments,),
        ).fetchall()
        assert [row for row in rows if clinic_day(row[0]) != row[1]] == []

    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            ("2026-03-28 22:50+00", "2026-03-28"),
            ("2026-03-28 23:10+00", "2026-03-29"),
            ("2026-03-29 00:59+00", "2026-03-29"),
            ("2026-03-29 01:00+00", "2026-03-29"),
            ("2026-03-29 21:59+00", "2026-03-29"),
            ("2026-03-29 22:00+00", "2026-03-30"),
            ("2026-10-24 21:59+00", "2026-10-24"),
            ("2026-10-24 22:00+00", "2026-10-25"),
            ("2026-10-25 00:30+00", "2026-10-25"),
            ("2026-10-25 01:30+00", "2026-10-25"),
            ("2026-10-25 22:59+00", "2026-10-25"),
            ("2026-10-25 23:00+00", "2026-10-26"),
            ("2026-12-31 23:10+00", "2027-01-01"),
        ],
    )
    def test_each_moment_has_its_day_whatever_the_session_thinks(
        self, session: psycopg.Connection, moment: str, day: str
    ) -> None:
        """H03, H19: the connection's own time zone changes nothing."""
        for zone in ("UTC", "America/Los_Angeles", "Pacific/Kiritimati"):
            with session.transaction():
                session.execute(f"SET LOCAL timezone TO '{zone}'")
                found = session.execute(
                    "SELECT (%s::timestamptz AT TIME ZONE 'Europe/Copenhagen')::date::text",
                    (moment,),
                ).fetchone()
            assert found == (day,)

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_an_interval_is_stored_in_real_minutes(
        self, session: psycopg.Connection, day: date
    ) -> None:
        """H03: swallowed at noon the day before; twenty hours later, whatever the wall says."""
        noon = at(day - timedelta(days=1), 12)
        with session.transaction():
            session.execute("SET LOCAL timezone TO 'Europe/Copenhagen'")
            (ends,) = session.execute(
                "SELECT upper(tstzrange(%(at)s, %(at)s + make_interval(mins => 1200)))",
                {"at": noon},
            ).fetchone() or (None,)
        assert ends == noon + timedelta(hours=20)


class TestTheIntervalBarrier:
    """The exclusion constraint, which closes what a key on the day alone leaves open."""

    def claim(self, scene: Scene, person: int, moment: datetime, minutes: int = 1200) -> None:
        """A swallowed dose at a moment, for that moment's clinic day, with its interval."""
        scene.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at, swallowed_at, swallow_during) SELECT %s, %s, 1,"
            " max(reservation_id), 1, 80000, 'supervised', 'given', %s, %s,"
            " tstzrange(%s, %s + make_interval(mins => %s)) FROM reservation",
            person,
            clinic_day(moment),
            *(moment,) * 4,
            minutes,
        )

    @pytest.mark.parametrize(
        "day",
        [date(2026, 6, 1), SPRING, AUTUMN, date(2026, 12, 31)],
        ids=["ordinary", "spring", "autumn", "new year"],
    )
    def test_ten_to_twelve_and_ten_past_twelve_are_one_dose(self, scene: Scene, day: date) -> None:
        """H03: two days' keys, twenty minutes apart."""
        person = scene.person()
        self.claim(scene, person, at(day, 23, 50))
        with pytest.raises(psycopg.errors.ExclusionViolation, match="claim_interval"):
            self.claim(scene, person, at(day + timedelta(days=1), 0, 10))

    def test_the_hour_that_is_twice_is_no_second_dose(self, scene: Scene) -> None:
        """H03: 02:30 and 02:30 again; and the day's key holds as well."""
        person = scene.person()
        self.claim(scene, person, at(AUTUMN, 2, 30))
        with pytest.raises(psycopg.errors.IntegrityError):
            self.claim(scene, person, at(AUTUMN, 2, 30, fold=1))

    def test_an_ordinary_morning_after_a_change_of_the_clock_is_free(self, scene: Scene) -> None:
        """H03: nine to nine is 23 hours in spring, and nobody is sent away."""
        for day in (SPRING, AUTUMN):
            person = scene.person()
            self.claim(scene, person, at(day - timedelta(days=1), 9))
            self.claim(scene, person, at(day, 9))

    def test_evening_and_morning_fourteen_hours_apart_where_a_doctor_said_so(
        self, scene: Scene
    ) -> None:
        """H03: the interval is stored with the dose, not fixed in the schema."""
        evening, morning = at(date(2026, 6, 1), 19), at(date(2026, 6, 2), 9)
        decided, by_the_book = scene.person(), scene.person()
        self.claim(scene, decided, evening, minutes=14 * 60)
        self.claim(scene, decided, morning)
        self.claim(scene, by_the_book, evening)
        with pytest.raises(psycopg.errors.ExclusionViolation):
            self.claim(scene, by_the_book, morning)

    def test_one_persons_interval_is_nobody_elses(self, scene: Scene) -> None:
        moment = at(date(2026, 6, 1), 9)
        self.claim(scene, scene.person(), moment)
        self.claim(scene, scene.person(), moment)
