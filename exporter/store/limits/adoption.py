"""After an upgrade from a version without accounts: what is stored becomes that of the folders' accounts."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from pathlib import PurePath

from exporter.domain.accounts import UNKNOWN, UNKNOWN_ACCOUNT
from exporter.domain.blocks.block import END_OF_TIME
from exporter.store import accounts
from exporter.store.accounts import Accounts, account_at
from exporter.store.database import meta
from exporter.store.usage.scope import encoded

_BY_ACCOUNT = (
    "tracker_blocks", "tracker_block_usage", "tracker_readings", "tracker_last_readings", "tracker_limit_hits",
)  # fmt: skip


def is_due(connection: sqlite3.Connection) -> bool:
    """Whether the database was written by a version without accounts, and not opened with their folders since."""
    return meta.get(connection, accounts.ADOPTION_DUE) is not None


def adopt(connection: sqlite3.Connection) -> None:
    """Give what is stored to the accounts of its folders; what is of no folder to the account with the most files.

    The caller derives all data again.
    """
    meta.delete(connection, accounts.ADOPTION_DUE)
    sessions = _sessions_by_account(connection)
    counts = Counter({account: len(names) for account, names in sessions.items() if account != UNKNOWN_ACCOUNT})
    if not counts:
        return
    ((main, _),) = counts.most_common(1)
    for table in _BY_ACCOUNT:
        connection.execute(f"UPDATE {table} SET account = ? WHERE account = ?", (main, UNKNOWN_ACCOUNT))
    _give_responses(connection, main, "")
    for account, names in sessions.items():
        if account != main:
            _give_responses(connection, account, _OF_SESSIONS, encoded(names))
    label = accounts.labels(connection)[main]
    connection.execute(
        "UPDATE tracker_totals SET labels = json_array(?, json_extract(labels, '$[1]'))"
        " WHERE family IN ('limit_hits', 'locked_out') AND json_extract(labels, '$[0]') = ?",
        (label, UNKNOWN),
    )
    if accounts.first_account(connection) == UNKNOWN_ACCOUNT:
        meta.put(connection, accounts.FIRST_ACCOUNT, str(main))


_OF_SESSIONS = (
    " WHERE conversation IN (SELECT id FROM tracker_conversations"
    " WHERE session_id IN (SELECT value FROM json_each(?2)))"
)


def _give_responses(connection: sqlite3.Connection, account: int, where: str, *parameters: str) -> None:
    connection.execute(f"UPDATE tracker_responses SET own_account = ?1, account = ?1{where}", (account, *parameters))


def _sessions_by_account(connection: sqlite3.Connection) -> dict[int, set[str]]:
    """The session ids of the known files, by the account of their folder."""
    known = Accounts(connection)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for (path,) in connection.execute("SELECT path FROM tracker_files"):
        parts = PurePath(path).parts
        name = parts[parts.index("subagents") - 1] if "subagents" in parts else PurePath(path).stem
        found[account_at(known.spans_of(path), END_OF_TIME)].add(name)
    return found
