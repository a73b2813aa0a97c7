"""A server like the tracker's for the views: sessions, projects, the doctor. A test sets the stories and the checks."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request

from support.page_data import ACTIVE, Json, amount, at, by_model, named_parts
from support.page_server import Tracker
from support.story import SESSION
from support.story_json import STORY_JSON, deleted_json, texts_json, used

RUNNING = ACTIVE[1]["id"]
LONG, DELETED, FORGOTTEN, IMPORTED = "long", "deleted", "forgotten-1f2e3d4c5b6a7988", "imported"
OF_SHOP = 0.47
"""Its part of each day's use."""


def check(name: str, status: str, message: str, remedy: str | None = None) -> Json:
    return {"id": name, "status": status, "message": message, "remedy": remedy}


CHECKS = [
    check("python", "ok", "Python 3.11."),
    check("service", "note", "No service starts the tracker at login.", "Run `claude-tracker service install`."),
    check(
        "statusline", "warning", "The status line does not call the tracker.", "Run `claude-tracker setup statusline`."
    ),
    check("database", "error", "The database cannot be written.", "Free some space on the disk."),
    check("transcripts", "ok", "811 transcripts, the last change less than a minute ago."),
]


def bare(session_id: str, **head: Any) -> Json:
    """The story of a session of which the database has nothing but the row."""
    nothing = used((0, 0, 0, 0, 0), 0.0, 0)
    empty: dict[str, list[Json]] = {
        name: [] for name in ("models", "turns", "tools", "agents", "limits", "api_errors", "blocks")
    }
    session = dict.fromkeys(STORY_JSON["session"]) | {
        "id": session_id, "session_type": "claude_code", "state": "ended", "accounts": [], "runs": [],
        "first_at": at(hours=5), "last_at": at(hours=4), **head,
    }  # fmt: skip
    return {
        **copy.deepcopy(STORY_JSON), **empty, "session": session, "transcript": "none", "compactions": None,
        "totals": nothing, "main": nothing, "subagents": nothing, "client_total": None, "interruptions": 0,
        "worked_seconds": 0.0, "cache": {"hit_ratio": None, "written_tokens": 0, "rewritten_tokens": 0},
    }  # fmt: skip


def long_story(turns: int = 500) -> Json:
    """So many turns over four days, each with a subagent; it was compacted every hundred turns."""
    one = texts_json()["turns"][0]
    per_day = turns // 4
    moments = [at(days=4 - number // per_day, minutes=-2 * (number % per_day)) for number in range(turns)]
    agent = STORY_JSON["agents"][0]
    return {
        **texts_json(),
        "session": STORY_JSON["session"] | {"id": LONG, "first_at": moments[0], "last_at": moments[-1]},
        "turns": [
            one
            | {"at": moment, "duration_seconds": 60.0, "cost_usd": 0.1 + number % 7}
            | {"context_tokens": 1_000 * (number % 100 + 1)}
            for number, moment in enumerate(moments)
        ],
        "agents": [agent | {"id": f"a{n}", "first_at": moment, "last_at": moment} for n, moment in enumerate(moments)],
        "compactions": [{"at": moment, "trigger": "manual", "tokens_before": 100_000} for moment in moments[100::100]],
    }  # fmt: skip


def running_story(cost: float = 2.57) -> Json:
    """The first of the active sessions, which waits for its user."""
    head = {
        "id": RUNNING,
        "state": "waiting",
        "project": "payments",
        "folder": "/home/dev/payments",
        "last_at": at(minutes=1),
    }
    runs = [{"start": at(minutes=41), "end": None}]
    return {
        **copy.deepcopy(STORY_JSON),
        "session": STORY_JSON["session"] | head | {"first_at": at(minutes=41), "runs": runs},
        "totals": STORY_JSON["totals"] | {"cost_usd": cost, "unpriced_tokens": 0, "incomplete_responses": 0},
    }


def stories() -> dict[str, Json]:
    """By the id of the session."""
    text = json.dumps(deleted_json()).replace("mcp__acme__find", "mcp")  # names of tools may be private
    forgotten = json.loads(text) | {"transcript": "forgotten", "agents": []}
    nameless = dict.fromkeys(("project", "folder", "git_branch", "repository", "pull_request"))
    return {
        SESSION: texts_json(),
        RUNNING: running_story(),
        LONG: long_story(),
        DELETED: deleted_json() | {"session": STORY_JSON["session"] | {"id": DELETED}},
        FORGOTTEN: forgotten | {"session": STORY_JSON["session"] | {"id": FORGOTTEN, **nameless}},
        IMPORTED: bare(IMPORTED, folder="/home/dev/old-shop"),
    }


class ViewTracker(Tracker):
    """Answers also stories, checks, and usage by project."""

    def __init__(self) -> None:
        super().__init__()
        self.stories = stories()
        self.checks = CHECKS
        for unit in self.answers["breakdowns"].values():
            for item in unit["project"]["items"]:
                for part in item["breakdown"]:
                    part["models"] = by_model(part["tokens"]["total"])
        old = copy.deepcopy(self.answers["sessions"]["items"][-1])
        metadata = {"source": "imported", "tokens": "estimated", "imported": True}
        self.answers["sessions"]["items"].append(
            old | {"id": IMPORTED, "metadata": metadata, "estimated_tokens": 1_234_567}
        )

    def _answer(self, path: str) -> Json:
        if path == "/api/doctor":
            return {"checks": self.checks}
        by, breakdown = request.args.get("by"), request.args.get("breakdown")
        if by == "project" and breakdown is not None:
            names = {"skill": {None: 0.7, "commit": 0.3}, "agent": {None: 0.6, "Explore": 0.4}}[breakdown]
            return {"items": [{"project": "shop", "breakdown": named_parts(400_000_000, names, breakdown)}]}
        return super()._answer(path)

    def _usage(self) -> Json:
        found = super()._usage()
        if request.args["by"] == "session":
            paths = {row["id"]: row["project_path"] or "" for row in self.answers["sessions"]["items"]}
            for item in found["items"]:
                item |= {"project": paths.get(item["session"], "").rpartition("/")[2], "tokens": amount(5)["tokens"]}
        return found

    def _story(self, session_id: str) -> Json:
        return self.stories[session_id]

    def _sessions(self) -> Json:
        search = request.args.get("search", "")
        rows = [row for row in self.answers["sessions"]["items"] if row["id"] == search]
        return {"items": rows, "next": None} if rows else super()._sessions()


@contextmanager
def views_like() -> Iterator[ViewTracker]:
    """A server that answers, on a free port of loopback."""
    tracker = ViewTracker()
    tracker.start()
    try:
        yield tracker
    finally:
        tracker.stop()
