"""Changes keys of a hand-written TOML file, and nothing else in it: comments and order stay."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

Path = Sequence[str]
"""The names of a key, such as `run`, `listen`."""


def set_keys(text: str, values: Mapping[str, str | list[str] | None]) -> str:
    """The text with these top-level keys set, or removed if None. Raises ValueError if it is not TOML."""
    for key, value in values.items():
        text = set_key(text, [key], value)
    return text


def set_key(text: str, path: Path, value: Any) -> str:
    """The text with one key set, or removed if None, and with it a table that is empty then.

    Raises ValueError if the text is not TOML, or if a part of the path is a value.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error
    tables = _tables(document, path[:-1], makes=value is not None, holds_tables=isinstance(value, dict))
    if tables is None:
        return text
    table, key = tables[-1], path[-1]
    if value is None:
        if key not in table:
            return text
        del table[key]
        _remove_empty(tables, path[:-1])
    elif key in table:
        table[key] = _like(table[key], value)
    else:
        table.add(key, value) if isinstance(table, InlineTable) else table.append(key, value)
    after = tomlkit.dumps(document)
    tomllib.loads(after)
    return after


_Tables = list[tomlkit.TOMLDocument | Table | InlineTable | Container]


def _tables(document: tomlkit.TOMLDocument, names: Path, *, makes: bool, holds_tables: bool) -> _Tables | None:
    """The document and the tables on the way to a key; None if one is missing and none is to be made.

    `holds_tables`: the last one has a table below it, and so needs no line of its own.
    """
    found: _Tables = [document]
    for number, name in enumerate(names):
        if name not in found[-1]:
            if not makes:
                return None
            holds = holds_tables or number < len(names) - 1
            found[-1][name] = tomlkit.table(is_super_table=holds)
        inner = found[-1][name]
        if not isinstance(inner, Table | InlineTable | Container):
            raise ValueError(f"{'.'.join(names[: number + 1])} is a value, not a table")
        found.append(inner)
    return found


def _remove_empty(tables: _Tables, names: Path) -> None:
    for outer, inner, name in reversed(list(zip(tables, tables[1:], names, strict=False))):
        if len(inner):
            return
        del outer[name]


def _like(old: Any, value: Any) -> Any:
    """The value as an item with the comment that stands behind the old one."""
    item = tomlkit.item(value)
    if hasattr(old, "trivia"):
        item.trivia.indent, item.trivia.comment_ws = old.trivia.indent, old.trivia.comment_ws
        item.trivia.comment, item.trivia.trail = old.trivia.comment, old.trivia.trail
    return item
