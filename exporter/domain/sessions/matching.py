"""Matches processes, registry records and transcripts to sessions.

process  ──pid, procStart──▶ registry record ──session id──▶ transcript      registered
process  ──arguments, or newest in cwd ────────────────────▶ transcript      inferred
                                                             transcript      past
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import (
    TRAILING_MS,
    ObservedSession,
    PreviousSession,
    Process,
    Record,
    Transcript,
    is_record_of,
    provisional_id,
    registered_session,
)


def match_sessions(
    processes: Iterable[Process],
    records: Mapping[int, Record],
    transcripts: Sequence[Transcript],
    previous: Mapping[int, PreviousSession],
    young_since: int = END_OF_TIME,
) -> list[ObservedSession]:
    """Return the running sessions: one per process. A transcript is assigned to one process only, the youngest.

    `records`: by pid; a record of an earlier process with the same pid is ignored. `transcripts`: those of the folders
    where unregistered processes work. `previous`: by pid, the session that an unregistered process had before.
    `young_since`: a process that started later (ms) may still write its record: what may be its own is not assigned.
    """
    found: dict[str, ObservedSession] = {}
    unregistered: list[Process] = []
    for process in sorted(processes, key=lambda one: (-one.started_at, -one.pid)):
        record = records.get(process.pid)
        if record is not None and is_record_of(record, process):
            if not record.is_session:
                continue
            session_id = record.session_id if record.session_id not in found else provisional_id(process)
            found[session_id] = registered_session(process, record, session_id)
        elif process.kind is Kind.CODE:
            unregistered.append(process)
        else:
            found[provisional_id(process)] = ObservedSession(provisional_id(process), process, "inferred")
    assigned = _infer(unregistered, transcripts, previous, found.keys(), young_since)
    for process in unregistered:
        session_id = assigned.get(process.pid) or provisional_id(process)
        found[session_id] = ObservedSession(session_id, process, "inferred", cwd=process.cwd)
    return list(found.values())


def _infer(
    processes: Sequence[Process],
    transcripts: Sequence[Transcript],
    previous: Mapping[int, PreviousSession],
    taken: Collection[str],
    young_since: int,
) -> dict[int, str]:
    """Infer the session id of each process where possible, by pid. `processes`: the youngest first.

    In this order: the arguments; the previous session, unless a newer transcript started in the folder after that
    one's last line and no other process needs one (`/clear`); the newest transcript of the folder that started after
    the process, then one that was written after it. Transcripts that another process uses, or left, are excluded.
    """
    known = {transcript.session_id: transcript for transcript in transcripts}
    free = {one.session_id: one for one in transcripts if one.session_id not in taken and not one.in_use}
    assigned: dict[int, str] = {}

    def take(process: Process, session_id: str | None) -> None:
        if session_id is not None and session_id not in assigned.values() and session_id not in taken:
            assigned[process.pid] = session_id
            free.pop(session_id, None)

    for process in processes:
        before = previous.get(process.pid)
        take(process, before.session_id if before is not None else process.named_session_id)
    for process in processes:
        if process.pid not in assigned and process.started_at > young_since:
            free = {name: one for name, one in free.items() if not _may_be_of(one, process)}
    for started_since in (True, False):
        for process in processes:
            if process.pid not in assigned and process.started_at <= young_since:
                take(process, _newest(process, free.values(), started_since))
    for process in processes:
        own, was = known.get(assigned.get(process.pid, "")), previous.get(process.pid)
        if own is None or (was is not None and was.registered):
            continue
        take(process, _next_session(process, own, free))
    return assigned


def _next_session(process: Process, own: Transcript, free: Mapping[str, Transcript]) -> str | None:
    """The session a process moved to from its own: a new one (`/clear`), or back to one it had not really left."""
    left = (one for one in free.values() if one.left_by == (process.pid, process.started_at))
    back = max(left, key=lambda one: one.last_at, default=None)
    if back is not None and back.last_at > own.last_at and _may_continue(back, process):
        return back.session_id
    after = _newest(process, free.values(), True)
    return after if after is not None and free[after].first_at > own.last_at else None


def _may_be_of(transcript: Transcript, process: Process) -> bool:
    return transcript.cwd == process.cwd and transcript.last_at >= process.started_at


def _newest(process: Process, transcripts: Iterable[Transcript], started_since: bool) -> str | None:
    """The newest transcript in the process's folder that was started, or written, after the process started."""
    own = (
        transcript
        for transcript in transcripts
        if _may_be_of(transcript, process)
        and (not started_since or transcript.first_at >= process.started_at)
        and _may_continue(transcript, process)
    )
    newest = max(own, key=lambda transcript: (transcript.last_at, transcript.session_id), default=None)
    return newest.session_id if newest is not None else None


def _may_continue(transcript: Transcript, process: Process) -> bool:
    """Whether the transcript was written after the last process left it, so that this process may have it."""
    if transcript.left_at is None:
        return True
    trailing = TRAILING_MS if process.started_at <= transcript.left_at else 0
    return transcript.last_at > transcript.left_at + trailing
