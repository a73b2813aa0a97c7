"""A sound installation in folders of the test's own, whose parts a test can break."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from exporter import __version__
from exporter.doctor.check import Check
from exporter.doctor.examine import examine
from exporter.doctor.place import ClaudePlace, ConfigPlace, Machine, Place, SecretPlace, ServicePlace, UrlPlace
from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.fleet.state import StoreState
from exporter.domain.limits.reading import Reading
from exporter.domain.sync import SyncState
from exporter.ingest import lock
from exporter.ingest.lock import TRACKER, Holder
from exporter.sources.limits.account_files import AccountFile
from exporter.store import store_states
from exporter.store.sync_states import save_state
from support.services import free_port
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, prompt, write

UIDS = (
    "claude-tracker-overview",
    "claude-tracker-usage",
    "claude-tracker-limits",
    "claude-tracker-sessions",
    "claude-tracker-health",
    "claude-tracker-team",
)
HEALTH: dict[str, Any] = {
    "collectors": [{"name": "transcripts", "success": True, "duration_s": 0.1}],
    "watched_folders": {"events": 1, "polling": 0},
}


class Installation:
    """Everything is as it should be, and a tracker runs. `place`: for the doctor; a test replaces parts of it."""

    def __init__(self, root: Path, server: HTTPServer) -> None:
        self.root, self.server = root, server
        self.claude = root / "claude"
        self.program = root / "bin" / "claude-tracker"
        self.transcript = self.claude / "projects" / "-home-dev-shop" / "s1.jsonl"
        self.settings = self.claude / "settings.json"
        self.config = root / "config.toml"
        self.secret = root / "secret"
        self.unit = root / "claude-tracker.service"
        self.database = root / "data" / "tracker.db"
        self._make_files()
        self._make_database()
        self._lock = lock.acquire(self.database, Holder(os.getpid(), TRACKER, "claude-tracker run", NOON - HOUR, True))
        self.place = self._place()
        self.answer("/-/healthy", "claude-tracker is healthy\n")
        self.answer("/openapi.json", {"info": {"version": __version__}})
        self.answer("/api/health", HEALTH)
        self.scrapes([{"labels": {"job": "claude-tracker"}, "scrapeUrl": "http://x/metrics", "health": "up"}])
        self.answer("/grafana/api/health", {"database": "ok"})
        for uid in UIDS:
            self.answer(f"/grafana/api/dashboards/uid/{uid}", {})

    def _make_files(self) -> None:
        for folder in (self.program.parent, self.database.parent, self.claude / "sessions", self.root / "proc"):
            folder.mkdir(parents=True)
        self.database.parent.chmod(0o755)
        self.program.write_text("#!/bin/sh\n")
        self.program.chmod(0o755)
        at = to_iso(NOON - MINUTE)
        write(self.transcript, [prompt("hello", at=at), assistant(at=at)])
        os.utime(self.transcript, ns=((NOON - MINUTE) * 1_000_000,) * 2)
        self.write_settings(self.settings)
        login = {"accountUuid": "3376a5ff-aaac-4cd4-90ed-5215c3d8f62d", "organizationUuid": "0305d0cb-5435"}
        (self.claude / ".claude.json").write_text(json.dumps({"oauthAccount": login}))
        self.config.write_text("timezone = 'UTC'\n")
        self.secret.write_text("s" * 40)
        for file in (self.config, self.secret):
            file.chmod(0o600)
        self.unit.write_text(f"[Service]\nExecStart={self.program} run\n")
        self.limit("max_user_watches", 65_536)
        self.limit("max_user_instances", 128)

    def _make_database(self) -> None:
        with Tracker(self.database, self.claude / "projects", now=NOON) as tracker:
            tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.25, NOON + 2 * HOUR)], NOON)
        self.database.chmod(0o600)
        self.synced(SyncState("netlify", 1, last_success_at=NOON - MINUTE, is_watched=True))

    def _place(self) -> Place:
        return Place(
            database=self.database,
            claude=ClaudePlace([self.claude], True, [AccountFile(self.claude / ".claude.json", (self.claude,))]),
            machine=Machine(
                platform="linux",
                proc=self.root / "proc",
                uid=os.geteuid(),
                run=lambda command: "active\n",
                has_program=lambda program: Path(program).exists(),
                may_read=lambda path: True,
                free_bytes=lambda folder: 50 << 30,
                filesystem=lambda folder: "ext4",
                can_watch=lambda: True,
                zone=lambda: "Europe/Berlin",
                python=(3, 11),
            ),
            service=ServicePlace("systemd", self.unit, ("systemctl", "--user", "is-active", "claude-tracker.service")),
            config=ConfigPlace(self.config, secrets=[SecretPlace("the Netlify token", self.secret)]),
            clock=lambda: NOON,
            listen=("127.0.0.1", self.server.port),
            prometheus=UrlPlace(self.server.url_for("/prometheus"), True),
            grafana=UrlPlace(self.server.url_for("/grafana"), True),
            version=__version__,
            sync_targets=["netlify"],
        )

    def close(self) -> None:
        """No tracker runs any more."""
        if self._lock is not None:
            self._lock.release()
            lock.lock_path(self.database).unlink(missing_ok=True)
            self._lock = None
        for file in lock_files():
            file.unlink()

    def answer(self, path: str, content: Any, status: int = 200) -> None:
        """What the server answers from now on: JSON, or a text."""
        self.server.expect_request(path)  # so that it is known
        self.server.handlers[:] = [one for one in self.server.handlers if one.matcher.uri != path]
        handler = self.server.expect_request(path)
        if isinstance(content, str):
            handler.respond_with_data(content, status)
        else:
            handler.respond_with_json(content, status)

    def nobody_answers(self) -> None:
        """The tracker's address is free."""
        self.place = self.place._replace(listen=("127.0.0.1", free_port()))

    def stop(self) -> None:
        """No tracker runs, and nobody answers at its address."""
        self.close()
        self.nobody_answers()

    def scrapes(self, targets: list[dict[str, Any]]) -> None:
        """The targets of the Prometheus."""
        self.answer("/prometheus/api/v1/targets", {"status": "success", "data": {"activeTargets": targets}})

    def write_settings(self, file: Path, **more: Any) -> None:
        """Settings of Claude Code with both commands of ours. `more`: other keys, None for one to leave out."""
        hook = {"hooks": [{"type": "command", "command": f"{self.program} hook"}]}
        line = {"type": "command", "command": f"{self.program} statusline"}
        own: dict[str, Any] = {"statusLine": line, "hooks": {"StopFailure": [hook]}}
        file.write_text(json.dumps({key: value for key, value in {**own, **more}.items() if value is not None}))

    def managed(self, **keys: Any) -> None:
        """An administrator's settings."""
        file = self.root / "managed-settings.json"
        file.write_text(json.dumps(keys))
        self.place = self.place._replace(claude=self.place.claude._replace(managed=[file]))

    def machine(self, **parts: Any) -> None:
        """Replace parts of the operating system."""
        self.place = self.place._replace(machine=self.place.machine._replace(**parts))

    def limit(self, name: str, number: int) -> None:
        """A limit of Linux for file watches."""
        file = self.root / "proc" / "sys" / "fs" / "inotify" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{number}\n")

    def later(self, ms: int) -> None:
        """The clock is that much later."""
        self.place = self.place._replace(clock=lambda: NOON + ms)

    def synced(self, state: SyncState) -> None:
        save_state(self.database, state)

    def sends(self, state: StoreState) -> None:
        """To a store of many machines."""
        self.place = self.place._replace(store=state.store)
        store_states.save_state(self.database, state)

    def checks(self) -> dict[str, Check]:
        """What the doctor finds, by id."""
        return {check.id: check for check in examine(self.place)}


def lock_files() -> list[Path]:
    """The locks by device and inode, in the test's cache."""
    return list((Path(os.environ["XDG_CACHE_HOME"]) / "claude-tracker" / "locks").glob("*.lock"))
