"""`status --json`: the snapshot's one form, and whose midnight begins today."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.domain.calendar import timestamp
from support.databases import ingest
from support.snapshots import NOON
from support.transcripts import SONNET, api_error, assistant, cache, prompt, tool_use, usage, write


def status_at(
    now: int, folder: Path, monkeypatch: pytest.MonkeyPatch, *args: str, read_at: int | None = None
) -> dict[str, Any]:
    """What the command prints at a time, ms, of the transcripts in a folder, which were read then or at `read_at`."""

    def set_clock(at: int) -> None:
        for module in ("commands.ingest", "wiring.status", "wiring.updates"):
            monkeypatch.setattr(f"exporter.cli.{module}.clock", lambda: at)

    options = ["--database", str(folder / "tracker.db"), "--config-dir", str(folder)]
    set_clock(now if read_at is None else read_at)
    ingest(*options)
    set_clock(now)
    result = CliRunner().invoke(cli, ["status", "--json", *options, *args])
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


OPUS_USE = {
    "tokens": {"input": 10, "output": 20, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0},
    "total_tokens": 30,
    "responses": 1,
    "cost_usd": 0.00055,
    "cost_basis": "list_price_estimate",
    "unpriced_tokens": 0,
}
SONNET_USE = {
    "tokens": {"input": 1_000, "output": 2_000, "cache_read": 30_000, "cache_write_5m": 400, "cache_write_1h": 50},
    "total_tokens": 33_450,
    "responses": 1,
    "cost_usd": 0.0438,
    "cost_basis": "list_price_estimate",
    "unpriced_tokens": 0,
}
NEW_USE = {**OPUS_USE, "cost_usd": 0.0, "unpriced_tokens": 30}
TODAY_USE = {
    "tokens": {"input": 1_010, "output": 2_020, "cache_read": 30_000, "cache_write_5m": 400, "cache_write_1h": 50},
    "total_tokens": 33_480,
    "responses": 2,
    "cost_usd": 0.0438,
    "cost_basis": "list_price_estimate",
    "unpriced_tokens": 30,
}
TODAY_MODELS = [
    {"model": "claude-sonnet-4-5", "provider": None, **SONNET_USE},
    {"model": "some-new-model", "provider": None, **NEW_USE},
]


def cache_use(all_input: int, read: int, written: int) -> dict[str, Any]:
    return {
        "input_tokens": all_input,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "hit_ratio": read / all_input,
        "rewritten_tokens": 0,
        "rewritten_cost_usd": 0.0,
        "unpriced_rewritten_tokens": 0,
        "cost_basis": "list_price_estimate",
    }


NOT_KNOWN = {
    "window": None,
    "state": "not_known",
    "chance_ratio": None,
    "runs_out_at": None,
    "work_left_minutes": None,
    "projected_ratio": None,
    "sentence": "Limits not known yet. Turn on the status line: `claude-tracker setup statusline`",
    "elsewhere": None,
}
SONNET_SHARE = pytest.approx(438 / 443.5)
"""Of the week's cost."""


