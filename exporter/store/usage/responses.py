"""The counted responses: resolving the copies of messages, and queries."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.counting import Extra, decode_extras
from exporter.domain.usage.projects import ProjectRef
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import UsageSum, chain_label
from exporter.store.usage.labels import Labels
from exporter.store.usage.marks import NO_MARK, UNKNOWN_MARK, MarkLabels
from exporter.store.usage.scope import Scope

OTHER_PROVIDERS = -1
"""In place of an account: the responses of other providers, of whichever account. They are in none's windows."""
WHOSE = f"iif(provider IS NULL, account, {OTHER_PROVIDERS})"
"""SQL for whose a response is: `Row.whose`."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """A counted response, with the columns needed for derived data."""

    id: int
    """The id of the counted copy: two responses can be equal in everything else."""
    message_id: str
    request_id: str
    at: int
    owner: int
    account: int
    project: int | None
    model: str
    sidechain: int
    incomplete: int
    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    cost: int | None
    extras: str | None
    mark: int | None
    provider: str | None = None
    """None for Anthropic, or unknown: only those use up the windows of the account."""

    @property
    def whose(self) -> int:
        """The account whose windows it uses up; `OTHER_PROVIDERS` if none's."""
        return self.account if self.provider is None else OTHER_PROVIDERS

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.input, self.output, self.cache_read, self.cache_write_5m, self.cache_write_1h)


_ROWS = """
SELECT r.id, r.message_id, r.request_id, r.at, r.owner, r.account, c.project, r.model, r.sidechain,
       r.incomplete, r.input, r.output, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.cost, r.extras,
       r.mark, r.provider
FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted
"""
_WITH_EXTRAS = _ROWS.replace("responses r JOIN", "responses r INDEXED BY tracker_responses_advised JOIN")


def counted(connection: sqlite3.Connection, scope: Scope) -> set[Row]:
    """The counted responses in the scope."""
    return {
        Row(*row)
        for condition, parameters in scope.conditions()
        for row in connection.execute(f"{_ROWS} AND {condition}", parameters)
    }


def usage(row: Row, labels: Labels) -> Iterator[UsageSum]:
    """The usage of one response: first its own model's, then its extras'."""
    chain, project = chain_label(row.sidechain), labels.projects.ref(row.project, row.at)
    marks = labels.marks.of(row.mark) if row.mark else ()
    unpriced = row.tokens.total if row.cost is None else 0
    yield UsageSum(
        labels.model(row.model), chain, project, 1, row.incomplete, row.tokens, row.cost or 0, unpriced, marks
    )
    for extra in decode_extras(row.extras) if row.extras else ():
        yield extra_usage(extra, labels, chain, project, marks)


def extra_usage(extra: Extra, labels: Labels, chain: str, project: ProjectRef, marks: MarkLabels = ()) -> UsageSum:
    """The usage of an extra inside a response: tokens and cost, but not a response."""
    unpriced = extra.tokens.total if extra.cost is None else 0
    return UsageSum(labels.model(extra.model), chain, project, 0, 0, extra.tokens, extra.cost or 0, unpriced, marks)


def _whose(account: int | None) -> str:
    """The condition for `?3`: everything, what used up an account's windows, or `OTHER_PROVIDERS`."""
    if account is None:
        return "?3 IS NULL"
    return (
        "?3 = -1 AND r.provider IS NOT NULL" if account == OTHER_PROVIDERS else "r.account = ?3 AND r.provider IS NULL"
    )


_SUMS = """
SELECT r.model, r.sidechain, c.project, {since}, {owner}, {mark}, count(*), sum(r.incomplete),
       sum(r.input), sum(r.output), sum(r.cache_read), sum(r.cache_write_5m), sum(r.cache_write_1h),
       sum(r.cost / 1000000000), sum(r.cost % 1000000000),
       sum(iif(r.cost IS NULL, r.input + r.output + r.cache_read + r.cache_write_5m + r.cache_write_1h, 0))
FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted AND r.at >= ?1 AND r.at < ?2 AND {whose}
GROUP BY {keys} ORDER BY {keys}
"""


def label_since(labels: Labels, project: str = "c.project") -> str:
    """SQL for the time (ms) since when a response's project has its label; 0 if the project had only one.

    `project`: SQL for the project.
    """
    several = ", ".join(map(str, labels.projects.of_several_parts))
    if not several:
        return "0"
    since = f"SELECT max(l.since) FROM tracker_project_labels l WHERE l.project = {project} AND l.since <= r.at"
    return f"iif({project} IN ({several}), coalesce(({since}), 0), 0)"


