"""The accounts, and to whom a configuration folder belonged at which time."""

from __future__ import annotations

import os
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from exporter.domain.accounts import (
    MAX_ACCOUNTS,
    NOBODY,
    OTHER,
    UNKNOWN_ACCOUNT,
    FolderAccount,
    Origin,
    Owner,
    account_hash,
)
from exporter.domain.blocks.block import START_OF_TIME
from exporter.store.database import meta

FIRST_ACCOUNT = "first_account"
ADOPTION_DUE = "adopts_accounts"


class Account(msgspec.Struct, frozen=True):
    """A stored account. `label`: in metrics; `plan`: None if not known."""

    id: int
    owner: Owner
    hash: str
    label: str
    plan: str | None


class Span(msgspec.Struct, frozen=True):
    """From when on (ms) something belongs to an account."""

    since: int
    account: int


Spans = Sequence[Span]
"""In order of time; before the first one nobody is known."""


def account_at(spans: Spans, moment: int) -> int:
    """Whose it is at `moment` (ms)."""
    place = bisect_right(spans, moment, key=lambda span: span.since)
    return spans[place - 1].account if place else UNKNOWN_ACCOUNT


class Accounts:
    """Finds accounts, and adds new ones in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._by_owner = {account.owner: account.id for account in load(connection)}
        self._spans: dict[str, list[Span]] = {}
        for folder, since, account in connection.execute(
            "SELECT folder, since, account FROM tracker_folder_accounts ORDER BY folder, since"
        ):
            self._spans.setdefault(folder, []).append(Span(since, account))

    def of_owner(self, owner: Owner) -> int:
        """The account of an owner. One that names half of the pair is the only whole one that it fits, if any."""
        if owner.is_known and not owner.is_whole:
            whole = [account for other, account in self._by_owner.items() if other.is_whole and _fits(other, owner)]
            if len(whole) == 1:
                return whole[0]
        known = self._by_owner.get(owner)
        return known if known is not None else self._add(owner)

    def _owner_of(self, account: int) -> Owner:
        return next((owner for owner, own in self._by_owner.items() if own == account), NOBODY)

    def _add(self, owner: Owner) -> int:
        half = next(
            (other for other in self._by_owner if other.is_known and not other.is_whole and _fits(owner, other)), None
        )
        if owner.is_whole and half is not None:
            return self._complete(half, owner)
        labelled = sum(known.is_known for known in self._by_owner)
        own_hash = account_hash(owner)
        cursor = self._connection.execute(
            "INSERT INTO tracker_accounts (organization, account, hash, label) VALUES (?, ?, ?, ?)",
            (owner.organization, owner.account, own_hash, own_hash if labelled < MAX_ACCOUNTS else OTHER),
        )
        self._by_owner[owner] = int(cursor.lastrowid or 0)
        return self._by_owner[owner]

    def _complete(self, half: Owner, owner: Owner) -> int:
        """An account that was known by half of the pair becomes the whole one: its label and block ids change once."""
        account = self._by_owner.pop(half)
        self._by_owner[owner] = account
        old, new = account_hash(half), account_hash(owner)
        self._connection.execute(
            "UPDATE tracker_accounts SET organization = ?, account = ?, hash = ?, label = iif(label = hash, ?3, label)"
            " WHERE id = ?",
            (owner.organization, owner.account, new, account),
        )
        self._connection.execute(
            "UPDATE OR REPLACE tracker_totals SET labels = json_set(labels, '$[0]', ?)"
            " WHERE family IN ('limit_hits', 'limit_raised', 'locked_out') AND json_extract(labels, '$[0]') = ?",
            (new, old),
        )
        for table, column in (("five_hour_blocks", "id"), ("real_sessions", "five_hour_block_id")):
            self._connection.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?1, ?2) WHERE {column} LIKE '%' || ?1",
                (f"~{old}", f"~{new}"),
            )
        return account

    def spans_of(self, path: str) -> Spans:
        """To whom the configuration folder above a file belonged. Empty if it is below none of them."""
        above = [folder for folder in self._spans if path.startswith(folder + os.sep) or path == folder]
        return self._spans[max(above, key=len)] if above else ()

    def of_origin(self, origin: Origin, moment: int) -> int:
        """Whose a report of `moment` (ms) is: as it says itself, else as its session says, else by its folder.

        A report that names only an organization belongs to its folder's account, if that is in it. One without a folder
        belongs to the account of its session's last response, else to that of all folders, if it is the same one.
        """
        path = origin.transcript or origin.folder
        by_folder = account_at(self.spans_of(path), moment) if path is not None else self._of_all_folders(moment)
        if origin.owner.is_known:
            owner = self._owner_of(by_folder)
            return by_folder if owner.is_known and _fits(owner, origin.owner) else self.of_owner(origin.owner)
        own = self._of_session(origin.session, moment, has_folder=path is not None)
        return own if own is not None else by_folder

    def _of_all_folders(self, moment: int) -> int:
        found = {account_at(spans, moment) for spans in self._spans.values()}
        return found.pop() if len(found) == 1 else UNKNOWN_ACCOUNT

    def _of_session(self, session: str | None, moment: int, *, has_folder: bool) -> int | None:
        """The account that a session names for `moment` (ms); without a folder, else its last response's until then."""
        if session is None:
            return None
        rows = self._connection.execute(
            "SELECT since, a.account FROM tracker_conversation_accounts a JOIN tracker_conversations c"
            " ON c.id = a.conversation WHERE c.session_id = ? ORDER BY since",
            (session,),
        )
        spans = [Span(*row) for row in rows]
        if spans or has_folder:
            return account_at(spans, moment) if spans else None
        last = self._connection.execute(
            "SELECT r.account FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner"
            " WHERE r.counted AND c.session_id = ? AND r.at <= ? ORDER BY r.at DESC LIMIT 1",
            (session, moment),
        ).fetchone()
        return last[0] if last else None

    def save_folder(self, found: FolderAccount, now: int) -> bool:
        """Save to whom a folder belongs at `now` (ms). Returns whether that is new.

        The first account of a folder of which nothing was read before had it from the beginning; each later one since
        it was seen there, or since the file proves it.
        """
        account = self.of_owner(found.owner)
        if found.plan is not None:
            self._connection.execute(
                "UPDATE tracker_accounts SET plan = ? WHERE id = ? AND plan IS NOT ?", (found.plan, account, found.plan)
            )
        spans = self._spans.setdefault(found.folder, [])
        if spans and spans[-1].account == account:
            return False
        if spans:
            since = max(spans[-1].since + 1, min(now, self._latest(found, spans[-1].account, now)))
        else:
            since = now if self._was_read(found.folder) else START_OF_TIME
        spans.append(Span(since, account))
        self._connection.execute(
            "INSERT INTO tracker_folder_accounts (folder, since, account) VALUES (?, ?, ?)",
            (found.folder, since, account),
        )
        return True

    def _latest(self, found: FolderAccount, before: int, now: int) -> int:
        """When the folder was theirs at the latest. What proves the account proves it for a new account only: one
        person may change the organization.
        """
        latest = now if found.since is None else found.since
        known = self._owner_of(before)
        return latest if found.proven is None or known.account == found.owner.account else min(latest, found.proven)

    def _was_read(self, folder: str) -> bool:
        """Whether files below the folder were read, when nobody's name was on it."""
        if meta.get(self._connection, ADOPTION_DUE) is not None:
            return False
        below = (folder + os.sep, folder + chr(ord(os.sep) + 1))
        row = self._connection.execute("SELECT 1 FROM tracker_files WHERE path > ? AND path < ? LIMIT 1", below)
        return row.fetchone() is not None


