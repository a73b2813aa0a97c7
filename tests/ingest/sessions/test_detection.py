"""Sessions from their first second to their last: each launch is one start, each end one observation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.sources.sessions.registry import parse
from support.services import shared_dir
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, prompt, write

SECOND, MINUTE, HOUR = timestamp.SECOND, timestamp.MINUTE, timestamp.HOUR
A, B = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"


def code(pid: int = 7, started: int = NOON, cwd: str = "/shop", token: str = "100", skips: bool = False) -> Process:
    return Process(pid, started, Kind.CODE, token, cwd, skips)


def record(session: str = A, state: str = "idle", *, pid: int = 7, token: str = "100") -> Record:
    waiting_for = "permission" if state == "waiting" else None
    return Record(pid, session, token, "/shop", "cli", "2.1.197", state, waiting_for)


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    (tmp_path / "projects").mkdir()
    return tmp_path / "projects"


@pytest.fixture
def tracker(tmp_path: Path, projects: Path) -> Iterator[Tracker]:
    with Tracker(tmp_path / "tracker.db", projects, now=NOON) as opened:
        yield opened


def write_lines(projects: Path, session: str, *at: int, cwd: str = "/shop") -> None:
    """A transcript with a prompt and a response (30 tokens) at each of these times."""
    lines = []
    for number, moment in enumerate(at):
        name, iso = f"{session[:2]}{number}", timestamp.to_iso(moment)
        lines.append(prompt(uuid=f"p{name}", session=session, at=iso, cwd=cwd))
        lines.append(assistant(f"m{name}", request=f"r{name}", uuid=f"a{name}", session=session, at=iso, cwd=cwd))
    write(projects / f"{session}.jsonl", lines)


def starts(tracker: Tracker) -> int:
    return sum(tracker.exact("sessions_started").values())


def durations(tracker: Tracker) -> tuple[int, int]:
    """How many were observed, and their sum in ms."""
    return (
        sum(tracker.exact("session_duration_bucket").values()),
        sum(tracker.exact("session_duration_sum").values()),
    )


def test_a_session_seen_from_start_to_end(tracker: Tracker, projects: Path) -> None:
    tracker.now = NOON + 2 * SECOND
    assert [f"started {A}"] == tracker.see(code(skips=True), records=[record()])
    row = tracker.sessions()[A]
    assert ("2026-11-22T12:00:00.000Z", None, 7, "/shop", None, True) == (
        row.start_time,
        row.end_time,
        row.process_id,
        row.project_path,
        row.conversation_id,
        row.is_active,
    )
    assert {
        "source": "registered",
        "state": "idle",
        "entrypoint": "cli",
        "client_version": "2.1.197",
        "skip_permissions": True,
    } == row.metadata
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    row = tracker.sessions()[A]
    assert (A, 2, 30, ["claude-opus-4-5"], True) == (
        row.conversation_id,
        row.total_messages,
        row.estimated_tokens,
        row.models_used,
        row.is_active,
    )
    assert ("exact", "2026-11-22T12:00:00.000Z") == (row.metadata["tokens"], row.five_hour_block_id)
    tracker.now = NOON + 2 * MINUTE
    assert [f"ended {A}"] == tracker.see()
    row = tracker.sessions()[A]
    assert ("2026-11-22T12:02:00.000Z", False) == (row.end_time, row.is_active)
    assert not {"state", "end"} & row.metadata.keys()
    assert (1, (1, 2 * MINUTE)) == (starts(tracker), durations(tracker))


def test_sampling_again_writes_nothing(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    before = tracker.sequence
    tracker.now += MINUTE
    assert [] == tracker.see(code(), records=[record()])
    assert before == tracker.sequence


def test_states_follow_the_registry(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    assert [f"state {A}"] == tracker.see(code(), records=[record(state="waiting")])
    assert f"session {A} is now waiting for permission pid 7" == str(tracker.events[0])
    metadata = tracker.sessions()[A].metadata
    assert ("waiting", "permission") == (metadata["state"], metadata["waiting_for"])
    tracker.see(code(), records=[record(state="busy")])
    assert "waiting_for" not in tracker.sessions()[A].metadata


def test_an_id_learned_late_belongs_to_the_same_start(tracker: Tracker, projects: Path) -> None:
    assert [f"started code-7-{NOON}"] == tracker.see(code())
    write_lines(projects, A, NOON + MINUTE)
    tracker.now = NOON + MINUTE
    tracker.scan()
    assert [f"identified {A}"] == tracker.see(code())
    assert [A] == list(tracker.sessions())
    assert "inferred" == tracker.sessions()[A].metadata["source"]
    assert 1 == starts(tracker)


def test_clear_ends_one_session_and_starts_another(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.now = NOON + 10 * MINUTE
    assert [f"ended {A}", f"started {B}"] == tracker.see(code(), records=[record(B)])
    rows = tracker.sessions()
    assert ("2026-11-22T12:10:00.000Z", False) == (rows[A].end_time, rows[A].is_active)
    assert ("2026-11-22T12:10:00.000Z", True) == (rows[B].start_time, rows[B].is_active)
    assert (2, (1, 10 * MINUTE)) == (starts(tracker), durations(tracker))


def test_an_unobserved_clear_is_recognized_by_the_lines(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.kill()
    write_lines(projects, A, NOON + MINUTE, NOON + 5 * MINUTE)
    write_lines(projects, B, NOON + 8 * MINUTE)
    tracker.now = NOON + HOUR
    tracker.start()
    assert [f"ended {A}", f"started {B}"] == tracker.see(code(), records=[record(B)])
    rows = tracker.sessions()
    assert ("2026-11-22T12:05:00.000Z", "last_evidence") == (rows[A].end_time, rows[A].metadata["end"])
    assert ("2026-11-22T12:08:00.000Z", True) == (rows[B].start_time, rows[B].is_active)
    tracker.see()
    assert (2, (2, 57 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_session_resumed_unobserved_ends_before_the_new_run(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.kill()
    write_lines(projects, A, NOON + MINUTE, NOON + 2 * MINUTE, NOON + 31 * MINUTE)
    tracker.now = NOON + HOUR
    tracker.start()
    again = code(8, NOON + 30 * MINUTE, token="200")
    assert [f"ended {A}", f"resumed {A}"] == tracker.see(again, records=[record(pid=8, token="200")])
    tracker.see()
    assert (2, (2, 32 * MINUTE)) == (starts(tracker), durations(tracker))


def test_an_idle_process_does_not_take_over_an_ended_session(tracker: Tracker, projects: Path) -> None:
    idle, brief = code(7), code(8, NOON + 10 * SECOND, token="200")
    tracker.see(idle)
    tracker.now = NOON + 10 * SECOND
    tracker.see(idle, brief)
    write_lines(projects, B, NOON + 20 * SECOND)
    tracker.now = NOON + 25 * SECOND
    tracker.scan()
    assert [f"identified {B}"] == tracker.see(idle, brief)
    tracker.now = NOON + 30 * SECOND
    assert [f"ended {B}"] == tracker.see(idle)
    tracker.now = NOON + 40 * SECOND
    assert [] == tracker.see(idle)
    assert (2, (1, 20 * SECOND)) == (starts(tracker), durations(tracker))


def test_an_ended_session_is_not_taken_for_a_clear_of_another(tracker: Tracker, projects: Path) -> None:
    first, second = code(7), code(8, NOON + 10 * SECOND, token="200")
    write_lines(projects, A, NOON + 5 * SECOND)
    tracker.now = NOON + 15 * SECOND
    tracker.scan()
    tracker.see(first)
    write_lines(projects, B, NOON + 20 * SECOND)
    tracker.now = NOON + 25 * SECOND
    tracker.scan()
    tracker.see(first, second)
    tracker.now = NOON + 30 * SECOND
    assert [f"ended {B}"] == tracker.see(first)
    assert [] == tracker.see(first)
    assert {A: True, B: False} == {row.id: row.is_active for row in tracker.sessions().values()}


def test_an_idle_process_does_not_take_over_a_cleared_session(tracker: Tracker, projects: Path) -> None:
    idle, other = code(7), code(8, token="200")
    write_lines(projects, A, NOON + 5 * SECOND)
    tracker.scan()
    tracker.see(idle, other, records=[record(pid=8, token="200")])
    tracker.now = NOON + MINUTE
    for _ in range(2):
        tracker.see(idle, other, records=[record(B, pid=8, token="200")])
    assert {A: False, B: True, f"code-7-{NOON}": True} == {row.id: row.is_active for row in tracker.sessions().values()}


def test_a_new_process_does_not_take_over_a_session_that_just_ended(tracker: Tracker, projects: Path) -> None:
    """Between its start and its record."""
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + 5 * SECOND, NOON + 20 * SECOND)
    tracker.scan()
    new = code(8, NOON + 19 * SECOND, token="200")
    tracker.now = NOON + 21 * SECOND
    assert [f"ended {A}", f"started code-8-{NOON + 19 * SECOND}"] == tracker.see(new)
    assert [] == tracker.see(new)
    assert [f"identified {B}"] == tracker.see(new, records=[record(B, pid=8, token="200")])
    assert (2, (1, 21 * SECOND)) == (starts(tracker), durations(tracker))


def test_a_record_removed_before_its_process_ended_still_counts(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.see(code())
    tracker.see()
    assert "registered" == tracker.sessions()[A].metadata["source"]


def test_two_processes_on_one_session_are_two_starts(tracker: Tracker, projects: Path) -> None:
    old, young = code(), code(8, NOON + MINUTE, token="200")
    write_lines(projects, A, NOON + SECOND)
    tracker.scan()
    tracker.see(old, records=[record()])
    tracker.now = NOON + MINUTE
    both = [record(), record(pid=8, token="200")]
    tracker.see(old, young, records=both)
    rows = tracker.sessions()
    assert {A: 8, f"code-7-{NOON}": 7} == {row.id: row.process_id for row in rows.values() if row.is_active}
    tracker.now = NOON + 2 * MINUTE
    tracker.see(old, records=both)
    rows = tracker.sessions()
    assert {A: 7} == {row.id: row.process_id for row in rows.values() if row.is_active}
    assert [A] == list(rows)
    tracker.see()
    assert (2, (2, 3 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_fork_starts_with_its_own_lines(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON - 6 * HOUR)
    tracker.scan()
    lines = []
    for name, moment in (("aa0", NOON - 6 * HOUR), ("bb0", NOON - HOUR), ("bb1", NOON - HOUR + MINUTE)):
        at = timestamp.to_iso(moment)
        lines.append(prompt(uuid=f"p{name}", session=B, at=at, cwd="/shop"))
        lines.append(assistant(f"m{name}", request=f"r{name}", uuid=f"a{name}", session=B, at=at, cwd="/shop"))
    write(projects / f"{B}.jsonl", lines)
    tracker.scan()
    tracker.see()
    assert "2026-11-22T11:00:00.000Z" == tracker.sessions()[B].start_time
    assert (2, (2, MINUTE)) == (starts(tracker), durations(tracker))
    before = tracker.sessions()
    tracker.derive_all_again()
    assert before == tracker.sessions()


def test_a_registered_session_is_not_moved_while_its_record_is_missing(tracker: Tracker, projects: Path) -> None:
    """Another ran unobserved in its folder; its client has removed its record, but still runs."""
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.kill()
    write_lines(projects, B, NOON + 10 * MINUTE, NOON + 20 * MINUTE)
    tracker.now = NOON + HOUR
    tracker.start()
    tracker.see(code(), records=[record()])
    tracker.now = NOON + 2 * HOUR
    assert [] == tracker.see(code())
    assert [f"ended {A}"] == tracker.see()
    assert (2, (2, 2 * HOUR + 10 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_session_that_was_not_left_is_restored(tracker: Tracker, projects: Path) -> None:
    """A transcript of an unobserved process looked like the one after a `/clear`."""
    write_lines(projects, A, NOON + MINUTE)
    tracker.now = NOON + MINUTE
    tracker.scan()
    tracker.see(code())
    tracker.now = NOON + 10 * MINUTE
    write_lines(projects, B, NOON + 10 * MINUTE)
    tracker.scan()
    assert [f"ended {A}", f"started {B}"] == tracker.see(code())
    tracker.now = NOON + 20 * MINUTE
    write_lines(projects, A, NOON + MINUTE, NOON + 19 * MINUTE)
    tracker.scan()
    tracker.see(code())
    assert {A: True, B: False} == {row.id: row.is_active for row in tracker.sessions().values()}


def test_an_unobserved_id_is_found_when_the_session_ends(tracker: Tracker, projects: Path) -> None:
    tracker.now = NOON + 2 * SECOND
    tracker.see(code())
    tracker.kill()
    write_lines(projects, A, NOON + MINUTE, NOON + 5 * MINUTE)
    tracker.now = NOON + HOUR
    tracker.start()
    assert [f"identified {A}", f"ended {A}"] == tracker.see()
    assert [(A, "2026-11-22T12:05:00.000Z")] == [(row.id, row.end_time) for row in tracker.sessions().values()]
    assert (1, (1, 5 * MINUTE)) == (starts(tracker), durations(tracker))


def test_an_unregistered_session_resumed_unobserved(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON + MINUTE)
    tracker.now = NOON + MINUTE
    tracker.scan()
    tracker.see(code())
    tracker.kill()
    write_lines(projects, A, NOON + MINUTE, NOON + 31 * MINUTE)
    tracker.now = NOON + 40 * MINUTE
    tracker.start()
    again = code(8, NOON + 30 * MINUTE, token="200")
    assert [f"ended {A}", f"resumed {A}"] == tracker.see(again)
    assert "2026-11-22T12:01:00.000Z" == timestamp.to_iso(NOON + durations(tracker)[1])


def test_a_clock_change_changes_no_id(tracker: Tracker, projects: Path) -> None:
    app = Process(9, NOON - HOUR, Kind.DESKTOP, "9")
    tracker.see(code(), app)
    tracker.kill()
    tracker.start()
    moved = [code(started=NOON + SECOND), Process(9, NOON - HOUR + SECOND, Kind.DESKTOP, "9")]
    assert [] == tracker.see(*moved)
    write_lines(projects, A, NOON + MINUTE)
    tracker.now = NOON + MINUTE
    tracker.scan()
    assert [f"identified {A}"] == tracker.see(*moved)
    assert [f"desktop-9-{NOON - HOUR}", A] == sorted(tracker.sessions(), reverse=True)


def test_a_session_ended_unobserved_ends_at_its_last_evidence(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.now = NOON + MINUTE
    tracker.see(code(), records=[record()])
    tracker.now = NOON + 2 * MINUTE
    tracker.see_nothing()
    tracker.now = NOON + 2 * HOUR
    assert [f"ended {A}"] == tracker.see()
    row = tracker.sessions()[A]
    assert ("2026-11-22T12:01:00.000Z", "last_evidence") == (row.end_time, row.metadata["end"])


def test_an_unobserved_clear_and_resume(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.kill()
    write_lines(projects, A, NOON + MINUTE, NOON + 31 * MINUTE)
    write_lines(projects, B, NOON + 6 * MINUTE)
    tracker.now = NOON + 40 * MINUTE
    tracker.start()
    other = code(8, NOON + 30 * MINUTE, token="200")
    tracker.see(code(), other, records=[record(B), record(pid=8, token="200")])
    tracker.see()
    assert (3, (3, (1 + 34 + 10) * MINUTE)) == (starts(tracker), durations(tracker))
    assert "2026-11-22T12:06:00.000Z" == tracker.sessions()[B].start_time


def test_swapping_ids_before_any_line_loses_no_row(tracker: Tracker) -> None:
    first, second = code(), code(8, token="200")
    tracker.see(first, second, records=[record(), record(B, pid=8, token="200")])
    tracker.see(first, second, records=[record(B), record(A, pid=8, token="200")])
    assert {A: 8, B: 7} == {row.id: row.process_id for row in tracker.sessions().values()}


def test_the_last_run_to_end_sets_the_end(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.kill()
    tracker.start()
    young = code(8, NOON + MINUTE, token="200")
    tracker.now = NOON + 2 * MINUTE
    tracker.see(young, records=[record(pid=8, token="200")])
    tracker.now = NOON + 3 * MINUTE
    tracker.see()
    row = tracker.sessions()[A]
    assert ("2026-11-22T12:03:00.000Z", 8, None) == (row.end_time, row.process_id, row.metadata.get("end"))


def test_a_clock_change_counts_nothing_twice(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.kill()
    tracker.start()
    assert [] == tracker.see(code(started=NOON - MINUTE), records=[record()])
    assert 1 == starts(tracker)


def test_clear_before_the_first_prompt_is_still_one_session(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    assert [f"identified {B}"] == tracker.see(code(), records=[record(B)])
    assert ([B], 1) == (list(tracker.sessions()), starts(tracker))


def test_a_resumed_session_is_active_again(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.now = NOON + 2 * MINUTE
    tracker.see()
    tracker.now = NOON + HOUR
    again = code(8, NOON + HOUR, token="200")
    assert [f"resumed {A}"] == tracker.see(again, records=[record(pid=8, token="200")])
    row = tracker.sessions()[A]
    assert ("2026-11-22T12:00:00.000Z", None, 8, True) == (
        row.start_time,
        row.end_time,
        row.process_id,
        row.is_active,
    )
    assert (2, (1, 2 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_record_left_by_a_killed_client_is_ignored(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.now = NOON + MINUTE
    assert [f"ended {A}"] == tracker.see(records=[record()])
    other = code(7, NOON + 2 * MINUTE, token="999")
    tracker.now = NOON + 3 * MINUTE
    assert [f"started code-7-{NOON + 2 * MINUTE}"] == tracker.see(other, records=[record()])
    assert [A] == [row.id for row in tracker.sessions().values() if not row.is_active]


def test_a_desktop_session_starts_and_ends_with_the_app(tracker: Tracker) -> None:
    app = Process(9, NOON - HOUR, Kind.DESKTOP)
    session = f"desktop-9-{NOON - HOUR}"
    assert [f"started {session}"] == tracker.see(app)
    row = tracker.sessions()[session]
    assert ("claude_desktop", "2026-11-22T11:00:00.000Z", None) == (
        row.session_type,
        row.start_time,
        row.conversation_id,
    )
    assert [f"ended {session}"] == tracker.see()
    assert {("sessions_started", ("claude_desktop",)): 1} == tracker.exact("sessions_started")


def test_a_restart_midway_counts_nothing_twice_and_loses_nothing(tracker: Tracker, projects: Path) -> None:
    processes = [code(pid, token=str(pid)) for pid in (1, 2, 3)]
    ids = [f"{pid}{A[1:]}" for pid in (1, 2, 3)]
    records = [record(ids[pid - 1], pid=pid, token=str(pid)) for pid in (1, 2, 3)]
    tracker.see(*processes, records=records)
    for session in ids:
        write_lines(projects, session, NOON + MINUTE)
    tracker.scan()
    tracker.kill()
    write_lines(projects, ids[1], NOON + MINUTE, NOON + 5 * MINUTE)
    tracker.now = NOON + HOUR
    tracker.start()
    assert [f"ended {ids[1]}"] == tracker.see(processes[0], processes[2], records=[records[0], records[2]])
    assert tracker.events[0].by_last_evidence
    rows = tracker.sessions()
    assert {ids[0]: True, ids[1]: False, ids[2]: True} == {row.id: row.is_active for row in rows.values()}
    assert ("2026-11-22T12:05:00.000Z", "last_evidence") == (rows[ids[1]].end_time, rows[ids[1]].metadata["end"])
    assert (3, (1, 5 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_clean_shutdown_saves_the_last_observation(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.now = NOON + 10 * MINUTE
    tracker.restart()
    tracker.now = NOON + HOUR
    tracker.see()
    assert "2026-11-22T12:10:00.000Z" == tracker.sessions()[A].end_time


def test_a_past_session_is_one_start_and_one_ended_run(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON - 3 * HOUR, NOON - 2 * HOUR)
    tracker.scan()
    tracker.see()
    row = tracker.sessions()[A]
    assert ("2026-11-22T09:00:00.000Z", "2026-11-22T10:00:00.000Z", False, "transcript") == (
        row.start_time,
        row.end_time,
        row.is_active,
        row.metadata["source"],
    )
    assert (1, (1, HOUR)) == (starts(tracker), durations(tracker))
    tracker.see()
    assert (1, (1, HOUR)) == (starts(tracker), durations(tracker))


def test_a_growing_transcript_is_not_an_ended_session(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON - 5 * MINUTE)
    tracker.scan()
    tracker.see()
    assert 0 == starts(tracker)
    tracker.now = NOON + 10 * MINUTE
    tracker.see()
    assert (1, (1, 0)) == (starts(tracker), durations(tracker))


def test_a_process_found_late_continues_a_session_thought_ended(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON - 2 * HOUR, NOON - HOUR)
    tracker.scan()
    tracker.see()
    assert [f"resumed {A}"] == tracker.see(code(started=NOON - 3 * HOUR), records=[record()])
    assert (True, 1) == (tracker.sessions()[A].is_active, starts(tracker))
    tracker.see()
    assert (1, (1, HOUR)) == (starts(tracker), durations(tracker))


def test_lines_near_the_end_belong_to_the_run_and_later_ones_do_not(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + 10 * SECOND)
    tracker.scan()
    tracker.now = NOON + MINUTE
    tracker.see()
    write_lines(projects, A, NOON + 10 * SECOND, NOON + MINUTE + SECOND)
    tracker.scan()
    tracker.now = NOON + HOUR
    tracker.see()
    assert 1 == starts(tracker)
    write_lines(projects, A, NOON + 10 * SECOND, NOON + MINUTE + SECOND, NOON + HOUR, NOON + HOUR + MINUTE)
    tracker.scan()
    tracker.now = NOON + 2 * HOUR
    tracker.see()
    assert (2, (2, 2 * MINUTE)) == (starts(tracker), durations(tracker))


def test_a_rebuild_keeps_what_only_the_tracker_observed(tracker: Tracker, projects: Path) -> None:
    tracker.see(code(), records=[record()])
    write_lines(projects, A, NOON + MINUTE)
    tracker.scan()
    tracker.now = NOON + HOUR
    tracker.see()
    rows, totals = tracker.sessions(), tracker.exact("sessions_started", "session_duration_sum")
    tracker.rebuild()
    assert (rows, totals) == (tracker.sessions(), tracker.exact("sessions_started", "session_duration_sum"))


def test_subagents_belong_to_their_session(tracker: Tracker, projects: Path) -> None:
    write_lines(projects, A, NOON)
    for agent in ("a1", "a2", "acompact-3"):
        at = timestamp.to_iso(NOON)
        line = assistant(f"m{agent}", request=f"r{agent}", uuid=agent, session=A, at=at, side=True, agentId=agent)
        write(projects / A / "subagents" / f"agent-{agent}.jsonl", [line])
    tracker.scan()
    assert [(A, 2)] == [(row.id, row.metadata["subagents"]) for row in tracker.sessions().values()]
    tracker.derive_all_again()
    assert 2 == tracker.sessions()[A].metadata["subagents"]


def test_values_written_by_another_program_are_kept(tracker: Tracker) -> None:
    tracker.see(code(), records=[record()])
    tracker.connection.execute("""UPDATE real_sessions SET metadata = json_set(metadata, '$.note', 'mine')""")
    tracker.see()
    assert ("mine", None) == (tracker.sessions()[A].metadata["note"], tracker.sessions()[A].metadata.get("state"))


def test_the_registry_snapshots_of_a_real_client_replay_to_its_sessions(tracker: Tracker) -> None:
    """Each snapshot is one sample; a process has ended when the next snapshot is another's."""
    text = (shared_dir() / "corpus" / "own-2.1.197" / "sessions-registry-snapshots.jsonl").read_text()
    snapshots = [json.loads(line) for line in text.splitlines()]
    tracker.roots = [shared_dir() / "corpus" / "own-2.1.197" / "projects"]
    tracker.scan()
    for snapshot in snapshots:
        found = parse(json.dumps(snapshot).encode())
        assert found is not None
        tracker.now = max(snapshot["startedAt"], snapshot.get("updatedAt", 0)) + SECOND
        process = code(found.pid, snapshot["startedAt"], snapshot["cwd"], snapshot["procStart"])
        tracker.see(process, records=[found])
    tracker.see()
    launches = {
        "659c1502": 1,
        "11111111": 4,
        "d736ce86": 2,
        "22222222": 1,
        "33333333": 1,
        "44444444": 1,
        "55555555": 1,
        "24072c5a": 1,
        "ef1a0cc3": 1,
    }
    ran = tracker.connection.execute(
        "SELECT substr(session_id, 1, 8), count(*) FROM tracker_runs WHERE pid IS NOT NULL GROUP BY session_id"
    )
    assert launches == dict(ran.fetchall())
    assert {True} == {row.end_time is not None for row in tracker.sessions().values()}
