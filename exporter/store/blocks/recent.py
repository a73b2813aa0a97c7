"""The usage since the last blocks started, kept as sums by hour, minute and second.

So what is asked of a running block costs the same at its end as at its beginning. Each commit adds the difference that
it makes; `derive` makes all of it again from the responses.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping

from msgspec.structs import astuple

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME, Block
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.usage.amount import Amount, ModelAmount, by_model
from exporter.domain.usage.bounds import COST_PART, join_cost
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.recent import SECOND, UNITS, pieces
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import UsageSum
from exporter.store.blocks import recent_projects, recent_times
from exporter.store.blocks.blocks import times, unsettled_since
from exporter.store.blocks.recent_times import SPAN_MS
from exporter.store.database import meta
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import WHOSE, Row, usage, usage_between

_SINCE = "recent_since"
_LAST = END_OF_TIME // HOUR * HOUR

Place = tuple[int, int, str]
"""The time (ms), whose, and the model's label of a sum."""
Counts = list[int]
"""In the order of the columns from `parts` on."""

_COUNTS = (
    "parts", "responses", "incomplete", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "dollars",
    "nanos", "unpriced",
)  # fmt: skip
_ADD = f"""
INSERT INTO tracker_recent_usage (unit, at, whose, model, {", ".join(_COUNTS)}) VALUES ({", ".join("?" * 15)})
ON CONFLICT DO UPDATE SET {", ".join(f"{column} = {column} + excluded.{column}" for column in _COUNTS)}
"""
_EMPTY = "DELETE FROM tracker_recent_usage WHERE unit = ? AND at = ? AND whose = ? AND model = ? AND parts = 0"


def since(connection: sqlite3.Connection) -> int:
    """From when on (ms) the sums are kept; `END_OF_TIME` while none are."""
    return int(meta.get(connection, _SINCE) or END_OF_TIME)


