"""After an upgrade: reads again what an earlier version has read, by today's rules.

A migration cannot know what the old rules passed over. So every file that is still there is read once more, in small
portions between everything else, up to where it had been read; what is behind that is new. Each counter keeps what it
showed, and counts on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from exporter.domain.limits.hit import ReportedHit
from exporter.domain.transcripts.file_state import FileState
from exporter.domain.usage.bounds import time_bounds
from exporter.domain.usage.pricing import Price
from exporter.errors import reason
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.reading import read_known, session_id_of
from exporter.sources.transcripts.subagents import agent_type_of
from exporter.store.store import Store
from exporter.store.transcripts.file_read import FileRead

log = logging.getLogger(__name__)

PORTION_BYTES = 2 << 20
MAX_FILES = 100
"""Of one portion."""
Hits = Callable[[list[FileRead]], list[ReportedHit]]
"""The limit hits in what was read."""


class _Place(NamedTuple):
    """Where reading a file again goes on."""

    path: str
    offset: int


class Rereading:
    """Reads again step by step. `known`: the known files by path, which it keeps up to date. `clock`: ms."""

    def __init__(
        self,
        store: Store,
        known: dict[str, FileState],
        price: Price,
        clock: Callable[[], int],
        hits: Hits,
    ) -> None:
        self._store = store
        self._known = known
        self._price = price
        self._clock = clock
        self._hits = hits
        self._place: _Place | None = None
        self._has_started = False
        self._passed: dict[str, FileState] = {}
        """Files that could not be read as they were: until a scan finds them changed."""
        self.passed_over_before = store.passed_over_before()
        """The time (ms) of the earlier version's last commit; None once all that was there has been read again."""
        self._has_more = bool(self._waiting())

    @property
    def is_needed(self) -> bool:
        return self.passed_over_before is not None or self._has_more

    def note(self, state: FileState) -> None:
        """A scan found the file in this state: also one that was missing, which is back."""
        self._has_more |= state.again

    def step(self) -> list[str]:
        """Read a portion. Returns what could not be stored. Raises DatabaseError."""
        if not self._has_started and self.passed_over_before is not None:
            self._has_started = True
            log.info("reading all transcripts again, by newer rules of counting; everything else goes on")
            self._store.start_again(self._price, self._clock())
            return []
        if waiting := self._waiting():
            return self._read_portion(waiting)
        self._has_more = False
        if self.passed_over_before is not None:
            self._store.finish_again(self._clock())
            self.passed_over_before = None
            log.info("read all transcripts again")
        return []

    def unread(self) -> int:
        """Bytes to read again."""
        done = self._place.offset if self._place is not None else 0
        return sum(state.offset for state in self._waiting()) - done

    def _read_portion(self, waiting: list[FileState]) -> list[str]:
        """Files up to a number of bytes, first the one that is partly read, then those that changed last."""
        current = self._place.path if self._place is not None else None
        waiting.sort(key=lambda one: (one.path != current, -one.stat.mtime_ns, one.path))
        now = self._clock()
        reads: list[FileRead] = []
        states: list[FileState] = []
        left = PORTION_BYTES
        for state in waiting[:MAX_FILES]:
            if left <= 0:
                break
            start = self._place.offset if self._place is not None and self._place.path == state.path else 0
            read, end = self._read(state, start, left, now)
            self._place = None
            if read is None or end is None:
                self._passed[state.path] = state
                continue
            if end < state.offset:
                self._place = _Place(state.path, end)
            left -= end - start
            states.append(replace(state, again=end < state.offset))
            reads.append(replace(read, state=states[-1]))
        failed = self._store.apply_again(reads, states, now, self._hits(reads))
        self._known.update((state.path, state) for state in states)
        return failed

    def _read(self, state: FileState, start: int, limit: int, now: int) -> tuple[FileRead | None, int | None]:
        """What is read of a file, and how far; None if it is gone, another one, or cannot be read."""
        collector = Collector(session_id_of(state.path), time_bounds(now), agent_type_of(state.path))
        try:
            end = read_known(state, start, limit, collector)
        except FileNotFoundError:
            end = None
        except OSError as error:
            log.error("%s: not read again: %s", state.path, reason(error))
            end = None
        return (FileRead(collector.batch(self._price), state, None, 0) if end is not None else None), end

    def _waiting(self) -> list[FileState]:
        """The files to read again that seem to be there."""
        return [
            state
            for state in self._known.values()
            if state.again and not state.missing and self._passed.get(state.path) != state
        ]
