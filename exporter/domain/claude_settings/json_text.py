"""Changes one member of a JSON object in its text; every other byte stays as the user wrote it."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")


class Member(NamedTuple):
    """A member of an object: its key starts at `start`, its value at `value_start`, and it ends before `end`."""

    key: str
    start: int
    value_start: int
    end: int
    value: Any


class Style(NamedTuple):
    """How an object is formatted. `newline`: what precedes each member's `indent`; None for a single line."""

    newline: str | None
    indent: str
    colon: str
    ascii_only: bool


NEW = Style("\n", "  ", ": ", ascii_only=False)
"""The style of a new text."""


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not valid JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def object_members(text: str) -> list[Member]:
    """Parse the members of the text's object.

    Raises ValueError, with the position, if the text is not plain JSON or not an object.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    return members_at(text, _after_space(text, 0))


def members_at(text: str, start: int) -> list[Member]:
    """Parse the members of the object with its brace at `start`, in a text that is plain JSON."""
    members: list[Member] = []
    at = _after_space(text, start + 1)
    while text[at] != "}":
        key, after = _DECODER.raw_decode(text, at)
        value_start = _after_space(text, _after_space(text, after) + 1)
        value, end = _DECODER.raw_decode(text, value_start)
        members.append(Member(key, at, value_start, end, value))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return members


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at


def style_of(text: str, members: list[Member]) -> Style:
    """The style of the text's object. An empty object has the style `NEW`, with the line breaks of the text."""
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


def format_value(value: Any, style: Style) -> str:
    """Format a value as the value of a member, in this style."""
    if style.newline is None:
        comma = ", " if style.colon.endswith(" ") else ","
        return json.dumps(value, ensure_ascii=style.ascii_only, separators=(comma, style.colon))
    text = json.dumps(value, ensure_ascii=style.ascii_only, indent=style.indent, separators=(",", style.colon))
    return text.replace("\n", style.newline + style.indent)


def replace_value(text: str, member: Member, value: Any, style: Style) -> str:
    """Return the text with a new value for the member."""
    return text[: member.value_start] + format_value(value, style) + text[member.end :]


def append_member(text: str, members: list[Member], key: str, value: Any, style: Style) -> str:
    """Return the text with a new member at the end of its object."""
    member = format_value(key, style) + style.colon + format_value(value, style)
    before = f"{style.newline}{style.indent}" if style.newline is not None else ""
    if members:
        comma = "," if before or not style.colon.endswith(" ") else ", "
        return text[: members[-1].end] + comma + before + member + text[members[-1].end :]
    start = _after_space(text, 0) + 1
    inside = text[start : _after_space(text, start)]
    rest = inside if "\n" in inside else style.newline or ""
    return text[:start] + before + member + rest + text[start + len(inside) :]


def remove_member(text: str, members: list[Member], member: Member) -> str:
    """Return the text without the member and its comma."""
    place = members.index(member)
    if place:
        return text[: members[place - 1].end] + text[member.end :]
    if len(members) > 1:
        return text[: member.start] + text[members[1].start :]
    start = _after_space(text, 0) + 1
    return text[:start] + text[_after_space(text, member.end) :]