def update(connection: sqlite3.Connection, labels: Labels, added: Collection[Row], removed: Collection[Row]) -> None:
    """Follow what changed of the counted responses."""
    start = since(connection)
    new, lost = ([row for row in rows if row.at >= start] for rows in (added, removed))
    found: defaultdict[Place, Counts] = defaultdict(lambda: [0] * len(_COUNTS))
    projects: defaultdict[tuple[int, int], Counts] = defaultdict(lambda: [0, 0, 0])
    for rows, sign in ((new, 1), (lost, -1)):
        for row in rows:
            for part in usage(row, labels):
                counts = _counts(part)
                _count(found[row.at, row.whose, part.model], counts, sign)
                _count(projects[row.at // HOUR * HOUR, row.project or 0], [1, *counts[-3:-1]], sign)
    _add(connection, found, are_fewer=bool(lost))
    recent_projects.add(connection, projects)
    recent_times.update(connection, new, lost)


def _counts(part: UsageSum) -> Counts:
    """Of one response, or of what it contains of another model."""
    return [1, part.responses, part.incomplete, *astuple(part.tokens), *divmod(part.cost, COST_PART), part.unpriced]


def _count(known: Counts, more: Counts, sign: int = 1) -> None:
    known[:] = [one + sign * other for one, other in zip(known, more, strict=True)]


def _add(connection: sqlite3.Connection, found: Mapping[Place, Counts], *, are_fewer: bool) -> None:
    """Add to the sums of every unit, or subtract."""
    for unit in UNITS:
        sums: defaultdict[Place, Counts] = defaultdict(lambda: [0] * len(_COUNTS))
        for (at, whose, model), counts in found.items():
            _count(sums[at // unit * unit, whose, model], counts)
        changed = [((unit, *place), counts) for place, counts in sums.items() if any(counts)]
        connection.executemany(_ADD, [(*key, *counts) for key, counts in changed])
        if are_fewer:
            connection.executemany(_EMPTY, [key for key, _ in changed])


def follow(connection: sqlite3.Connection, labels: Labels) -> None:
    """Keep the sums since the last blocks started: those of earlier ones go, those of others come."""
    start, known = _needed_since(connection), since(connection)
    if start == known:
        return
    if known < start < END_OF_TIME:
        statement = "DELETE FROM tracker_recent_usage WHERE unit = ? AND at < ?"
        connection.executemany(statement, [(unit, start) for unit in UNITS])
        recent_projects.forget(connection, start)
        recent_times.forget(connection, start)
        meta.put(connection, _SINCE, str(start))
    else:
        derive(connection, labels)


def _needed_since(connection: sqlite3.Connection) -> int:
    start = unsettled_since(connection)
    return start // HOUR * HOUR if start != START_OF_TIME else END_OF_TIME


def derive(connection: sqlite3.Connection, labels: Labels) -> None:
    """Make the sums again."""
    connection.execute("DELETE FROM tracker_recent_usage")
    recent_projects.forget(connection, END_OF_TIME)
    recent_times.forget(connection, END_OF_TIME)
    start = _needed_since(connection)
    if start == END_OF_TIME:
        meta.delete(connection, _SINCE)
        return
    meta.put(connection, _SINCE, str(start))
    _add(connection, _by_second(connection, labels, start), are_fewer=False)
    recent_projects.derive(connection, start)
    recent_times.derive(connection, start)


_BY_SECOND = f"""
SELECT at / {SECOND} * {SECOND} AS second, {WHOSE} AS whose, model, count(*),
       count(*), sum(incomplete), sum(input), sum(output), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h),
       coalesce(sum(cost / {COST_PART}), 0), coalesce(sum(cost % {COST_PART}), 0),
       sum(iif(cost IS NULL, input + output + cache_read + cache_write_5m + cache_write_1h, 0))
FROM tracker_responses WHERE counted AND at >= ? GROUP BY second, whose, model
"""
_EXTRAS = f"""
SELECT at, {WHOSE}, extras FROM tracker_responses INDEXED BY tracker_responses_advised
WHERE counted AND extras IS NOT NULL AND at >= ?
"""


def _by_second(connection: sqlite3.Connection, labels: Labels, start: int) -> dict[Place, Counts]:
    found: defaultdict[Place, Counts] = defaultdict(lambda: [0] * len(_COUNTS))
    for second, whose, model, *counts in connection.execute(_BY_SECOND, (start,)):
        _count(found[second, whose, labels.model(model)], counts)
    for at, whose, text in connection.execute(_EXTRAS, (start,)):
        for extra in decode_extras(text):
            unpriced = extra.tokens.total if extra.cost is None else 0
            counts = [1, 0, 0, *astuple(extra.tokens), *divmod(extra.cost or 0, COST_PART), unpriced]
            _count(found[at, whose, labels.model(extra.model)], counts)
    return found


_SUMS = f"""
SELECT model, {", ".join(f"sum({column})" for column in _COUNTS[1:])} FROM tracker_recent_usage
WHERE unit = ?1 AND at >= ?2 AND at < ?3 AND (?4 IS NULL OR whose = ?4) GROUP BY model
"""


def recent_amounts(
    connection: sqlite3.Connection, labels: Labels, start: int, end: int, account: int | None = None
) -> list[ModelAmount]:
    """The usage in `[start, end)` ms by model label, of `account` as `responses.usage_between` has it.

    From sums, where they are kept; a model may occur several times.
    """
    known = since(connection)
    found = [*by_model(usage_between(connection, labels, start, min(end, known), account))] if start < known else []
    for unit, first, last in pieces(max(start, known), min(end, _LAST)):
        if unit:
            found += (_amount(*row) for row in connection.execute(_SUMS, (unit, first, last, account)))
        else:
            found += by_model(usage_between(connection, labels, first, last, account))
    return found


def _amount(model: str, responses: int, incomplete: int, *counts: int) -> ModelAmount:
    *tokens, dollars, nanos, unpriced = counts
    return ModelAmount(model, Amount(Tokens(*tokens), join_cost(dollars, nanos), unpriced, responses, incomplete))


def project_cost(connection: sqlite3.Connection, labels: Labels, project: str, start: int) -> int:
    """The nano-dollars that a project, by its name, cost from `start` (ms) on."""
    whole = max(-(-start // HOUR) * HOUR, since(connection))
    before = usage_between(connection, labels, start, whole) if start < whole else ()
    known = sum(one.cost for one in before if one.project.name == project)
    return known + recent_projects.cost_since(connection, labels, project, whole)


def active_times(connection: sqlite3.Connection, block: Block) -> list[int]:
    """Times with the same activity as those of all responses of a block, in order."""
    is_kept = since(connection) <= block.start and block.start % SPAN_MS == block.end % SPAN_MS == 0
    return recent_times.active_times(connection, block) if is_kept else times(connection, block)
