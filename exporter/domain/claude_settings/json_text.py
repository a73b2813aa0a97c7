"""Changes one member of a JSON object in its text; every other byte stays as its owner wrote it."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")


class Member(NamedTuple):
    """A member of an object: its key begins at `start`, its value at `value_start`, and it ends before `end`."""

    key: str
    start: int
    value_start: int
    end: int
    value: Any


class Style(NamedTuple):
    """How an object is written. `newline`: what goes before each member's `indent`; None where all is on one line."""

    newline: str | None
    indent: str
    colon: str
    ascii_only: bool


NEW = Style("\n", "  ", ": ", ascii_only=False)
"""Of a text that does not exist yet."""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def object_members(text: str) -> list[Member]:
    """The members of the text's object.

    Raises ValueError, which tells where, for a text that is not plain JSON, or no object.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return members_at(text, _after_space(text, 0))


def members_at(text: str, begin: int) -> list[Member]:
    """The members of the object whose brace is at `begin`, in a text that is plain JSON."""
    found: list[Member] = []
    at = _after_space(text, begin + 1)
    while text[at] != "}":
        key, after = _DECODER.raw_decode(text, at)
        value_start = _after_space(text, _after_space(text, after) + 1)
        value, end = _DECODER.raw_decode(text, value_start)
        found.append(Member(key, at, value_start, end, value))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return found


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def style_of(text: str, members: list[Member]) -> Style:
    """How the text's object is written; an empty one is as new, with the line breaks of the text."""
    if not members:
        return NEW._replace(newline="\r\n" if "\r\n" in text else "\n", ascii_only=text.isascii() and bool(text))
    first = members[0]
    gap = text[_after_space(text, 0) + 1 : first.start]
    colon = text[_DECODER.raw_decode(text, first.start)[1] : first.value_start]
    if "\n" in colon:
        colon = ": "
    _, line_break, indent = gap.rpartition("\n")
    newline = None if not line_break else "\r\n" if "\r\n" in gap else "\n"
    return Style(newline, indent if line_break else "", colon, text.isascii())


def written(value: Any, style: Style) -> str:
    """A value as a member of an object of this style has it."""
    if style.newline is None:
        comma = ", " if style.colon.endswith(" ") else ","
        return json.dumps(value, ensure_ascii=style.ascii_only, separators=(comma, style.colon))
    text = json.dumps(value, ensure_ascii=style.ascii_only, indent=style.indent, separators=(",", style.colon))
    return text.replace("\n", style.newline + style.indent)


def replaced(text: str, member: Member, value: Any, style: Style) -> str:
    """The text with another value of the member."""
    return text[: member.value_start] + written(value, style) + text[member.end :]


def appended(text: str, members: list[Member], key: str, value: Any, style: Style) -> str:
    """The text with one more member, the last of its object."""
    member = written(key, style) + style.colon + written(value, style)
    before = f"{style.newline}{style.indent}" if style.newline is not None else ""
    if members:
        comma = "," if before or not style.colon.endswith(" ") else ", "
        return text[: members[-1].end] + comma + before + member + text[members[-1].end :]
    begin = _after_space(text, 0) + 1
    inside = text[begin : _after_space(text, begin)]
    rest = inside if "\n" in inside else style.newline or ""
    return text[:begin] + before + member + rest + text[begin + len(inside) :]


def removed(text: str, members: list[Member], member: Member) -> str:
    """The text without the member and its comma."""
    place = members.index(member)
    if place:
        return text[: members[place - 1].end] + text[member.end :]
    if len(members) > 1:
        return text[: member.start] + text[members[1].start :]
    begin = _after_space(text, 0) + 1
    return text[:begin] + text[_after_space(text, member.end) :]
