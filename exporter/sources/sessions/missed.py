"""Finds the records that came and went without a sample of their process: runs that were over within a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exporter.domain.sessions.session import Process, Record, is_record_of

MISSED_S = 60.0
"""A record that stays for longer without its process is another matter: its client was killed, or runs elsewhere."""


class MissedRecords:
    """Compares each sample with the last one. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: frozenset[object] | None = None
        self._unmatched: dict[object, tuple[Record, float]] = {}
        """The new records whose process was not found, with the time of the first."""

    def update(
        self, records: Mapping[int, Record], processes: Sequence[Process], noted: Sequence[Record] = ()
    ) -> list[Record]:
        """The last records of those that were removed since, and of whose process no sample was taken.

        Records from before the first call are left out: who knows how old they are. `noted`: records read since the
        last call, which may have been removed.
        """
        by_pid = {process.pid: process for process in processes}
        now, last, self._unmatched = self._clock(), self._unmatched, {}
        current = {record.of_process: record for record in records.values()}
        for key, record in current.items():
            is_new = self._known is not None and key not in self._known
            if record.is_session and (is_new or key in last):
                process = by_pid.get(record.pid)
                if process is None or not is_record_of(record, process):
                    self._unmatched[key] = record, last[key][1] if key in last else now
        known, self._known = self._known, frozenset(current)
        last |= {one.of_process: (one, now) for one in noted if one.is_session and one.of_process not in (known or ())}
        return [record for key, (record, since) in last.items() if key not in current and now - since <= MISSED_S]
