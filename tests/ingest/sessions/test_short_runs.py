"""`claude -p` may be over before its record was read, or before a sample: still one session, one start, one end."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, ProcessSample, Record
from exporter.ingest.sessions.detection import Detection
from exporter.sources.sessions.registry import parse
from support.services import shared_dir
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, prompt, write

SECOND, MINUTE = timestamp.SECOND, timestamp.MINUTE
A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")


def code(pid: int = 7, started: int = NOON) -> Process:
    return Process(pid, started, Kind.CODE, str(pid), "/shop")


def record(session: str = A, pid: int = 7, started: int = NOON) -> Record:
    return Record(pid, session, str(pid), "/shop", "sdk-cli", "2.1.332", started_at=started, kind="interactive")


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    (tmp_path / "projects").mkdir()
    return tmp_path / "projects"


@pytest.fixture
def tracker(tmp_path: Path, projects: Path) -> Iterator[Tracker]:
    with Tracker(tmp_path / "tracker.db", projects, now=NOON) as opened:
        yield opened


def see(
    tracker: Tracker, at: int, *processes: Process, records: Sequence[Record] = (), missed: Sequence[Record] = ()
) -> list[str]:
    """Read the transcripts and take a sample at a time."""
    tracker.now = at
    tracker.scan()
    return tracker.see(*processes, records=records, missed=missed)


def say(tracker: Tracker, session: str, *at: int, cwd: str = "/shop") -> None:
    """A transcript with a prompt and a response at each of these times."""
    lines = []
    for number, moment in enumerate(at):
        name, iso = f"{session[0]}{number}", timestamp.to_iso(moment)
        lines.append(prompt(uuid=f"p{name}", session=session, at=iso, cwd=cwd))
        lines.append(assistant(f"m{name}", request=f"r{name}", uuid=f"a{name}", session=session, at=iso, cwd=cwd))
    write(tracker.roots[0] / f"{session}.jsonl", lines)


def counts(tracker: Tracker) -> tuple[int, int]:
    """How many starts and how many ended runs there are."""
    return sum(tracker.exact("sessions_started").values()), sum(tracker.exact("session_duration_bucket").values())


def test_a_process_that_ended_before_its_record_was_read_gets_its_transcript(tracker: Tracker) -> None:
    see(tracker, NOON, code())
    say(tracker, A, NOON + SECOND)
    assert [f"ended code-7-{NOON}"] == see(tracker, NOON + 2 * SECOND)
    assert [f"identified {A}"] == see(tracker, NOON + 5 * SECOND)
    row = tracker.sessions()[A]
    assert ([A], 7, False) == (list(tracker.sessions()), row.process_id, row.is_active)
    see(tracker, NOON + 60 * MINUTE)
    assert (1, 1) == counts(tracker)


def test_a_transcript_read_long_after_the_process_ended_is_still_its_own(tracker: Tracker) -> None:
    see(tracker, NOON, code())
    see(tracker, NOON + 2 * SECOND)
    say(tracker, A, NOON + SECOND)
    assert [f"identified {A}"] == see(tracker, NOON + 30 * MINUTE)
    assert ([A], (1, 1)) == (list(tracker.sessions()), counts(tracker))


def test_a_transcript_read_after_the_end_of_a_registered_run_belongs_to_it(tracker: Tracker) -> None:
    see(tracker, NOON, code(), records=(record(),))
    assert [f"ended {A}"] == see(tracker, NOON + 2 * SECOND)
    say(tracker, A, NOON + SECOND)
    assert [] == see(tracker, NOON + 60 * MINUTE)
    assert ([A], (1, 1)) == (list(tracker.sessions()), counts(tracker))


def test_what_it_writes_long_after_that_end_is_another_run(tracker: Tracker) -> None:
    see(tracker, NOON, code(), records=(record(),))
    see(tracker, NOON + 2 * SECOND)
    say(tracker, A, NOON + SECOND, NOON + 5 * MINUTE)
    see(tracker, NOON + 60 * MINUTE)
    assert (2, 2) == counts(tracker)
    assert {("session_duration_sum", ("claude_code",)): 2 * SECOND} == tracker.exact("session_duration_sum")


def test_runs_at_the_same_time_in_one_folder_get_one_transcript_each(tracker: Tracker) -> None:
    long, short = code(7), code(8, NOON + SECOND)
    see(tracker, NOON + SECOND, long, short)
    say(tracker, A, NOON + 1500)
    see(tracker, NOON + 2 * SECOND, long)
    say(tracker, B, NOON + 3 * SECOND)
    see(tracker, NOON + 4 * SECOND)
    assert [f"identified {A}", f"identified {B}"] == sorted(see(tracker, NOON + 8 * SECOND))
    assert {A: 8, B: 7} == {name: row.process_id for name, row in tracker.sessions().items()}
    assert (2, 2) == counts(tracker)


def test_a_transcript_of_another_folder_or_time_is_not_its_own(tracker: Tracker) -> None:
    see(tracker, NOON + MINUTE, code(started=NOON + MINUTE))
    see(tracker, NOON + MINUTE + 2 * SECOND)
    say(tracker, A, NOON + MINUTE + SECOND, cwd="/elsewhere")
    say(tracker, B, NOON + MINUTE + 10 * SECOND)
    say(tracker, C, NOON + 50 * SECOND)
    assert [] == see(tracker, NOON + 2 * MINUTE)
    assert {A, B, C, f"code-7-{NOON + MINUTE}"} == tracker.sessions().keys()


def test_a_young_process_does_not_take_the_transcript_of_another(tracker: Tracker) -> None:
    """Its own record is not written yet, and the other's was not read yet."""
    first, second = code(7), code(8)
    see(tracker, NOON, first, second)
    say(tracker, A, NOON + SECOND)
    assert [] == see(tracker, NOON + SECOND, first, second)
    both = (record(B, 7), record(A, 8))
    assert [f"identified {A}", f"identified {B}"] == sorted(
        see(tracker, NOON + 2 * SECOND, first, second, records=both)
    )
    see(tracker, NOON + 3 * SECOND)
    assert (2, 2) == counts(tracker)


