"""A session with everything in it, as files: two models, nested subagents, a compaction, a limit, a fork."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.marked_tree import cost_state
from support.tracker import Tracker
from support.transcripts import (
    OPUS,
    SONNET,
    Record,
    api_error,
    assistant,
    cache,
    prompt,
    queued,
    text_part,
    tool_result,
    tool_use,
    usage,
    write,
)

SESSION = "7c1f09be-0000-4000-8000-000000000001"
FORK = "7c1f09be-0000-4000-8000-000000000002"
UNKNOWN_MODEL = "claude-unheard-of-9"
TEXTS = ("Add saved cards", "Build the form", "Go on", "The table is there", "Half of", "All is", "Fork it")
"""What must never be where texts are not shown."""


def at(clock: str) -> str:
    return f"2026-11-22T{clock}.000Z"


def results(uuid: str, clock: str, *parts: Record, **envelope: Any) -> Record:
    """The results of tool calls."""
    return prompt(list(parts), uuid=uuid, session=SESSION, at=at(clock), **envelope)


def failed(tool_id: str) -> Record:
    return {**tool_result(tool_id, "no such file"), "is_error": True}


def compaction(uuid: str, clock: str, session: str = SESSION) -> Record:
    return {
        "type": "system", "subtype": "compact_boundary", "uuid": uuid, "timestamp": at(clock), "sessionId": session,
        "isSidechain": False, "content": "Conversation compacted",
        "compactMetadata": {"trigger": "auto", "preTokens": 170_251},
    }  # fmt: skip


def main_lines(session: str = SESSION) -> list[Record | bytes]:
    """What the session and its fork both have."""
    own: dict[str, Any] = {"session": session, "entrypoint": "cli"}
    return [
        prompt("\n Add saved cards\nto the checkout.", uuid="p1", at=at("10:00:00"), **own),
        assistant(
            "m1", request="r1", uuid="a1", at=at("10:00:05"),
            used=usage(100, 50, cache_creation_input_tokens=1_000, cache_creation=cache(0, 1_000)),
            content=[tool_use("t1", "Read"), tool_use("t2", "Bash"), tool_use("t3", "Agent")], **own,
        ),
        {**results("x1", "10:00:06", failed("t2"), tool_result("t1")), "sessionId": session},
        assistant(
            "m2", request="r2", uuid="a2", at=at("10:06:00"), used=usage(10, 40, cache_read_input_tokens=3_000),
            content=[text_part("Let me see."), text_part("The table is there.\nFour tests pass.")], **own,
        ),
    ]  # fmt: skip


def everything(projects: Path) -> Path:
    """Write the session, its subagents and its fork. Returns the session's file."""
    folder = projects / "-home-dev-shop"
    own: dict[str, Any] = {"session": SESSION, "entrypoint": "cli"}
    lines = [
        *main_lines(),
        prompt("Build the form. \x1b[31mRed\u202e", uuid="p2", at=at("10:30:00"), **own),
        assistant(
            "m3", request="r3", uuid="a3", at=at("10:30:10"), model=SONNET, stop=None, used=usage(5, 1),
            content=[text_part("Half of")], **own,
        ),
        prompt([text_part("[Request interrupted by user]")], uuid="i1", at=at("10:31:00"), **own),
        compaction("c1", "10:40:00"),
        b'{"type":"user","uuid":"torn',
        queued("Go on", uuid="q1", session=SESSION, at=at("10:50:00")),
        assistant(
            "m4", request="r4", uuid="a4", at=at("10:50:30"), model=UNKNOWN_MODEL, used=usage(7, 3),
            content=[tool_use("t4", "mcp__acme__find"), text_part("All is well.")], **own,
        ),
        results("x2", "10:50:40", failed("t4")),
        api_error("API Error: 529 overloaded", uuid="e1", status=529, timestamp=at("10:51:00"), sessionId=SESSION),
        api_error(
            "You've hit your session limit · resets 2pm (UTC)", uuid="e2", error="rate_limit",
            timestamp=at("10:52:00"), sessionId=SESSION,
        ),
        {
            "type": "pr-link", "sessionId": SESSION, "prNumber": 482, "prRepository": "acme/shop",
            "prUrl": "https://github.com/acme/shop/pull/482",
        },
        cost_state(SESSION, {OPUS: (130, 97, 3_000, 1_000), SONNET: (35, 61, 0, 0)}),
    ]  # fmt: skip
    _write_agents(folder / SESSION / "subagents")
    later: dict[str, Any] = {"session": FORK, "at": at("12:00:00")}
    fork = [
        *main_lines(FORK), compaction("c1", "10:40:00", FORK), prompt("Fork it", uuid="p9", **later),
        assistant("m9", request="r9", uuid="a9", content=[text_part("Forked.")], **later),
    ]  # fmt: skip
    file = write(folder / f"{SESSION}.jsonl", lines)
    write(folder / f"{FORK}.jsonl", fork)
    return file


def _write_agents(folder: Path) -> None:
    side: dict[str, Any] = {"session": SESSION, "side": True, "agentId": "a1"}
    calls = [tool_use("t5", "Bash"), tool_use("t6", "Agent")]
    outer = [
        assistant("s1", request="q1", uuid="sa1", at=at("10:01:00"), model=SONNET, content=calls, **side),
        results("sx1", "10:01:30", failed("t5"), isSidechain=True),
        assistant("s2", request="q2", uuid="sa2", at=at("10:05:00"), model=SONNET, **side),
    ]
    inner = [assistant("s3", request="q3", uuid="sa3", at=at("10:02:00"), model=SONNET, **side)]
    write(folder / "agent-a1.jsonl", outer)
    write(folder / "deep" / "agent-b2.jsonl", inner)
    _write_meta(folder / "agent-a1.meta.json", agentType="Explore", description="readers of the payment")
    _write_meta(folder / "deep" / "agent-b2.meta.json", agentType="Explore", description="tests", parentAgentId="a1")


def _write_meta(path: Path, **values: str) -> None:
    path.write_text(json.dumps(values))


def remove(projects: Path) -> None:
    """Delete all transcripts, as Claude Code does after some weeks."""
    for path in projects.rglob("*.json*"):
        path.unlink()


def track(folder: Path) -> Path:
    """A database with the session, read from `folder/claude/projects`."""
    everything(folder / "claude" / "projects")
    with Tracker(folder / "tracker.db", folder / "claude" / "projects"):
        pass
    return folder / "tracker.db"
