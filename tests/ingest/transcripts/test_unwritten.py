"""What no transcript holds: the client's own total of a session less its entries, apart from all other figures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.timestamp import HOUR, parse
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process
from exporter.domain.usage.client_total import SessionTotal, Unwritten, Use
from exporter.snapshot.sessions.story import read_nothing, session_story
from exporter.store.reader import Reader
from exporter.store.usage import client_totals
from support.marked_tree import cost_state
from support.pool import at
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, usage, write

MODEL = "claude-opus-4-5"
LAST = parse(at(9.2)) or 0


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        yield tracker


def response(number: int, session: str = "s1", hour: float = 9.2, **more: Any) -> Record:
    """10 tokens in, 20 out."""
    name = f"m{number}"
    return assistant(name, request=f"r{number}", uuid=f"{session}-{number}", session=session, at=at(hour), **more)


def total(session: str, *counts: int, model: str = MODEL, started: int = 1) -> Record:
    uncached, output, read, written = (*counts, 0, 0, 0, 0)[:4]
    return cost_state(session, {model: (uncached, output, read, written)}, started=started)


def path(tracker: Tracker, session: str = "s1") -> Path:
    return tracker.roots[0] / "-shop" / f"{session}.jsonl"


def read(tracker: Tracker, *records: Record | bytes, session: str = "s1") -> None:
    file = path(tracker, session)
    (append if file.exists() else write)(file, records)
    tracker.scan()


def unwritten(tracker: Tracker) -> dict[str, tuple[int, ...]]:
    return {model: use.tokens for model, use in client_totals.load(tracker.connection).models.items()}


def shares(tracker: Tracker) -> tuple[int, int]:
    found = client_totals.load(tracker.connection)
    return found.with_total, found.sessions


def test_what_the_entries_lack_is_apart_from_every_total(tracker: Tracker) -> None:
    read(tracker, response(1))
    before = tracker.counted()
    read(tracker, total("s1", 15, 27, 100, 7))
    assert {MODEL: (5, 7, 100, 7)} == unwritten(tracker)
    assert before == tracker.counted()


def test_the_last_total_holds_and_none_is_added(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 15, 20), total("s1", 18, 20), total("s1", 18, 20))
    assert {MODEL: (8, 0, 0, 0)} == unwritten(tracker)
    read(tracker, response(2), total("s1", 28, 40))
    assert {MODEL: (8, 0, 0, 0)} == unwritten(tracker)


def test_a_total_that_is_older_than_the_entries_lacks_nothing(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 10, 20), response(2))
    assert {} == unwritten(tracker)
    assert (1, 1) == shares(tracker)


def test_a_total_of_nothing_after_an_error(tracker: Tracker) -> None:
    read(tracker, response(1), cost_state("s1", {}))
    assert {} == unwritten(tracker)


def test_sessions_without_a_total_have_none_and_the_share_says_so(tracker: Tracker) -> None:
    read(tracker, response(1))
    assert (0, 1) == shares(tracker)
    read(tracker, response(2, "s2"), total("s2", 11, 20), session="s2")
    assert {MODEL: (1, 0, 0, 0)} == unwritten(tracker)
    assert (1, 2) == shares(tracker)
    assert 0.5 == client_totals.load(tracker.connection).known_ratio


def test_a_running_session_is_compared_when_it_was_quiet_for_an_hour(tracker: Tracker) -> None:
    tracker.now = LAST + HOUR - 1
    read(tracker, response(1), total("s1", 15, 20))
    assert ({}, (0, 0)) == (unwritten(tracker), shares(tracker))
    tracker.now = LAST + HOUR
    tracker.scan()
    assert ({MODEL: (5, 0, 0, 0)}, (1, 1)) == (unwritten(tracker), shares(tracker))


def test_a_session_whose_process_has_ended_is_compared_at_once(tracker: Tracker) -> None:
    tracker.now = LAST
    read(tracker, response(1), total("s1", 15, 20))
    tracker.see(Process(4711, LAST - 5_000, Kind.CODE, named_session_id="s1"))
    tracker.scan()
    assert {} == unwritten(tracker)
    tracker.now = LAST + 10_000
    tracker.see()
    tracker.scan()
    assert {MODEL: (5, 0, 0, 0)} == unwritten(tracker)


def test_late_lines_take_off_what_they_hold(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 30, 60))
    assert {MODEL: (20, 40, 0, 0)} == unwritten(tracker)
    read(tracker, response(2, side=True), session="s1/subagents/agent-a1")
    assert {MODEL: (10, 20, 0, 0)} == unwritten(tracker)


def test_a_resumed_session_goes_on_in_its_own_total(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 15, 20))
    read(tracker, response(2, hour=19), total("s1", 26, 40))
    assert {MODEL: (6, 0, 0, 0)} == unwritten(tracker)


def test_a_client_that_starts_anew_counts_only_from_its_start(tracker: Tracker) -> None:
    read(tracker, response(1), response(2, hour=19), total("s1", 12, 20, started=parse(at(18)) or 0))
    assert {MODEL: (2, 0, 0, 0)} == unwritten(tracker)


def test_a_fork_does_not_lack_again_what_its_origin_lacks(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 15, 20))
    copied = response(1, "s2")
    read(tracker, copied, response(2, "s2", hour=10), total("s2", 28, 40), session="s2")
    assert {MODEL: (8, 0, 0, 0)} == unwritten(tracker)
    assert {"s1": (5, 0, 0, 0), "s2": (3, 0, 0, 0)} == by_session(tracker)


def by_session(tracker: Tracker) -> dict[str, tuple[int, ...]]:
    rows = tracker.connection.execute(
        "SELECT session_id, input, output, cache_read, cache_write FROM tracker_unwritten u"
        " JOIN tracker_conversations c ON c.id = u.conversation"
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def test_a_fork_that_only_carries_the_total_of_its_origin_lacks_nothing(tracker: Tracker) -> None:
    read(tracker, response(1), total("s1", 15, 20))
    read(tracker, response(1, "s2"), total("s2", 15, 20), session="s2")
    assert {"s1": (5, 0, 0, 0)} == by_session(tracker)


def test_one_model_under_two_names_is_compared_by_the_sum(tracker: Tracker) -> None:
    read(tracker, response(1), cost_state("s1", {f"{MODEL}-20251101": (4, 0, 0, 0), f"{MODEL}[1m]": (6, 21, 0, 0)}))
    assert {MODEL: (0, 1, 0, 0)} == unwritten(tracker)


@pytest.mark.parametrize(
    "change",
    [
        {"totalCostUSD": None},
        {"totalCostUSD": -1},
        {"totalCostUSD": "1"},
        {"totalCostUSD": 1e300},
        {"startTime": None},
        {"startTime": -1},
        {"startTime": 1.5},
        {"modelUsage": None},
        {"modelUsage": []},
        {"modelUsage": {MODEL: None}},
        {"modelUsage": {MODEL: {"inputTokens": -1}}},
        {"modelUsage": {MODEL: {"inputTokens": 1.5}}},
        {"modelUsage": {MODEL: {"inputTokens": 1 << 60}}},
        {"modelUsage": {MODEL: {"outputTokens": "7"}}},
        {"modelUsage": {MODEL: {"outputTokens": True}}},
        {"modelUsage": {MODEL: {"costUSD": "NaN"}}},
        {"modelUsage": {f"m{n}": {"inputTokens": 1} for n in range(101)}},
    ],
)
def test_a_malformed_total_is_no_total(tracker: Tracker, change: dict[str, Any]) -> None:
    read(tracker, response(1), total("s1", 15, 20), {**total("s1", 99, 99), **change})
    assert {MODEL: (5, 0, 0, 0)} == unwritten(tracker)


@pytest.mark.parametrize(
    "line", [b'{"type":"cost-state"', b'{"type":"cost-state","modelUsage":' + b"[" * 9000, b"\xff"]
)
def test_a_torn_total_is_no_total(tracker: Tracker, line: bytes) -> None:
    read(tracker, response(1), line, total("s1", 15, 20))
    assert {MODEL: (5, 0, 0, 0)} == unwritten(tracker)


def test_hostile_names_of_models_are_visible_and_bounded(tracker: Tracker) -> None:
    names = {f"x\x1b[31m\n{n}": (1, 0, 0, 0) for n in range(100)}
    read(tracker, response(1), cost_state("s1", {**names}))
    assert all(label.isprintable() for label in unwritten(tracker))
    assert 100 - 10 == sum(counts[0] for counts in unwritten(tracker).values())


def test_a_rebuild_and_another_order_find_the_same(tracker: Tracker) -> None:
    write(path(tracker), [response(1), total("s1", 15, 20)])
    time.sleep(0.02)  # the origin's file is older
    fork = [response(1, "s2"), response(2, "s2", hour=10), total("s2", 28, 40)]
    tracker.scan_files(write(path(tracker, "s2"), fork))
    tracker.scan()
    found = {"s1": (5, 0, 0, 0), "s2": (3, 0, 0, 0)}
    assert found == by_session(tracker)
    tracker.rebuild()
    tracker.scan()
    assert found == by_session(tracker)
    tracker.derive_all_again()
    tracker.scan()
    assert found == by_session(tracker)


def test_a_kill_before_the_comparison_loses_nothing(tracker: Tracker) -> None:
    tracker.now = LAST
    read(tracker, response(1), total("s1", 15, 20))
    tracker.kill()
    tracker.now = LAST + HOUR
    tracker.start()
    assert {MODEL: (5, 0, 0, 0)} == unwritten(tracker)


def test_the_story_says_what_the_client_reports_and_what_its_transcript_holds(tracker: Tracker) -> None:
    read(tracker, response(1, used=usage(10, 20)), total("s1", 15, 20))
    story = session_story(Reader(tracker.database), "s1", read_nothing)
    assert story is not None
    # 10 input tokens at $5, 20 output tokens at $25 a million
    assert SessionTotal(10_000_000, 550_000, True, {MODEL: Use((5, 0, 0, 0), 0)}) == story.client_total


def test_nothing_compared_is_nothing_known() -> None:
    assert (None, Use()) == (Unwritten().known_ratio, Unwritten().total)
