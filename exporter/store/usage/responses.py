"""The counted responses: resolving the copies of messages, and queries."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.counting import Advisor, ResponseCopy, decode_advisors, resolve_copies
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import UsageSum, chain_label
from exporter.store.usage.labels import Labels

SCOPE = "message_id IN (SELECT value FROM json_each(?))"


def scope(message_ids: Iterable[str]) -> str:
    """The parameter for `SCOPE`."""
    return msgspec.json.encode(sorted(message_ids)).decode()


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
    advisors: str | None

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.input, self.output, self.cache_read, self.cache_write_5m, self.cache_write_1h)


_ROWS = """
SELECT r.id, r.message_id, r.request_id, r.at, r.owner, r.account, c.project, r.model, r.sidechain,
       r.stop_reason IS NULL, r.input, r.output, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.cost, r.advisors
FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted
"""


def counted(connection: sqlite3.Connection, message_ids: Iterable[str]) -> set[Row]:
    """The counted responses of these messages."""
    return {Row(*row) for row in connection.execute(f"{_ROWS} AND r.{SCOPE}", (scope(message_ids),))}


def settle_messages(connection: sqlite3.Connection, message_ids: Iterable[str] | None) -> None:
    """Mark which copies count, for these messages or for all. Most have one copy, which needs no resolution."""
    where, parameters = ("", ()) if message_ids is None else (f"WHERE {SCOPE}", (scope(message_ids),))
    several = f"SELECT message_id FROM tracker_responses {where} GROUP BY message_id HAVING count(*) > 1"
    rows = connection.execute(
        "SELECT message_id, id, request_id, conversation, sidechain, first_at, born_at,"
        "       stop_reason IS NOT NULL, total, line_at, uuid, coalesce(reported_cost, -1), own_account,"
        "       counted, at, owner, account"
        f" FROM tracker_responses WHERE message_id IN ({several}) ORDER BY message_id",
        parameters,
    ).fetchall()
    changed: list[tuple[int, int, int, int, int]] = []
    for message_id, grouped in groupby(rows, key=lambda row: row[0]):
        group = list(grouped)
        stored = {row[1]: row[-4:] for row in group}
        copies = [_copy(*row[1:-5]) for row in group]
        has_unrequested = any(not copy.request_id for copy in copies)
        results = resolve_copies(copies, _line_uuids(connection, message_id) if has_unrequested else {})
        own = {row[3]: row[-5] for row in sorted(group, key=lambda row: (-row[5], row[1]))}
        counted = {result.copy: (1, result.at, result.owner, own[result.owner]) for result in results}
        for copy_id, (was_counted, at, owner, account) in stored.items():
            now = counted.get(copy_id, (0, at, owner, account))
            if now != (was_counted, at, owner, account):
                changed.append((*now, copy_id))
    connection.executemany(
        "UPDATE tracker_responses SET counted = ?, at = ?, owner = ?, account = ? WHERE id = ?", changed
    )


def _copy(
    copy_id: int, request_id: str, conversation: int, sidechain: int, first_at: int, born_at: int, *rank: Any
) -> ResponseCopy:
    return ResponseCopy(copy_id, request_id, conversation, bool(sidechain), rank, first_at, born_at)


def _line_uuids(connection: sqlite3.Connection, message_id: str) -> dict[tuple[int, bool], frozenset[str]]:
    found: dict[tuple[int, bool], set[str]] = {}
    for conversation, sidechain, uuid in connection.execute(
        "SELECT conversation, sidechain, uuid FROM tracker_unrequested_lines WHERE message_id = ?",
        (message_id,),
    ):
        found.setdefault((conversation, bool(sidechain)), set()).add(uuid)
    return {key: frozenset(uuids) for key, uuids in found.items()}


def usage(row: Row, labels: Labels) -> Iterator[UsageSum]:
    """The usage of one response: first its own model's, then its advisors'."""
    chain, project = chain_label(row.sidechain), labels.project(row.project)
    unpriced = row.tokens.total if row.cost is None else 0
    yield UsageSum(labels.model(row.model), chain, project, 1, row.incomplete, row.tokens, row.cost or 0, unpriced)
    for advisor in decode_advisors(row.advisors) if row.advisors else ():
        yield advisor_usage(advisor, labels, chain, project)


def advisor_usage(advisor: Advisor, labels: Labels, chain: str, project: str) -> UsageSum:
    """The usage of an advisor inside a response: tokens and cost, but not a response."""
    unpriced = advisor.tokens.total if advisor.cost is None else 0
    return UsageSum(labels.model(advisor.model), chain, project, 0, 0, advisor.tokens, advisor.cost or 0, unpriced)


_SUMS = """
SELECT r.model, r.sidechain, c.project, count(*), sum(r.stop_reason IS NULL),
       sum(r.input), sum(r.output), sum(r.cache_read), sum(r.cache_write_5m), sum(r.cache_write_1h),
       sum(r.cost / 1000000000), sum(r.cost % 1000000000),
       sum(iif(r.cost IS NULL, r.input + r.output + r.cache_read + r.cache_write_5m + r.cache_write_1h, 0))
FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
WHERE r.counted AND r.at >= ?1 AND r.at < ?2 AND (?3 IS NULL OR r.account = ?3)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def usage_between(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None = None
) -> Iterator[UsageSum]:
    """The usage of the responses in `[start, end)` ms, of one account or all, by model, chain and project."""
    for row in connection.execute(_SUMS, (start, end, account)):
        model, sidechain, project, responses, incomplete, *counts, billions, rest, unpriced = row
        yield UsageSum(
            labels.model(model), chain_label(sidechain), labels.project(project),
            responses, incomplete, Tokens(*counts), join_cost(billions, rest), unpriced,
        )  # fmt: skip
    advised = f"{_ROWS} AND r.advisors IS NOT NULL AND r.at >= ?1 AND r.at < ?2 AND (?3 IS NULL OR r.account = ?3)"
    for row in connection.execute(advised, (start, end, account)):
        yield from list(usage(Row(*row), labels))[1:]


def between(connection: sqlite3.Connection, start: int, end: int) -> Iterator[Row]:
    """Iterate over the counted responses in `[start, end)` ms, in order of time."""
    return (Row(*row) for row in connection.execute(f"{_ROWS} AND r.at >= ? AND r.at < ? ORDER BY r.at", (start, end)))


def times(connection: sqlite3.Connection) -> dict[int, list[int]]:
    """The times of all counted responses by account, in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for at, account in connection.execute("SELECT at, account FROM tracker_responses WHERE counted ORDER BY at"):
        found[account].append(at)
    return found


_FIRST = """
SELECT at FROM tracker_responses WHERE counted AND at >= ?1 AND (?2 IS NULL OR account = ?2) ORDER BY at LIMIT 1
"""


def first_at_or_after(connection: sqlite3.Connection, moment: int, account: int | None = None) -> int | None:
    """The time of the first counted response at or after `moment`, of one account or all."""
    row = connection.execute(_FIRST, (moment, account)).fetchone()
    return row[0] if row else None


def last_account(connection: sqlite3.Connection, moment: int) -> int | None:
    """The account of the last counted response until `moment`; None if there is none."""
    query = "SELECT account FROM tracker_responses WHERE counted AND at <= ? ORDER BY at DESC LIMIT 1"
    row = connection.execute(query, (moment,)).fetchone()
    return row[0] if row else None


class Costs:
    """The cost of an account's responses in `[since, until)` (ms), with advisors; summed once for many queries."""

    def __init__(self, connection: sqlite3.Connection, since: int, until: int, account: int) -> None:
        rows = connection.execute(
            "SELECT at, coalesce(cost, 0), advisors FROM tracker_responses"
            " WHERE counted AND at >= ? AND at < ? AND account = ? ORDER BY at",
            (since, until, account),
        )
        self._times: list[int] = []
        self._sums = [0]
        for at, cost, advisors in rows:
            advised = sum(one.cost or 0 for one in decode_advisors(advisors)) if advisors else 0
            self._times.append(at)
            self._sums.append(self._sums[-1] + cost + advised)

    def between(self, start: int, end: int) -> int:
        """The cost of the responses in `[start, end)` ms, in nano-dollars."""
        return self._sums[bisect_left(self._times, end)] - self._sums[bisect_left(self._times, start)]