class Part(NamedTuple):
    """Usage with all that it can be grouped by. `mark`: the id of its marks, `NO_MARK` or `UNKNOWN_MARK`.

    `owner`: the id of its session; 0 where not asked for.
    """

    owner: int
    mark: int
    usage: UsageSum


def usage_between(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None = None
) -> Iterator[UsageSum]:
    """The usage of the responses in `[start, end)` ms by model, chain and project.

    Of all; or of one account, without other providers; or of `OTHER_PROVIDERS`.
    """
    return (part.usage for part in parts_between(connection, labels, start, end, account, by_mark=False))


def parts_between(
    connection: sqlite3.Connection,
    labels: Labels,
    start: int,
    end: int,
    account: int | None = None,
    *,
    by_mark: bool = True,
    by_session: bool = False,
) -> Iterator[Part]:
    """The same by what responses ran under, or by session, or both."""
    whose = _whose(account)
    keys = "1, 2, 3, 4" + (", 5" if by_session else "") + (", 6" if by_mark else "")
    columns = {"owner": "r.owner" if by_session else "0", "mark": "coalesce(r.mark, -1)" if by_mark else "0"}
    query = _SUMS.format(since=label_since(labels), whose=whose, keys=keys, **columns)
    for row in connection.execute(query, (start, end, account)):
        model, sidechain, project, since, owner, mark, responses, incomplete, *counts, billions, rest, unpriced = row
        yield Part(owner, mark, UsageSum(
            labels.model(model), chain_label(sidechain), labels.projects.ref(project, since),
            responses, incomplete, Tokens(*counts), join_cost(billions, rest), unpriced, labels.marks.of(mark),
        ))  # fmt: skip
    extra = f"{_WITH_EXTRAS} AND r.extras IS NOT NULL AND r.at >= ?1 AND r.at < ?2 AND {whose}"
    for values in connection.execute(extra, (start, end, account)):
        response = Row(*values)
        mark = response.mark if response.mark is not None else UNKNOWN_MARK
        for one in list(usage(response, labels))[1:]:
            yield Part(response.owner if by_session else 0, mark if by_mark else NO_MARK, one)


def between(connection: sqlite3.Connection, start: int, end: int) -> Iterator[Row]:
    """Iterate over the counted responses in `[start, end)` ms, in order of time."""
    return (Row(*row) for row in connection.execute(f"{_ROWS} AND r.at >= ? AND r.at < ? ORDER BY r.at", (start, end)))


def of_owner(connection: sqlite3.Connection, conversation: int) -> Iterator[Row]:
    """Iterate over the responses credited to a session, in order of time."""
    return (Row(*row) for row in connection.execute(f"{_ROWS} AND r.owner = ? ORDER BY r.at, r.id", (conversation,)))


def times(connection: sqlite3.Connection) -> dict[int, list[int]]:
    """The times of all counted responses by account, in order, without those of other providers."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    query = "SELECT at, account FROM tracker_responses WHERE counted AND provider IS NULL ORDER BY at"
    for at, account in connection.execute(query):
        found[account].append(at)
    return found


_FIRST = "SELECT at FROM tracker_responses WHERE counted AND at >= ? ORDER BY at LIMIT 1"
_FIRST_OF_ACCOUNT = """
SELECT at FROM tracker_responses WHERE counted AND at >= ? AND account = ? AND provider IS NULL ORDER BY at LIMIT 1
"""


def first_at_or_after(connection: sqlite3.Connection, moment: int, account: int | None = None) -> int | None:
    """The time of the first counted response at or after `moment`, of one account (without other providers) or all."""
    query, parameters = (_FIRST, (moment,)) if account is None else (_FIRST_OF_ACCOUNT, (moment, account))
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None


def last_account(connection: sqlite3.Connection, moment: int) -> int | None:
    """The account of the last counted response until `moment`, of no other provider; None if there is none."""
    query = (
        "SELECT account FROM tracker_responses WHERE counted AND at <= ? AND provider IS NULL ORDER BY at DESC LIMIT 1"
    )
    row = connection.execute(query, (moment,)).fetchone()
    return row[0] if row else None
