"""The health of the prompt cache: the hit ratio by day, what was written again, what it cost, and misses by cause."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.calendar.day import ALWAYS
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.report.cache import cache as cache_table
from exporter.report.terminal import Terminal
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take
from exporter.snapshot.usage.cache_history import cache_history
from exporter.snapshot.usage.cache_json import history_json
from support.machine import Machine
from support.snapshots import NOON
from support.transcripts import Record, assistant, cache, usage

BEFORE = NOON - 2 * DAY


def response(at: int, read: int, five: int = 0, model: str = "claude-opus-4-5") -> Record:
    used = usage(1_000, 10, cache_read_input_tokens=read, cache_creation=cache(five))
    return assistant(f"m{at}", request=f"r{at}", uuid=f"u{at}", at=to_iso(at), used=used, model=model)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Machine]:
    """Two days: one with 12,000 of 30,000 tokens read, of 12,000 written again; one with 4,000 of 6,000."""
    with Machine(tmp_path, "claude", now=NOON) as machine:
        machine.append(
            "claude",
            "s1",
            response(BEFORE, 0, 10_000),
            response(BEFORE + 2 * MINUTE, 9_000, 2_000),
            response(BEFORE + 12 * MINUTE, 3_000, 3_000),
            response(NOON - HOUR, 4_000, 1_000, "claude-mythos-0"),
            response(NOON - 50 * MINUTE, 0, 4_000, "claude-mythos-0"),
        )
        totals = {"requests": 9, "misses": 3, "miss_recache_tokens": 700, "miss_causes": {"tools_changed": 2}}
        machine.spool(json.dumps({"session_id": "s1", "prompt_cache": totals}).encode())
        machine.read()
        yield machine


def used(read: int, written: int, all_input: int, again: int, cost: float, unpriced: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": all_input,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "hit_ratio": read / all_input,
        "rewritten_tokens": again,
        "rewritten_cost_usd": cost,
        "unpriced_rewritten_tokens": unpriced,
        "cost_basis": "list_price_estimate",
    }


MISSES = {"requests": 9, "misses": 3, "by_cause": {"tools_changed": 2, "unknown": 1}, "rewritten_tokens": 700}
FIRST, TODAY = used(12_000, 15_000, 30_000, 3_000, 0.01725), used(4_000, 5_000, 11_000, 4_000, 0.0, 4_000)


def test_the_days(on: Machine) -> None:
    """Of Opus 4.5, 3,000 tokens cost $6.25 less $0.50 per million more than if they had been read."""
    assert {
        "items": [{"date": "2026-11-20", **FIRST}, {"date": "2026-11-22", **TODAY}],
        "totals": used(16_000, 20_000, 41_000, 7_000, 0.01725, 4_000),
        "misses": MISSES,
        "timezone": "UTC",
    } == history_json(cache_history(on.reader, ALWAYS, UTC), UTC)


def test_the_snapshot_has_today_and_the_four_weeks_before(on: Machine) -> None:
    snapshot = take(on.reader, NOON, UTC)
    assert snapshot is not None
    assert {"today": TODAY, "four_weeks": FIRST, "misses": MISSES} == to_json(snapshot)["cache"]
    later = take(on.reader, NOON + 28 * DAY, UTC)
    assert later is not None
    four_weeks = to_json(later)["cache"]["four_weeks"]
    assert (11_000, None) == (four_weeks["input_tokens"], to_json(later)["cache"]["today"]["hit_ratio"])


def test_the_table(on: Machine) -> None:
    console = Terminal(1, width=80, file=io.StringIO())
    console.print_report(cache_table(cache_history(on.reader, ALWAYS, UTC), "Read just now.", 80))
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert [
        "Date       Hit ratio  Input   Read Written Rewritten      Cost",
        "2026-11-20    40.0 % 30,000 12,000  15,000     3,000     $0.02",
        "2026-11-22    36.4 % 11,000  4,000   5,000     4,000 $0.00 + ?",
        "Total         39.0 % 41,000 16,000  20,000     7,000 $0.02 + ?",
        "",
        "3 misses in 9 requests: tools changed 2, unknown 1, as the status line reports.",
    ] == lines[:6]