def test_an_idle_process_does_not_take_the_transcript_of_a_short_run(tracker: Tracker) -> None:
    idle, short = code(7, NOON - MINUTE), code(8)
    see(tracker, NOON, idle, short)
    say(tracker, A, NOON + SECOND)
    assert [] == see(tracker, NOON + SECOND, idle, short)
    assert [f"ended code-8-{NOON}"] == see(tracker, NOON + 2 * SECOND, idle)
    assert [f"identified {A}"] == see(tracker, NOON + 5 * SECOND, idle)
    rows = tracker.sessions()
    assert {A: (8, False), f"code-7-{NOON - MINUTE}": (7, True)} == {
        name: (row.process_id, row.is_active) for name, row in rows.items()
    }


def test_a_first_record_corrects_what_was_inferred(tracker: Tracker) -> None:
    see(tracker, NOON, code())
    say(tracker, A, NOON + SECOND)
    assert [f"identified {A}"] == see(tracker, NOON + MINUTE, code())
    assert [f"identified {B}"] == see(tracker, NOON + 2 * MINUTE, code(), records=(record(B),))
    assert (1, 0) == counts(tracker)


def test_a_run_of_which_only_the_record_was_seen_is_one_session(tracker: Tracker) -> None:
    say(tracker, A, NOON + SECOND)
    assert [f"started {A}", f"ended {A}"] == see(tracker, NOON + 2 * SECOND, missed=(record(),))
    row = tracker.sessions()[A]
    assert (7, "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:02.000Z", "registered", "interactive") == (
        row.process_id, row.start_time, row.end_time, row.metadata["source"], row.metadata["kind"],
    )  # fmt: skip
    see(tracker, NOON + 60 * MINUTE)
    assert ((1, 1), [A]) == (counts(tracker), list(tracker.sessions()))


@pytest.mark.parametrize("is_over", [False, True])
def test_a_record_read_too_late_names_the_run_of_its_process(tracker: Tracker, is_over: bool) -> None:
    see(tracker, NOON, code())
    if is_over:
        see(tracker, NOON + SECOND)
    events = see(tracker, NOON + 2 * SECOND, missed=(record(),))
    assert f"identified {A}" == events[0]
    assert ([A], (1, 1)) == (list(tracker.sessions()), counts(tracker))
    assert not tracker.sessions()[A].is_active


def test_a_record_removed_before_its_process_ended_is_not_the_end(tracker: Tracker) -> None:
    see(tracker, NOON, code())
    assert [f"identified {A}"] == see(tracker, NOON + SECOND, code(), missed=(record(),))
    assert [] == see(tracker, NOON + 2 * SECOND, code())
    assert [f"ended {A}"] == see(tracker, NOON + 3 * SECOND)
    assert (1, 1) == counts(tracker)


