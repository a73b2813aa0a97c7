"""Payloads of hooks, Claude Desktop's history, and payloads as programs on Windows save them."""

from __future__ import annotations

import codecs
import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.accounts import Origin, owner_of
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.limits.hit import Hit, ReportedHit
from exporter.domain.limits.reading import Reading, ReportedReading
from exporter.sources import local_zone
from exporter.sources.limits import parsing
from exporter.sources.limits.claude_json import parse_account, parse_folder_account
from support.services import shared_dir
from support.snapshots import NOON


def test_desktop() -> None:
    samples = [
        {"t": NOON, "org": "o1", "u": {"fh": 12, "sd": 37}},
        {"t": "x"},
        {"t": NOON + 1, "u": {"fh": 150}},
        {"t": NOON + 2, "org": 7, "u": {"fh": 13}},
    ]
    theirs = Origin(owner_of("o1", None))
    assert [
        ReportedReading(Reading("five_hour", "desktop", NOON, 0.12), theirs),
        ReportedReading(Reading("seven_day", "desktop", NOON, 0.37), theirs),
        ReportedReading(Reading("five_hour", "desktop", NOON + 2, 0.13)),
    ] == parsing.parse_desktop_history(json.dumps({"version": 2, "samples": samples}).encode()).readings


def test_impossible_times_are_ignored() -> None:
    content = b'{"samples":[{"t":1e19,"u":{"fh":1}},{"t":-1,"u":{"fh":1}}]}'
    assert [] == parsing.parse_desktop_history(content).readings


PATH = "/home/me/.claude/projects/p/s1.jsonl"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(
            {
                "session_id": "s1",
                "hook_event_name": "StopFailure",
                "error": "rate_limit",
                "last_assistant_message": "You've hit your session limit · resets 2:10pm (UTC)",
            },
            [Hit("five_hour", NOON, NOON + 130 * MINUTE, "hook")],
            id="a limit",
        ),
        pytest.param(
            {
                "hook_event_name": "StopFailure",
                "last_assistant_message": "You're out of usage credits · your session limit resets 2:10pm (UTC)",
            },
            [Hit("spend", NOON, None, "hook"), Hit("five_hour", NOON, NOON + 130 * MINUTE, "hook")],
            id="two limits",
        ),
        pytest.param(
            {"hook_event_name": "StopFailure", "last_assistant_message": "API Error: Rate limit reached"},
            [],
            id="429",
        ),
        pytest.param({"hook_event_name": "StopFailure", "error": "server_error"}, [], id="without a text"),
        pytest.param(
            {"hook_event_name": "Stop", "last_assistant_message": "You've hit your session limit · resets 3pm"},
            [],
            id="what Claude itself said",
        ),
    ],
)
def test_a_stop_failure_hook_reports_hits(payload: dict[str, Any], expected: list[Hit]) -> None:
    found = parsing.parse_stop_failure(json.dumps(payload | {"transcript_path": PATH}).encode(), NOON, UTC)
    session = payload.get("session_id")
    assert [ReportedHit(hit, Origin(transcript=PATH, session=session)) for hit in expected] == found


def test_a_hooks_zone_that_cannot_be_looked_up_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    text = "You've hit your session limit · resets 2:10pm (Etc/Hooks)"
    payload = json.dumps({"hook_event_name": "StopFailure", "last_assistant_message": text}).encode()
    for _ in range(3):
        (found,) = parsing.parse_stop_failure(payload, NOON, UTC)
        assert NOON + 130 * MINUTE == found.hit.resets_at
    assert ["the time zone 'Etc/Hooks' of a limit's reset is not known; using this machine's time zone"] == (
        caplog.messages
    )


@pytest.mark.parametrize(
    "zone", ["zone@navy.example", "aa11bb22-2222-4ccc-8ddd-ba9876543210", "Navy Yard", "Etc/" + "x" * 37, "../a.b"]
)
def test_a_zone_that_does_not_look_like_one_is_not_named(caplog: pytest.LogCaptureFixture, zone: str) -> None:
    local_zone._warn.cache_clear()
    text = f"You've hit your session limit · resets 2:10pm ({zone}) · contact your admin"
    payload = json.dumps({"hook_event_name": "StopFailure", "last_assistant_message": text}).encode()
    (found,) = parsing.parse_stop_failure(payload, NOON, UTC)
    assert NOON + 130 * MINUTE == found.hit.resets_at
    assert ["the time zone of a limit's reset is not known; using this machine's time zone"] == caplog.messages


STATUS = json.dumps({"rate_limits": {"five_hour": {"used_percentage": 57}}, "cwd": "/w/✓"}, ensure_ascii=False)
HOOK = json.dumps({"hook_event_name": "StopFailure", "last_assistant_message": "You've hit your weekly limit"})
ACCOUNT = json.dumps({
    "oauthAccount": {"accountUuid": "me"},
    "cachedUsageUtilization": {"fetchedAtMs": NOON, "utilization": {"five_hour": {"utilization": 57}}},
})  # fmt: skip
FORMS = [
    pytest.param(lambda text: codecs.BOM_UTF8 + text.encode(), id="UTF-8 with a mark"),
    pytest.param(lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"), id="UTF-16"),
    pytest.param(lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), id="UTF-16, the other way round"),
    pytest.param(lambda text: text.encode("utf-16-le"), id="UTF-16 without a mark"),
    pytest.param(lambda text: f"\r\n{text}".encode("utf-16-be"), id="the same the other way round, after a line break"),
    pytest.param(lambda text: text.encode(), id="UTF-8"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_byte_order_mark_costs_nothing(form: Any) -> None:
    assert [0.57] == [one.reading.utilization for one in parsing.parse_spooled(form(STATUS), NOON, UTC).readings]
    assert ["seven_day"] == [one.hit.window for one in parsing.parse_spooled(form(HOOK), NOON, UTC).hits]
    assert [0.57] == [one.reading.utilization for one in parse_account(form(ACCOUNT)).readings]
    assert owner_of(None, "me") == parse_folder_account(form(ACCOUNT), "/f").owner


def test_the_inputs_of_the_public_report() -> None:
    folder = Path(shared_dir()) / "cases" / "statusline-bom"
    for name, share in (("in-utf-8-sig", 0.33), ("in-utf-16", 0.34)):
        report = parsing.parse_spooled((folder / name).read_bytes(), NOON, UTC)
        assert [share] == [one.reading.utilization for one in report.readings]
