"""Physical lines that hold several records, or half of one before a whole one: what a client leaves that was killed.

{…whole…}{…whole…}      two records
{…half{…whole…}         one record, and a rest
{…whole…}{…half         the same
\\0\\0\\0\\0{…whole…}       after a power failure
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_START = re.compile(r'\{\s*"')
_IGNORED = "\ufeff \t\r\n\0"
_ENVELOPE = frozenset(("sessionId", "session_id", "parentUuid", "isSidechain"))
"""Keys that only a record has, not what is inside one: not even a subagent's record."""
_LEAST_WORK = 1 << 20
_WORK = 4
"""How many characters are searched in vain, for each of the line: a bound for lines made to cost time."""
_decode = json.JSONDecoder().raw_decode


class Torn(NamedTuple):
    """`records`: the whole ones. `end`: the offset (bytes) after the last of them. `has_rest`: whether more is left."""

    records: list[bytes]
    end: int
    has_rest: bool


def split(raw: bytes) -> Torn:
    """The whole records in a physical line that is not one record: objects with a type and an envelope."""
    text = raw.decode("utf-8", "surrogateescape")
    spans = list(_records(text))
    rest = "".join(text[end:start] for end, start in _between(spans, len(text)))
    last = spans[-1][1] if spans else 0
    whole = [text[start:end].encode("utf-8", "surrogateescape") for start, end in spans]
    return Torn(whole, len(text[:last].encode("utf-8", "surrogateescape")), bool(rest.strip(_IGNORED)))


def _records(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each whole record, in order. No record starts inside a whole object."""
    at, left = 0, max(_LEAST_WORK, _WORK * len(text))
    while left > 0 and (found := _START.search(text, at)) is not None:
        start = found.start()
        value, end = _object_at(text, start)
        if value is None:
            left -= end - start
            at = start + 1
            continue
        if _is_record(value):
            yield start, end
        at = end
    if left <= 0:
        yield from _last_record(text, at)


def _last_record(text: str, since: int) -> Iterator[tuple[int, int]]:
    """Of a line that costs too much: the record at its end, if it is whole."""
    start = text.rfind('{"parentUuid"', since)
    if start >= 0:
        value, end = _object_at(text, start)
        if value is not None and _is_record(value):
            yield start, end


def _between(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """End and start of what is between the spans, before the first and after the last."""
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), length]
    return zip(ends, starts, strict=True)


def _object_at(text: str, start: int) -> tuple[dict[str, Any] | None, int]:
    """The object that starts here and its end; None if it is not whole, and where that is noticed."""
    try:
        value, end = _decode(text, start)
    except json.JSONDecodeError as error:
        # A text without an end is noticed at its start, but searched to the end of the line.
        return None, len(text) if error.msg.startswith("Unterminated") else error.pos
    except RecursionError:
        return None, min(start + _LEAST_WORK // 64, len(text))
    return value, end


def _is_record(value: dict[str, Any]) -> bool:
    return isinstance(value.get("type"), str) and not _ENVELOPE.isdisjoint(value)
