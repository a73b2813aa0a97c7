"""Entries ahead of the clock are kept, and count once their time has come: a clock that was set back loses nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, SECOND
from exporter.ingest.up_to_date import is_current
from exporter.store.reader import Reader
from exporter.store.transcripts import held
from support.tracker import Figures, Tracker
from support.transcripts import Record, agent_progress, api_error, append, assistant, encoded, prompt, tool_use, write

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z."""
ONE = Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000)


def at(moment: int) -> str:
    return timestamp.to_iso(moment)


def response(number: int, moment: int, **more: Any) -> Record:
    return assistant(f"msg_{number}", request=f"req_{number}", uuid=f"a{number}", at=at(moment), **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "projects" / "shop" / "s1.jsonl"


@pytest.fixture
def tracker(tmp_path: Path, file: Path) -> Tracker:
    file.parent.mkdir(parents=True)
    return Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        pytest.param(-HOUR, 1, id="past"),
        pytest.param(2 * SECOND, 1, id="seconds: clocks differ"),
        pytest.param(5 * MINUTE, 1, id="five minutes"),
        pytest.param(5 * MINUTE + 1, 0, id="more than five minutes"),
        pytest.param(DAY, 0, id="a day"),
    ],
)
def test_an_entry_counts_at_once_only_near_the_clock(tracker: Tracker, file: Path, ahead: int, expected: int) -> None:
    write(file, [response(1, NOON + ahead)])
    tracker.scan()
    assert expected == tracker.figures().responses
    assert {} == tracker.figures().skipped


@pytest.mark.parametrize(
    "ahead", [pytest.param(h, id=i) for h, i in ((HOUR, "hour"), (DAY, "day"), (365 * DAY, "year"))]
)
def test_an_entry_ahead_counts_once_when_its_time_has_come(tracker: Tracker, file: Path, ahead: int) -> None:
    write(file, [response(1, NOON + ahead), response(2, NOON), response(3, NOON - MINUTE)])
    tracker.scan()
    assert 2 == tracker.figures().responses
    tracker.now = NOON + ahead - 5 * MINUTE - 1
    tracker.scan()
    assert 2 == tracker.figures().responses
    tracker.now = NOON + ahead
    tracker.restart()
    assert 3 == tracker.figures().responses
    assert 0 == held.count(tracker.connection)
    before = tracker.exact()
    tracker.scan()
    tracker.rebuild()
    assert before == tracker.exact()


def test_all_that_an_entry_holds_waits_and_then_counts(tracker: Tracker, file: Path) -> None:
    later = at(NOON + DAY)
    limit = "You've hit your session limit · resets 3pm (UTC)"
    write(
        file,
        [
            prompt(at=later),
            assistant(at=later, content=[tool_use()]),
            api_error(limit, timestamp=later, error="rate_limit"),
            agent_progress(assistant("msg_2", request="req_2", uuid="a2", at=later), uuid="g1", at=at(NOON)),
        ],
    )
    tracker.scan()
    assert Figures(skipped={"synthetic": 1}) == tracker.figures()
    assert {("ingest_lines", ()): 4} == tracker.exact("ingest_lines")
    assert [] == tracker.rows("tracker_blocks") == tracker.rows("tracker_limit_hits")
    tracker.now = NOON + DAY
    tracker.scan()
    expected = Figures(
        {"claude-opus-4-5": (10, 20), "claude-opus-4-5/subagent": (10, 20)},
        responses=2,
        cost=1_100_000,
        prompts=1,
        tool_calls={"Bash": 1},
        api_errors={"rate_limit": 1},
        skipped={"synthetic": 1},
    )
    assert expected == tracker.figures()
    assert 1 == len(tracker.rows("tracker_limit_hits"))


def test_a_bad_entry_ahead_is_skipped_once(tracker: Tracker, file: Path) -> None:
    write(file, [response(1, NOON + DAY, model="<synthetic>"), response(2, NOON + DAY)])
    tracker.scan()
    tracker.now = NOON + DAY
    tracker.scan()
    assert replace(ONE, skipped={"synthetic": 1}) == tracker.figures()


def test_an_entry_ahead_counts_even_if_its_file_is_gone(tracker: Tracker, file: Path) -> None:
    write(file, [response(1, NOON + DAY)])
    tracker.scan()
    file.unlink()
    tracker.scan()
    tracker.now = NOON + DAY
    tracker.scan()
    assert ONE == tracker.figures()


def test_the_first_read_holds_what_is_ahead(tmp_path: Path, file: Path) -> None:
    write(file, [response(1, NOON + DAY), response(2, NOON)])
    with Tracker(tmp_path / "new.db", tmp_path / "projects", now=NOON) as tracker:
        assert 1 == tracker.figures().responses
        assert 1 == held.count(tracker.connection)
        tracker.now = NOON + DAY
        tracker.scan()
        assert 2 == tracker.figures().responses


def test_a_response_that_reaches_into_the_future_is_one(tracker: Tracker, file: Path) -> None:
    write(file, [response(1, NOON, stop=None), response(1, NOON + DAY, stop="end_turn")])
    tracker.scan()
    assert replace(ONE, incomplete=1) == tracker.figures()
    tracker.now = NOON + DAY
    tracker.scan()
    assert ONE == tracker.figures()


def test_commands_see_that_an_entry_has_come_into_its_time(tracker: Tracker, file: Path) -> None:
    write(file, [response(1, NOON + DAY)])
    tracker.scan()
    reader = Reader(tracker.database)
    assert is_current(reader, tracker.roots, NOON)
    assert not is_current(reader, tracker.roots, NOON + DAY)


def test_reading_a_file_again_holds_nothing_twice(tracker: Tracker, file: Path) -> None:
    write(file, [response(1, NOON + DAY)])
    tracker.scan()
    tracker.rebuild()
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    tracker.scan()
    assert 1 == held.count(tracker.connection)
    append(file, [encoded(response(2, NOON + DAY + HOUR))])
    tracker.scan()
    assert 2 == held.count(tracker.connection)
