"""Wires what is sent on: each target with what it sends, from one database."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any

from exporter.cli.clock import clock
from exporter.cli.options.sync import Syncing
from exporter.cli.wiring import locking
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.sync import Pace, SyncState, netlify_pace
from exporter.engine.jobs import BackgroundTask, Job
from exporter.errors import ConfigurationError
from exporter.ingest import lock
from exporter.page.data import offline_data
from exporter.page.published import DATA, shell
from exporter.publish.document import FORMAT_VERSION, document
from exporter.publish.http import PermanentFailure
from exporter.publish.netlify import Netlify
from exporter.publish.sync import Sync
from exporter.publish.webhook import Webhook
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take
from exporter.store import sync_states
from exporter.store.reader import Reader

CHECK_SECONDS = 5.0

Send = Callable[[dict[str, Any]], None]


class Figures:
    """What there is to send, of one database."""

    def __init__(
        self, database: Path, zone: tzinfo | None, plan: PlanSettings, health: Callable[[], Health] = Health
    ) -> None:
        self._reader = Reader(database)
        self._zone = zone
        self._plan = plan
        self._health = health

    def version(self) -> object:
        return self._reader.version()

    def current(self, now: int) -> dict[str, Any] | None:
        snapshot = take(self._reader, now, self._zone, self._health(), self._plan)
        return None if snapshot is None or snapshot.health.first_read_at is None else to_json(snapshot)

    def data(self, now: int) -> dict[str, Any] | None:
        return offline_data(self._reader, now, self._zone, self._plan, self._health())


class Kept:
    """A target's state in a database."""

    def __init__(self, database: Path, target: str) -> None:
        self._database = database
        self._target = target
        self._reader = Reader(database)

    def load(self) -> SyncState:
        with self._reader.view() as connection:
            kept = sync_states.kept(connection) if connection is not None else ()
        return next((state for state in kept if state.target == self._target), SyncState(self._target))

    def keep(self, state: SyncState) -> None:
        sync_states.keep(self._database, state)

    @contextmanager
    def alone(self, *, waits: bool) -> Iterator[bool]:
        """By the system's lock on a file beside the database."""
        path = self._database.with_name(f"{self._database.name}-{self._target}")
        taken = lock.wait(path, locking.me(lock.COMMAND, "sync", clock()), lambda _: not waits)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                taken.release()


def files(data: dict[str, Any], privacy: str) -> dict[str, bytes]:
    """The whole site: the shell, which stays as it is, and the data."""
    return {**shell(), DATA: document(data, privacy)}


def build(syncing: Syncing, database: Path, figures: Figures, wait: Callable[[float], None] = time.sleep) -> list[Sync]:
    """One for each target that is configured. `wait`: sleeps for seconds."""

    def made(target: str, pace: Pace, send: Send, where: str, configured: Callable[[], object]) -> Sync:
        to = _digest(where, syncing.privacy)
        return Sync(pace, figures, send, Kept(database, target), clock, to, configured)

    found = []
    if syncing.site is not None:
        site = Netlify(syncing.site, _token_of(syncing), wait, syncing.api)
        pace = netlify_pace(syncing.every)
        found.append(
            made(
                "netlify",
                pace,
                lambda data: site.send(files(data, syncing.privacy)),
                f"{syncing.api} {syncing.site}",
                syncing.token.fingerprint,
            )
        )
    if syncing.url is not None:
        hook = Webhook(syncing.url, _or_refused(syncing.secret.read), time.time)
        found.append(
            made(
                "webhook",
                Pace(syncing.every),
                lambda data: hook.send(document(data, syncing.privacy)),
                syncing.url,
                syncing.secret.fingerprint,
            )
        )
    return found


def _digest(where: str, privacy: str) -> str:
    """Of all that makes the same state another thing to send: where it goes, how much of it, and the page around it."""
    digest = hashlib.sha256(f"{where} {privacy} {FORMAT_VERSION}".encode())
    for path, content in shell().items():
        digest.update(path.encode() + content)
    return digest.hexdigest()


def _token_of(syncing: Syncing) -> Callable[[], str]:
    """The token; Refused where there is none."""

    def token() -> str:
        found = _or_refused(syncing.token.read)()
        if found is None:
            raise PermanentFailure(
                f"there is no token: put it into {syncing.token.variable}, or into a file for --netlify-token-file"
            )
        return found

    return token


def _or_refused(read: Callable[[], str | None]) -> Callable[[], str | None]:
    """A secret that cannot be read stops the job, not the tracker."""

    def found() -> str | None:
        try:
            return read()
        except ConfigurationError as error:
            raise PermanentFailure(str(error)) from error

    return found


def states(found: Sequence[Sync]) -> tuple[SyncState, ...]:
    return tuple(sync.state for sync in found)


def jobs(found: Sequence[Sync]) -> list[Job]:
    """What keeps each target up to date."""
    return [(BackgroundTask(sync.state.target, sync.check), CHECK_SECONDS) for sync in found]
