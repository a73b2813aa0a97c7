"""How a tracker in another process is, by what it told last."""

from __future__ import annotations

import pytest

from exporter.domain.health import CollectorHealth, Health, ReportedHealth, reported_health_at

HEALTH = Health(collectors=(CollectorHealth("transcripts", True, 0.5),), last_success_at=900, lag_s=0.0, detects=True)
REPORTED = ReportedHealth(1_000, HEALTH)


@pytest.mark.parametrize(
    ("reported", "since", "now", "seen"),
    [
        pytest.param(REPORTED, 500, 61_000, HEALTH, id="one that lives and told it"),
        pytest.param(REPORTED, 500, 61_001, Health(detects=True, last_success_at=900), id="one that fell silent"),
        pytest.param(
            REPORTED, 1_001, 2_000, Health(detects=True), id="one that lives and has told nothing: another did"
        ),
        pytest.param(None, 500, 2_000, Health(detects=True), id="one that lives where none ever told anything"),
        pytest.param(REPORTED, None, 2_000, Health(last_success_at=900), id="none lives: only when all was read last"),
        pytest.param(None, None, 2_000, Health(), id="none lives and none ever told anything"),
    ],
)
def test_health_of_another_process(reported: ReportedHealth | None, since: int | None, now: int, seen: Health) -> None:
    assert seen == reported_health_at(reported, since, detects=True, now=now)


def test_a_process_without_session_detection_is_trusted() -> None:
    assert Health(detects=False) == reported_health_at(None, 500, detects=False, now=2_000)
