"""The places inside a JSON value, and a value put at one of them."""

from __future__ import annotations

from typing import Any


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def with_value(value: Any, place: tuple[str | int, ...], put: Any) -> Any:
    """A copy with `put` at that place."""
    if not place:
        return put
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = with_value(copy[place[0]], place[1:], put)
    return copy
