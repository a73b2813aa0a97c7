"""Lines as bytes: how they end, what is broken in them, and times in every form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import parse
from exporter.sources.transcripts import reading
from support.tracker import Figures, Tracker, figures_of
from support.transcripts import (
    ABSENT,
    Record,
    api_error,
    append,
    assistant,
    encoded,
    prompt,
    tool_use,
    usage,
    write,
    written,
)

NONE = Figures()
ONE = Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000)
TWO = Figures({"claude-opus-4-5": (20, 40)}, responses=2, cost=1_100_000)
GOOD = assistant("msg_good", request="req_good", uuid="good")
TEXT_ALONE = {"model": "<synthetic>", "content": "\ud83d", "usage": usage(0, 0)}

BYTES = [
    pytest.param([b"\xef\xbb\xbf" + encoded(GOOD)], ONE, id="a byte order mark is passed over"),
    pytest.param([encoded(GOOD) + b"\r"], ONE, id="a carriage return belongs to the line's end"),
    pytest.param([json.dumps(GOOD).encode()], ONE, id="spaces after colons and commas"),
    pytest.param([b"  " + encoded(GOOD) + b" \t"], ONE, id="spaces around the object"),
    pytest.param([b"", GOOD, b"  ", b"\r", b"\xef\xbb\xbf"], ONE, id="empty lines are nothing, not damage"),
    pytest.param(
        [GOOD, b'{"type":"assistant","message":{', assistant()],
        replace(TWO, skipped={"malformed": 1}),
        id="half an object between good lines",
    ),
    pytest.param([b"not json", GOOD], replace(ONE, skipped={"malformed": 1}), id="no JSON at all"),
    pytest.param(
        [b"[1,2]", b'"text"', b"17", b"null", GOOD],
        replace(ONE, skipped={"malformed": 4}),
        id="JSON, but no object",
    ),
    pytest.param(
        [encoded(GOOD)[:-1] + b',"cwd":"\xff"}', assistant()],
        TWO,
        id="bytes that are no UTF-8 cost their text, not the line",
    ),
    pytest.param(
        [encoded(GOOD)[:-1] + b',"deep":' + b"[" * 5000 + b"]" * 5000 + b"}", assistant()],
        replace(ONE, skipped={"malformed": 1}),
        id="nesting without end costs the line, not the file",
    ),
    pytest.param(
        [assistant(content=[tool_use(at={"x": [[[[{"y": 1}]]]]})])],
        replace(ONE, tool_calls={"Bash": 1}),
        id="ordinary nesting in a tool's input",
    ),
    pytest.param([GOOD | {"unknown": {"usage": {"input_tokens": 7}}}], ONE, id="unknown keys"),
    pytest.param(
        [{"type": "summary", "summary": "x", "leafUuid": "u"}, {"type": "new-type"}, {"no": "type"}, GOOD],
        ONE,
        id="types without usage",
    ),
    pytest.param([dict.fromkeys(GOOD), GOOD], ONE, id="an object of nulls"),
    pytest.param(
        [GOOD | {"cwd": 7, "version": [], "isSidechain": "no", "gitBranch": {}}],
        ONE,
        id="keys next to the usage with values of other types",
    ),
    pytest.param([assistant(message="hello"), GOOD], ONE, id="a message that is a text"),
    pytest.param([prompt("\ud83d and \udc00")], Figures(prompts=1), id="lone surrogates in a prompt"),
    pytest.param(
        [assistant(content="\ud83d", cwd="/home/\udc00", uuid="\udfff")],
        ONE,
        id="lone surrogates next to the usage",
    ),
    pytest.param(
        [api_error("API Error: 500 \ud83d"), api_error("", uuid="e2", message=TEXT_ALONE)],
        Figures(api_errors={"server_error": 1, "other": 1}, skipped={"synthetic": 2}),
        id="lone surrogates in an error's text",
    ),
    pytest.param([assistant(uuid="nul\0uuid", session="nul\0session")], ONE, id="NUL characters"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), BYTES)
def test_the_readable_parts_of_a_line_count(tmp_path: Path, lines: list[Record | bytes], expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": lines})


BAD = replace(NONE, skipped={"bad_timestamp": 1})
FAR = replace(NONE, skipped={"out_of_range": 1})
TIMES = [
    pytest.param("2026-11-22T10:00:00.000Z", ONE, id="the client's own form"),
    pytest.param("2026-11-22T10:00:00Z", ONE, id="without a fraction"),
    pytest.param("2026-11-22T10:00:00.123456Z", ONE, id="microseconds"),
    pytest.param("2026-11-22T15:30:00.000+05:30", ONE, id="with an offset"),
    pytest.param("2026-11-22T10:00:00.000", ONE, id="without an offset it is UTC"),
    pytest.param(ABSENT, BAD, id="missing"),
    pytest.param(None, BAD, id="null"),
    pytest.param("", BAD, id="empty"),
    pytest.param("yesterday", BAD, id="a word"),
    pytest.param("2026-13-22T10:00:00.000Z", BAD, id="a thirteenth month"),
    pytest.param("2026-11-22T10:00:75.000Z", BAD, id="a minute of 75 seconds"),
    pytest.param(1_795_341_600_000, BAD, id="a number"),
    pytest.param("0001-01-01T00:00:00.000+05:00", FAR, id="before the calendar begins"),
    pytest.param("1969-12-31T23:59:59.999Z", FAR, id="before 1970"),
    pytest.param("1970-01-01T00:00:00.000Z", FAR, id="1970"),
    pytest.param("2022-12-31T23:59:59.999Z", FAR, id="the last moment before 2023"),
    pytest.param("2023-01-01T00:00:00.000Z", ONE, id="the first moment of 2023"),
    pytest.param("9998-01-01T00:00:00.000Z", FAR, id="a far time"),
    pytest.param("9999-12-31T23:59:59.999-05:00", FAR, id="after the calendar ends"),
    pytest.param("9999-12-31T23:00:00.000Z", FAR, id="so late that its block would end after the calendar"),
]


@pytest.mark.parametrize(("at", "expected"), TIMES)
def test_times_in_every_form(tmp_path: Path, at: object, expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [assistant(at=at)]})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-11-22T10:00:75.000Z", None, id="seconds beyond the minute"),
        pytest.param("2026-11-22T10:00:0\u0663.000Z", None, id="digits of another script"),
        pytest.param("2026-11-22T10:00:59.999Z", 1_795_341_659_999, id="the last moment of the minute"),
    ],
)
def test_the_minute_cache_accepts_no_invalid_time(at: str, expected: int | None) -> None:
    parse("2026-11-22T10:00:00.000Z")
    assert expected == parse(at)


def test_half_a_line_is_completed_later(tmp_path: Path) -> None:
    file = tmp_path / "projects" / "shop" / "s1.jsonl"
    first_half, second_half = encoded(assistant())[:99], encoded(assistant())[99:] + b"\n"
    write(file, [GOOD]).open("ab").close()
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker, file.open("ab", buffering=0) as growing:
        growing.write(first_half)
        tracker.scan()
        tracker.restart()
        assert ONE == tracker.figures()
        growing.write(second_half)
        tracker.scan()
        assert TWO == tracker.figures()


@pytest.fixture
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines above 2,000 bytes are too long, in chunks of 512."""
    monkeypatch.setattr(reading, "CHUNK_BYTES", 512)
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 2_000)


