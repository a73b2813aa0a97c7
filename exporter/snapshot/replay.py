"""Recomputes past figures from today's data in the store.

Reads the store once, in order of time. Live counters can be higher than their exact sums because of corrections; the
caller's `Shown` maps an exact sum to the counter's value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from exporter.domain.blocks.block import BLOCK_MS, END_OF_TIME, Window
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.sessions.session import SessionRow
from exporter.domain.usage.totals import FIRST_READ, LabelSet, ModelUse, Total, UsageSum, usage_contributions
from exporter.snapshot import periods
from exporter.snapshot.accounts import with_token_limit
from exporter.snapshot.blocks.past_block import PastBlock, Tally
from exporter.snapshot.limits.past_limits import PastLimits
from exporter.snapshot.parts import AccountPart, Figures
from exporter.snapshot.usage.current import current_account
from exporter.store import accounts, past_totals
from exporter.store.accounts import Account
from exporter.store.blocks import blocks
from exporter.store.blocks.usage_spans import uses_between
from exporter.store.limits import readings
from exporter.store.reader import View
from exporter.store.sessions import runs
from exporter.store.sessions.runs import Run
from exporter.store.sessions.sessions import effectiveness_since
from exporter.store.usage import responses
from exporter.store.usage.labels import Labels, window_labels_of

Shown = Callable[[LabelSet, int], int]
"""The counter value of a label set with this exact sum."""
MAX_STARTS = 64


class PastUsage:
    """Usage of one account or all from a time until the current one, without summing everything at each step."""

    def __init__(self, connection: View, labels: Labels, account: int | None = None) -> None:
        self._connection = connection
        self._labels = labels
        self._account = account
        self._all = Tally()
        self._before: dict[int, Tally] = {}
        self.now = 0

    def add(self, parts: Iterable[UsageSum]) -> None:
        for part in parts:
            self._all.add(part)

    def since(self, start: int) -> list[ModelUse]:
        """Usage from `start` (ms)."""
        if start not in self._before:
            if len(self._before) >= MAX_STARTS:
                self._before.clear()
            found = Tally()
            for use in uses_between(self._connection, self._labels, start, self.now + 1, account=self._account):
                found.add(use)
            self._before[start] = self._all.less(found)
        return self._all.less(self._before[start]).uses()


class PastAccount:
    """An account's block and limits at increasing times."""

    def __init__(
        self, connection: View, labels: Labels, account: Account, windows: Sequence[Window], limits: PastLimits
    ) -> None:
        self._account = account
        self._block = PastBlock(blocks.load_of(connection, account.id), windows, account.id)
        self._limits = limits
        self._windows = window_labels_of(connection, account.id)
        self.used = PastUsage(connection, labels, account.id)

    def add_earlier(self, row: responses.Row, start: int, parts: list[UsageSum]) -> None:
        """Add a response before the replay's start (ms), if it is in the block that ran then."""
        block = self._block.last_started_before(start)
        if row.provider is None and block is not None and block.contains(start) and block.contains(row.at):
            self._block.add(row.at, row.owner, parts)

    def add(self, row: responses.Row, parts: list[UsageSum]) -> None:
        """Add a response, with the usage of its extras. Those of other providers use up nothing of the account."""
        if row.provider is None:
            self._block.add(row.at, row.owner, parts)
            self.used.add(parts)

    def at(self, now: int, plan: PlanSettings) -> AccountPart:
        """The account at `now` (ms), without what is only known live."""
        account, block = self._account, self._block.at(now)
        limits = self._limits.at(account.id, now, self.used)
        if block is not None:
            block, limits = with_token_limit(block, limits, self._limits.sizes(account.id, now), now, plan)
        lockouts = self._limits.lockouts_at(account.id, now)
        return AccountPart(account.id, account.label, account.label, None, None, block, limits, self._windows, lockouts)


