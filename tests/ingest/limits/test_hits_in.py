"""The hits among entries, each with the file and the session that reported it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exporter.domain.accounts import Origin
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.limits.hit import Hit, ReportedHit
from exporter.domain.transcripts.file_state import FileStat, FileState
from exporter.domain.usage.pricing import Counts
from exporter.ingest.limits.hits import hits_in
from exporter.sources.transcripts.collector import Collector
from exporter.store.transcripts.file_read import FileRead
from support.services import shared_dir
from support.transcripts import api_error, written

AT = "2026-11-20T13:05:00.000Z"
NOON = timestamp.parse(AT) or 0
PATH = "/home/me/.claude/projects/p/s1.jsonl"


def no_price(model: str, at: int, speed: str | None, counts: Counts, searches: int, geo: str | None) -> int:
    return 0


def read_of(content: bytes, path: str = PATH) -> FileRead:
    collector = Collector("s1")
    collector.take(content, 0)
    return FileRead(collector.batch(no_price), FileState(path, FileStat(0, 0, 0, 0, 0), 0, b""), None, 0)


def error(text: str, uuid: str = "e1", **envelope: Any) -> bytes:
    return written([api_error(text, uuid=uuid, error="rate_limit", timestamp=AT, **envelope)])


def test_a_hit_has_its_file_and_session() -> None:
    hits = hits_in([read_of(error("You've hit your session limit · resets 3:05pm (UTC)"))], lambda: UTC)
    assert [ReportedHit(Hit("five_hour", NOON, NOON + 2 * HOUR), Origin(transcript=PATH, session="s1"))] == hits


def test_an_error_may_report_two() -> None:
    text = "You've hit your monthly spend limit · your session limit resets 3:05pm (UTC)"
    hits = hits_in([read_of(error(text))], lambda: UTC)
    assert [("spend", None), ("five_hour", NOON + 2 * HOUR)] == [(one.hit.window, one.hit.resets_at) for one in hits]


def test_the_record_beats_the_text() -> None:
    quota = {"status": "rejected", "resetsAt": (NOON + HOUR) // 1000, "rateLimitType": "seven_day_opus"}
    content = error("You've hit your session limit · resets 3:05pm (UTC)", quotaLimits=quota)
    assert [("seven_day_opus", NOON + HOUR)] == [
        (one.hit.window, one.hit.resets_at) for one in hits_in([read_of(content)], lambda: UTC)
    ]


def test_a_zone_that_cannot_be_looked_up_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    content = b"".join(error("You've hit your limit · resets 5pm (Etc/Hits)", uuid=f"e{n}") for n in range(3))
    for _ in range(2):
        hits = hits_in([read_of(content)], lambda: ZoneInfo("Europe/Berlin"))
        assert 3 * ["2026-11-20T16:00:00.000Z"] == [timestamp.to_iso(one.hit.resets_at or 0) for one in hits]
    assert ["the time zone 'Etc/Hits' of a limit's reset is not known; using this machine's time zone"] == (
        caplog.messages
    )


def test_the_records_of_the_public_reports() -> None:
    files = sorted((shared_dir() / "cases" / "quota-limits").rglob("*.jsonl"))
    hits = hits_in([read_of(file.read_bytes(), str(file)) for file in files], lambda: UTC)
    assert [
        ("five_hour", "2026-11-20T16:50:00.000Z"),
        ("seven_day", "2026-11-23T00:00:00.000Z"),
        ("seven_day_fable", "2026-11-24T06:00:00.000Z"),
    ] == [(one.hit.window, timestamp.to_iso(one.hit.resets_at or 0)) for one in hits]
    assert {str(Path(*files))} == {one.origin.transcript for one in hits}