LONG = encoded(assistant("msg_long", content=[{"type": "text", "text": "x" * 9_000}]))
SNAPSHOT = encoded({"type": "file-history-snapshot", "snapshot": "x" * 9_000})


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([GOOD, LONG, assistant()], replace(TWO, skipped={"oversized": 1}), id="between others"),
        pytest.param([GOOD, SNAPSHOT, assistant()], TWO, id="a snapshot of files never counts and is not a loss"),
        pytest.param([LONG, LONG, GOOD], replace(ONE, skipped={"oversized": 2}), id="two in a row"),
        pytest.param([GOOD | {"pad": "x" * 900}, assistant()], TWO, id="longer than a chunk is not too long"),
    ],
)
def test_an_oversized_line_is_skipped(tmp_path: Path, lines: list[Record | bytes], expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": lines})


@pytest.mark.usefixtures("short_lines")
def test_an_oversized_line_waits_for_its_newline_too(tmp_path: Path) -> None:
    file = write(tmp_path / "projects" / "shop" / "s1.jsonl", [GOOD])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        with file.open("ab") as growing:
            growing.write(LONG)
        tracker.scan()
        assert ONE == tracker.figures()
        append(file, [b"", assistant()])
        report = tracker.scan()
        assert replace(TWO, skipped={"oversized": 1}) == tracker.figures()
        assert len(LONG + b"\n" + written([assistant()])) == report.bytes_read
