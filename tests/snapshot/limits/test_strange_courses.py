"""Whatever a tracker meets, what it says of limits is possible: no crash, no figure that cannot be."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType

from exporter import report
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.health import Health
from exporter.domain.notifications.facts import WarningFacts
from exporter.domain.notifications.warning import Thresholds
from exporter.ingest.notifications.warnings import Warnings
from exporter.metrics.collector import Exposition
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.limits.limit_history import past_limits
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.parts import AccountPart, Snapshot
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take, take_current
from support.processes import samples_of
from support.sampling import sample_or_all
from support.strange_courses import Course

pytestmark = pytest.mark.long
SEEDS = [*range(sample_or_all(10, 120)), 132]
"""In the last one, a reading is older than its window."""


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_is_possible(tmp_path: Path, seed: int) -> None:
    course = Course(tmp_path, seed)
    machine, exposition = course.machine, Exposition("1", "1", Thresholds())

    def facts() -> WarningFacts | None:
        current = take_current(machine.reader, machine.now, UTC, Health(detects=True))
        return warning_facts(current, UTC) if current is not None else None

    warnings = Warnings(machine.tracker.store, facts, Thresholds(), None, UTC, ())
    with machine:
        for at in course.times():
            course.step(at)
            sent = warnings.check()
            snapshot = take(machine.reader, machine.now, UTC, Health(detects=True))
            assert snapshot is not None
            history = past_limits(machine.reader, 0)
            texts = [
                printed(report.status(snapshot, "Now.", 200, UTC)),
                printed(report.limits(snapshot, history, "Now.", UTC)),
                *map(str, sent),
            ]
            assert [] == [found for text in texts for found in re.findall(r".*(?:\bnan\b|\binf\b|[ ($]-\d).*", text)]
            samples = samples_of(exposition.expose(snapshot, "")[0].decode())
            assert [] == [name for name, value in samples.items() if not math.isfinite(value) or value < 0]
            check(snapshot)


def printed(found: RenderableType) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(found)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def check(snapshot: Snapshot) -> None:
    assert [] == [(name, value) for name, value in numbers(to_json(snapshot)) if not math.isfinite(value) or value < 0]
    for account in snapshot.accounts:
        for limit in account.limits:
            check_limit(limit, snapshot.as_of)
        check_verdict(account)


def check_limit(limit: LimitPart, now: int) -> None:
    said, resets_at = limit.forecast, limit.resets_at
    assert resets_at is None or resets_at > now
    assert said.chance is None or 0 <= said.chance <= 1
    assert (said.state == "runs_out") is (said.runs_out_at is not None)
    if said.runs_out_at is not None:
        assert resets_at is not None
        assert now <= said.runs_out_at <= resets_at
        assert said.work_left is None or 0 < said.work_left * MINUTE <= resets_at - now
    if said.projected is not None:
        official = limit.utilization if limit.basis == "official" else 0.0
        assert max(official, 0.0) <= said.projected
        assert said.state == "runs_out" or said.projected < 1
    assert limit.elsewhere is None or 0 < limit.elsewhere <= 1
    assert limit.size is None or 0 < limit.size.low <= limit.size.size <= limit.size.high
    assert said.state not in ("lasts", "runs_out") or (limit.size is not None and limit.size.error <= 0.25)


def check_verdict(account: AccountPart) -> None:
    """It is what is said of one of the windows, or of a refusal."""
    said = account.verdict
    own = {limit.window: limit.forecast for limit in account.limits}
    if said.window in own:
        assert own[said.window] == said.forecast
    refused = [part.hit for part in account.lockouts if part.hit.window == said.window]
    assert said.window is None or said.window in own or refused
    if any(hit.resets_at is not None for hit in refused):
        assert "is not known" not in said.sentence


def numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a JSON value, with the path to it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from numbers(one, f"{name}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from numbers(one, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value