def test_the_same_record_twice_counts_once(tracker: Tracker) -> None:
    see(tracker, NOON + SECOND, missed=(record(),))
    assert [] == see(tracker, NOON + 2 * SECOND, missed=(record(),))
    assert (1, 1) == counts(tracker)


def test_a_resumed_run_is_one_more_start_of_its_session(tracker: Tracker) -> None:
    say(tracker, A, NOON)
    see(tracker, NOON + SECOND, missed=(record(),))
    again = record(A, 8, NOON + MINUTE)
    assert [f"resumed {A}", f"ended {A}"] == see(tracker, NOON + MINUTE + SECOND, missed=(again,))
    assert (2, 2) == counts(tracker)


def test_a_start_ahead_of_the_clock_is_now(tracker: Tracker) -> None:
    see(tracker, NOON, missed=(record(started=NOON + MINUTE),))
    assert "2026-11-22T12:00:00.000Z" == tracker.sessions()[A].start_time


def test_a_forgotten_session_stays_forgotten(tracker: Tracker) -> None:
    see(tracker, NOON, missed=(record(),))
    tracker.store.forget([A], NOON)
    see(tracker, NOON + MINUTE, missed=(record(A, 8, NOON + MINUTE),))
    (row,) = tracker.sessions().values()
    assert (None, True) == (row.project_path, row.id.startswith("forgotten-"))


def test_what_a_record_needs_is_kept_while_it_runs(tracker: Tracker) -> None:
    found = Record(7, A, "7", "/shop", state="waiting", kind="bg", needs="input", tempo="slow")
    tracker.see(code(), records=[found])
    row = tracker.sessions()[A]
    assert ("bg", "input", "slow") == tuple(row.metadata[key] for key in ("kind", "needs", "tempo"))
    tracker.see()
    metadata = tracker.sessions()[A].metadata
    assert ("bg", set()) == (metadata["kind"], {"needs", "tempo"} & metadata.keys())


def test_a_service_is_no_session(tracker: Tracker) -> None:
    service = Record(7, A, "7", "/shop", is_session=False)
    assert [] == tracker.see(code(), records=[service])
    assert [f"started {B}"] == tracker.see(code(), records=[record(B)])


def test_a_sample_without_processes_still_names_what_was_missed(tracker: Tracker) -> None:
    detection = Detection(tracker.store, lambda: NOON + SECOND, tracker.events.append)
    detection.observe(ProcessSample(None, {}, (record(),)))
    assert [A] == list(tracker.sessions())


def test_the_registry_of_a_real_client_of_today_replays_to_its_sessions(tracker: Tracker) -> None:
    """Each snapshot is one sample; the process ends when its record is removed, before any other sample."""
    text = (shared_dir() / "corpus" / "own-2.1.332" / "sessions-registry-snapshots.jsonl").read_text()
    tracker.roots = [shared_dir() / "corpus" / "own-2.1.332" / "projects"]
    launches: Counter[str] = Counter()
    running: dict[int, tuple[Process, Record]] = {}
    for snapshot in map(json.loads, text.splitlines()):
        pid = re.fullmatch("sessions/([0-9]+).json", snapshot["file"])
        found = parse(json.dumps(snapshot.get("data")).encode())
        if pid is None or (found is None and not snapshot.get("gone")):
            continue
        if found is None:
            running.pop(int(pid[1]), None)
        else:
            process = Process(found.pid, found.started_at or 0, Kind.CODE, found.start_token, found.cwd)
            is_known = found.pid in running and running[found.pid][1].session_id == found.session_id
            launches[found.session_id] += not is_known
            running[found.pid] = process, found
        processes, records = zip(*running.values(), strict=True) if running else ((), ())
        see(tracker, round(snapshot["t"] * 1_000), *processes, records=records)
    see(tracker, tracker.now + SECOND)
    query = "SELECT session_id, count(*) FROM tracker_runs WHERE pid IS NOT NULL GROUP BY session_id"
    assert (27, 30) == (len(launches), launches.total())
    left_before_a_line = {name for name in launches if name[:8] in ("27885136", "405b5b79")}
    expected = {name: count for name, count in launches.items() if name not in left_before_a_line}
    assert expected == dict(tracker.connection.execute(query).fetchall())
    kinds = Counter(row.metadata.get("kind") for row in tracker.sessions().values() if row.id in launches)
    assert {"interactive": 23, "bg": 2} == kinds
