"""What is known of a store: what it acknowledged, and how the last attempts went. Kept in a file and in the database.

The file is outside the database, so that a new database goes on where the old one ended. The database has it, too, so
that a copy of it on another machine does.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.fleet.counting import Known, Sent
from exporter.domain.usage.totals import LabelSet

REASONS = ("out_of_order", "too_old", "future", "duplicate", "limit", "other")
"""Why samples are refused for good."""
STOPPED_MS = HOUR
"""How long a refusal that lasts is not tried again."""


class Counter(msgspec.Struct, frozen=True, array_like=True):
    """A counter as stored: see `Sent`."""

    family: str
    labels: tuple[str, ...]
    value: int
    peak: int


class StoreState(msgspec.Struct, frozen=True):
    """Of one store. Times in ms, None for never.

    `tracker`, `labels`: the id and the labels under which series were sent. `begin`: when they begin; `until`: what was
    acknowledged, or refused for good. `sequence`: the commit that was sent. `goes_on`: they begin where others ended,
    which had sent `carried`.
    `refused`: samples, by reason. `failed`: failures in a row; `retry_at`: the earliest next attempt; `problem`: why;
    `is_stopped`: it lasts until something is configured. `skew_s`: how far this clock is ahead of the store's.
    """

    store: str = ""
    tracker: str = ""
    labels: Mapping[str, str] = {}
    begin: int = 0
    until: int = 0
    sequence: int = 0
    goes_on: bool = False
    carried: tuple[Counter, ...] = ()
    counters: tuple[Counter, ...] = ()
    refused: Mapping[str, int] = {}
    failures: int = 0
    failed: int = 0
    since: int | None = None
    last_success_at: int | None = None
    retry_at: int | None = None
    problem: str | None = None
    is_stopped: bool = False
    skew_s: float | None = None

    def carried_sums(self) -> dict[LabelSet, Sent]:
        """What others sent until `begin`."""
        return {(one.family, one.labels): Sent(one.value, 0) for one in self.carried}

    def known(self) -> dict[LabelSet, Sent]:
        return {(one.family, one.labels): Sent(one.value, one.peak) for one in self.counters}


class StoreHealth(msgspec.Struct, frozen=True):
    """What is shown of a store; see `StoreState`."""

    store: str
    since: int | None
    until: int
    last_success_at: int | None
    refused: Mapping[str, int]
    failures: int
    problem: str | None
    retry_at: int | None
    is_stopped: bool
    skew_s: float | None


def shown_address(store: str) -> str:
    """Without the query, which can hold a secret."""
    return store.partition("?")[0]


def health_of(state: StoreState) -> StoreHealth:
    """What is shown."""
    values = {name: getattr(state, name) for name in StoreHealth.__struct_fields__}
    return StoreHealth(**values | {"store": shown_address(state.store)})


def stored(known: Known) -> tuple[Counter, ...]:
    return tuple(Counter(*label_set, *sent) for label_set, sent in sorted(known.items()))


def started(state: StoreState, tracker: str, labels: Mapping[str, str], begin: int, store: str) -> StoreState:
    """The state of series that begin now: of another database, or under other labels."""
    return replace(
        state,
        store=store,
        tracker=tracker,
        labels=labels,
        begin=begin,
        until=begin,
        goes_on=bool(state.tracker),
        carried=stored({**state.carried_sums(), **_added(state)}),
        counters=(),
        sequence=0,
    )


def _added(state: StoreState) -> dict[LabelSet, Sent]:
    """What these series and those before sent, of each that they sent."""
    before = state.carried_sums()
    known = state.known()
    return {key: Sent(sent.value + before.get(key, Sent(0, 0)).value, 0) for key, sent in known.items()}


def acknowledged(state: StoreState, known: Known, until: int, sequence: int, now: int) -> StoreState:
    return replace(
        state,
        counters=stored(state.known() | dict(known)),
        until=until,
        sequence=sequence,
        since=now if state.since is None else state.since,
        last_success_at=now,
        failed=0,
        retry_at=None,
        problem=None,
        is_stopped=False,
    )


def refused(state: StoreState, reason: str, samples: int) -> StoreState:
    """Samples were refused for good: what they would have added comes with later ones."""
    return replace(state, refused={**state.refused, reason: state.refused.get(reason, 0) + samples})


def passed_over(state: StoreState, until: int) -> StoreState:
    """Nothing until then (ms) is sent again."""
    return replace(state, until=max(state.until, until), failed=0, retry_at=None, problem=None, is_stopped=False)


def with_skew(state: StoreState, skew_s: float) -> StoreState:
    return replace(state, skew_s=skew_s)


def failed(state: StoreState, problem: str, retry_at: int, *, is_stopped: bool) -> StoreState:
    return replace(
        state,
        failures=state.failures + 1,
        failed=state.failed + 1,
        problem=problem,
        retry_at=retry_at,
        is_stopped=is_stopped,
    )
