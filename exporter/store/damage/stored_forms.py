"""The forms of texts that hold several values: SQLite sees no damage in one, and it would stop who reads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from exporter.domain.usage.counting import decode_extras, decode_requests
from exporter.domain.usage.marks import decode_marks
from exporter.domain.usage.totals import LABELS
from exporter.store.usage.cache_lines import decode_causes
from exporter.store.usage.client_totals import decode_models

_PLAIN = frozenset(("tracker", "machine"))
"""Single values that are a text as it stands; the others are an integer or JSON."""
_decode_labels = msgspec.json.Decoder(tuple[str, ...]).decode


def _decode_value(text: str) -> object:
    return int(text) if text[:1] not in ("[", "{") else msgspec.json.decode(text)


_FORMS: dict[tuple[str, str], Callable[[str], object]] = {
    ("tracker_responses", "extras"): decode_extras,
    ("tracker_responses", "requests"): decode_requests,
    ("tracker_marks", "marks"): decode_marks,
    ("tracker_cost_states", "models"): decode_models,
    ("tracker_cache_lines", "causes"): decode_causes,
    ("tracker_totals", "labels"): _decode_labels,
    ("tracker_meta", "value"): _decode_value,
    ("real_sessions", "models_used"): msgspec.json.Decoder(list[str]).decode,
    ("real_sessions", "metadata"): msgspec.json.Decoder(dict[str, Any]).decode,
}
_CLASSES: dict[str, type] = {"INTEGER": int, "TEXT": str, "BLOB": bytes, "REAL": float}
_TYPES = {
    "INTEGER": ("integer",), "TEXT": ("text",), "BLOB": ("blob",), "REAL": ("real", "integer"),
    "TIMESTAMP": ("text",), "BOOLEAN": ("integer",),
}  # fmt: skip
_TABLES = sorted({table for table, _ in _FORMS})


def makes_sense(table: str, row: dict[str, Any]) -> bool:
    """Whether each text of a row that holds several values can be read. `row`: by column."""
    if table == "tracker_meta" and row["key"] in _PLAIN:
        return True
    try:
        for column, value in row.items():
            if value is not None and (decode := _FORMS.get((table, column))) is not None:
                decode(value)
        if table == "tracker_totals":
            return len(_decode_labels(row["labels"])) == len(LABELS[row["family"]])
    except (ValueError, TypeError, KeyError):  # msgspec's errors are ValueErrors
        return False
    return True


def fits(value: object, declared: str) -> bool:
    """Whether a value has the storage class of its column."""
    wanted = _CLASSES.get(declared.partition("(")[0].upper())
    if value is None or wanted is None:
        return True
    if wanted is str:
        return isinstance(value, str) and "\0" not in value
    return isinstance(value, (int, float) if wanted is float else wanted)


def of_another_class(connection: sqlite3.Connection) -> Iterator[str]:
    """A sentence for each table of ours that holds a value of a storage class that its column never has."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in names.fetchall():
        others = [
            f"typeof({column}) NOT IN ({', '.join(map(repr, _TYPES[kind]))}, 'null')"
            for _, column, declared, *_ in connection.execute(f'PRAGMA table_info("{table}")')
            if (kind := declared.partition("(")[0].upper()) in _TYPES
        ]
        if others and connection.execute(f'SELECT 1 FROM "{table}" WHERE {" OR ".join(others)} LIMIT 1').fetchone():
            yield f"a value in {table} is of another kind than its column"


def misread(connection: sqlite3.Connection) -> Iterator[str]:
    """A sentence for each table in which a row does not make sense."""
    yield from of_another_class(connection)
    for table in _TABLES:
        columns = [column for of, column in _FORMS if of == table]
        more = {"tracker_meta": ["key"], "tracker_totals": ["family"]}.get(table, [])
        some = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        names = columns + more
        for row in connection.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {some}"):
            if not makes_sense(table, dict(zip(names, row, strict=True))):
                yield f"a text in {table} cannot be read"
                break
