"""Settings, errors and clinic days: small promises that everything else leans on."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from dispensing.clock import clinic_day, local_time_text
from dispensing.errors import Conflict, DispensingError, NotFound, problem_types
from dispensing.settings import SettingsError, load_settings, secret_key


def test_without_any_variable_the_service_runs_on_its_own_cluster(tmp_path: Path) -> None:
    settings = load_settings({"DISPENSING_DATA_DIR": str(tmp_path)})
    assert settings.embedded
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.secret_key_file == tmp_path / "secret.key"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DISPENSING_PORT", "eighty"),
        ("DISPENSING_PORT", "70000"),
        ("DISPENSING_WORKERS", "0"),
        ("DISPENSING_POOL_MIN", "40"),
        ("DATABASE_URL", "mysql://nurse@db/dispensing"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load_settings({variable: value})


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret.key"
    first = secret_key(file)
    assert secret_key(file) == first and len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    with pytest.raises(SettingsError):
        secret_key(file)


def test_a_problem_document_says_what_and_nothing_personal() -> None:
    looks_like_cpr = "-".join(("010203", "1234"))
    problem = Conflict(f"No such thing for {looks_like_cpr}", expected_version=3).problem("/x")
    assert problem["type"] == "/problems/conflict"
    assert problem["status"] == 409
    assert problem["expected_version"] == 3
    assert "1234" not in str(problem)


def test_a_fact_cannot_overwrite_what_the_problem_is() -> None:
    assert NotFound("", status=200, type="x").problem()["status"] == 404


def test_every_problem_has_a_slug_of_its_own() -> None:
    kinds: list[type[DispensingError]] = [DispensingError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    assert len({kind.slug for kind in kinds}) == len(kinds) == len(problem_types())
    assert all(400 <= kind.status < 600 and kind.title for kind in kinds)


@pytest.mark.parametrize(
    ("moment", "day_starts", "day"),
    [
        # moment (UTC)      , the unit's day begins, clinic day
        ("2026-11-23T22:59", "00:00", "2026-11-23"),
        ("2026-11-23T23:00", "00:00", "2026-11-24"),
        ("2026-07-01T21:59", "00:00", "2026-07-01"),
        ("2026-07-01T22:00", "00:00", "2026-07-02"),
        ("2026-11-24T00:30", "03:00", "2026-11-23"),
        ("2026-11-24T02:00", "03:00", "2026-11-24"),
        # Both halves of the hour that occurs twice, and the edge of the one that never does.
        ("2026-10-25T00:30", "02:45", "2026-10-24"),
        ("2026-10-25T00:45", "02:45", "2026-10-25"),
        ("2026-10-25T01:30", "02:45", "2026-10-25"),
        ("2026-10-25T01:50", "02:45", "2026-10-25"),
        ("2026-03-29T00:59", "02:30", "2026-03-28"),
        ("2026-03-29T01:00", "02:30", "2026-03-29"),
    ],
)
def test_the_clinic_day_follows_the_wall_clock(moment: str, day_starts: str, day: str) -> None:
    """H03: the day a dose belongs to, at midnight and in the nights the clocks change."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    found = clinic_day(at, "Europe/Copenhagen", time.fromisoformat(day_starts))
    assert found == date.fromisoformat(day)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25", "2040-10-28"])
def test_clinic_days_never_go_back(night: str) -> None:
    """H03: minute by minute through the nights the clocks change, for every start of the day."""
    begin = datetime.fromisoformat(night).replace(tzinfo=UTC) - timedelta(hours=6)
    for day_starts in (time(hour, minute) for hour in range(6) for minute in (0, 15, 45)):
        days = [
            clinic_day(begin + timedelta(minutes=passed), "Europe/Copenhagen", day_starts)
            for passed in range(14 * 60)
        ]
        assert days == sorted(days)
        assert len(set(days)) <= 3


def test_a_moment_without_zone_has_no_day() -> None:
    """H19."""
    with pytest.raises(ValueError, match="without a zone"):
        clinic_day(datetime(2026, 11, 23, 12, 0))


def test_the_hour_that_occurs_twice_shows_its_offset() -> None:
    """H03."""
    assert local_time_text(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "02:30 (+0200)"
    assert local_time_text(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "02:30 (+0100)"
    assert local_time_text(datetime(2026, 11, 23, 7, 2, tzinfo=UTC)) == "08:02"
