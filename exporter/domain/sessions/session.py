"""Sessions: the observed processes, registry records and transcripts, and the rows and events made from them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from exporter.domain.calendar.timestamp import MINUTE, SECOND
from exporter.domain.health import CollectorHealth, Load
from exporter.domain.sessions.process import Kind

STATES = ("busy", "idle", "waiting", "unknown")
SESSION_TYPES = (Kind.CODE.value, Kind.DESKTOP.value)
DURATION_BOUNDS_S = (60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 18_000.0, 43_200.0, 86_400.0)
"""Upper bounds of the buckets of `session_duration_seconds`."""
PROVISIONAL_CODE = "code-"
SAME_START_MS = 2_000
"""Tolerance for a process's start, which is derived from the boot time: whole seconds, and shifts with the clock."""
YOUNG_MS = 10 * SECOND
"""A process this young may still write its record, so its session is not inferred."""
TRAILING_MS = MINUTE
"""Lines this soon after a run's end still belong to it."""

Source = Literal["registered", "inferred"]
EventKind = Literal["started", "resumed", "ended", "state", "identified"]


class Process(msgspec.Struct, frozen=True):
    """A process that is a session. Times in ms.

    `start_token`: its start in the registry's form, None if unknown. `cwd`: None if the system does not report it.
    `named_session_id`: the session id in its arguments.
    """

    pid: int
    started_at: int
    kind: Kind
    start_token: str | None = None
    cwd: str | None = None
    skip_permissions: bool | None = False
    named_session_id: str | None = None

    def is_same_process(self, pid: int | None, started_at: int | None, start_token: str | None) -> bool:
        """Whether this is the same process: a pid alone may have been reused, and the clock may have been set."""
        if pid != self.pid or started_at is None:
            return False
        if start_token is not None and self.start_token is not None:
            return start_token == self.start_token
        return abs(started_at - self.started_at) <= SAME_START_MS


class Record(msgspec.Struct, frozen=True):
    """A record in Claude Code's registry. Times in ms.

    `start_token`, `process_started_at`: its process's start, in the system's own form or as a time. `started_at`: when
    the client says that it started. `pid_domain`: where its pid counts, None if the client does not say.
    `is_session`: False for the client's own services and workers.
    """

    pid: int
    session_id: str
    start_token: str | None = None
    cwd: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None
    state: str = "unknown"
    waiting_for: str | None = None
    started_at: int | None = None
    process_started_at: int | None = None
    pid_domain: str | None = None
    is_session: bool = True
    kind: str | None = None
    needs: str | None = None
    tempo: str | None = None

    @property
    def of_process(self) -> tuple[int, str | int | None]:
        """What is equal in all records of one process: its pid and start."""
        return self.pid, self.start_token if self.start_token is not None else self.process_started_at


class Transcript(msgspec.Struct, frozen=True):
    """A session as seen in its transcript. Times in ms.

    `in_use`: another process has it. `left_at`: when the last process left it, None if none did. `left_by`: that
    process's pid and start.
    """

    session_id: str
    cwd: str
    first_at: int
    last_at: int
    in_use: bool = False
    left_at: int | None = None
    left_by: tuple[int, int] | None = None


class PreviousSession(msgspec.Struct, frozen=True):
    """The session a process had before. `registered`: known from its registry record, not inferred from its folder."""

    session_id: str
    registered: bool


class ProcessSample(msgspec.Struct, frozen=True):
    """One sample of the running processes. `processes`: None if they could not be listed. `records`: by pid.

    `missed`: the last records of processes that ended before a sample found them.
    """

    processes: tuple[Process, ...] | None = None
    records: dict[int, Record] = {}
    missed: tuple[Record, ...] = ()
    loads: tuple[Load, ...] = ()
    collectors: tuple[CollectorHealth, ...] = ()


class ObservedSession(msgspec.Struct, frozen=True):
    """A running session, with its process."""

    session_id: str
    process: Process
    source: Source
    state: str = "unknown"
    waiting_for: str | None = None
    cwd: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None
    kind: str | None = None
    needs: str | None = None
    tempo: str | None = None


def registered_session(process: Process, record: Record, session_id: str | None = None) -> ObservedSession:
    """The session of a process with this record. `session_id`: its own, unless the record's is another process's."""
    return ObservedSession(
        session_id or record.session_id,
        process,
        "registered",
        state=record.state,
        waiting_for=record.waiting_for,
        cwd=record.cwd or process.cwd,
        entrypoint=record.entrypoint,
        client_version=record.client_version,
        kind=record.kind,
        needs=record.needs,
        tempo=record.tempo,
    )


def is_record_of(record: Record, process: Process) -> bool:
    """Whether the record is of this process; a record without a start is accepted for Claude Code's own processes."""
    if record.start_token is not None and process.start_token is not None:
        return record.start_token.split() == process.start_token.split()
    if record.process_started_at is not None:
        return abs(record.process_started_at - process.started_at) <= SAME_START_MS
    return process.kind is Kind.CODE


def provisional_id(process: Process) -> str:
    """The id for a session that has no id from Claude, or none yet."""
    return make_provisional_id(process.kind.value, process.pid, process.started_at)


def make_provisional_id(session_type: str, pid: int | None, started_at: int | None) -> str:
    """The same for a process with this pid and start (ms)."""
    prefix = "desktop-" if session_type == Kind.DESKTOP.value else PROVISIONAL_CODE
    return f"{prefix}{pid}-{started_at}"


class SessionRow(msgspec.Struct, frozen=True):
    """A row of `real_sessions`, with its JSON columns decoded. Times as stored, ISO 8601 UTC."""

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
        """The state of an active session; `unknown` if its client does not report it."""
        state = self.metadata.get("state")
        return state if state in STATES else "unknown"


class SessionEvent(msgspec.Struct, frozen=True):
    """Something that happened to a session. `at`: ms.

    `what` = `identified`: its id is known now and was `former_id` before. `by_last_evidence`: its end was not observed,
    and `at` is the last sign of it.
    """

    what: EventKind
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
        """The event as a log line."""
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
            parts.append("(end not observed; time of last activity)")
        return " ".join(parts)
