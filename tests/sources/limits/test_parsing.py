"""Readings of each source: epoch and ISO resets, one window without the other, and what is rejected."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import msgspec
import pytest

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Reading
from exporter.sources.limits import parsing
from support.services import shared_dir
from support.snapshots import NOON

RESET = 1_795_358_271


def line(**limits: Any) -> bytes:
    return json.dumps({"session_id": "s1", "rate_limits": limits}).encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            line(five_hour={"used_percentage": 42, "resets_at": RESET}), [("five_hour", 0.42, RESET * 1000)], id="epoch"
        ),
        pytest.param(
            line(five_hour={"used_percentage": 42.5, "resets_at": "2026-11-22T14:37:51Z"}),
            [("five_hour", 0.425, RESET * 1000)],
            id="ISO",
        ),
        pytest.param(
            line(five_hour={"used_percentage": 42, "resets_at": RESET * 1000}),
            [("five_hour", 0.42, RESET * 1000)],
            id="ms",
        ),
        pytest.param(line(seven_day={"used_percentage": 17}), [("seven_day", 0.17, None)], id="one window, no reset"),
        pytest.param(
            line(seven_day=None, five_hour={"used_percentage": 0}), [("five_hour", 0.0, None)], id="null and 0"
        ),
        pytest.param(line(five_hour={"used_percentage": 101}), [("five_hour", 1.01, None)], id="101"),
        pytest.param(line(five_hour={"used_percentage": 102}), [], id="102 is a known bug"),
        pytest.param(line(five_hour={"used_percentage": -1}), [], id="negative"),
        pytest.param(line(five_hour={"used_percentage": "42"}), [], id="no number"),
        pytest.param(line(overage={"used_percentage": 42}), [], id="no window"),
        pytest.param(b"{}", [], id="no limits"),
        pytest.param(b'{"rate_limits":null}', [], id="null"),
    ],
)
def test_statusline(content: bytes, expected: list[tuple[str, float, int | None]]) -> None:
    assert [Reading(w, "statusline", NOON, share, reset) for w, share, reset in expected] == parsing.parse_statusline(
        content, NOON
    )


@pytest.mark.parametrize("content", [b"", b"[]", b'"x"', b"{", b'{"rate_limits":7}', b"\xff"])
def test_garbage_raises(content: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        parsing.parse_statusline(content, NOON)


def test_desktop() -> None:
    samples = [{"t": NOON, "org": "o1", "u": {"fh": 12, "sd": 37}}, {"t": "x"}, {"t": NOON + 1, "u": {"fh": 150}}]
    assert [
        Reading("five_hour", "desktop", NOON, 0.12, None, "o1"),
        Reading("seven_day", "desktop", NOON, 0.37, None, "o1"),
    ] == parsing.parse_desktop_history(json.dumps({"version": 2, "samples": samples}).encode())


def test_account() -> None:
    window = {"utilization": 55, "resets_at": "2026-11-22T14:37:51Z"}
    content = {
        "oauthAccount": {"x": 1},
        "cachedUsageUtilization": {"fetchedAtMs": NOON, "utilization": {"five_hour": window}},
    }
    assert [Reading("five_hour", "account", NOON, 0.55, RESET * 1000)] == parsing.parse_account(
        json.dumps(content).encode()
    )
    assert [] == parsing.parse_account(b'{"numStartups":3}')


def test_the_corpus_statuslines() -> None:
    lines = (shared_dir() / "corpus" / "own-2.1.197" / "statusline-stdin.jsonl").read_bytes().splitlines()
    found = {(r.window, r.utilization, r.resets_at) for text in lines for r in parsing.parse_statusline(text, NOON)}
    assert {
        ("five_hour", 0.42, 1_795_358_271_000),
        ("seven_day", 0.17, 1_795_444_671_000),
        ("five_hour", 0.42, 1_795_358_275_000),
        ("seven_day", 0.17, 1_795_444_675_000),
        ("five_hour", 0.42, 1_795_358_281_000),
        ("seven_day", 0.17, 1_795_444_681_000),
        ("five_hour", 1.0, 1_795_358_287_000),
        ("five_hour", 1.0, 1_795_358_292_000),
        ("five_hour", 1.0, 1_795_358_298_000),
    } == found


@pytest.mark.parametrize(
    ("payload", "hit"),
    [
        pytest.param(
            {
                "session_id": "s1",
                "hook_event_name": "StopFailure",
                "error": "rate_limit",
                "last_assistant_message": "You've hit your session limit · resets 2:10pm (UTC)",
            },
            Hit("five_hour", NOON, NOON + 130 * MINUTE, "hook"),
            id="a limit",
        ),
        pytest.param(
            {"hook_event_name": "StopFailure", "last_assistant_message": "API Error: Rate limit reached"},
            None,
            id="429",
        ),
        pytest.param({"hook_event_name": "StopFailure", "error": "server_error"}, None, id="without a text"),
        pytest.param(
            {"hook_event_name": "Stop", "last_assistant_message": "You've hit your session limit · resets 3pm"},
            None,
            id="what Claude itself said",
        ),
    ],
)
def test_a_stop_failure_hook_reports_a_hit(payload: dict[str, Any], hit: Hit | None) -> None:
    assert hit == parsing.parse_stop_failure(json.dumps(payload).encode(), NOON, UTC)


def test_impossible_times_are_ignored() -> None:
    assert [] == parsing.parse_desktop_history(b'{"samples":[{"t":1e19,"u":{"fh":1}},{"t":-1,"u":{"fh":1}}]}')
    assert [] == parsing.parse_account(
        b'{"cachedUsageUtilization":{"fetchedAtMs":1e25,"utilization":{"five_hour":{}}}}'
    )


def test_a_reset_beyond_the_windows_length_is_ignored() -> None:
    at = RESET * 1000 - 6 * 3_600_000
    (found,) = parsing.parse_statusline(line(five_hour={"used_percentage": 42, "resets_at": RESET}), at)
    assert None is found.resets_at
