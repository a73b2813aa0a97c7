"""Reads a session's files for its story, in bounded memory: its own one, and those of its subagents."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from exporter.domain.sessions.story.parts import Found, FoundAgent, FoundState, Wanted
from exporter.domain.text import first_line
from exporter.files import open_regular, read_file
from exporter.sources.transcripts.reading import read_lines, session_id_of
from exporter.sources.transcripts.story_lines import MAX_NAME, AgentLines, StoryLines

MAX_META_BYTES = 1 << 20
_AGENT, _COMPACTING = "agent-", "acompact-"


def read_story(wanted: Wanted) -> Found:
    """What the session's files say. A file that cannot be read is missing in it, and the state says so."""
    lines, agents, failures, count = StoryLines(wanted), list[FoundAgent](), list[OSError](), 0
    for path in _own_files(wanted):
        agent = _agent_id(path)
        taker = lines if agent is None else AgentLines(wanted, lines)
        count += 1
        try:
            _read(path, taker)
        except OSError as error:
            failures.append(error)
            continue
        if agent is not None and isinstance(taker, AgentLines):
            agents.append(_agent(agent, path, taker))
    return Found(
        _state(count, failures),
        frozenset(lines.failed),
        tuple(agents),
        tuple(sorted(lines.compactions.values(), key=lambda one: one.at)),
        lines.prompts,
        lines.answers,
    )


def _state(count: int, failures: list[OSError]) -> FoundState:
    if not count:
        return "none"
    if not failures:
        return "read"
    if len(failures) < count:
        return "incomplete"
    are_deleted = all(isinstance(error, (FileNotFoundError, NotADirectoryError)) for error in failures)
    return "gone" if are_deleted else "unreadable"


def _own_files(wanted: Wanted) -> Iterable[str]:
    """Before 2.1, a subagent's file was next to its session's."""
    for path in wanted.paths:
        if session_id_of(path) == wanted.session_id or _agent_id(path) in wanted.agents:
            yield path


def _agent_id(path: str) -> str | None:
    name = Path(path).name.partition(".")[0]
    return name.removeprefix(_AGENT) if name.startswith(_AGENT) else None


def _read(path: str, taker: StoryLines) -> None:
    """Raises OSError."""
    fd, _ = open_regular(path)
    try:
        _, rest = read_lines(fd, 0, None, taker)
        if rest:
            taker.take(rest + b"\n", 0)
    finally:
        os.close(fd)


class _Meta(msgspec.Struct):
    agentType: Any = None
    description: Any = None
    parentAgentId: Any = None


def _agent(agent: str, path: str, lines: AgentLines) -> FoundAgent:
    meta = _meta(f"{path.removesuffix('.jsonl')}.meta.json")
    kind = _shown(meta.agentType) or ("compaction" if agent.startswith(_COMPACTING) else None)
    return FoundAgent(
        agent,
        _shown(meta.parentAgentId),
        kind,
        _shown(meta.description),
        lines.started_at,
        lines.ended_at,
        frozenset(lines.responses),
    )


def _meta(path: str) -> _Meta:
    """What the client says of a subagent; nothing if it is missing or malformed."""
    try:
        return msgspec.json.decode(read_file(path, MAX_META_BYTES), type=_Meta)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Meta()


def _shown(value: object) -> str | None:
    return (first_line(value, MAX_NAME) or None) if isinstance(value, str) else None
