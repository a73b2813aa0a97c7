"""Physical lines that hold several records, or half of one before a whole one: what a client leaves that was killed.

{…whole…}{…whole…}      two records
{…half{…whole…}         one record, and a rest
{…whole…}{…half         the same
\\0\\0\\0\\0{…whole…}       after a power failure
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

MAX_TRIES = 1_000
"""Places in a line that are tried as the start of a record: a bound for lines made to cost time."""
_START = re.compile(r'\{\s*"')
_IGNORED = "\ufeff \t\r\n\0"
_RECORD_KEYS = frozenset(("uuid", "sessionId", "session_id", "timestamp", "message", "parentUuid"))
_decode = json.JSONDecoder().raw_decode


class Torn(NamedTuple):
    """`records`: the whole ones. `end`: the offset (bytes) after the last of them. `has_rest`: whether more is left."""

    records: list[bytes]
    end: int
    has_rest: bool


def split(raw: bytes) -> Torn:
    """The whole records in a physical line that is not one record: objects with a type and an envelope."""
    text = raw.decode("utf-8", "surrogateescape")
    records: list[str] = []
    rest, last, at = "", 0, 0
    for _ in range(MAX_TRIES):
        found = _START.search(text, at)
        if found is None:
            break
        start = found.start()
        value, end = _object_at(text, start)
        if value is None or not _is_record(value, text, end):
            at = start + 1 if value is None else end  # no record starts inside an object
            continue
        rest += text[last:start]
        records.append(text[start:end])
        last = at = end
    rest += text[last:]
    end_bytes = len(text[:last].encode("utf-8", "surrogateescape"))
    whole = [record.encode("utf-8", "surrogateescape") for record in records]
    return Torn(whole, end_bytes, bool(rest.strip(_IGNORED)))


def is_record(raw: bytes) -> bool:
    """Whether these bytes are one whole JSON object."""
    text = raw.decode("utf-8", "replace").strip(_IGNORED)
    try:
        value, end = _decode(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and end == len(text)


def _object_at(text: str, start: int) -> tuple[dict[str, Any] | None, int]:
    """The object that starts here and its end; None if it is not whole."""
    try:
        value, end = _decode(text, start)
    except (ValueError, RecursionError):
        return None, start
    return value, end


def _is_record(value: dict[str, Any], text: str, end: int) -> bool:
    """Whether it is a record of its own: an object inside a half record is followed by more of that one."""
    following = text[end : end + 64].lstrip(_IGNORED)
    is_alone = not following or following.startswith("{")
    return is_alone and isinstance(value.get("type"), str) and not _RECORD_KEYS.isdisjoint(value)