def test_the_snapshot_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path / "projects" / "-home-dev-shop" / "s1.jsonl",
        [
            prompt(uuid="p1", at="2026-11-20T09:00:00.000Z"),
            assistant("msg_1", uuid="a1", at="2026-11-20T09:00:10.000Z"),
            prompt(uuid="p2", at="2026-11-22T11:40:00.000Z"),
            assistant(
                "msg_2", uuid="a2", at="2026-11-22T11:40:20.000Z", model=SONNET, stop=None, content=[tool_use()],
                used=usage(1_000, 2_000, cache_read_input_tokens=30_000, cache_creation=cache(400, 50)),
            ),
            assistant("msg_3", request="req_3", uuid="a3", at="2026-11-22T11:41:00.000Z", model="some-new-model"),
            api_error("API Error: 529 overloaded", uuid="e1"),
        ],
    )  # fmt: skip
    snapshot = status_at(NOON, tmp_path, monkeypatch, "--timezone", "UTC")
    assert snapshot["health"].pop("database_bytes") > 0
    assert [
        {
            "account": "unknown",
            "name": "unknown",
            "plan": None,
            "organization": None,
            "is_current": True,
            "overage_in_use": False,
            "verdict": NOT_KNOWN,
            "credits": [],
            "week_surfaces": [],
            "window_cost": None,
            "block": snapshot["block"],
            "limits": [],
            "lockouts": [],
        }
    ] == snapshot.pop("accounts")
    assert {
        "as_of": "2026-11-22T12:00:00.000Z",
        "sequence": 1,
        "reading": None,
        "block": {
            "start": "2026-11-22T11:00:00.000Z",
            "end": "2026-11-22T16:00:00.000Z",
            "basis": "estimated",
            "elapsed_seconds": 3_600.0,
            "remaining_seconds": 14_400.0,
            "completion_ratio": 0.2,
            **TODAY_USE,
            "sessions": 1,
            "token_limit": None,
            "burn_tokens_per_minute": 1_116.0,
            "projected_tokens": 301_320,
            "projected_cost_usd": 0.3942,
            "efficiency_score": pytest.approx(100 * 340 / 3600),
            "cache_hit_ratio": pytest.approx(30_000 / 31_460),
            "models": TODAY_MODELS,
        },
        "today": {
            "date": "2026-11-22",
            "timezone": "UTC",
            "start": "2026-11-22T00:00:00.000Z",
            **TODAY_USE,
            "prompts": 1,
            "tool_calls": 1,
            "turns": {"count": 1, "responses_per_turn": 2.0, "tools_per_turn": 1.0, "seconds_per_turn": 60.0},
            "models": TODAY_MODELS,
        },
        "totals": {
            "tokens": {
                "input": 1_020, "output": 2_040, "cache_read": 30_000, "cache_write_5m": 400, "cache_write_1h": 50,
            },
            "total_tokens": 33_510,
            "responses": 3,
            "cost_usd": 0.04435,
            "cost_basis": "list_price_estimate",
            "unpriced_tokens": 30,
            "incomplete_responses": 1,
            "prompts": 2,
            "api_errors": {"server_error": 1},
            "tool_calls": {"Bash": 1},
            "blocks_completed": 1,
            "skipped_lines": {"synthetic": 1},
            "models": [{"model": "claude-opus-4-5", "provider": None, **OPUS_USE}, *TODAY_MODELS],
            "unpriced_models": [{"model": "some-new-model", "speed": None, "tokens": 30}],
            "projects": [
                {
                    "project": "shop",
                    "total_tokens": 33_510,
                    "cost_usd": 0.04435,
                    "cost_basis": "list_price_estimate",
                }
            ],
        },
        "week": {
            "start": "2026-11-15T12:00:00.000Z",
            "end": "2026-11-22T12:00:00.000Z",
            "basis": "trailing",
            "total_tokens": 33_510,
            "cost_usd": 0.04435,
            "cost_basis": "list_price_estimate",
            "projected_cost_usd": None,
            "families": [
                {
                    "family": "sonnet", "total_tokens": 33_450, "cost_usd": 0.0438, "cost_share": SONNET_SHARE,
                    "projected_cost_usd": None,
                },
                {
                    "family": "opus", "total_tokens": 30, "cost_usd": 0.00055, "cost_share": pytest.approx(5.5 / 443.5),
                    "projected_cost_usd": None,
                },
                {
                    "family": "other", "total_tokens": 30, "cost_usd": 0.0, "cost_share": 0.0,
                    "projected_cost_usd": None,
                },
            ],
        },
        "month": {
            "start": "2026-11-01T00:00:00.000Z",
            "end": "2026-12-01T00:00:00.000Z",
            "cost_usd": 0.04435,
            "cost_basis": "list_price_estimate",
            "projected_cost_usd": pytest.approx(0.04435 + 0.04435 / 7 * 8.5),
        },
        "cache": {
            "today": cache_use(31_460, 30_000, 450),
            "four_weeks": cache_use(10, 0, 0),
            "misses": {"requests": 0, "misses": 0, "by_cause": {}, "rewritten_tokens": 0},
        },
        "unwritten": {
            "tokens": {"input": 0, "output": 0, "cache_read": 0, "cache_write": 0},
            "total_tokens": 0,
            "cost_usd": 0.0,
            "cost_basis": "client",
            "models": [],
            "sessions_with_total": 0,
            "sessions": 0,
        },
        "limits": [],
        "lockouts": [],
        "verdict": NOT_KNOWN,
        "warnings": [],
        "budgets": [],
        "session_effectiveness_ratio": pytest.approx(2 / 3),
        "sessions": None,
        "sync": [],
        "store": None,
        "health": {
            "committed_at": "2026-11-22T12:00:00.000Z",
            "files": 1,
            "lag_seconds": None,
            "watcher_up": None,
            "watched_folders": None,
            "damage": None,
            "collectors": [],
            "retention": {"cleanup_days": 30, "unread_files": 0, "first_deletion_at": None},
        },
    } == snapshot  # fmt: skip


def test_without_transcripts_everything_is_zero_and_no_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = status_at(NOON, tmp_path, monkeypatch, "--timezone", "UTC")
    nothing = {"input": 0, "output": 0, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0}
    assert (None, nothing, nothing) == (snapshot["block"], snapshot["today"]["tokens"], snapshot["totals"]["tokens"])
    assert {
        "count": 0,
        "responses_per_turn": None,
        "tools_per_turn": None,
        "seconds_per_turn": None,
    } == snapshot["today"]["turns"]