class Replay:
    """Figures at increasing times, from `start` (ms). `label_sets`: those of all times."""

    def __init__(
        self, connection: View, start: int, label_sets: Iterable[LabelSet], plan: PlanSettings, zone: tzinfo | None
    ) -> None:
        self._connection = connection
        self._plan, self._zone = plan, zone
        self._labels = Labels(connection, read_only=True)
        self._event_labels = past_totals.EventLabels(connection)
        self._sums = dict.fromkeys(label_sets, 0) | past_totals.sums_until(connection, self._labels, start)
        self._limits = PastLimits(connection, start)
        self._used = PastUsage(connection, self._labels)
        windows = readings.windows(connection)
        self._accounts = {
            account.id: PastAccount(connection, self._labels, account, windows.get(account.id, ()), self._limits)
            for account in accounts.load(connection)
        }
        self._current = current_account(connection, start)
        for row in responses.between(connection, start - BLOCK_MS, start + 1):
            self._accounts[row.account].add_earlier(row, start, list(responses.usage(row, self._labels)))
        self._responses = responses.between(connection, start + 1, END_OF_TIME)
        self._response = next(self._responses, None)
        self._events = past_totals.events(connection, start + 1)
        self._event = next(self._events, None)
        self._runs = runs.started_in_order(connection, start)
        self._run = next(self._runs, None)
        self._running: list[Run] = []
        self._sessions: tuple[SessionRow, ...] = ()
        self._changed = set(self._sums)
        self._kept: dict[LabelSet, Total] = {}
        self._totals: tuple[Total, ...] = ()
        self._shown: Shown | None = None
        self._hides = self._labels.projects.changes()
        self._hidden: frozenset[tuple[str, ...]] | None = None

    def at(self, now: int, shown: Shown) -> Figures:
        """The figures at `now` (ms), which must not be before the previous call's."""
        self._advance(now)
        found = {number: account.at(now, self._plan) for number, account in self._accounts.items()}
        current = found[self._current]
        return Figures(
            as_of=now,
            block=current.block,
            totals=self._totals_at(now, shown),
            hidden=self._hidden or frozenset(),
            sessions=self._sessions_at(now),
            limits=current.limits,
            week=periods.week(self._accounts[self._current].used, current.limits, now, self._plan, self._zone),
            month=periods.month(self._used, now, self._zone),
            effectiveness=effectiveness_since(self._connection, now - 7 * DAY, now),
            accounts=(current, *(one for number, one in found.items() if number != self._current)),
        )

    def _advance(self, now: int) -> None:
        while (row := self._response) is not None and row.at <= now:
            parts = list(responses.usage(row, self._labels))
            self._accounts[row.account].add(row, parts)
            if row.provider is None:
                self._current = row.account
            self._used.add(parts)
            for part in parts:
                self._add(usage_contributions(part))
            self._response = next(self._responses, None)
        while (event := self._event) is not None and event[0] <= now:
            self._add(self._event_labels.contributions(*event[1:]))
            self._event = next(self._events, None)
        self._used.now = now
        for account in self._accounts.values():
            account.used.now = now

    def _add(self, contributions: Iterable[tuple[LabelSet, int]]) -> None:
        for label_set, amount in contributions:
            self._sums[label_set] = self._sums.get(label_set, 0) + amount
            self._changed.add(label_set)

    def _totals_at(self, now: int, shown: Shown) -> tuple[Total, ...]:
        """Returns the same tuple as long as nothing changes."""
        if shown is not self._shown:
            self._shown, self._changed = shown, set(self._sums)
        while self._hides and self._hides[0] <= now:
            del self._hides[0]
            self._hidden = None
        if self._hidden is None:
            _, self._hidden = self._labels.projects.exposed(now)
            self._totals = tuple(self._kept.values())  # another tuple: what is exposed of them changes
        if self._changed:
            for label_set in self._changed:
                exact = self._sums.get(label_set, 0)
                self._kept[label_set] = Total(*label_set, exact, shown(label_set, exact), FIRST_READ)
            self._changed = set()
            self._totals = tuple(self._kept.values())
        return self._totals

    def _sessions_at(self, now: int) -> tuple[SessionRow, ...]:
        """Returns the same tuple as long as nothing changes. Past states of sessions are not known."""
        before = list(self._running)
        while self._run is not None and self._run.started_at <= now:
            self._running.append(self._run)
            self._run = next(self._runs, None)
        self._running = [run for run in self._running if run.ended_at is None or run.ended_at > now]
        if self._running != before:
            self._sessions = tuple({run.session_id: _session(run) for run in self._running}.values())
        return self._sessions


def _session(run: Run) -> SessionRow:
    """The row of a past session, without the details that are only known live."""
    block = timestamp.to_iso(run.started_at)
    return SessionRow(
        run.session_id, run.session_type, block, None, run.pid, run.cwd, None, 0, [], 0, True, {}, None
    )  # fmt: skip
