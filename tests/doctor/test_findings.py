"""Other faults that a check finds, and what is no fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from exporter.doctor.place import UrlPlace
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.fleet.state import StoreState
from exporter.domain.health import CollectorHealth, FolderCounts, Health, ReportedHealth
from exporter.store.health import write_health
from support.installation import Installation
from support.snapshots import NOON
from support.transcripts import assistant, write

Change = Callable[[Installation], object]
DOWN = {"labels": {"job": "claude-tracker"}, "scrapeUrl": "http://x:1/metrics", "health": "down"}


def command(program: object, subcommand: str) -> dict[str, Any]:
    return {"type": "command", "command": f"{program} {subcommand}"}


def unread_for_weeks(sound: Installation) -> None:
    sound.stop()
    file = write(sound.transcript.with_name("s2.jsonl"), [assistant()])
    os.utime(file, ns=((NOON - 29 * DAY) * 1_000_000,) * 2)


def managed_line(sound: Installation) -> None:
    sound.write_settings(sound.settings, statusLine=None)
    sound.managed(statusLine=command(sound.program, "statusline"))


def managed_hook(sound: Installation) -> None:
    sound.write_settings(sound.settings, hooks=None)
    sound.managed(hooks={"StopFailure": [{"hooks": [command(sound.program, "hook")]}]})


def private_folder(sound: Installation) -> None:
    sound.database.chmod(0o644)
    sound.database.parent.chmod(0o700)


def no_prometheus(sound: Installation) -> None:
    sound.place = sound.place._replace(prometheus=UrlPlace("http://127.0.0.1:9"))


def failing_detect(sound: Installation) -> None:
    """A tracker without a server, which reports its health in the database."""
    sound.nobody_answers()
    health = Health((CollectorHealth("transcripts", False, 0.1),), folders=FolderCounts(0, 2), detects=True)
    write_health(sound.database, ReportedHealth(NOON, health))


def login_wanted(sound: Installation) -> None:
    sound.answer("/grafana/api/dashboards/uid/claude-tracker-overview", {}, 401)


def not_sqlite(sound: Installation) -> None:
    sound.database.write_bytes(b"this is no database, and long enough for SQLite to say so" * 20)


STORE = "https://store.example/api/v1/write?key=s3cret"
FOUND: dict[str, tuple[str, Change, str, str]] = {
    "the tracker is elsewhere": ("port", Installation.nobody_answers, "note", "it does not answer at"),
    "a named folder is missing": (
        "roots",
        lambda s: s.claude.rename(s.root / "moved"),
        "error",
        "does not exist, so the tracker does not start.",
    ),
    "a tracker without a server that fails": (
        "collectors",
        failing_detect,
        "warning",
        "The running tracker reports failures of: transcripts.",
    ),
    "folders that it cannot watch": ("watching", failing_detect, "note", "scans 2 folders every few seconds"),
    "no transcript": ("transcripts", lambda s: s.transcript.unlink(), "note", "There are no transcripts yet."),
    "a quiet month": ("transcripts", lambda s: s.later(40 * DAY), "note", "No transcript changed recently"),
    "deleted soon": (
        "retention",
        unread_for_weeks,
        "warning",
        "1 transcript not read yet; the first is deleted in 24 hours.",
    ),
    "hooks are off, and the status line": (
        "statusline",
        lambda s: s.write_settings(s.settings, disableAllHooks=True),
        "warning",
        "sets disableAllHooks, which also turns the status line off.",
    ),
    "a managed status line of others": (
        "statusline",
        lambda s: s.managed(statusLine=command("corp-line", "")),
        "warning",
        "sets another status line, which replaces yours.",
    ),
    "managed hooks only": (
        "hook",
        lambda s: s.managed(allowManagedHooksOnly=True),
        "warning",
        "allows only managed hooks, so yours is not called.",
    ),
    "hooks are off for all": (
        "hook",
        lambda s: s.managed(disableAllHooks=True),
        "warning",
        "so the hook is not called.",
    ),
    "not SQLite": ("database_integrity", not_sqlite, "error", "The database is damaged: file is not a database."),
    "no answer of a Prometheus": (
        "prometheus",
        lambda s: s.answer("/prometheus/api/v1/targets", "x"),
        "warning",
        "No Prometheus answers at",
    ),
    "a scrape that fails": (
        "prometheus",
        lambda s: s.scrapes([DOWN | {"lastError": "connection refused"}]),
        "warning",
        "Prometheus cannot scrape http://x:1/metrics: connection refused.",
    ),
    "no answer of a Grafana": (
        "grafana",
        lambda s: s.answer("/grafana/api/health", "x"),
        "warning",
        "No Grafana answers at",
    ),
    "a secret that others can read": ("secrets", lambda s: s.secret.chmod(0o644), "error", "so it is not used."),
    "no file with the secret": (
        "secrets",
        lambda s: s.secret.unlink(),
        "error",
        "The file with the Netlify token does not exist.",
    ),
    "little space": ("disk", lambda s: s.machine(free_bytes=lambda folder: 900 << 20), "warning", "900 MB are free"),
    "no sync yet": (
        "sync",
        lambda s: setattr(s, "place", s.place._replace(sync_targets=["webhook"])),
        "warning",
        "Nothing was published to webhook yet.",
    ),
    "a store that has nothing yet": (
        "fleet",
        lambda s: setattr(s, "place", s.place._replace(store=STORE)),
        "warning",
        "Nothing was sent to https://store.example/api/v1/write yet.",
    ),
    "a store that refuses the past": (
        "fleet",
        lambda s: s.sends(StoreState(STORE, last_success_at=s.place.clock(), refused={"too_old": 12})),
        "warning",
        "https://store.example/api/v1/write refused 12 samples for good: sums are right",
    ),
    "a store that took nothing for two days": (
        "fleet",
        lambda s: s.sends(StoreState(STORE, last_success_at=s.place.clock() - 2 * DAY)),
        "warning",
        "https://store.example/api/v1/write last took something 2 days ago, though a tracker runs.",
    ),
    "an empty unit": (
        "service_command",
        lambda s: s.unit.write_text("[Service]\n"),
        "error",
        "The service's file names no program.",
    ),
}


@pytest.mark.parametrize(("name", "change", "status", "message"), FOUND.values(), ids=FOUND)
def test_another_fault(sound: Installation, name: str, change: Change, status: str, message: str) -> None:
    change(sound)
    found = sound.checks()[name]
    assert (status, True) == (found.status, message in found.message), found


FINE: dict[str, tuple[str, Change]] = {
    "a managed status line of ours": ("statusline", managed_line),
    "a managed hook of ours": ("hook", managed_hook),
    "the port is free": ("port", Installation.stop),
    "no Prometheus that anybody named": ("prometheus", no_prometheus),
    "a Grafana with a login": ("grafana", login_wanted),
    "an old reading, and Claude not used since": ("limits", lambda s: s.later(DAY)),
    "a folder that nobody else may enter": ("database_permissions", private_folder),
    "damage, which has its own check": ("database", not_sqlite),
    "a store that has everything": (
        "fleet", lambda s: s.sends(StoreState(STORE, last_success_at=s.place.clock())),
    ),
    "a system without services": ("service", lambda s: setattr(s, "place", s.place._replace(
        service=s.place.service._replace(manager=None)))),
}  # fmt: skip


@pytest.mark.parametrize(("name", "change"), FINE.values(), ids=FINE)
def test_what_is_no_fault(sound: Installation, name: str, change: Change) -> None:
    change(sound)
    assert "ok" == sound.checks()[name].status