def _fits(known: Owner, part: Owner) -> bool:
    """Whether an account is the one that an owner names in part."""
    return (part.organization in (None, known.organization)) and (part.account in (None, known.account))


def load(connection: sqlite3.Connection) -> list[Account]:
    """All accounts, the unknown one first."""
    rows = connection.execute("SELECT id, organization, account, hash, label, plan FROM tracker_accounts ORDER BY id")
    return [Account(row[0], Owner(row[1], row[2]), *row[3:]) for row in rows]


def labels(connection: sqlite3.Connection) -> dict[int, str]:
    """The label of each account."""
    return dict(connection.execute("SELECT id, label FROM tracker_accounts"))


def suffixes(connection: sqlite3.Connection) -> dict[int, str]:
    """What follows a block's start in its id: nothing for the account of the first block, else `~` and its hash."""
    first = first_account(connection)
    rows = connection.execute("SELECT id, hash FROM tracker_accounts")
    return {account: "" if account == first else f"~{own_hash}" for account, own_hash in rows}


def first_account(connection: sqlite3.Connection) -> int | None:
    """The account of the first block; None before there is one."""
    value = meta.get(connection, FIRST_ACCOUNT)
    return int(value) if value is not None else None


def set_first_account(connection: sqlite3.Connection, account: int) -> None:
    """Set it, unless there is one."""
    if first_account(connection) is None:
        meta.put(connection, FIRST_ACCOUNT, str(account))


def save_folders(connection: sqlite3.Connection, found: Iterable[FolderAccount], now: int) -> bool:
    """Save to whom folders belong now. Returns whether anything is new."""
    accounts = Accounts(connection)
    changed = False
    for one in found:
        changed |= accounts.save_folder(one, now)
    return changed
