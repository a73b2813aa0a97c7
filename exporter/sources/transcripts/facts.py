"""What a session's entries say of it once and again, without a time: its worktree, its repository, its pull request.

The last one holds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.domain.text import short_text
from exporter.domain.usage.activity import NO_FACTS, SessionFacts
from exporter.domain.usage.projects import Worktree

FACT_LINES = frozenset(("worktree-state", "pr-link"))
MAX_BYTES = 16_384


class _Worktree(msgspec.Struct):
    originalCwd: Any = None
    worktreePath: Any = None


class _Line(msgspec.Struct):
    type: str | None = None
    worktreeSession: _Worktree | None = None
    prUrl: Any = None
    prRepository: Any = None


_decode = msgspec.json.Decoder(_Line).decode


def facts_in(raw: bytes) -> SessionFacts:
    """What the line says; nothing if it is malformed."""
    if len(raw) > MAX_BYTES:
        return NO_FACTS
    try:
        line = _decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NO_FACTS
    made = line.worktreeSession
    worktrees: tuple[Worktree, ...] = ()
    if made is not None and (path := short_text(made.worktreePath)) and (original := short_text(made.originalCwd)):
        worktrees = (Worktree(path, original),)
    url = short_text(line.prUrl)
    return SessionFacts(worktrees, repository_of(_host(url), short_text(line.prRepository)), url)


def repository_of(host: str | None, name: str | None) -> str | None:
    """`host/owner/name`; without the host where it is not known."""
    return "/".join(part for part in (host, name) if part) if name else None


def _host(url: str | None) -> str | None:
    _, scheme, rest = (url or "").partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return host or None if scheme else None
