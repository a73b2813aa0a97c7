"""How what is seen of processes, registry and transcripts is joined to sessions.

process  ──pid, procStart──▶ registry record ──session id──▶ transcript      registered
process  ──arguments or cwd, the newest ───────────────────▶ transcript      inferred
                                                             transcript      past
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import TRAILING_MS, Held, ObservedSession, Process, Record, Transcript, unnamed_id


def join(
    processes: Iterable[Process],
    records: Mapping[int, Record],
    transcripts: Sequence[Transcript],
    held: Mapping[int, Held],
) -> list[ObservedSession]:
    """The sessions that run: one for each process, and each transcript on one process only, the youngest.

    `records` by pid; one of another process that had the pid before is not believed. `transcripts`: those of the
    folders where unregistered processes work. `held`: by pid, the session that an unregistered process was on before.
    """
    found: dict[str, ObservedSession] = {}
    unregistered: list[Process] = []
    for process in sorted(processes, key=lambda one: (-one.started_at, -one.pid)):
        record = records.get(process.pid)
        if record is not None and believes(record, process):
            session_id = record.session_id if record.session_id not in found else unnamed_id(process)
            found[session_id] = _registered(session_id, process, record)
        elif process.kind is Kind.CODE:
            unregistered.append(process)
        else:
            found[unnamed_id(process)] = ObservedSession(unnamed_id(process), process, "inferred")
    on = _infer(unregistered, transcripts, held, found.keys())
    for process in unregistered:
        session_id = on.get(process.pid) or unnamed_id(process)
        found[session_id] = ObservedSession(session_id, process, "inferred", cwd=process.cwd)
    return list(found.values())


def believes(record: Record, process: Process) -> bool:
    """Whether the record is of this process; one without a start is believed of Claude Code's own processes."""
    if record.start_token is None or process.start_token is None:
        return process.kind is Kind.CODE
    return record.start_token.split() == process.start_token.split()


def _registered(session_id: str, process: Process, record: Record) -> ObservedSession:
    return ObservedSession(
        session_id,
        process,
        "registered",
        state=record.state,
        waiting_for=record.waiting_for,
        cwd=record.cwd or process.cwd,
        entrypoint=record.entrypoint,
        client_version=record.client_version,
    )


def _infer(
    processes: Sequence[Process],
    transcripts: Sequence[Transcript],
    held: Mapping[int, Held],
    taken: Collection[str],
) -> dict[int, str]:
    """The session id of each process that can be told, by pid. `processes`: the youngest first.

    Told by, in this order: the arguments; what it was on before, unless a newer transcript began in its folder after
    that one's last line and no other process waits for one (`/clear`); the newest transcript of its folder that was
    begun since the process was, then one that was written since. What another process is on, or left, is not offered.
    """
    known = {transcript.session_id: transcript for transcript in transcripts}
    free = {one.session_id: one for one in transcripts if one.session_id not in taken and not one.is_held}
    on: dict[int, str] = {}

    def take(process: Process, session_id: str | None) -> None:
        if session_id is not None and session_id not in on.values() and session_id not in taken:
            on[process.pid] = session_id
            free.pop(session_id, None)

    for process in processes:
        before = held.get(process.pid)
        take(process, before.session_id if before is not None else process.names_session)
    for begun_since in (True, False):
        for process in processes:
            if process.pid not in on:
                take(process, _newest(process, free.values(), begun_since))
    for process in processes:
        own, was = known.get(on.get(process.pid, "")), held.get(process.pid)
        if own is None or (was is not None and was.registered):
            continue
        take(process, _gone_on(process, own, free))
    return on


def _gone_on(process: Process, own: Transcript, free: Mapping[str, Transcript]) -> str | None:
    """The session that a process went on to from its own: by `/clear`, or back, since it did not leave it after all."""
    left = (one for one in free.values() if one.left_by == (process.pid, process.started_at))
    back = max(left, key=lambda one: one.last_at, default=None)
    if back is not None and back.last_at > own.last_at and _goes_on(back, process):
        return back.session_id
    after = _newest(process, free.values(), True)
    return after if after is not None and free[after].first_at > own.last_at else None


def _newest(process: Process, transcripts: Iterable[Transcript], begun_since: bool) -> str | None:
    """The newest transcript of the process's folder that was begun, or written, since the process was."""
    own = (
        transcript
        for transcript in transcripts
        if transcript.cwd == process.cwd
        and (transcript.first_at if begun_since else transcript.last_at) >= process.started_at
        and _goes_on(transcript, process)
    )
    newest = max(own, key=lambda transcript: (transcript.last_at, transcript.session_id), default=None)
    return newest.session_id if newest is not None else None


def _goes_on(transcript: Transcript, process: Process) -> bool:
    """Whether the transcript was written since the last process left it, so that this one may be on it."""
    if transcript.left_at is None:
        return True
    trailing = TRAILING_MS if process.started_at <= transcript.left_at else 0
    return transcript.last_at > transcript.left_at + trailing
