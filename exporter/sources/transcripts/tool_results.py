"""Passes over lines that only carry a tool's result: half of all bytes, and nothing in them counts but their time.

But for its ids and its time, such a line begins, byte for byte, as the one before it. Clients have written it in
three ways; `[…]` is the same for all results of one session, or of one prompt:

    {"parentUuid":"36 characters"[flags, envelope,"type":"user","uuid":"]36","timestamp":"24",[result]…}
    {"parentUuid":"36 characters"[flags, envelope,"type":"user",result]…}]},"uuid":"36","timestamp":"24",…}
    {"parentUuid":"36 characters"[flags,"type":"user",result]…}]},"uuid":"36","timestamp":"24",…[envelope]}

A result's content part begins with its id or, since client 2.1.332 and only for some tools, with its type.

The form is learned from a line that was decoded whole, and only if it says by itself what that line said: session,
folder, version. A line that differs is decoded as any other, and so is one with a second line inside. Of a line that
was passed over, other damage behind its beginning goes unseen; there is no usage in it.
"""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import parse
from exporter.sources.transcripts import lines
from exporter.sources.transcripts.lines import Line

HEAD_OFFSET = len('{"parentUuid":"') + 36 + 1
NO_HEAD = b"\n"
"""No line begins with it."""

_FLAGS = b',"isSidechain":'
_TYPE = b'"type":"user",'
_ENVELOPE = b',"userType":'
_RESULT = b'"message":{"role":"user","content":[{'
_RESULT_TYPE = b'"type":"tool_result",'
_RESULT_ID = b'"tool_use_id":"'
_RESULT_END = b'}]},"uuid":"'
_UUID = b'"uuid":"'
_TIMESTAMP = b'","timestamp":"'
_UUID_TO_STAMP = 36 + len(_TIMESTAMP)
_STAMP_LENGTH = 24
_LONGEST_HEAD = 1_500
_LONGEST_TAIL = 1_000
_LONGEST_ID = 160
_REJECTED = b":\"The user doesn't want to proceed with this tool use"
"""A whole value's beginning, since a quote inside a text is escaped."""
_REJECTED_WITHIN = 250
_CLOSE = ord("}")
_BEGINNING = b'{"parentUuid":'
"""Unescaped, so never inside a text."""


class Form(msgspec.Struct, frozen=True, gc=False):
    """How a line with a tool's result looks, and what its envelope tells."""

    head: bytes
    """What it begins with, from `HEAD_OFFSET` on."""
    tail: bytes
    """What it ends with, where that is the envelope."""
    uuid_first: bool
    session_id: str
    cwd: str | None
    entrypoint: str | None
    version: str | None
    branch: str | None

    def time_of(self, buffer: bytes, start: int, end: int) -> int | None:
        """The time (ms) of the line `buffer[start:end]`, which begins with the head; None if it has to be decoded."""
        position = start + HEAD_OFFSET + len(self.head)
        if self.uuid_first:
            begin = position + _UUID_TO_STAMP
            result = begin + _STAMP_LENGTH + 2
            if not buffer.startswith(_RESULT, result, end):
                return None
            result += len(_RESULT)
        else:
            found = buffer.find(_RESULT_END, position, end)
            if found < 0 or not buffer.endswith(self.tail, position, end):
                return None
            begin, result = found + len(_RESULT_END) + _UUID_TO_STAMP, position
        stamped = buffer.startswith(_TIMESTAMP, begin - len(_TIMESTAMP), end)
        ended = buffer.startswith(b'"', begin + _STAMP_LENGTH, end)  # a longer time has microseconds, or an offset
        rejected = buffer.find(_REJECTED, result, min(result + _REJECTED_WITHIN, end)) >= 0
        if rejected or not _is_result(buffer, result, end) or not stamped or not ended or buffer[end - 1] != _CLOSE:
            return None
        if buffer.find(_BEGINNING, start + 1, end) >= 0:  # the client was killed here, and another line was put behind
            return None
        try:
            return parse(buffer[begin : begin + _STAMP_LENGTH].decode())
        except UnicodeDecodeError:
            return None


def _is_result(buffer: bytes, start: int, end: int) -> bool:
    """Whether the content part that starts here is a tool's result: its type comes first, or right behind its id."""
    if buffer.startswith(_RESULT_TYPE, start, end):
        return True
    typed = buffer.find(b'",' + _RESULT_TYPE, start, min(start + _LONGEST_ID, end))
    return typed >= 0 and buffer.startswith(_RESULT_ID, start, end)


def is_rejection(raw: bytes) -> bool:
    """Whether a line's result is that the user rejected the tool call."""
    return _REJECTED in raw


def form_of(raw: bytes, line: Line) -> Form | None:
    """The form of a line that was decoded, if it carries a tool's result in one of the ways above."""
    flags, kind = HEAD_OFFSET, raw.find(_TYPE, 0, _LONGEST_HEAD)
    if kind < 0 or not raw.startswith(_FLAGS, flags):
        return None
    envelope, after = raw[flags:kind], kind + len(_TYPE)
    uuid_first = raw.startswith(_UUID, after)
    head = raw[flags : after + len(_UUID if uuid_first else _RESULT)]
    tail = b""
    if _ENVELOPE not in envelope and not uuid_first:
        begin = raw.rfind(_ENVELOPE, max(after, len(raw) - _LONGEST_TAIL))
        tail = raw[begin:] if begin >= 0 else b""
    told = _told_by(envelope.strip(b",") + tail)
    if told is None or not line.sessionId or _place(told) != _place(line):
        return None
    form = Form(head, tail, uuid_first, line.sessionId, *_place(line)[1:])
    at = parse(line.timestamp) if line.timestamp is not None else None
    return form if at is not None and form.time_of(raw, 0, len(raw)) == at else None


def _told_by(envelope: bytes) -> Line | None:
    """What the envelope says by itself, as an object of its own; None where it is none."""
    try:
        return lines.decode(b"{" + envelope + (b"" if envelope.endswith(b"}") else b"}"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _place(line: Line) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    return (line.sessionId, line.cwd, line.entrypoint, line.version, line.gitBranch)
