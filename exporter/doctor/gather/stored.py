"""What the database says: its state, the last reading of limits, models without a price, the states of syncs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import NamedTuple

from exporter.doctor.database import DatabaseFacts
from exporter.doctor.limits import LimitFacts
from exporter.doctor.place import Place
from exporter.domain.fleet.state import StoreState
from exporter.domain.sync import SyncState
from exporter.domain.transcripts.file_state import FileState
from exporter.errors import DatabaseError
from exporter.sources.limits.account_files import AccountFiles
from exporter.store import store_states, sync_states
from exporter.store.database import meta
from exporter.store.database.examination import examine, view
from exporter.store.database.owner import real_path
from exporter.store.database.schema import VERSION
from exporter.store.limits import readings
from exporter.store.reader import View
from exporter.store.transcripts import files
from exporter.store.usage import totals, unpriced
from exporter.store.usage.unpriced import Unpriced


class Stored(NamedTuple):
    """Nothing of it if there is no database, or it cannot be read. Times in ms.

    `unpriced`: models with tokens that have no price.
    """

    committed_at: int | None = None
    first_read_at: int | None = None
    observed_at: int | None = None
    unpriced: tuple[tuple[str, int], ...] = ()
    syncs: tuple[SyncState, ...] = ()
    stores: Mapping[str, StoreState] = {}
    files: Mapping[str, FileState] = {}
    is_read: bool = False


def stored(place: Place) -> Stored:
    try:
        with view(place.database) as connection:
            return _stored(connection) if connection is not None else Stored()
    except DatabaseError:  # `database` says why
        return Stored()


def _stored(connection: View) -> Stored:
    observed = [reading.observed_at for reading in readings.last_of_each(connection)]
    has_gaps = any(total.family == "unpriced_tokens" and total.exact for total in totals.load(connection))
    gaps = unpriced.unpriced(connection) if has_gaps else []
    return Stored(
        meta.committed_at(connection),
        meta.first_read_at(connection),
        max(observed, default=None),
        tuple((_named(one), one.tokens) for one in gaps),
        sync_states.load_states(connection),
        store_states.load_states(connection),
        files.load(connection),
        is_read=True,
    )


def _named(gap: Unpriced) -> str:
    """The model, with its speed if that has no price."""
    return gap.model if gap.speed is None else f"{gap.model} at speed {gap.speed}"


def database(place: Place, found: Stored) -> DatabaseFacts:
    path = place.database
    try:
        size = os.stat(path).st_size
    except OSError:
        size = 0
    facts = DatabaseFacts(str(path), place.clock(), supported=VERSION)
    if not size:
        return facts
    try:
        examined = examine(path, place.check_seconds)
    except DatabaseError as error:
        return DatabaseFacts(str(path), place.clock(), exists=True, problem=str(error), supported=VERSION, bytes=size)
    return DatabaseFacts(
        str(path),
        place.clock(),
        exists=True,
        version=examined.version,
        supported=VERSION,
        damage=examined.damage,
        is_whole=examined.is_whole,
        bytes=size,
        journal_bytes=_journal_bytes(place),
        committed_at=found.committed_at,
        first_read_at=found.first_read_at,
    )


def _journal_bytes(place: Place) -> int:
    try:
        return os.stat(real_path(place.database, "-wal")).st_size
    except OSError:
        return 0


def limits(place: Place, found: Stored, used_at: int | None) -> LimitFacts:
    """`used_at`: the last change of a transcript, ms."""
    accounts = AccountFiles(place.claude.accounts, time.sleep).changed(place.clock())
    has_account = any(account.owner.is_known for account in accounts)
    return LimitFacts(place.clock(), has_account, found.observed_at, used_at, found.is_read)
