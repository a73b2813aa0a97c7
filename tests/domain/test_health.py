"""How a tracker in another process is, by what it told last."""

from __future__ import annotations

import pytest

from exporter.domain.health import CollectorHealth, Health, ToldHealth, seen_apart

HEALTH = Health(collectors=(CollectorHealth("transcripts", True, 0.5),), last_success_at=900, lag_s=0.0, detects=True)
TOLD = ToldHealth(1_000, HEALTH)


@pytest.mark.parametrize(
    ("told", "since", "seen"),
    [
        pytest.param(TOLD, 500, HEALTH, id="one that lives and told it"),
        pytest.param(TOLD, 1_001, Health(detects=True), id="one that lives and has told nothing yet: another did"),
        pytest.param(None, 500, Health(detects=True), id="one that lives where none ever told anything"),
        pytest.param(TOLD, None, Health(last_success_at=900), id="none lives: only when everything was read last"),
        pytest.param(None, None, Health(), id="none lives and none ever told anything"),
    ],
)
def test_of_another_process(told: ToldHealth | None, since: int | None, seen: Health) -> None:
    assert seen == seen_apart(told, since)
