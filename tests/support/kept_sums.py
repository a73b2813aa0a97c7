"""Checks that the sums that are kept by differences are those of the responses, to the last digit."""

from __future__ import annotations

import math
import sqlite3
from typing import Any

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME, Block
from exporter.domain.blocks.figures import active_ms
from exporter.domain.calendar.day import Day
from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.forecast.chance import HALF_LIVES
from exporter.domain.usage.amount import by_model, merge
from exporter.store.accounts import load as load_accounts
from exporter.store.blocks import blocks, recent
from exporter.store.blocks.block_sessions import count_sessions
from exporter.store.blocks.recent_spending import RecentSpending
from exporter.store.sessions import session_sums
from exporter.store.usage.day_turns import DayTurns
from exporter.store.usage.labels import Labels
from exporter.store.usage.moments import moments
from exporter.store.usage.responses import OTHER_PROVIDERS, usage_between
from exporter.store.usage.spending import Spending
from support.turns import average_turns, split_turns

_TABLES = {
    "usage": "SELECT * FROM tracker_recent_usage ORDER BY unit, at, whose, model",
    "projects": "SELECT * FROM tracker_recent_projects ORDER BY at, project",
    "times": "SELECT account, at, first_at, last_at FROM tracker_recent_times WHERE first_at IS NOT NULL ORDER BY 1, 2",
    "since": "SELECT value FROM tracker_meta WHERE key = 'recent_since'",
}


def check_kept(connection: sqlite3.Connection, spending: RecentSpending) -> None:
    """`spending`: one for the life of the database, so that it follows each commit."""
    assert _kept(connection) == _made_again(connection)
    for conversation, kept in _kept_by_session(connection).items():
        assert sorted(session_sums.sum_up(connection, conversation)) == kept
    for block in blocks.load(connection):
        _check_block(connection, block)
    _check_spans(connection)
    _check_paces(connection, spending)


def _kept(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    return {name: connection.execute(query).fetchall() for name, query in _TABLES.items()}


def _made_again(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    connection.execute("SAVEPOINT made_again")
    try:
        recent.derive(connection, Labels(connection))
        return _kept(connection)
    finally:
        connection.execute("ROLLBACK TO made_again")
        connection.execute("RELEASE made_again")


def _kept_by_session(connection: sqlite3.Connection) -> dict[int, list[session_sums.SessionSum]]:
    """Of every session that something is credited to."""
    owners = connection.execute("SELECT DISTINCT owner FROM tracker_responses WHERE counted").fetchall()
    found: dict[int, list[session_sums.SessionSum]] = {owner: [] for (owner,) in owners}
    query = "SELECT conversation, whose, model, parts, responses, incomplete, tokens FROM tracker_session_usage"
    for conversation, *values in connection.execute(f"{query} ORDER BY 1, 2, 3"):
        found.setdefault(conversation, []).append(session_sums.SessionSum(*values))
    return found


def _check_block(connection: sqlite3.Connection, block: Block) -> None:
    assert count_sessions(connection, block) == blocks.sessions(connection, block)
    all_times, some_times = blocks.times(connection, block), recent.active_times(connection, block)
    for now in {block.end, *(at + more for at in all_times for more in (0, 1, 4 * MINUTE, 6 * MINUTE))}:
        assert active_ms(block, all_times, now) == active_ms(block, some_times, now)


def _check_spans(connection: sqlite3.Connection) -> None:
    """Spans that start and end at full hours, minutes and seconds, and anywhere."""
    labels, first = Labels(connection, read_only=True), recent.since(connection)
    if first == END_OF_TIME:
        return
    whole = (START_OF_TIME, END_OF_TIME)
    anywhere = [(first + a, first + b) for a, b in ((0, 1), (7, HOUR + 59_999), (HOUR, 5 * HOUR), (-MINUTE, 9 * HOUR))]
    accounts = [None, OTHER_PROVIDERS, *(account.id for account in load_accounts(connection))]
    for start, end in (whole, *anywhere):
        for account in accounts:
            parts = list(usage_between(connection, labels, start, end, account))
            assert by_model(parts) == merge(recent.recent_amounts(connection, labels, start, end, account))
        for project in {part.project.name for part in usage_between(connection, labels, *whole)}:
            parts = list(usage_between(connection, labels, start, END_OF_TIME))
            expected_cost = sum(part.cost for part in parts if part.project.name == project)
            assert expected_cost == recent.project_cost(connection, labels, project, start)


def _check_paces(connection: sqlite3.Connection, spending: RecentSpending) -> None:
    """The cached sums are exactly those of a new cache; of all responses one by one, but for rounding."""
    first = recent.since(connection)
    for account in load_accounts(connection):
        every = Spending(connection, account.id, first, END_OF_TIME).uses() if first != END_OF_TIME else None
        for at in every.times if every is not None else ():
            start, now = max(first, at - 2 * HOUR - 1), at + 90_001
            followed, new = (one.of(connection, account.id, start, now) for one in (spending, RecentSpending()))
            one_by_one = Spending(connection, account.id, start, now + 1).uses()
            assert one_by_one.last_at(now) == followed.last_at(now)
            for half_life in HALF_LIVES:
                assert new.pace(now, start, half_life) == followed.pace(now, start, half_life)
                expected = one_by_one.pace(now, start, half_life)
                assert math.isclose(expected, followed.pace(now, start, half_life), rel_tol=1e-12)


def check_turns(connection: sqlite3.Connection, turns: DayTurns, day: Day, now: int) -> None:
    """`turns`: one for the life of the database."""
    span = (day.start, day.end)
    prompts, responses, tools = (moments(connection, kind, *span) for kind in ("prompts", "responses", "tool_calls"))
    expected, found = average_turns(split_turns(prompts, responses, tools)), turns.count(connection, day, now)
    assert (len(prompts), len(tools)) == (found.prompts, found.tool_calls)
    figures = found.figures()
    assert (expected.count, expected.responses_per_turn, expected.tools_per_turn) == (
        figures.count, figures.responses_per_turn, figures.tools_per_turn
    )  # fmt: skip
    assert math.isclose(expected.seconds_per_turn or 0, figures.seconds_per_turn or 0, rel_tol=1e-12)
