"""When jobs run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.job import Job as Scheduled

from exporter.engine.jobs import Every, schedule, scheduler

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_job_runs_at_its_interval() -> None:
    every = Every(MINUTE)
    assert NOON + MINUTE == every.get_next_fire_time(None, NOON)
    assert NOON + 2 * MINUTE == every.get_next_fire_time(NOON + MINUTE, NOON + MINUTE + MINUTE / 4)


def test_missed_runs_are_one() -> None:
    """A clock set forward by a year made a list of millions of run times."""
    on = scheduler()
    schedule(on, lambda: None, 2.0)
    on.start(paused=True)
    try:
        job: Scheduled = on.get_jobs()[0]
        a_year_later = job.next_run_time + timedelta(days=365)
        assert [job.next_run_time] == job._get_run_times(a_year_later)
        assert a_year_later + timedelta(seconds=2) == job.trigger.get_next_fire_time(job.next_run_time, a_year_later)
    finally:
        on.shutdown()
