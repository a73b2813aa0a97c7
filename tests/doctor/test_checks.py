"""Each check finds what it is for, in an installation that is sound otherwise; in a sound one nothing is said."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from exporter.doctor.check import Check
from exporter.doctor.examine import CHECKS, examine
from exporter.doctor.gather import around
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.fleet.state import StoreState
from exporter.domain.sync import SyncState
from support.installation import HEALTH, Installation
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import append, assistant

Break = Callable[[Installation], object]


def test_nothing_is_said_in_a_sound_installation(sound: Installation) -> None:
    assert [] == [check for check in examine(sound.place) if check.status != "ok"]
    assert len(CHECKS) >= 25


def test_every_check_is_broken_by_a_test() -> None:
    assert set(CHECKS) == {param.values[0] for param in BROKEN}


def other_program(sound: Installation) -> None:
    sound.stop()
    sound.place = sound.place._replace(listen=("127.0.0.1", sound.server.port))
    sound.answer("/-/healthy", "hello")


def no_unit(sound: Installation) -> None:
    sound.unit.unlink()


def failed(sound: Installation) -> None:
    sound.machine(run=lambda command: "failed\n")


def old_program(sound: Installation) -> None:
    sound.unit.write_text("[Service]\nExecStart=/nowhere/bin/claude-tracker run\n")


def no_folder(sound: Installation) -> None:
    claude = sound.place.claude._replace(folders=[sound.root / "other"], is_named=False)
    sound.place = sound.place._replace(claude=claude)


def long_ago(sound: Installation) -> None:
    """No tracker, and a month later."""
    sound.stop()
    sound.later(20 * DAY)


def registry_is_a_file(sound: Installation) -> None:
    (sound.claude / "sessions").rmdir()
    (sound.claude / "sessions").write_text("")


def move_program(sound: Installation) -> None:
    sound.write_settings(sound.settings)
    sound.program.unlink()


def no_account(sound: Installation) -> None:
    (sound.claude / ".claude.json").write_text("{}")


def used_since(sound: Installation) -> None:
    sound.later(2 * DAY)
    os.utime(sound.transcript, ns=((NOON + 2 * DAY) * 1_000_000,) * 2)


def no_database(sound: Installation) -> None:
    sound.place = sound.place._replace(database=sound.root / "none.db")


def damage(sound: Installation) -> None:
    with closing(sqlite3.connect(sound.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = os.stat(sound.database).st_size
    with sound.database.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))


def newer_tables(sound: Installation) -> None:
    with closing(sqlite3.connect(sound.database)) as connection:
        connection.execute("UPDATE tracker_meta SET value = '99' WHERE key = 'version'")
        connection.commit()


def long_journal(sound: Installation) -> None:
    with sound.database.with_name("tracker.db-wal").open("wb") as file:
        file.truncate(300 << 20)


def synced_folder(sound: Installation) -> None:
    folder = sound.root / "Dropbox"
    folder.mkdir()
    sound.database.rename(folder / "tracker.db")
    sound.place = sound.place._replace(database=folder / "tracker.db")


def unpriced(sound: Installation) -> None:
    sound.stop()
    append(sound.transcript, [assistant("m9", request="r9", uuid="u9", model="own-model-1")])
    with Tracker(sound.database, sound.claude / "projects", now=NOON):
        pass


def problem_value(sound: Installation, **parts: Any) -> None:
    sound.place = sound.place._replace(config=sound.place.config._replace(**parts))


def token_in_file(sound: Installation) -> None:
    sound.config.write_text("token = 'abc'\n")
    sound.config.chmod(0o644)


BROKEN = [
    pytest.param("python", lambda s: s.machine(python=(3, 10)), "error", "Python 3.10 is too old.", id="python"),
    pytest.param(
        "version",
        lambda s: s.answer("/openapi.json", {"info": {"version": "0.0.9"}}),
        "warning",
        "is version 0.0.9, this program is version",
        id="version",
    ),
    pytest.param("tracker", Installation.stop, "note", "No tracker is running", id="tracker"),
    pytest.param("port", other_program, "error", "The tracker cannot start.", id="port"),
    pytest.param(
        "collectors",
        lambda s: s.answer("/api/health", {**HEALTH, "collectors": [{"name": "limits", "success": False}]}),
        "warning",
        "The running tracker reports failures of: limits.",
        id="collectors",
    ),
    pytest.param("service", no_unit, "note", "No service starts the tracker at login.", id="service"),
    pytest.param("service_active", failed, "warning", "The service is installed but failed.", id="service_active"),
    pytest.param(
        "service_command",
        old_program,
        "error",
        "The service starts /nowhere/bin/claude-tracker, which does not exist.",
        id="service_command",
    ),
    pytest.param("roots", no_folder, "warning", "No folder with transcripts was found.", id="roots"),
    pytest.param(
        "roots_readable",
        lambda s: s.machine(may_read=lambda path: not path.endswith("projects")),
        "error",
        "You may not read",
        id="roots_readable",
    ),
    pytest.param(
        "transcripts",
        lambda s: s.machine(may_read=lambda path: not path.endswith(".jsonl")),
        "error",
        "1 transcript or folder below the folders cannot be read.",
        id="transcripts",
    ),
    pytest.param(
        "retention",
        long_ago,
        "warning",
        "Claude deletes transcripts after 30 days, and they were last read 20 days ago.",
        id="retention",
    ),
    pytest.param("registry", registry_is_a_file, "warning", "The registry of running sessions cannot", id="registry"),
    pytest.param("settings", lambda s: s.settings.write_text("{"), "warning", "it is not plain JSON", id="settings"),
    pytest.param(
        "statusline",
        lambda s: s.write_settings(s.settings, statusLine=None),
        "warning",
        "The status line does not call the tracker",
        id="statusline",
    ),
    pytest.param("statusline_command", move_program, "error", "which does not exist.", id="statusline_command"),
    pytest.param(
        "hook", lambda s: s.write_settings(s.settings, hooks=None), "note", "The hook is not set up", id="hook"
    ),
    pytest.param("hook_command", move_program, "error", "which does not exist.", id="hook_command"),
    pytest.param("account", no_account, "note", "Claude's files name no account", id="account"),
    pytest.param("limits", used_since, "warning", "is 2 days old, though you used it since.", id="limits"),
    pytest.param("database", no_database, "note", "There is no database at", id="database"),
    pytest.param("database_integrity", damage, "error", "The database is damaged:", id="database_integrity"),
    pytest.param(
        "database_version", newer_tables, "error", "A newer claude-tracker wrote the database", id="database_version"
    ),
    pytest.param("database_size", long_journal, "warning", "The database's journal has 300 MB", id="database_size"),
    pytest.param(
        "database_owner",
        lambda s: s.machine(uid=os.geteuid() + 1),
        "error",
        "belongs to another user.",
        id="database_owner",
    ),
    pytest.param(
        "database_permissions",
        lambda s: s.database.chmod(0o644),
        "warning",
        "(mode 0644), which has the names of your projects.",
        id="database_permissions",
    ),
    pytest.param("database_synced", synced_folder, "warning", "is in a synced folder (Dropbox)", id="database_synced"),
    pytest.param(
        "database_filesystem",
        lambda s: s.machine(filesystem=lambda folder: "nfs4"),
        "warning",
        "is on a network file system (nfs4)",
        id="database_filesystem",
    ),
    pytest.param("disk", lambda s: s.machine(free_bytes=lambda folder: 50 << 20), "error", "50 MB are free", id="disk"),
    pytest.param(
        "watches",
        lambda s: s.limit("max_user_watches", 3),
        "warning",
        "The tracker watches 2 folders, and the system allows 3 file watches",
        id="watches",
    ),
    pytest.param(
        "watch_instances",
        lambda s: s.machine(can_watch=lambda: False),
        "warning",
        "The system's limit for watching files (128 watchers) is reached",
        id="watch_instances",
    ),
    pytest.param(
        "watching",
        lambda s: s.answer("/api/health", {**HEALTH, "watched_folders": {"events": 0, "polling": 1}}),
        "note",
        "The tracker scans 1 folder every few seconds",
        id="watching",
    ),
    pytest.param(
        "clock", lambda s: s.later(-3 * HOUR), "warning", "The last commit is 3 hours in the future", id="clock"
    ),
    pytest.param(
        "file_times",
        lambda s: os.utime(s.transcript, ns=((NOON + HOUR) * 1_000_000,) * 2),
        "warning",
        "1 transcript changed in the future",
        id="file_times",
    ),
    pytest.param("zone", lambda s: s.machine(zone=lambda: None), "warning", "time zone is not known", id="zone"),
    pytest.param(
        "price_list", lambda s: s.later(400 * DAY), "warning", "The price list (genai-prices", id="price_list"
    ),
    pytest.param("unpriced", unpriced, "warning", "No price is known for own-model-1 (30 tokens).", id="unpriced"),
    pytest.param("prometheus", lambda s: s.scrapes([]), "warning", "does not scrape the tracker.", id="prometheus"),
    pytest.param(
        "grafana",
        lambda s: s.answer("/grafana/api/dashboards/uid/claude-tracker-usage", {}, 404),
        "warning",
        "does not have the dashboards claude-tracker-usage.",
        id="grafana",
    ),
    pytest.param(
        "sync",
        lambda s: s.synced(SyncState("netlify", 2, 1, NOON, problem="the site does not exist", is_stopped=True)),
        "warning",
        "Publishing to netlify fails: the site does not exist. It does not try again until",
        id="sync",
    ),
    pytest.param(
        "fleet",
        lambda s: s.sends(StoreState("https://store.example/w", last_success_at=NOON, problem="it answered 401")),
        "warning",
        "Sending to https://store.example/w fails: it answered 401.",
        id="fleet",
    ),
    pytest.param(
        "config",
        lambda s: problem_value(s, problem="expected '='"),
        "error",
        "The configuration file cannot be used: expected '='.",
        id="config",
    ),
    pytest.param(
        "config_values",
        lambda s: problem_value(s, values=["listen: 'x' is not HOST:PORT"]),
        "error",
        "Values that no command accepts: listen: 'x' is not HOST:PORT.",
        id="config_values",
    ),
    pytest.param(
        "config_permissions",
        lambda s: s.config.chmod(0o666),
        "warning",
        "Other users may change",
        id="config_permissions",
    ),
    pytest.param("secrets", token_in_file, "warning", "which holds a secret.", id="secrets"),
]


@pytest.mark.parametrize(("name", "break_it", "status", "message"), BROKEN)
def test_a_check_finds_what_it_is_for(
    sound: Installation, name: str, break_it: Break, status: str, message: str
) -> None:
    break_it(sound)
    found = sound.checks()[name]
    assert (status, True) == (found.status, message in found.message), found
    assert found.remedy


def test_a_check_that_fails_is_reported_and_stops_no_other(sound: Installation) -> None:
    def explode() -> str:
        raise RuntimeError("no such thing")

    sound.machine(zone=explode)
    found = sound.checks()
    assert (
        Check(
            "zone",
            "warning",
            "This check failed: no such thing.",
            "Report it, with what `claude-tracker support` writes.",
        )
        == found["zone"]
    )
    assert ["zone"] == [check.id for check in found.values() if check.status != "ok"]


def test_the_dashboards_are_those_of_the_project() -> None:
    from support.services import PROJECT

    files = (PROJECT / "grafana" / "dashboards").glob("*.json")
    assert {f"claude-tracker-{file.stem}" for file in files} == set(around.DASHBOARDS)


def test_the_newest_date_that_is_over_is_the_age_of_a_list() -> None:
    text = b"since 2026-03-01, until 2027-01-01; version 2026-13"
    assert 1_772_323_200_000 == around.newest_date(text, NOON)
    assert None is around.newest_date(b"2027-01-01", NOON)
