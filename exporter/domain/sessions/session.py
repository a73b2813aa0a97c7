"""Sessions as they run: what is seen of processes, registry and transcripts, and what becomes of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.health import CollectorHealth, Load
from exporter.domain.sessions.process import Kind

STATES = ("busy", "idle", "waiting", "unknown")
SESSION_TYPES = (Kind.CODE.value, Kind.DESKTOP.value)
DURATION_BOUNDS_S = (60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 18_000.0, 43_200.0, 86_400.0)
"""Upper bounds of the buckets of `session_duration_seconds`."""
SAME_START_MS = 2_000
"""A process's start is computed from the system's own, which is told by the second and moves with the clock."""
TRAILING_MS = MINUTE
"""Lines so soon after a run's end are still its own."""

Source = Literal["registered", "inferred"]
What = Literal["started", "resumed", "ended", "state", "identified"]


class Process(msgspec.Struct, frozen=True):
    """A process that is a session. Times in ms, memory in bytes, CPU in seconds.

    `start_token`: its start in the form that the registry writes, None where it cannot be told.
    `cwd`: None where the system does not say. `names_session`: the id its arguments name.
    """

    pid: int
    started_at: int
    kind: Kind
    start_token: str | None = None
    cwd: str | None = None
    skip_permissions: bool | None = False
    names_session: str | None = None

    def is_one_with(self, pid: int | None, started_at: int | None, start_token: str | None) -> bool:
        """Whether that is this process: a pid alone may have been given again, and the clock set meanwhile."""
        if pid != self.pid or started_at is None:
            return False
        if start_token is not None and self.start_token is not None:
            return start_token == self.start_token
        return abs(started_at - self.started_at) <= SAME_START_MS


class Record(msgspec.Struct, frozen=True):
    """A record of Claude Code's registry."""

    pid: int
    session_id: str
    start_token: str | None = None
    cwd: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None
    state: str = "unknown"
    waiting_for: str | None = None


class Transcript(msgspec.Struct, frozen=True):
    """A session as its lines tell it. Times in ms.

    `is_held`: another process is on it. `left_at`: when the last one left it, None if none did; `left_by`: its pid and
    start.
    """

    session_id: str
    cwd: str
    first_at: int
    last_at: int
    is_held: bool = False
    left_at: int | None = None
    left_by: tuple[int, int] | None = None


class Held(msgspec.Struct, frozen=True):
    """What a process was on before. `registered`: its record told so, and not its folder."""

    session_id: str
    registered: bool


class ProcessSample(msgspec.Struct, frozen=True):
    """One look at what runs. `processes`: None where they could not be listed. `records` by pid."""

    processes: tuple[Process, ...] | None = None
    records: dict[int, Record] = {}
    loads: tuple[Load, ...] = ()
    collectors: tuple[CollectorHealth, ...] = ()


class ObservedSession(msgspec.Struct, frozen=True):
    """A session that runs now, with the process it runs on."""

    session_id: str
    process: Process
    source: Source
    state: str = "unknown"
    waiting_for: str | None = None
    cwd: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None


def unnamed_id(process: Process) -> str:
    """The id of a session that has none of Claude's, or none yet."""
    return unnamed(process.kind.value, process.pid, process.started_at)


def unnamed(session_type: str, pid: int | None, started_at: int | None) -> str:
    """The same, of the process with this pid and start (ms)."""
    prefix = "desktop" if session_type == Kind.DESKTOP.value else "code"
    return f"{prefix}-{pid}-{started_at}"


class SessionRow(msgspec.Struct, frozen=True):
    """A row of `real_sessions`, with its JSON columns read. Times as they stand there, ISO 8601 UTC."""

    id: str
    session_type: str
    start_time: str
    end_time: str | None
    process_id: int | None
    project_path: str | None
    conversation_id: str | None
    total_messages: int
    models_used: list[str]
    estimated_tokens: int
    is_active: bool
    metadata: dict[str, Any]
    five_hour_block_id: str | None

    @property
    def state(self) -> str:
        """Of an active session; `unknown` where its client does not tell."""
        state = self.metadata.get("state")
        return state if state in STATES else "unknown"


class SessionEvent(msgspec.Struct, frozen=True):
    """Something that happened to a session. `at` in ms.

    `what` is identified: its id is known now; before it was `former_id`. `by_last_evidence`: nobody watched its end.
    """

    what: What
    session_id: str
    session_type: str
    at: int
    pid: int | None = None
    project_path: str | None = None
    state: str | None = None
    waiting_for: str | None = None
    duration_ms: int | None = None
    former_id: str | None = None
    by_last_evidence: bool = False

    def __str__(self) -> str:
        """The facts, for a log line."""
        name = "Claude Desktop" if self.session_type == Kind.DESKTOP.value else "session"
        parts = [f"{name} {self.session_id} {'is now' if self.what == 'state' else self.what}"]
        if self.what == "state":
            parts.append(f"{self.state}{f' for {self.waiting_for}' if self.waiting_for else ''}")
        if self.former_id is not None:
            parts.append(f"(was {self.former_id})")
        if self.pid is not None:
            parts.append(f"pid {self.pid}")
        if self.project_path is not None and self.what != "state":
            parts.append(f"in {self.project_path}")
        if self.duration_ms is not None:
            parts.append(f"after {self.duration_ms / 1000:.0f} s")
        if self.by_last_evidence:
            parts.append("(unwatched: by its last evidence)")
        return " ".join(parts)
