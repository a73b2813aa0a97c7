"""Transcript lines and files as Claude Code writes them, in the shapes that `docs/counting.md` describes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

Json = Any
Record = dict[str, Json]

ABSENT: Final = object()
"""Given for a key: the record is without it."""

OPUS = "claude-opus-4-5-20251101"
SONNET = "claude-sonnet-4-5-20250929"
HAIKU = "claude-haiku-4-5-20251001"
TEN_O_CLOCK = "2026-11-22T10:00:00.000Z"


def usage(input_tokens: Json = 10, output_tokens: Json = 20, **more: Json) -> Record:
    """The usage of a message; the figures are those of a small response without cache."""
    return _filled({"input_tokens": input_tokens, "output_tokens": output_tokens}, more)


def cache(five_minutes: Json = 0, hour: Json = 0) -> Record:
    """The nested cache set."""
    return {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": hour}


def assistant(  # a line has this many sides, and each is what some test is about
    message_id: Json = "msg_1",
    *,
    request: Json = "req_1",
    uuid: Json = "a1",
    session: Json = "s1",
    at: Json = TEN_O_CLOCK,
    model: Json = OPUS,
    used: Json = None,
    stop: Json = "end_turn",
    details: Json = ABSENT,
    content: Json = (),
    side: bool = False,
    **envelope: Json,
) -> Record:
    """One line of a response: 10 tokens in, 20 out, unless `used` says otherwise."""
    message = {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content if isinstance(content, str) else list(content),
        "stop_reason": stop,
        "usage": usage() if used is None else used,
        "stop_details": details,
    }
    line = _envelope("assistant", uuid, session, at, side)
    return _filled(line, {"requestId": request, "message": _filled({}, message), **envelope})


def prompt(
    content: Json = "hello", *, uuid: Json = "p1", session: Json = "s1", at: Json = TEN_O_CLOCK, **envelope: Json
) -> Record:
    """A prompt of the user."""
    line = _envelope("user", uuid, session, at, side=False)
    return _filled(line, {"message": {"role": "user", "content": content}, **envelope})


def queued(content: Json = "and this", *, uuid: Json = "q1", mode: Json = "prompt", **sides: Json) -> Record:
    """What was sent while Claude worked."""
    attachment = {"type": "queued_command", "prompt": content, "commandMode": mode, "origin": {"kind": "human"}}
    line = _envelope("attachment", uuid, sides.pop("session", "s1"), sides.pop("at", TEN_O_CLOCK), side=False)
    return _filled(line, {"attachment": _filled(attachment, sides)})


def iteration(kind: str, *counts: int, model: Json = ABSENT, **more: Json) -> Record:
    """A part of `usage.iterations`: input and output tokens, those read from the cache and written to it."""
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {"type": kind, **dict(zip(names, counts, strict=False)), **_filled({}, {"model": model, **more})}


def synthetic(text: str = "No response requested.", *, uuid: str = "e1", **envelope: Json) -> Record:
    """A text of the client's own, written like a response."""
    line = assistant(uuid, request=ABSENT, uuid=uuid, model="<synthetic>", stop="stop_sequence", used=usage(0, 0))
    line["message"]["content"] = [text_part(text)]
    return _filled(line, envelope)


def api_error(text: str, *, uuid: str = "e1", error: Json = ABSENT, status: Json = ABSENT, **envelope: Json) -> Record:
    """What the client writes when a request failed."""
    return synthetic(text, uuid=uuid, isApiErrorMessage=True, error=error, apiErrorStatus=status, **envelope)


def agent_progress(nested: Record, **envelope: Json) -> Record:
    """A subagent's record inside a line of the main conversation, whose envelope denies the sidechain."""
    inner = {key: nested[key] for key in ("type", "uuid", "timestamp", "requestId", "message") if key in nested}
    line = _envelope("progress", "g1", "s1", TEN_O_CLOCK, side=False)
    data = {"type": "agent_progress", "agentId": "agent1", "prompt": "look around", "message": inner}
    return _filled(line, {"data": data, **envelope})


def text_part(text: str = "hello") -> Record:
    return {"type": "text", "text": text}


def tool_use(tool_id: str = "toolu_1", name: str = "Bash", **values: Json) -> Record:
    return {"type": "tool_use", "id": tool_id, "name": name, "input": values}


def tool_result(tool_id: str = "toolu_1", content: str = "done") -> Record:
    return {"type": "tool_result", "tool_use_id": tool_id, "content": content}


def _envelope(kind: str, uuid: Json, session: Json, at: Json, side: bool) -> Record:
    line = {
        "parentUuid": None,
        "isSidechain": side,
        "userType": "external",
        "cwd": "/home/dev/shop",
        "sessionId": session,
        "version": "2.1.197",
        "gitBranch": "main",
        "type": kind,
        "uuid": uuid,
        "timestamp": at,
    }
    return _filled({}, line)


def _filled(record: Record, more: Record) -> Record:
    """The record with these keys too; one with the value `ABSENT` is left out."""
    return {key: value for key, value in (record | more).items() if value is not ABSENT}


def encoded(record: Record | bytes) -> bytes:
    """The line without its newline, compact as the client writes it; bytes are taken as they are."""
    if isinstance(record, bytes):
        return record
    return json.dumps(record, separators=(",", ":")).encode()


def written(records: Iterable[Record | bytes], end: bytes = b"\n") -> bytes:
    """The lines of a file, each with its newline."""
    return b"".join(encoded(record) + end for record in records)


def write(path: Path, records: Iterable[Record | bytes]) -> Path:
    """A transcript file of these lines, in place of any other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(records))
    return path


def append(path: Path, records: Iterable[Record | bytes]) -> None:
    """More lines of a conversation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(written(records))
