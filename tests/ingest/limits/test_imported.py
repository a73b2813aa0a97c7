"""Days before the first transcript, from Claude Code's own statistics: in reports by day, week and month only."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.day import ALWAYS, Unit, span_of
from exporter.domain.calendar.timestamp import HOUR, parse, to_datetime, to_iso
from exporter.report import usage
from exporter.report.terminal import Terminal
from exporter.snapshot.usage.groupings import Grouped
from exporter.snapshot.usage.imported import imported_json, imported_periods
from exporter.snapshot.usage.usage_history import periods
from support.machine import Machine
from support.snapshots import NOON
from support.transcripts import assistant

OPUS, HAIKU = "claude-opus-4-5-20251101", "claude-haiku-4-5"


def statistics(days: dict[str, dict[str, Any]], **more: Any) -> str:
    entries = [{"date": date, "tokensByModel": models} for date, models in days.items()]
    return json.dumps({"version": 5, "dailyActivity": [{"date": "2026-09-01"}], "dailyModelTokens": entries, **more})


DAYS = {
    "2026-09-30": {OPUS: 1_000},
    "2026-10-31": {OPUS: 5_000, HAIKU: 200},
    "2026-11-01": {HAIKU: 300},
    "2026-11-22": {OPUS: 99_999},  # the first transcript's day
    "2026-11-23": {OPUS: 99_999},
}


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Machine]:
    with Machine(tmp_path, "claude", "work", now=NOON) as machine:
        machine.append("claude", "s1", assistant(at=to_iso(NOON - HOUR)))
        machine.read()
        yield machine


def write(on: Machine, text: str, folder: str = "claude") -> None:
    (on.folders[folder] / "stats-cache.json").write_text(text)
    on.read()


def shown(on: Machine, unit: Unit = "day", since: str | None = None) -> dict[str, dict[str, int]]:
    span = ALWAYS
    if since is not None:
        at = parse(f"{since}T00:00:00.000Z")
        assert at is not None
        span = span_of(to_datetime(at).date(), None, UTC)
    return {one.name: dict(one.models) for one in imported_periods(on.reader, unit, span, UTC)}


NORMAL = "claude-opus-4-5"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (
            "day",
            {"2026-09-30": {NORMAL: 1_000}, "2026-10-31": {NORMAL: 5_000, HAIKU: 200}, "2026-11-01": {HAIKU: 300}},
        ),
        ("week", {"2026-09-28": {NORMAL: 1_000}, "2026-10-26": {NORMAL: 5_000, HAIKU: 500}}),
        (
            "month",
            {"2026-09": {NORMAL: 1_000}, "2026-10": {NORMAL: 5_000, HAIKU: 200}, "2026-11": {HAIKU: 300}},
        ),
    ],
)
def test_only_days_before_the_first_transcript(on: Machine, unit: Unit, expected: dict[str, dict[str, int]]) -> None:
    write(on, statistics(DAYS))
    assert expected == shown(on, unit)


def test_a_span_cuts_them(on: Machine) -> None:
    write(on, statistics(DAYS))
    assert ["2026-10-31", "2026-11-01"] == list(shown(on, since="2026-10-31"))


def test_counters_totals_and_blocks_never_have_them(on: Machine) -> None:
    before = (on.tracker.exact(), on.tracker.peaks(), on.tracker.rows("five_hour_blocks"))
    write(on, statistics(DAYS))
    assert before == (on.tracker.exact(), on.tracker.peaks(), on.tracker.rows("five_hour_blocks"))
    assert [30] == [day.amount.tokens.total for day in periods(on.reader, "day", ALWAYS, UTC)]
    on.tracker.rebuild()
    assert 3 == len(shown(on))


def test_the_largest_that_was_seen_of_each_folder_and_day(on: Machine) -> None:
    write(on, statistics({"2026-10-01": {OPUS: 500, HAIKU: 1}, "2026-10-02": {OPUS: 7}}))
    write(on, statistics({"2026-10-01": {OPUS: 400, HAIKU: 50}}))  # it was made again, from fewer transcripts
    assert {"2026-10-01": {NORMAL: 500, HAIKU: 1}, "2026-10-02": {NORMAL: 7}} == shown(on)
    write(on, statistics({"2026-10-01": {OPUS: 600}}))
    write(on, statistics({"2026-10-01": {OPUS: 40}}), "work")
    assert {"2026-10-01": {NORMAL: 640}, "2026-10-02": {NORMAL: 7}} == shown(on)


def test_the_same_again_is_no_commit(on: Machine) -> None:
    write(on, statistics(DAYS))
    sequence = on.tracker.sequence
    write(on, statistics(DAYS, lastComputedDate="2026-11-22"))
    assert sequence == on.tracker.sequence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"dailyModelTokens": {"2026-10-01": 5}}',
        '{"dailyModelTokens": [1, null, {"date": 5}, {"date": "2026-10-01"}]}',
        statistics({"2026-13-01": {OPUS: 5}, "2019-10-01": {OPUS: 5}, "20261001": {OPUS: 5}, "2026-W40-4": {OPUS: 5}}),
        statistics({"2026-10-01": {OPUS: -5, HAIKU: "7", "<synthetic>": 9, "": 3, "x": True, "y": 1e300}}),
    ],
)
def test_bad_content_gives_nothing_and_stops_nothing(on: Machine, text: str) -> None:
    write(on, text)
    assert {} == shown(on)
    write(on, statistics(DAYS))
    assert 3 == len(shown(on))


def test_as_json(on: Machine) -> None:
    write(on, statistics(DAYS))
    found = imported_json(imported_periods(on.reader, "day", ALWAYS, UTC), "date")
    assert (3, 6_500) == (len(found["items"]), found["total_tokens"])
    assert {
        "date": "2026-10-31",
        "total_tokens": 5_200,
        "cost_usd": None,
        "models": [{"model": HAIKU, "total_tokens": 200}, {"model": NORMAL, "total_tokens": 5_000}],
    } == found["items"][1]


def test_the_table_has_them_apart_from_the_total(on: Machine) -> None:
    write(on, statistics(DAYS))
    before, items = imported_periods(on.reader, "day", ALWAYS, UTC), periods(on.reader, "day", ALWAYS, UTC)
    console = Terminal(1, width=60, file=io.StringIO())
    console.print_report(usage.used("date", Grouped(items, None), "Read just now.", 60, imported=before))
    assert isinstance(console.file, io.StringIO)
    assert [
        "Date                Responses Tokens  Cost",
        "2026-09-30 imported         –  1,000     –",
        "2026-10-31 imported         –  5,200     –",
        "2026-11-01 imported         –    300     –",
        "2026-11-22                  1     30 $0.00",
        "Total                       1     30 $0.00",
        "",
        "Costs are estimates by list price.",
        "imported: by Claude Code's own statistics, or an earlier",
        "tracker; not exact, and not in the total.",
        "Read just now.",
    ] == [line.rstrip() for line in console.file.getvalue().splitlines()]
