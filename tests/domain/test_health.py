"""Health of a tracker in another process, from its last report."""

from __future__ import annotations

import pytest

from exporter.domain.health import CollectorHealth, Health, ReportedHealth, reported_health_at

HEALTH = Health(collectors=(CollectorHealth("transcripts", True, 0.5),), last_success_at=900, lag_s=0.0, detects=True)
REPORTED = ReportedHealth(1_000, HEALTH)


@pytest.mark.parametrize(
    ("reported", "since", "now", "seen"),
    [
        pytest.param(REPORTED, 500, 61_000, HEALTH, id="running, has reported"),
        pytest.param(
            REPORTED, 500, 61_001, Health(detects=True, last_success_at=900), id="running, but stopped reporting"
        ),
        pytest.param(
            REPORTED, 1_001, 2_000, Health(detects=True), id="running without a report: the report is another's"
        ),
        pytest.param(None, 500, 2_000, Health(detects=True), id="running, without any report"),
        pytest.param(
            REPORTED, None, 2_000, Health(last_success_at=900), id="not running: only the time of the last success"
        ),
        pytest.param(None, None, 2_000, Health(), id="not running, without any report"),
    ],
)
def test_health_of_another_process(reported: ReportedHealth | None, since: int | None, now: int, seen: Health) -> None:
    assert seen == reported_health_at(reported, since, detects=True, now=now)


def test_a_process_without_session_detection_is_trusted() -> None:
    assert Health(detects=False) == reported_health_at(None, 500, detects=False, now=2_000)
