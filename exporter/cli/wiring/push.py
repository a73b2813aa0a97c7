"""Builds what sends to the store of many machines, and keeps what is known of it."""

from __future__ import annotations

import getpass
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import tzinfo
from pathlib import Path

import msgspec
import platformdirs

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.names import NAME
from exporter.cli.options.fleet import FleetSettings
from exporter.cli.wiring import locking
from exporter.cli.wiring.revision import source_revision
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.fleet.state import StoreState
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.engine.clocks import steady_ms
from exporter.errors import ConfigurationError, reason
from exporter.files import read_file, write_private
from exporter.publish.http import or_permanent_failure
from exporter.push.pusher import Plan, Pusher
from exporter.push.receiver import Address, Receiver
from exporter.push.source import Source
from exporter.sources.machine import machine_hash
from exporter.store import store_states
from exporter.store.reader import Reader

MAX_BYTES = 1 << 20
IN_DATABASE_MS = 5 * MINUTE
"""Between two copies of the state in the database."""


def default_folder() -> Path:
    """Where to keep what a store acknowledged, outside the database."""
    return Path(platformdirs.user_state_dir(NAME, appauthor=False)) / "stores"


def labels_of(settings: FleetSettings) -> dict[str, str]:
    """The labels of this machine: as configured, with pseudonyms for user and host."""
    machine = machine_hash() or "unknown"
    return {"user": _pseudonym("user", f"{machine} {_user()}"), "host": _pseudonym("host", machine), **settings.labels}


def _pseudonym(kind: str, text: str) -> str:
    """The machine's own id is random, so nobody can guess the text."""
    return hashlib.sha256(f"claude-tracker {kind} {text}".encode()).hexdigest()[:8]


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""


class KeptState:
    """The state of one store: in a file of this user, and in the database."""

    def __init__(self, database: Path, store: str, folder: Path) -> None:
        self._database, self._store = database, store
        self._file = folder / f"{hashlib.sha256(store.encode()).hexdigest()[:16]}.json"
        self._reader = Reader(database)
        self._in_database: tuple[str, int] | None = None

    def load(self) -> StoreState:
        """The later of the two."""
        with self._reader.view() as connection:
            own = store_states.load_states(connection).get(self._store) if connection is not None else None
        kept = self._in_file()
        found = [one for one in (kept, own) if one is not None]
        return max(found, key=lambda one: one.until, default=StoreState(self._store))

    def keep(self, state: StoreState) -> None:
        try:
            write_private(self._file, msgspec.json.encode(state))
        except OSError as error:
            raise ConfigurationError(f"cannot write {self._file}: {reason(error)}") from error
        before, key = self._in_database, (state.tracker, state.until)
        if before is None or before[0] != key[0] or not 0 <= key[1] - before[1] < IN_DATABASE_MS:
            store_states.save_state(self._database, state)
            self._in_database = key

    def forget(self) -> None:
        """Remove both."""
        self._file.unlink(missing_ok=True)
        store_states.forget(self._database, self._store)

    @contextmanager
    def exclusive(self, *, waits: bool) -> Iterator[bool]:
        with locking.of_target(self._database, "fleet", "push", clock(), waits=waits) as is_taken:
            yield is_taken

    def _in_file(self) -> StoreState | None:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(read_file(self._file, MAX_BYTES, ours=True), type=StoreState)
        return None


def address_of(settings: FleetSettings) -> Address:
    certificate = settings.certificate
    return Address(
        settings.url,
        or_permanent_failure(settings.secret.read),
        settings.username,
        settings.headers,
        str(settings.verify) if settings.verify is not None else None,
        (str(certificate[0]), str(certificate[1])) if certificate is not None else None,
    )


def source_of(
    settings: FleetSettings,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    health: Callable[[], Health] = Health,
) -> Source:
    build = (__version__, source_revision())
    return Source(database, zone, plan, build, health, with_projects=settings.with_projects)


def pusher_of(
    settings: FleetSettings,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    health: Callable[[], Health] = Health,
    wait: Callable[[float], None] = time.sleep,
) -> Pusher:
    """`wait`: sleeps for seconds. Raises DatabaseError."""
    labels: Mapping[str, str] = labels_of(settings)
    return Pusher(
        Plan(settings.url, labels, settings.since),
        source_of(settings, database, zone, plan, health),
        Receiver(address_of(settings), clock),
        KeptState(database, settings.url, default_folder()),
        clock,
        steady_ms,
        wait,
    )
