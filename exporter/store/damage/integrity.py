"""Whether a database is whole: its structure and indexes, by SQLite; and its totals against the rows they are sums of.

SQLite has no checksums: a changed byte inside a stored number is found only where a total disagrees.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from exporter.domain.usage.bounds import join_cost
from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.tokens import TOKEN_TYPES
from exporter.errors import DamagedError, DatabaseError, ForeignDatabaseError, reason
from exporter.store.damage.stored_forms import misread
from exporter.store.database.connection import open_untouched
from exporter.store.database.examination import is_damage
from exporter.store.database.opening import inspect
from exporter.store.database.schema import VERSION
from exporter.store.usage.event_totals import sum_events

MOST_COMPLAINTS = 20
_FAMILIES = {"tokens": 1, "cost": None, "responses": None, "prompts": None, "tool_calls": 0, "api_errors": 0}
"""Those that are compared, with the place of the label by which each is compared, if any."""


class Difference(msgspec.Struct, frozen=True):
    """A total, and the sum of the rows that it should be."""

    name: str
    stored: int
    rows: int


class Findings(msgspec.Struct, frozen=True):
    """`structure`: SQLite's complaints; `totals`: where totals and rows disagree. None of either in a whole one."""

    structure: tuple[str, ...]
    totals: tuple[Difference, ...]

    @property
    def is_whole(self) -> bool:
        return not self.structure and not self.totals

    def sentence(self) -> str:
        """The first of them, for a log or a card."""
        if self.structure:
            return self.structure[0]
        first = self.totals[0]
        return f"the total of {first.name} is {first.stored}, its rows sum to {first.rows}"


def check(path: Path) -> Findings:
    """Read all of the database, without changing it.

    Raises ForeignDatabaseError, DatabaseError for a file that cannot be read at all.
    """
    try:
        with open_untouched(path) as connection:
            version = inspect(connection, path)
            if not version:
                raise ForeignDatabaseError(f"{path} does not belong to claude-tracker: check --database")
            connection.execute("BEGIN")
            return check_connection(connection, has_totals=version == VERSION)
    except DamagedError as error:
        return Findings((str(error),), ())
    except sqlite3.DatabaseError as error:
        if is_damage(error) or getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR:
            return Findings((str(error),), ())  # also tables whose columns have other names than ours
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error
    except (ValueError, TypeError, KeyError) as error:  # UnicodeDecodeError among them: a value that is none
        return Findings((f"a value cannot be read: {error}",), ())
    except OSError as error:
        raise DatabaseError(f"cannot read the database {path}: {reason(error)}") from error


def check_connection(connection: sqlite3.Connection, *, has_totals: bool = True) -> Findings:
    """The same inside a read transaction. `has_totals`: whether the tables are of this version."""
    found = connection.execute(f"PRAGMA integrity_check({MOST_COMPLAINTS})").fetchall()
    structure = tuple(line for (text,) in found if text != "ok" for line in str(text).splitlines())
    structure = structure or tuple(_unreadable_texts(connection))
    if not structure and has_totals:
        structure = tuple(misread(connection))
    if structure or not has_totals:
        return Findings(structure, ())
    return Findings((), differences(connection))


def _unreadable_texts(connection: sqlite3.Connection) -> Iterator[str]:
    """SQLite looks at no text: one that cannot be decoded would stop who reads it."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for (name,) in names:
        try:
            for _ in connection.execute(f'SELECT * FROM "{name}"'):
                pass
        except sqlite3.OperationalError as error:
            if is_damage(error):
                raise
            yield f"a text in {name} cannot be decoded"


def differences(connection: sqlite3.Connection) -> tuple[Difference, ...]:
    """Where the exact totals are not the sums of the rows."""
    stored, rows = _stored(connection), _summed(connection)
    return tuple(
        Difference(name, stored[name], rows[name]) for name in sorted({*stored, *rows}) if stored[name] != rows[name]
    )


def _stored(connection: sqlite3.Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    query = f"SELECT family, labels, exact FROM tracker_totals WHERE family IN ({', '.join('?' * len(_FAMILIES))})"
    for family, labels, exact in connection.execute(query, tuple(_FAMILIES)):
        found[_name(family, msgspec.json.decode(labels))] += exact
    return found


def _summed(connection: sqlite3.Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    sums = ", ".join(f"sum({column})" for column in TOKEN_TYPES)
    found["responses"], *tokens, billions, rest = connection.execute(
        f"SELECT count(*), {sums}, sum(cost / 1000000000), sum(cost % 1000000000) FROM tracker_responses WHERE counted"
    ).fetchone()
    found.update({f"tokens {kind}": value or 0 for kind, value in zip(TOKEN_TYPES, tokens, strict=True)})
    found["cost"] = join_cost(billions, rest)
    for (text,) in connection.execute(
        "SELECT extras FROM tracker_responses INDEXED BY tracker_responses_advised WHERE counted AND extras IS NOT NULL"
    ):
        for extra in decode_extras(text):
            found.update({f"tokens {kind}": value for kind, value in extra.tokens.by_type().items()})
            found["cost"] += extra.cost or 0
    found.update({_name(family, labels): count for (family, labels), count in sum_events(connection).items()})
    return found


def _name(family: str, labels: Sequence[str]) -> str:
    place = _FAMILIES[family]
    return family if place is None else f"{family} {labels[place]}"
