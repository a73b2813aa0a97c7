"""Whole requests: a client that sends nothing, or half of one, costs a descriptor and some bytes, but no thread.

Only the length of the message is decided here (RFC 9112, sections 6 and 7); what it means, and what else is wrong with
it, the server's parser says.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MAX_HEAD_BYTES = 65_536
"""A longer head is refused by the parser."""
MAX_TRAILER_BYTES = 4_096
HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d+)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding[ \t]*:.*chunked", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect[ \t]*:[ \t]*100-continue", re.IGNORECASE | re.MULTILINE)
_LONGEST_LENGTH = 18
"""Digits, without zeros in front."""
_TARGET = re.compile(rb"\A[A-Z]+ +(?:[A-Za-z][A-Za-z0-9+.-]*://[^/ ?#]*)?/*(/[^ ?#]*)")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_CHUNK_LINE = 1_024


class State(Enum):
    """`WHOLE`: the parser can have it. `TOO_LARGE`: the body exceeds the bound. `BROKEN`: it has no end."""

    MORE = "more is needed"
    WHOLE = "whole"
    TOO_LARGE = "the body is too large"
    BROKEN = "the chunks of the body are broken"


class Message(NamedTuple):
    """The request at the beginning of some bytes. `expects`: its client waits to be asked before it sends the body."""

    state: State
    expects: bool = False


def message_of(data: bytes | bytearray, max_body: int) -> Message:
    """The request at the beginning of `data`; bodies up to `max_body` bytes are waited for."""
    end = data.find(HEAD_END, 0, MAX_HEAD_BYTES)
    if end < 0:
        return Message(State.WHOLE if len(data) >= MAX_HEAD_BYTES else State.MORE)
    head, start = bytes(data[: end + 2]), end + len(HEAD_END)
    expects = _EXPECTS.search(head) is not None
    if _CHUNKED.search(head):
        return Message(_chunks(data, start, max_body), expects)
    length = _LENGTH.search(head)
    digits = length[1].lstrip(b"0") if length is not None else b""
    if len(digits) > _LONGEST_LENGTH or int(digits or b"0") > max_body:
        return Message(State.TOO_LARGE)
    wanted = int(digits or b"0")
    return Message(State.WHOLE if len(data) - start >= wanted else State.MORE, expects)


def _chunks(data: bytes | bytearray, place: int, max_body: int) -> State:
    """Of a body in chunks that begins at `place`."""
    left = max_body
    while True:
        line = _CHUNK.match(data, place)
        if line is None:
            is_short = len(data) - place < _LONGEST_CHUNK_LINE and b"\n" not in data[place:]
            return State.MORE if is_short else State.BROKEN
        size, place = int(line[1], 16), line.end()
        if size == 0:
            return _trailer(data, place)
        left -= size
        if left < 0:
            return State.TOO_LARGE
        if len(data) < place + size + 2:
            return State.MORE
        if data[place + size : place + size + 2] != b"\r\n":
            return State.BROKEN
        place += size + 2


def _trailer(data: bytes | bytearray, place: int) -> State:
    """After the last chunk: an empty line, or fields that end with one."""
    if data[place : place + 2] == b"\r\n" or data.find(HEAD_END, place) >= 0:
        return State.WHOLE
    return State.MORE if len(data) - place < MAX_TRAILER_BYTES else State.BROKEN


def path_of(data: bytes | bytearray) -> bytes:
    """The path of a request, decoded as the application does; empty if there is none."""
    found = _TARGET.match(bytes(data[:4_096]))
    return unquote_to_bytes(found[1]) if found is not None else b""
