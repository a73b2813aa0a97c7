"""A replayed time equals the snapshot of then, computed from today's data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import cache
from pathlib import Path

import msgspec
import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, parse
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings, parse_week_start
from exporter.domain.limits.reading import Reading
from exporter.domain.usage.totals import LABELS, PAST_FAMILIES, LabelSet
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.parts import Current, Figures
from exporter.snapshot.replay import Replay
from exporter.snapshot.take import take_current
from exporter.store.limits import calibrations
from exporter.store.reader import Reader
from exporter.store.usage import totals
from support.demo import history
from support.snapshots import NOON
from support.tracker import Tracker

pytestmark = pytest.mark.no_cover  # simulations, two or three times as slow when traced

PLANS = (PlanSettings(), PlanSettings(90_000_000, parse_week_start("monday 09:30")))
READINGS = [
    Reading("five_hour", "statusline", NOON - 26 * HOUR, 0.5, NOON - 24 * HOUR),
    Reading("five_hour", "statusline", NOON - 25 * HOUR, 0.7, NOON - 24 * HOUR),
    Reading("five_hour", "desktop", NOON - 25 * HOUR + MINUTE, 0.72),
    Reading("seven_day", "statusline", NOON - 25 * HOUR, 0.3, NOON + 3 * DAY),
    Reading("five_hour", "statusline", NOON - 40 * MINUTE, 0.25, NOON + 3 * HOUR),
    Reading("five_hour", "statusline", NOON - 20 * MINUTE, 0.35, NOON + 3 * HOUR),
    Reading("five_hour", "statusline", NOON - 10 * MINUTE, 0.25, NOON + 3 * HOUR),
    Reading("seven_day", "statusline", NOON - 10 * MINUTE, 0.42, NOON + 3 * DAY),
]
HITS = [
    Hit("five_hour", NOON - 25 * HOUR, NOON - 24 * HOUR),
    Hit("seven_day", NOON - 10 * DAY, NOON - 9 * DAY),
    Hit("five_hour", NOON - 30 * MINUTE, NOON + 3 * HOUR),
]
TIMES = [
    NOON - 39 * DAY, NOON - 9 * DAY - 10 * HOUR, NOON - 26 * HOUR + 30 * MINUTE, NOON - 25 * HOUR + 2 * MINUTE,
    NOON - 23 * HOUR, NOON - 12 * HOUR, NOON - 35 * MINUTE, NOON - 15 * MINUTE, NOON,
]  # fmt: skip


def as_it_was(claude: Path, folder: Path, moment: int) -> Path:
    """The transcripts with the lines until then."""
    for file in (claude / "projects").rglob("*.jsonl"):
        lines = [line for line in file.read_text().splitlines() if line.startswith('{"')]
        kept = [line for line in lines if (parse(json.loads(line).get("timestamp", "")) or 0) <= moment]
        if kept:
            to = folder / file.relative_to(claude)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text("".join(f"{line}\n" for line in kept))
    return folder / "projects"


def take_limits(tracker: Tracker, moment: int) -> None:
    tracker.store.take_readings([one for one in READINGS if one.observed_at <= moment], moment)
    tracker.store.take_hits([one for one in HITS if one.at <= moment], moment)
    tracker.store.finish_blocks(moment)
    calibrations.save_calibrations(tracker.connection, moment)


@pytest.fixture(scope="module")
def claude(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("claude")
    history(folder, NOON, 12, working_at=(NOON - 270 * MINUTE, NOON))
    return folder


@pytest.fixture(scope="module")
def tracker(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """Of today. It is only read."""
    folder = tmp_path_factory.mktemp("today")
    with Tracker(folder / "tracker.db", as_it_was(claude, folder / "all", NOON), now=NOON) as opened:
        take_limits(opened, NOON)
        yield opened


@pytest.fixture(scope="module")
def snapshots(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], list[Current]]:
    """Those of a moment that a tracker of then took, for each of `PLANS`."""

    @cache
    def taken(moment: int) -> list[Current]:
        folder = tmp_path_factory.mktemp("then")
        with Tracker(folder / "then.db", as_it_was(claude, folder / "then", moment), now=moment) as then:
            take_limits(then, moment)
            return [current_at(then, moment, plan) for plan in PLANS]

    return taken


def replayed(tracker: Tracker, start: int, times: list[int], plan: PlanSettings) -> list[Figures]:
    with Reader(tracker.database).view() as connection:
        assert connection is not None
        label_sets = [
            (total.family, total.labels) for total in totals.load(connection) if total.family in PAST_FAMILIES
        ]
        replay = Replay(connection, start, label_sets, plan, UTC)
        return [replay.at(at, lambda _, exact: exact) for at in times]


def current_at(tracker: Tracker, now: int, plan: PlanSettings) -> Current:
    found = take_current(Reader(tracker.database), now, UTC, plan=plan)
    assert found is not None
    return found


def exact(figures: Figures) -> dict[LabelSet, int]:
    """What is above 0."""
    return {(t.family, t.labels): t.exact for t in figures.totals if t.family in PAST_FAMILIES and t.exact}


@pytest.mark.parametrize("plan", PLANS, ids=["nothing configured", "configured"])
@pytest.mark.parametrize("moment", TIMES, ids=lambda at: f"{(NOON - at) / HOUR:.1f} h before")
def test_a_replayed_time_matches_the_snapshot_of_then(
    tracker: Tracker, snapshots: Callable[[int], list[Current]], moment: int, plan: PlanSettings
) -> None:
    was = snapshots(moment)[PLANS.index(plan)]
    for start in (NOON - 50 * DAY, moment - 90 * MINUTE, moment):
        found = replayed(tracker, start, [at for at in TIMES if start <= at < moment] + [moment], plan)[-1]
        if start == moment:
            assert (was.block, tuple(map(without_forecast, was.limits))) == (found.block, found.limits)
        assert without_estimates(was) == without_estimates(found)
        assert (was.week, was.month) == (found.week, found.month)
        runs = ("sessions_started", "session_duration_bucket", "session_duration_sum")
        assert _without(exact(was), runs) == _without(exact(found), runs)


def without_forecast(limit: LimitPart, **more: None) -> LimitPart:
    """What is said of a window is not recomputed: it would not be what was said."""
    unsaid = LimitPart(limit.window, limit.label, limit.utilization, limit.basis, limit.source, limit.observed_at, None)
    return msgspec.structs.replace(
        limit, forecast=unsaid.forecast, memory=unsaid.memory, elsewhere=unsaid.elsewhere, **more
    )


def without_estimates(figures: Figures) -> tuple[object, ...]:
    """How large a window is, is estimated once a day of the past, and more often live."""
    block = figures.block
    limit = block.limit if block is not None and block.limit is not None and block.limit.basis == "custom" else None
    return (
        msgspec.structs.replace(block, limit=limit) if block is not None else None,
        [without_forecast(one, size=None) for one in figures.limits if one.basis == "official"],
    )


def test_a_window_reported_later_shortens_the_previous_block(tracker: Tracker) -> None:
    (found,) = replayed(tracker, NOON - DAY, [NOON - 3 * HOUR - 20 * MINUTE], PLANS[0])
    assert found.block is not None
    assert ("estimated", NOON - 2 * HOUR) == (found.block.basis, found.block.end)


def _without(figures: dict[LabelSet, int], families: tuple[str, ...]) -> dict[LabelSet, int]:
    """Only later lines show whether a session is over."""
    return {label_set: value for label_set, value in figures.items() if label_set[0] not in families}


def test_a_replay_of_now_matches_the_current_snapshot(tracker: Tracker) -> None:
    was, (found,) = current_at(tracker, NOON, PLANS[0]), replayed(tracker, NOON - 50 * DAY, [NOON], PLANS[0])
    assert exact(was) == exact(found)
    assert was.effectiveness == found.effectiveness is not None
    started = sum(count for (family, _), count in exact(found).items() if family == "sessions_started")
    assert 71 == started, "of 84; those of the last five hours may still run"


def test_every_family_has_a_history_or_is_about_the_tracker() -> None:
    assert {
        "cache_misses",
        "notifications",
        "ingest_lines",
        "ingest_bytes",
        "ingest_skipped_lines",
        "ingest_file_changes",
        "clock_jumps",
    } == LABELS.keys() - PAST_FAMILIES
