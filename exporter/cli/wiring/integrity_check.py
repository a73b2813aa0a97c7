"""Checks the database of a tracker: after an end that was not in order, and once a week."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from exporter.domain.calendar.timestamp import DAY
from exporter.store.damage import integrity
from exporter.store.database import damage_mark as mark
from exporter.store.database import json_values
from exporter.store.database.owner import file_id, real_path
from exporter.store.reader import Reader

log = logging.getLogger(__name__)

LOOK_SECONDS = 3_600.0
"""How often it is looked whether a check is due."""
EVERY_MS = 7 * DAY
KEY = "checked_at"


class IntegrityCheck:
    """Make it before the database is opened: a journal that is left over says how the last tracker ended."""

    def __init__(self, database: Path, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._reader = Reader(database)
        self._was_killed = real_path(database, "-wal").exists()

    def look(self) -> None:
        """Check if it is due; damage is marked and logged once. Raises TrackerError."""
        if mark.read(self._database) is not None or not self._is_due():
            return
        file = file_id(self._database)
        found = integrity.check(self._database)
        if not found.is_whole:
            mark.put(self._database, file, found.sentence())
            log.error("%s", mark.sentence(self._database, found.sentence()))
            return
        self._was_killed = False
        with json_values.write_transaction(self._database, "when it was checked") as connection:
            json_values.put(connection, KEY, self._clock())

    def _is_due(self) -> bool:
        with self._reader.view() as connection:
            if connection is None:
                return False
            last = json_values.get(connection, KEY, int)
        return self._was_killed or last is None or self._clock() - last >= EVERY_MS
