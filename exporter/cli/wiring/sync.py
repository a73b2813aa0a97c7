"""Builds the sync of each publishing target, from one database."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any

from exporter.cli.clock import clock
from exporter.cli.options.sync import SyncSettings
from exporter.cli.wiring import locking
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.sync import Pace, SyncState, netlify_pace
from exporter.page.data import offline_data
from exporter.page.published import DATA, shell
from exporter.publish.document import FORMAT_VERSION, document
from exporter.publish.http import PermanentFailure, or_permanent_failure
from exporter.publish.netlify import Netlify
from exporter.publish.sync import Sync
from exporter.publish.webhook import Webhook
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take
from exporter.store import sync_states
from exporter.store.reader import Reader

Send = Callable[[dict[str, Any]], None]


class PublishedData:
    """The publishable data of one database."""

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


class StoredState:
    """A target's sync state in a database."""

    def __init__(self, database: Path, target: str) -> None:
        self._database = database
        self._target = target
        self._reader = Reader(database)

    def load(self) -> SyncState:
        with self._reader.view() as connection:
            kept = sync_states.load_states(connection) if connection is not None else ()
        return next((state for state in kept if state.target == self._target), SyncState(self._target))

    def keep(self, state: SyncState) -> None:
        sync_states.save_state(self._database, state)

    @contextmanager
    def exclusive(self, *, waits: bool) -> Iterator[bool]:
        """Yields whether this process got the target's lock, a lock file next to the database."""
        with locking.of_target(self._database, self._target, "sync", clock(), waits=waits) as is_taken:
            yield is_taken


def files(data: dict[str, Any], privacy: str) -> dict[str, bytes]:
    """All files of the site: the page, which never changes, and the data."""
    return {**shell(), DATA: document(data, privacy)}


def build_targets(
    sync_settings: SyncSettings, database: Path, figures: PublishedData, wait: Callable[[float], None] = time.sleep
) -> list[Sync]:
    """A sync for each configured target. `wait`: sleeps for seconds."""

    def make_target(target: str, pace: Pace, send: Send, where: str, configured: Callable[[], object]) -> Sync:
        to = _digest(where, sync_settings.privacy)
        return Sync(pace, figures, send, StoredState(database, target), clock, to, configured)

    found = []
    if sync_settings.site is not None:
        site = Netlify(sync_settings.site, _token_of(sync_settings), wait, sync_settings.api)
        pace = netlify_pace(sync_settings.every)
        found.append(
            make_target(
                "netlify",
                pace,
                lambda data: site.send(files(data, sync_settings.privacy)),
                f"{sync_settings.api} {sync_settings.site}",
                sync_settings.token.fingerprint,
            )
        )
    if sync_settings.url is not None:
        hook = Webhook(sync_settings.url, or_permanent_failure(sync_settings.secret.read), time.time)
        found.append(
            make_target(
                "webhook",
                Pace(sync_settings.every),
                lambda data: hook.send(document(data, sync_settings.privacy)),
                sync_settings.url,
                sync_settings.secret.fingerprint,
            )
        )
    return found


def _digest(where: str, privacy: str) -> str:
    """A digest of everything but the data that requires a new push: destination, privacy level and page."""
    digest = hashlib.sha256(f"{where} {privacy} {FORMAT_VERSION}".encode())
    for path, content in shell().items():
        digest.update(path.encode() + content)
    return digest.hexdigest()


def _token_of(sync_settings: SyncSettings) -> Callable[[], str]:
    """Returns the token. Raises PermanentFailure if there is none."""

    def token() -> str:
        found = or_permanent_failure(sync_settings.token.read)()
        if found is None:
            raise PermanentFailure(
                f"there is no token: set {sync_settings.token.variable}, or name a file with --netlify-token-file"
            )
        return found

    return token
