"""Misses of the prompt cache by cause: from a day of status lines, each total counted once, whatever the order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.usage.prompt_cache import CacheLine, CacheTotals, Misses
from exporter.domain.usage.totals import LabelSet
from exporter.sources.limits.statusline import parse_statusline
from exporter.store.usage import cache_lines
from support.machine import Machine
from support.services import shared_dir
from support.snapshots import NOON

MORNING = NOON - 4 * HOUR

# When (minutes of the morning), whose, and the running totals: requests, misses, tokens written again, causes.
Shown = tuple[int, str, int, int, int, dict[str, int]]
LINES: list[Shown] = [
    (1, "s1", 1, 0, 0, {}),
    (4, "s1", 5, 1, 18_000, {"tools_changed": 1}),
    (15, "s1", 6, 2, 40_000, {"tools_changed": 1, "ttl_expired_5m": 1}),
    (18, "s2", 1, 0, 0, {}),
    (40, "s1", 30, 4, 90_000, {"tools_changed": 1, "ttl_expired_5m": 2}),
    (41, "s2", 3, 1, 7_000, {"a_new_one": 1}),
    (90, "s1", 2, 0, 0, {}),  # resumed
    (95, "s1", 9, 2, 30_000, {"model_changed": 1, "effort_changed": 1}),
    (99, "s2", 8, 3, 21_000, {"a_new_one": 1, "ttl_expired_1h": 2}),
    (200, "s1", 40, 3, 55_000, {"model_changed": 1, "effort_changed": 1, "likely_server_side": 1}),
]
EXPECTED = {
    "tools_changed": 1,
    "ttl_expired_5m": 2,
    "unknown": 1,
    "model_changed": 1,
    "effort_changed": 1,
    "likely_server_side": 1,
    "other": 1,
    "ttl_expired_1h": 2,
}
"""Of the first process of s1 4 misses, one without a cause; of its second 3; of s2 3."""


def line(shown: Shown) -> bytes:
    minutes, session, requests, misses, rewritten, causes = shown
    answered = MORNING + minutes * MINUTE
    cache = {
        "warm": True,
        "ttl": "5m",
        "expires_at": (answered + 5 * MINUTE) // 1000,
        "requests": requests,
        "misses": misses,
        "miss_recache_tokens": rewritten,
        "miss_causes": causes,
    }
    return json.dumps({"session_id": session, "prompt_cache": cache}).encode()


def show(on: Machine, shown: Shown, late: int = 0) -> None:
    """`late`: minutes after its answer."""
    now, on.now = on.now, MORNING + (shown[0] + late) * MINUTE
    on.spool(line(shown))
    on.now = now


def counted(on: Machine) -> dict[str, int]:
    return {labels[0]: value for (_, labels), value in on.tracker.exact("cache_misses").items()}


def sums(on: Machine) -> Misses:
    return cache_lines.misses_between(on.tracker.connection, MORNING, NOON)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Machine]:
    with Machine(tmp_path, "claude", now=NOON) as machine:
        yield machine


def test_a_day_of_status_lines(on: Machine) -> None:
    for one in LINES:
        show(on, one)
        on.read()
    assert EXPECTED == counted(on)
    assert Misses(78, 10, 166_000, EXPECTED) == sums(on)


@pytest.mark.parametrize("seed", range(10))
def test_repeated_and_out_of_order(on: Machine, seed: int) -> None:
    """Idle sessions repeat old lines, in spool files that are read in any order."""
    random = Random(seed)
    shown = [(one, late) for one in LINES for late in random.sample([0, 0, 3, 17, 100, 239], 3) if one[0] + late < 240]
    random.shuffle(shown)
    peaks: dict[LabelSet, int] = {}
    for one, late in shown:
        show(on, one, late)
        if random.random() < 0.5:
            on.read()
            assert all(on.tracker.peaks()[key] >= peak for key, peak in peaks.items())
            peaks = on.tracker.peaks()
    on.read()
    assert EXPECTED == counted(on)
    assert Misses(78, 10, 166_000, EXPECTED) == sums(on)


def test_the_same_again_is_no_commit_and_a_restart_or_rebuild_changes_nothing(on: Machine) -> None:
    for one in LINES:
        show(on, one)
    on.read()
    sequence = on.tracker.sequence
    for one in LINES:
        show(on, one, 10)
    on.read()
    assert sequence == on.tracker.sequence
    on.restart()
    on.tracker.rebuild()
    assert EXPECTED == counted(on)
    assert EXPECTED == {labels[0]: peak for (name, labels), peak in on.tracker.peaks().items() if name[6:] == "misses"}


def test_lines_of_a_forgotten_session_stay_counted_without_its_id(on: Machine) -> None:
    for one in LINES[:5]:
        show(on, one)
    on.read()
    on.tracker.store.forget(["s1"], NOON)
    for one in LINES:
        show(on, one)
    on.read()
    assert EXPECTED == counted(on)
    sessions = on.tracker.connection.execute("SELECT DISTINCT session FROM tracker_cache_lines").fetchall()
    assert ["forgotten", "s2"] == sorted(session.partition("-")[0] for (session,) in sessions)


def test_only_the_ends_of_a_process_are_kept_for_long(on: Machine) -> None:
    for one in LINES:
        show(on, one)
    on.read()
    kept = "SELECT count(*) FROM tracker_cache_lines"
    assert (10,) == on.tracker.connection.execute(kept).fetchone()
    on.now = NOON + 8 * DAY
    on.spool(line((12_000, "s3", 1, 0, 0, {})))
    on.read()
    assert (7,) == on.tracker.connection.execute(kept).fetchone()
    show(on, LINES[4], 3)
    on.read()
    assert EXPECTED == counted(on)


def cache_in(**prompt_cache: object) -> list[tuple[str, CacheLine]]:
    content = {"session_id": "s1", "cost": {"total_duration_ms": 60_000}, "prompt_cache": prompt_cache}
    return parse_statusline(msgspec.json.encode(content), NOON).caches


def test_what_a_line_says() -> None:
    cache = {"requests": 4, "misses": 2, "ttl": "1h", "expires_at": (NOON + 50 * MINUTE) // 1000}
    totals = CacheTotals(4, 2, 70, (("other", 2), ("tools_changed", 1)))
    found = cache_in(**cache, miss_recache_tokens=70, miss_causes={"tools_changed": 1, "new": 1, "newer": 1, "no": 0})
    assert [("s1", CacheLine(NOON - 10 * MINUTE, NOON, totals, NOON - MINUTE))] == found


@pytest.mark.parametrize(
    "cache", [{}, {"requests": 0}, {"requests": None}, {"requests": "7"}, {"requests": -1}, {"requests": 1e300}]
)
def test_without_requests_there_is_nothing(cache: dict[str, object]) -> None:
    assert [] == cache_in(**cache)


@pytest.mark.parametrize(
    "cache",
    [
        {"misses": "x", "miss_causes": [1], "expires_at": "soon", "ttl": []},
        {"misses": -2, "miss_causes": {"": None, "a": "b"}, "expires_at": 1, "ttl": "1h"},
        {"misses": True, "miss_recache_tokens": {}, "ttl": "9h", "expires_at": NOON},
    ],
)
def test_other_content_stops_nothing(cache: dict[str, object]) -> None:
    assert [("s1", CacheLine(NOON, NOON, CacheTotals(3), NOON - MINUTE))] == cache_in(requests=3, **cache)


def test_the_lines_of_a_real_client(on: Machine) -> None:
    """2.1.332 names no cause for its misses on a stand-in for the API."""
    for recorded in (shared_dir() / "corpus/own-2.1.332/statusline-stdin.jsonl").read_text().splitlines():
        on.spool(msgspec.json.encode(json.loads(recorded)["data"]))
    on.now = NOON + 30 * DAY
    on.read()
    assert {"unknown": 16} == counted(on)
