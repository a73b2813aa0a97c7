"""Limit hits: each once, from whichever saw it, with its windows and its lock-out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.domain.blocks.block import Block
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.store.blocks import blocks
from exporter.store.limits import calibrations, hits
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import api_error, assistant, write

TEXT = "You've hit your session limit · resets 2:10pm (UTC)"
RESET = NOON + 130 * MINUTE


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    (tmp_path / "projects").mkdir()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        yield opened


def refused(projects: Path, *times: int, text: str = TEXT, name: str = "s1") -> None:
    lines = [
        api_error(text, uuid=f"{name}{number}", error="rate_limit", sessionId=name, timestamp=timestamp.to_iso(at))
        for number, at in enumerate(times)
    ]
    used = assistant("m", request="r", uuid=f"u{name}", session=name, at=timestamp.to_iso(NOON - 30 * MINUTE))
    write(projects / "p" / f"{name}.jsonl", [used, *lines])


def kept(tracker: Tracker) -> list[Hit]:
    return [stored.hit for stored in hits.between(tracker.connection, 0, 1 << 60)]


def totals(tracker: Tracker) -> dict[str, int]:
    return {" ".join((family, *labels)): v for (family, labels), v in tracker.exact("limit_hits", "locked_out").items()}


def test_repeated_refusals_of_a_session_are_one_hit(tracker: Tracker) -> None:
    refused(tracker.roots[0], NOON, NOON + MINUTE, NOON + 2 * MINUTE)
    refused(tracker.roots[0], NOON + 3 * MINUTE, name="s2")
    tracker.scan()
    assert [Hit("five_hour", NOON, RESET)] == kept(tracker)
    assert {"limit_hits unknown five_hour": 1} == totals(tracker)
    tracker.scan()
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON + MINUTE, 1.0, RESET + 20)], NOON)
    assert 1 == len(kept(tracker))


def test_a_reset_in_an_error_text_ends_the_block(tracker: Tracker) -> None:
    refused(tracker.roots[0], NOON)
    tracker.scan()
    assert [Block(RESET - 5 * HOUR, RESET, "official")] == blocks.load(tracker.connection)
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.9, RESET + 2 * MINUTE)], NOON)
    assert [Block(RESET + 2 * MINUTE - 5 * HOUR, RESET + 2 * MINUTE, "official")] == blocks.load(tracker.connection)


def test_lockout_time_is_counted_once_it_is_over(tracker: Tracker) -> None:
    refused(tracker.roots[0], NOON)
    tracker.scan()
    tracker.now = RESET - 1
    assert False is tracker.store.finish_blocks(tracker.now)
    tracker.now = RESET
    assert True is tracker.store.finish_blocks(tracker.now)
    assert {"limit_hits unknown five_hour": 1, "locked_out unknown five_hour": 130 * MINUTE} == totals(tracker)
    refused(tracker.roots[0], NOON - 10 * MINUTE, name="s0")  # found late: it started earlier
    tracker.scan()
    assert {"limit_hits unknown five_hour": 1, "locked_out unknown five_hour": 140 * MINUTE} == totals(tracker)
    before = totals(tracker)
    tracker.derive_all_again()
    assert before == totals(tracker)
    tracker.rebuild()
    assert before == totals(tracker)


def test_the_first_read_counts_past_hits(tmp_path: Path) -> None:
    refused(tmp_path, NOON)
    with Tracker(tmp_path / "t.db", tmp_path, now=NOON + 24 * HOUR) as tracker:
        assert {"limit_hits unknown five_hour": 1, "locked_out unknown five_hour": 130 * MINUTE} == totals(tracker)
        assert [Block(RESET - 5 * HOUR, RESET, "official")] == blocks.load(tracker.connection)


def test_a_reset_without_a_zone_uses_the_machines_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    refused(tmp_path, NOON, text="5-hour limit reached ∙ resets 7:40pm")
    with Tracker(tmp_path / "t.db", tmp_path, now=NOON) as tracker:
        assert [Hit("five_hour", NOON, RESET)] == kept(tracker)


@pytest.mark.parametrize(
    "text", ["API Error: Rate limit reached", "API Error: Request rejected (429) · exceed your account's rate limit."]
)
def test_a_429_of_an_api_key_is_an_error_but_not_a_hit(tracker: Tracker, text: str) -> None:
    refused(tracker.roots[0], NOON, text=text)
    tracker.scan()
    assert [] == kept(tracker)
    assert {"rate_limit": 1} == tracker.figures().api_errors


def test_a_reading_of_100_percent_is_a_hit(tracker: Tracker) -> None:
    full = [Reading("seven_day", "statusline", NOON, 1.0, NOON + HOUR), Reading("five_hour", "desktop", NOON, 1.0)]
    tracker.store.take_readings(full, NOON)
    assert [("five_hour", None), ("seven_day", NOON + HOUR)] == [(hit.window, hit.resets_at) for hit in kept(tracker)]
    assert {"reading"} == {hit.source for hit in kept(tracker)}


def test_a_source_without_resets_uses_those_of_another(tracker: Tracker) -> None:
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON - MINUTE, 0.9, RESET)], NOON)
    tracker.store.take_readings([Reading("five_hour", "desktop", NOON, 1.0)], NOON)
    assert [Hit("five_hour", NOON, RESET, "reading")] == kept(tracker)


def test_windows_beyond_the_cap_share_a_label(tracker: Tracker) -> None:
    many = [Hit(f"seven_day_{number:02}", NOON, None) for number in range(14)]
    assert True is tracker.store.take_hits(many, NOON)
    assert False is tracker.store.take_hits(many, NOON)
    assert (12 + 1, 2) == (
        len(tracker.exact("limit_hits")),
        tracker.exact("limit_hits")["limit_hits", ("unknown", "other")],
    )


def test_the_size_of_a_window_is_estimated_from_its_usage(tracker: Tracker) -> None:
    refused(tracker.roots[0], text="no limit")
    tracker.scan()
    spent = tracker.connection.execute("SELECT sum(cost) FROM tracker_responses").fetchone()[0]
    assert spent > 0
    readings_taken = [
        Reading("five_hour", "statusline", NOON - HOUR, 0.2, RESET),  # before anything was spent
        Reading("five_hour", "statusline", NOON, 0.25, RESET),
        Reading("seven_day", "desktop", NOON, 0.25),  # its start is unknown
    ]
    tracker.store.take_readings(readings_taken, NOON)
    assert {} == calibrations.calibrations(tracker.connection), "the window still runs"
    tracker.store.take_readings([Reading("five_hour", "statusline", RESET + 1, 0.0, RESET + 5 * HOUR)], RESET + 1)
    assert {(1, "five_hour"): Calibration(4 * spent, 4 * spent, 4 * spent, 1, 0.15)} == calibrations.calibrations(
        tracker.connection
    )


def test_an_expired_reading_of_100_percent_is_not_a_hit(tracker: Tracker) -> None:
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 1.0, NOON - MINUTE)], NOON)
    assert [] == kept(tracker)


def test_the_size_is_corrected_by_usage_found_late(tracker: Tracker) -> None:
    later = RESET + 1
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.5, RESET)], NOON)
    tracker.store.take_readings([Reading("five_hour", "statusline", later, 0.0, RESET + 5 * HOUR)], later)
    assert {} == calibrations.calibrations(tracker.connection), "no spending is known"
    refused(tracker.roots[0], text="no limit")
    tracker.scan()
    later += 11 * MINUTE
    tracker.store.take_readings([Reading("five_hour", "statusline", later, 0.01, RESET + 5 * HOUR)], later)
    (size,) = calibrations.calibrations(tracker.connection).values()
    spent = tracker.connection.execute("SELECT sum(cost) FROM tracker_responses").fetchone()[0]
    assert (2 * spent, 1) == (size.size, size.observations)


def test_only_its_family_counts_towards_a_familys_week(tracker: Tracker) -> None:
    refused(tracker.roots[0], text="no limit")
    tracker.scan()
    reset, later = NOON + HOUR, NOON + 2 * HOUR
    windows = ("seven_day_opus", "seven_day_haiku", "seven_day_cowork")
    tracker.store.take_readings([Reading(window, "statusline", NOON, 0.5, reset) for window in windows], NOON)
    tracker.store.take_readings([Reading(windows[0], "statusline", later, 0.0, reset + 7 * DAY)], later)
    spent = tracker.connection.execute("SELECT sum(cost) FROM tracker_responses").fetchone()[0]
    assert {(1, "seven_day_opus"): 2 * spent} == {
        key: size.size for key, size in calibrations.calibrations(tracker.connection).items()
    }


def test_an_unnamed_limit_belongs_to_the_window_that_resets_then(tracker: Tracker) -> None:
    readings_taken = [
        Reading("five_hour", "statusline", NOON, 0.5, NOON + 2 * HOUR),
        Reading("seven_day", "statusline", NOON, 0.9, NOON + 3 * HOUR),
    ]
    tracker.store.take_readings(readings_taken, NOON)
    refused(tracker.roots[0], NOON, text="You've hit your limit · resets 3pm (UTC)")
    tracker.scan()
    assert ["seven_day"] == [hit.window for hit in kept(tracker)]
    assert [Block(NOON - 3 * HOUR, NOON + 2 * HOUR, "official")] == blocks.load(tracker.connection)


def test_an_error_text_never_shortens_the_window_of_a_reading(tracker: Tracker) -> None:
    tracker.store.take_readings([Reading("five_hour", "statusline", NOON - MINUTE, 0.5, NOON + 2 * HOUR)], NOON)
    refused(tracker.roots[0], NOON, text="You've hit your session limit · resets 3pm (UTC)")
    tracker.scan()
    assert Block(NOON - 3 * HOUR, NOON + 2 * HOUR, "official") in blocks.load(tracker.connection)
