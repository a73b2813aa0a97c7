"""The made-up user: the same for the same seed, in the order of time, with something of everything."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest

from exporter.demo.events import Event, Kind
from exporter.domain.calendar.timestamp import DAY, MINUTE
from support.demo import life
from support.snapshots import NOON

DAYS = 40
START = NOON - DAYS * DAY


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(life(START, NOON, working_at=(NOON,)))


def digest(events: Iterable[Event]) -> str:
    found = hashlib.sha256()
    for event in events:
        found.update(repr(event).encode())
    return found.hexdigest()


def test_the_same_seed_gives_the_same_user() -> None:
    end = START + 3 * DAY
    assert digest(life(START, end, seed=7)) == digest(life(START, end, seed=7)) != digest(life(START, end, seed=8))


def test_the_times_do_not_fall(events: list[Event]) -> None:
    assert all(one.at <= next_.at for one, next_ in pairwise(events))
    assert START <= events[0].at
    assert events[-1].at < NOON


def test_somebody_always_works_when_the_demo_begins(events: list[Event]) -> None:
    """On a Sunday at noon, too: sessions run, and something happened in the last minutes."""
    running: dict[str, bytes] = {}
    for event in events:
        if "/sessions/" in event.path:
            running[event.path] = event.content
            if event.kind is Kind.REMOVE:
                del running[event.path]
    assert {".claude", ".claude-side"} == {path.split("/")[0] for path in running}
    assert 3 <= len(running)
    assert NOON - 2 * MINUTE < events[-1].at


def test_everything_happens(events: list[Event]) -> None:
    kinds: Counter[str] = Counter()
    for event in events:
        if event.kind is not Kind.APPEND:
            kinds[event.kind.value] += 1
            kinds["waits"] += b'"waiting"' in event.content
            continue
        line = json.loads(event.content)
        kinds[line["type"]] += 1
        kinds["subagent"] += line.get("isSidechain") is True
        kinds["compaction"] += line.get("subtype") == "compact_boundary"
        kinds["interrupted"] += b"[Request interrupted" in event.content
        kinds["overloaded"] += line.get("error") == "overloaded"
        kinds["failed tool"] += b'"is_error":true' in event.content
        kinds["worktree"] += "/.claude/worktrees/" in line.get("cwd", "")
        if "quotaLimits" in line:
            kinds[line["quotaLimits"]["rateLimitType"]] += 1
        if "message" in line and "model" in line["message"]:
            kinds[line["message"]["model"]] += 1
    named = (
        "user", "assistant", "system", "cost-state", "custom-title", "replace", "remove", "sample", "submit", "waits",
        "subagent", "compaction", "interrupted", "overloaded", "failed tool", "worktree", "five_hour", "seven_day",
        "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "glm-5.2", "kimi-k3", "<synthetic>",
    )  # fmt: skip
    assert [] == [name for name in named if not kinds[name]]


def test_two_accounts_use_two_folders(events: list[Event]) -> None:
    owners = {
        event.path: json.loads(event.content)["oauthAccount"]["accountUuid"]
        for event in events
        if event.path.endswith(".claude.json")
    }
    assert {".claude/.claude.json", ".claude-side/.claude.json"} == owners.keys()
    assert 2 == len(set(owners.values()))
