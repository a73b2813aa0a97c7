"""Skips lines that only contain a tool's result: half of all bytes, and only their time matters.

Except for its ids and time, such a line starts byte for byte like the previous one. Clients have written it in
three forms; `[…]` is the same for all results of one session, or of one prompt:

    {"parentUuid":"36 characters"[flags, envelope,"type":"user","uuid":"]36","timestamp":"24",[result]…}
    {"parentUuid":"36 characters"[flags, envelope,"type":"user",result]…}]},"uuid":"36","timestamp":"24",…}
    {"parentUuid":"36 characters"[flags,"type":"user",result]…}]},"uuid":"36","timestamp":"24",…[envelope]}

A result's content part starts with its id or, since client 2.1.332 and only for some tools, with its type.

The form is learned from a fully decoded line, and only if the form alone contains the same session, folder and
version as that line. A line that differs is decoded like any other, and so is one with a second line inside. Other
damage after the start of a skipped line is not noticed; the line contains no usage.
"""

from __future__ import annotations

import msgspec

from exporter.domain.calendar.timestamp import parse
from exporter.sources.transcripts import lines
from exporter.sources.transcripts.lines import Line

HEAD_OFFSET = len('{"parentUuid":"') + 36 + 1
NO_HEAD = b"\n"
"""No line starts with it."""

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
_MAX_HEAD = 1_500
_MAX_TAIL = 1_000
_MAX_ID = 160
_REJECTED = b":\"The user doesn't want to proceed with this tool use"
"""The start of a value, not part of a text, because quotes inside a text are escaped."""
_REJECTED_WITHIN = 250
_CLOSE = ord("}")
_LINE_START = b'{"parentUuid":'
"""Not escaped, so never inside a text."""


class ResultForm(msgspec.Struct, frozen=True, gc=False):
    """The form of a line with a tool's result, and the metadata in its envelope."""

    head: bytes
    """The start of the line, from `HEAD_OFFSET` on."""
    tail: bytes
    """The end of the line, if that is the envelope."""
    uuid_first: bool
    session_id: str
    cwd: str | None
    entrypoint: str | None
    version: str | None
    branch: str | None

    def time_of(self, buffer: bytes, start: int, end: int) -> int | None:
        """The time (ms) of the line `buffer[start:end]`, which starts with the head; None if it must be decoded."""
        position = start + HEAD_OFFSET + len(self.head)
        if self.uuid_first:
            stamp_start = position + _UUID_TO_STAMP
            result = stamp_start + _STAMP_LENGTH + 2
            if not buffer.startswith(_RESULT, result, end):
                return None
            result += len(_RESULT)
        else:
            found = buffer.find(_RESULT_END, position, end)
            if found < 0 or not buffer.endswith(self.tail, position, end):
                return None
            stamp_start, result = found + len(_RESULT_END) + _UUID_TO_STAMP, position
        stamped = buffer.startswith(_TIMESTAMP, stamp_start - len(_TIMESTAMP), end)
        # A longer time has microseconds, or an offset.
        ended = buffer.startswith(b'"', stamp_start + _STAMP_LENGTH, end)
        rejected = buffer.find(_REJECTED, result, min(result + _REJECTED_WITHIN, end)) >= 0
        if rejected or not _is_result(buffer, result, end) or not stamped or not ended or buffer[end - 1] != _CLOSE:
            return None
        if buffer.find(_LINE_START, start + 1, end) >= 0:  # the client was killed, another line follows
            return None
        try:
            return parse(buffer[stamp_start : stamp_start + _STAMP_LENGTH].decode())
        except UnicodeDecodeError:
            return None


def _is_result(buffer: bytes, start: int, end: int) -> bool:
    """Whether the content part that starts here is a tool's result: its type comes first, or right after its id."""
    if buffer.startswith(_RESULT_TYPE, start, end):
        return True
    typed = buffer.find(b'",' + _RESULT_TYPE, start, min(start + _MAX_ID, end))
    return typed >= 0 and buffer.startswith(_RESULT_ID, start, end)


def is_rejection(raw: bytes) -> bool:
    """Whether the line's result says that the user rejected the tool call."""
    return _REJECTED in raw


def learn_form(raw: bytes, line: Line) -> ResultForm | None:
    """The form of a decoded line, if it contains a tool's result in one of the forms above."""
    flags, kind = HEAD_OFFSET, raw.find(_TYPE, 0, _MAX_HEAD)
    if kind < 0 or not raw.startswith(_FLAGS, flags):
        return None
    envelope, after = raw[flags:kind], kind + len(_TYPE)
    uuid_first = raw.startswith(_UUID, after)
    head = raw[flags : after + len(_UUID if uuid_first else _RESULT)]
    tail = b""
    if _ENVELOPE not in envelope and not uuid_first:
        tail_start = raw.rfind(_ENVELOPE, max(after, len(raw) - _MAX_TAIL))
        tail = raw[tail_start:] if tail_start >= 0 else b""
    decoded = _decode_envelope(envelope.strip(b",") + tail)
    if decoded is None or not line.sessionId or _metadata(decoded) != _metadata(line):
        return None
    form = ResultForm(head, tail, uuid_first, line.sessionId, *_metadata(line)[1:])
    at = parse(line.timestamp) if line.timestamp is not None else None
    return form if at is not None and form.time_of(raw, 0, len(raw)) == at else None


def _decode_envelope(envelope: bytes) -> Line | None:
    """Decode the envelope as a separate object; None if it is not valid."""
    try:
        return lines.decode(b"{" + envelope + (b"" if envelope.endswith(b"}") else b"}"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _metadata(line: Line) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    return (line.sessionId, line.cwd, line.entrypoint, line.version, line.gitBranch)
