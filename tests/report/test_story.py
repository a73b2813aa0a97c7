"""The report of `sessions show` fits 80 columns: names are cut, numbers are not."""

from __future__ import annotations

import io
from datetime import UTC
from typing import Any

import pytest
from msgspec.structs import replace

from exporter.domain.sessions.story.compose import compose
from exporter.domain.sessions.story.parts import NOTHING_FOUND, StoredSession
from exporter.domain.sessions.story.story import Agent, ApiError, Compaction, Head, LimitMet, Story, ToolUse, Turn
from exporter.domain.usage.amount import Amount
from exporter.domain.usage.tokens import Tokens
from exporter.report.story import story as report
from exporter.report.terminal import Terminal
from support.snapshots import HOUR, NOON

LARGE = Amount(Tokens(output=987_654_321), 1_234_560_000_000, 70, 1_200, 2)
EMPTY = compose(StoredSession(Head("s1", "claude_code", "ended")), NOTHING_FOUND)


def printed(story: Story, width: int = 80) -> list[str]:
    out = io.StringIO()
    Terminal(width, file=out, width=width).print_report(report(story, "Read just now.", width, UTC))
    lines = out.getvalue().split("\n")
    assert width >= max(map(len, lines))
    return [line.rstrip() for line in lines]


def with_(**parts: Any) -> Story:
    return replace(EMPTY, **parts)


def test_a_session_without_anything() -> None:
    assert [
        "Session s1, ended",
        "Client      Claude Code",
        "Main        0 responses, 0 tokens, $0.00",
        "Transcript  none of its files is known",
        "",
        "No usage in this period.",
        "Read just now.",
        "",
    ] == printed(EMPTY)


def test_names_of_subagents_are_cut() -> None:
    deep = Agent("b" * 17, "a" * 17, 40, "Explore", "find every reader of it", LARGE, NOON, NOON + 12 * HOUR)
    agents = (Agent("a" * 17, kind="Plan", amount=Amount(), started_at=NOON, ended_at=NOON), deep)
    assert [
        "Subagent         ID                       Time Responses   Tokens           Cost",
        "Plan             aaaaaaaaaaaaaaaaa         0 s         0        0          $0.00",
        "        Explore… bbbbbbbbbbbbbbbbb 12 h 00 min     1,200 ≥987.65M ≥$1,234.56 + ?",
    ] == printed(with_(agents=agents))[5:8]
    assert [
        "Subagent                           ID                Start        Time Responses   Tokens           Cost",
        "Plan                               aaaaaaaaaaaaaaaaa 12:00         0 s         0        0          $0.00",
        "        Explore: find every reade… bbbbbbbbbbbbbbbbb 12:00 12 h 00 min     1,200 ≥987.65M ≥$1,234.56 + ?",
    ] == printed(with_(agents=agents), 104)[5:8]


@pytest.mark.parametrize("width", [80, 120])
def test_what_happened_is_in_the_order_of_time(width: int) -> None:
    turns = (
        Turn(NOON - HOUR, False, 0, Amount(responses=1), (ToolUse("Bash", 1_200, 3), ToolUse("Read", 1, None))),
        Turn(NOON, True, 3 * HOUR, LARGE, interruptions=2, api_errors=1, prompt="p" * 300, answer=None),
    )
    story = with_(
        turns=turns,
        compactions=(Compaction(NOON + 1), Compaction(NOON - 2 * HOUR, "auto", 5)),
        limits=(LimitMet("seven_day_opus", NOON + HOUR, None),),
        api_errors=(ApiError("server_error", NOON + 2), ApiError("rate_limit", NOON + HOUR)),
    )
    lines = printed(story, width)
    at = lines.index("Turns")
    assert [
        "11-22 10:00  context compacted (auto, 5 tokens before)",
        "11-22 11:00  before the first prompt: 0 s, 1 response, 0 tokens, $0.00",
        "             Bash 1,200 (3 failed), Read 1",
    ] == lines[at + 1 : at + 4]
    assert f"             > {'p' * (width - 16)}…" in lines
    assert ["11-22 12:00  context compacted", "11-22 12:00  API error (server error)"] == [
        line for line in lines if line.startswith(("11-22 12:00  context", "11-22 12:00  API"))
    ]
    assert "11-22 13:00  limit reached: Opus week" in lines
    assert [] == [line for line in lines if "rate limit" in line], "it is the limit reached"


def test_an_active_session() -> None:
    head = Head("s1", "claude_desktop", "busy", first_at=NOON)
    assert ["Session s1, busy", "Client      Claude Desktop", "Entries     2026-11-22 12:00"] == printed(
        with_(head=head)
    )[:3]


@pytest.mark.parametrize(
    ("state", "start"),
    [
        ("incomplete", "Transcript  some of its files are missing"),
        ("unreadable", "Transcript  cannot be read"),
        ("forgotten", "Transcript  forgotten: names, folders and texts"),
    ],
)
def test_what_is_not_known_is_said(state: str, start: str) -> None:
    assert any(line.startswith(start) for line in printed(with_(transcript=state)))