@pytest.mark.parametrize(
    ("now", "zone", "date", "start", "end"),
    [
        pytest.param(
            "2026-11-22T12:00Z", "UTC", "2026-11-22", "2026-11-22T00:00Z", "2026-11-23T00:00Z", id="UTC"
        ),
        pytest.param(
            "2026-11-22T12:00Z", "Pacific/Auckland", "2026-11-23", "2026-11-22T11:00Z", "2026-11-23T11:00Z",
            id="where it is tomorrow already",
        ),
        pytest.param(
            "2026-11-22T06:59Z", "America/Denver", "2026-11-21", "2026-11-21T07:00Z", "2026-11-22T07:00Z",
            id="a minute before midnight",
        ),
        pytest.param(
            "2026-11-22T07:00Z", "America/Denver", "2026-11-22", "2026-11-22T07:00Z", "2026-11-23T07:00Z",
            id="midnight begins the day",
        ),
        pytest.param(
            "2026-11-22T12:00Z", "Asia/Kathmandu", "2026-11-22", "2026-11-21T18:15Z", "2026-11-22T18:15Z",
            id="an offset of 5:45",
        ),
        pytest.param(
            "2026-11-01T12:00Z", "America/New_York", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z",
            id="a day of 25 hours",
        ),
        pytest.param(
            "2026-03-29T12:00Z", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z",
            id="a day of 23 hours",
        ),
        pytest.param(
            "2025-03-30T12:00Z", "Asia/Beirut", "2025-03-30", "2025-03-29T22:00Z", "2025-03-30T21:00Z",
            id="a day whose midnight does not exist",
        ),
        pytest.param(
            "2025-11-02T12:00Z", "America/Havana", "2025-11-02", "2025-11-02T04:00Z", "2025-11-03T05:00Z",
            id="a day whose midnight comes twice",
        ),
    ],
)  # fmt: skip
def test_today_is_the_zones_own_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, zone: str, date: str, start: str, end: str
) -> None:
    moments: dict[str, int] = {}
    for name, text in (("start", start), ("end", end)):
        moment = timestamp.parse(text)
        assert moment is not None
        moments |= {f"before {name}": moment - 1, f"at {name}": moment}
    responses = [
        assistant(f"msg {name}", request=name, uuid=name, session=name, at=timestamp.to_iso(moment))
        for name, moment in moments.items()
    ]
    write(tmp_path / "projects" / "-shop" / "s1.jsonl", responses)
    at = timestamp.parse(now)
    assert at is not None
    today = status_at(at, tmp_path, monkeypatch, "--timezone", zone, read_at=moments["at end"])["today"]
    assert (date, zone, 2) == (today["date"], today["timezone"], today["responses"])
    assert timestamp.parse(start) == timestamp.parse(today["start"])


def test_without_a_zone_today_is_the_machines_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with pytest.MonkeyPatch.context() as machine:
            machine.setenv("TZ", "Pacific/Auckland")
            time.tzset()
            today = status_at(NOON, tmp_path, monkeypatch)["today"]
    finally:
        time.tzset()
    assert ("2026-11-23", "local", "2026-11-22T11:00:00.000Z") == (today["date"], today["timezone"], today["start"])


def test_what_claude_deletes_before_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database cannot be written, new transcripts stay unread."""
    (tmp_path / "settings.json").write_text('{"cleanupPeriodDays": 7}')
    write(tmp_path / "projects" / "shop" / "s1.jsonl", [assistant()])
    options = ["--database", str(tmp_path / "tracker.db"), "--config-dir", str(tmp_path)]
    ingest(*options)
    assert "Claude deletes transcripts after 7 days." in told(options)
    new = write(tmp_path / "projects" / "shop" / "s2.jsonl", [assistant("m2", request="r2")])
    os.utime(new, (1_795_341_600, 1_795_341_600))
    monkeypatch.setattr("exporter.store.database.opening.is_writable", lambda _: False)
    assert "1 transcript not read yet; the first is deleted on 2026-11-29." in told(options)
    health = json.loads(CliRunner().invoke(cli, ["status", "--json", *options]).stdout)["health"]
    found = {"cleanup_days": 7, "unread_files": 1, "first_deletion_at": "2026-11-29T10:00:00.000Z"}
    assert found == health["retention"]


def told(options: list[str]) -> str:
    """What `status` prints, as one line."""
    return " ".join(CliRunner().invoke(cli, ["status", *options]).output.split())
