"""What to send, from the tracker's own database: the past on a grid, and the present."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.fleet.counting import Known, course, key_of, with_values
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.usage.totals import LabelSet, Total
from exporter.metrics.collector import SnapshotCollector
from exporter.metrics.counters import Announcements
from exporter.metrics.lean import Exposed
from exporter.push.collecting import Body, Collected
from exporter.push.masking import masked, masked_sums
from exporter.snapshot.replay import Replay
from exporter.snapshot.take import take_current
from exporter.store import past_totals
from exporter.store.database import meta
from exporter.store.reader import Reader, View
from exporter.store.usage import totals as stored_totals
from exporter.store.usage.labels import Labels as StoredLabels

GRID_MS = 5 * MINUTE
"""Between two samples of the past, at multiples of it in UTC."""
MAX_SAMPLES = 5_000
"""In one request of the past."""


class Standing(NamedTuple):
    """`start`: the time (ms) before the first data, on the grid; None while there is none."""

    tracker: str
    sequence: int
    start: int | None


class SentSoFar(NamedTuple):
    """What the store has: `known` until `last` (ms); None if nothing was sent under these labels.

    `begins_at`: when series begin of which nothing was sent: what was before is not theirs, but for what others should
    have sent then and did not. `carried`: what they sent; None if there were no others.
    """

    known: Known
    last: int | None
    begins_at: int | None = None
    carried: Known | None = None


class Source:
    """One database. `health`: of the process that keeps it up to date. `build`: version and revision."""

    def __init__(
        self,
        database: Path,
        zone: tzinfo | None,
        plan: PlanSettings,
        build: tuple[str, str],
        health: Callable[[], Health] = Health,
        *,
        with_projects: bool = False,
    ) -> None:
        self._reader = Reader(database)
        self._zone, self._plan, self._build, self._health = zone, plan, build, health
        self._with_projects = with_projects
        self._exposed: tuple[Mapping[str, str], Exposed] | None = None

    def standing(self) -> Standing | None:
        """None until all transcripts were read once. Raises DatabaseError."""
        with self._reader.view() as connection:
            if connection is None or meta.first_read_at(connection) is None:
                return None
            first = past_totals.first_at(connection)
            start = None if first is None else (first - 1) // GRID_MS * GRID_MS
            return Standing(meta.tracker_id(connection), meta.sequence(connection), start)

    def past(self, times: Sequence[int], sent: SentSoFar, own: Mapping[str, str]) -> Iterator[Body]:
        """The requests with the samples of these times (ms, in order). Raises DatabaseError.

        Where nothing was sent yet, every counter is 0 at the first of them.
        """
        with self._reader.view() as connection:
            if connection is None:
                return
            totals = self._totals(stored_totals.load(connection))
            way = course(totals, sent.known, self._before(connection, sent))
            replay = Replay(connection, times[0], way.exact, self._plan, self._zone)
            collected = Collected(self._exposing(own), way, with_projects=self._with_projects)
            for at in times:
                figures = replay.at(at, lambda _, exact: exact)
                if at == times[0]:
                    begins_at = at if sent.last is None else sent.last
                    collected.begin(begins_at, figures, [one for one in totals if key_of(one) not in sent.known])
                if at != times[0] or sent.last is not None:
                    collected.add(figures)
                if collected.samples >= MAX_SAMPLES:
                    yield collected.body()
            if collected.samples:
                yield collected.body()

    def present(self, at: int, now: int, sent: SentSoFar, own: Mapping[str, str]) -> Body | None:
        """The request with the samples of `at`, shortly before `now` (ms); None without data. Raises DatabaseError."""
        figures = take_current(self._reader, now, self._zone, self._health(), self._plan)
        if figures is None:
            return None
        totals = self._totals(figures.totals)
        with self._reader.view() as connection:
            if connection is None:
                return None
            labels = StoredLabels(connection, read_only=True)
            since = self._masked(past_totals.sums_between(connection, labels, at, now))
            way = course(totals, sent.known, self._before(connection, sent))
        values = {key_of(one): way.at(key_of(one), one.exact - since.get(key_of(one), 0)) for one in totals}
        collected = Collected(self._exposing(own), way, with_projects=self._with_projects)
        if sent.last is not None:
            collected.begin(sent.last, figures, [one for one in totals if key_of(one) not in sent.known])
        shown = replace(figures, totals=with_values(totals, values))
        families = SnapshotCollector(shown, Announcements(), *self._build).collect()
        collected.put(at, self._exposing(own).samples(families), values)
        return collected.body()

    def _totals(self, found: Sequence[Total]) -> list[Total]:
        return masked(found, with_projects=self._with_projects)

    def _before(self, connection: View, sent: SentSoFar) -> Mapping[LabelSet, int]:
        """Sums that are not ours to send. Transcripts of others can be gone, or have been found too late for them."""
        if sent.begins_at is None:
            return {}
        labels = StoredLabels(connection, read_only=True)
        sums = self._masked(past_totals.sums_until(connection, labels, sent.begins_at))
        if sent.carried is None:
            return sums
        return {key: min(value, sent.carried[key].value) for key, value in sums.items() if key in sent.carried}

    def _masked(self, sums: Mapping[LabelSet, int]) -> dict[LabelSet, int]:
        return masked_sums(sums, with_projects=self._with_projects)

    def _exposing(self, own: Mapping[str, str]) -> Exposed:
        if self._exposed is None or self._exposed[0] != own:
            self._exposed = (own, Exposed(own, with_projects=self._with_projects))
        return self._exposed[1]
