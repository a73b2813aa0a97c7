"""The sampler examines little, misses nothing, and takes what vanishes or is forbidden as it comes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import psutil
import pytest

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Record
from exporter.sources.sessions.process_start import start_token
from exporter.sources.sessions.processes import ProcessSampler
from exporter.sources.sessions.sampler import SessionSampler
from support.processes import wait_until
from support.sessions import Processes

CLAUDE = "/usr/local/bin/claude"


class Cpu(NamedTuple):
    user: float = 1.0
    system: float = 0.5


class Memory(NamedTuple):
    rss: int = 1000


class Uids(NamedTuple):
    real: int


class Fake:
    """A process as psutil shows it. `trouble`: raised by every call."""

    def __init__(self, machine: Machine, pid: int, started: float, exe: str) -> None:
        self.machine, self.pid, self.started, self.path = machine, pid, started, exe
        self.state = psutil.STATUS_RUNNING
        self.trouble: Exception | None = None
        self.uid = os.getuid()
        self.folder = "/shop"
        self.parent = 0
        self.arguments: list[str] = []
        self.becomes: str | None = None
        """The program that it executes before its arguments are read."""

    def exe(self) -> str:
        self.machine.examined.append(self.pid)
        if self.trouble:
            raise self.trouble
        return self.path

    def cmdline(self) -> list[str]:
        self.path = self.becomes or self.path
        return [self.path.rpartition("/")[2], *self.arguments]

    def ppid(self) -> int:
        return self.parent

    def cwd(self) -> str:
        return self.folder

    def create_time(self) -> float:
        return self.started

    def uids(self) -> Uids:
        return Uids(self.uid)

    def is_running(self) -> bool:
        return self.machine.processes.get(self.pid) is self

    def oneshot(self) -> Fake:
        return self

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def status(self) -> str:
        return self.state

    def cpu_times(self) -> Cpu:
        return Cpu()

    def memory_info(self) -> Memory:
        return Memory()


class Machine:
    """The processes of a test, and its clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.processes: dict[int, Fake] = {}
        self.examined: list[int] = []
        self.registered: dict[int, Record] = {}
        self.has_tokens = True
        self.sampler = ProcessSampler(
            lambda: self.now,
            lambda: list(self.processes),
            cast("Callable[[int], psutil.Process]", self.open),
            platform="test",
            token_of=lambda pid: f"start {self.open(pid).started:.0f}" if self.has_tokens else None,
            wall=lambda: self.now,
        )

    def open(self, pid: int) -> Any:
        try:
            return self.processes[pid]
        except KeyError:
            raise psutil.NoSuchProcess(pid) from None

    def start(self, pid: int, exe: str = "/usr/bin/bash", age: float = 0.0) -> Fake:
        self.processes[pid] = Fake(self, pid, self.now - age, exe)
        return self.processes[pid]

    def sessions(self, after: float = 2.0) -> list[int]:
        self.now += after
        self.examined = []
        return [process.pid for process in self.sampler.sample(self.registered).processes]


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_session_is_seen_from_its_start_to_its_end(machine: Machine) -> None:
    machine.start(1, age=500)
    assert [] == machine.sessions()
    machine.start(2, CLAUDE)
    assert [2] == machine.sessions()
    sampled = machine.sampler.sample()
    (process,) = sampled.processes
    assert (Kind.CODE, "/shop", 1_002_000) == (process.kind, process.cwd, process.started_at)
    assert [("claude_code", 1, 1000, 1.5), ("claude_desktop", 0, 0, 0)] == [
        (load.session_type, load.processes, load.resident_bytes, load.cpu_s) for load in sampled.loads
    ]
    del machine.processes[2]
    assert [] == machine.sessions()


def test_a_client_that_only_answers_what_the_limits_are_is_none(machine: Machine) -> None:
    machine.start(1, CLAUDE).folder = "/tmp/claude-tracker-asks-x1"
    machine.start(2, CLAUDE)
    assert [2] == machine.sessions()


def test_a_young_shell_that_execs_a_session_is_found_at_the_next_sample(machine: Machine) -> None:
    shell = machine.start(1)
    assert [] == machine.sessions()
    machine.now += 5
    shell.path = CLAUDE
    assert [1] == machine.sessions()


def test_an_old_shell_that_execs_a_session_is_found_within_a_minute(machine: Machine) -> None:
    shell = machine.start(1, age=9_000)
    machine.sessions()
    shell.path = CLAUDE
    assert any(machine.sessions() == [1] for _ in range(31))


def test_old_processes_are_examined_once_a_minute(machine: Machine) -> None:
    for pid in range(1, 501):
        machine.start(pid, age=9_000)
    machine.sessions()
    assert 500 == len(machine.examined)
    machine.sessions(after=16)
    examined: list[int] = []
    for _ in range(30):
        machine.sessions()
        assert len(machine.examined) < 40
        examined += machine.examined
    assert set(range(1, 501)) == set(examined)
    assert len(examined) <= 520


def test_a_zombie_has_ended(machine: Machine) -> None:
    session = machine.start(1, CLAUDE)
    assert [1] == machine.sessions()
    session.state = psutil.STATUS_ZOMBIE
    assert [] == machine.sessions()


def test_a_reused_pid_is_another_process(machine: Machine) -> None:
    machine.start(1, CLAUDE)
    assert [1] == machine.sessions()
    machine.start(1, "/usr/bin/vim")
    assert [] == machine.sessions()


@pytest.mark.parametrize(
    "trouble", [psutil.AccessDenied(1), psutil.NoSuchProcess(1), psutil.ZombieProcess(1), PermissionError()]
)
def test_inaccessible_processes_are_skipped(machine: Machine, trouble: Exception) -> None:
    machine.start(1, CLAUDE).trouble = trouble
    machine.start(2, CLAUDE)
    assert [2] == machine.sessions()


def test_an_undecodable_folder_name_is_spelled_as_the_client_does(machine: Machine) -> None:
    machine.start(1, CLAUDE).folder = "/caf\udce9"
    machine.sessions()
    assert ["/caf\ufffd"] == [process.cwd for process in machine.sampler.sample().processes]


def test_sessions_of_other_users_are_skipped(machine: Machine) -> None:
    machine.start(1, CLAUDE).uid = os.getuid() + 1
    assert [] == machine.sessions()


def test_a_registered_process_is_a_session_whatever_its_name(machine: Machine) -> None:
    machine.start(1, "/opt/bin/renamed", age=500)
    assert [] == machine.sessions()
    machine.registered = {1: Record(1, "a", "start  500")}
    assert [1] == machine.sessions()
    machine.registered = {}
    assert [1] == machine.sessions()
    del machine.processes[1]
    assert [] == machine.sessions()


def test_a_record_of_another_process_creates_no_session(machine: Machine) -> None:
    machine.start(1, age=500)
    machine.registered = {1: Record(1, "a", "start 400"), 2: Record(2, "b", "start 500"), 3: Record(3, "c")}
    machine.start(3, age=500)
    assert [] == machine.sessions()


def test_a_process_is_known_by_its_start_in_the_form_of_windows(machine: Machine) -> None:
    machine.has_tokens = False
    machine.start(1, "/opt/renamed", age=500)
    machine.start(2, "/opt/renamed", age=500)
    machine.registered = {
        1: Record(1, "a", process_started_at=500_400),
        2: Record(2, "b", process_started_at=400_000),
    }
    assert [1] == machine.sessions()


def test_a_copy_of_a_session_before_its_exec_is_none(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500).arguments = ["-p"]
    copy = machine.start(2, CLAUDE)
    copy.parent, copy.arguments = 1, ["-p"]
    assert [1] == machine.sessions(after=0.2)
    copy.path, copy.arguments = "/usr/bin/bash", []
    assert [1] == machine.sessions(after=0.2)


def test_arguments_read_after_an_exec_are_not_those_of_the_copy(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500)
    copy = machine.start(2, CLAUDE)
    copy.parent, copy.becomes = 1, "/usr/bin/sleep"
    assert [1] == machine.sessions(after=0.2)


@pytest.mark.parametrize(
    ("path", "arguments"), [(CLAUDE, ["-p", "another"]), ("/opt/bin/claude", ["-p"]), (CLAUDE, [])]
)
def test_a_session_that_a_session_started_is_one_at_once(machine: Machine, path: str, arguments: list[str]) -> None:
    machine.start(1, CLAUDE, age=500).arguments = ["-p"]
    child = machine.start(2, path)
    child.parent, child.arguments = 1, arguments
    assert [1, 2] == machine.sessions(after=0.2)


def test_one_with_equal_arguments_is_one_after_a_second(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500)
    machine.start(2, CLAUDE).parent = 1
    assert [1] == machine.sessions(after=0.9)
    assert [1] == machine.sessions(after=0.9)
    assert [1, 2] == machine.sessions(after=0.2)


def test_one_with_equal_arguments_that_is_not_new_is_one_at_once(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500)
    machine.start(2, CLAUDE, age=3).parent = 1
    assert [1, 2] == machine.sessions()


def test_a_child_whose_parent_is_gone_or_hidden_is_one(machine: Machine) -> None:
    machine.start(1, CLAUDE).parent = 99
    hidden = machine.start(2, CLAUDE)
    machine.start(3, CLAUDE).parent = 2
    hidden.trouble = psutil.AccessDenied(2)
    assert [1, 3] == machine.sessions(after=0.2)


def test_a_real_copy_is_none(tmp_path: Path) -> None:
    """A shell under Claude's name forks for every command, which then is an ordinary one."""
    with Processes(tmp_path) as processes:
        shell = processes.binary("bin/claude", of="dash")
        pid = processes.start(shell, "-c", "while :; do sleep 0.01; done", cwd=tmp_path / "shop")
        sampler = ProcessSampler(time.monotonic, ignores=lambda exe, argv: not exe.startswith(str(tmp_path)))
        wait_until(lambda: sampler.sample().processes, "it is seen")
        seen = {one.pid for _ in range(300) for one in sampler.sample().processes}
    assert {pid} == seen


def test_a_service_is_no_session_until_its_record_says_so(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500)
    machine.start(2, "/opt/worker", age=400)
    spare = {1: Record(1, "a", "start 500", is_session=False), 2: Record(2, "b", "start 600", is_session=False)}
    machine.registered = spare
    assert [] == machine.sessions()
    assert [0, 0] == [load.processes for load in machine.sampler.sample(spare).loads]
    machine.registered = {}
    assert [] == machine.sessions()
    machine.registered = {1: Record(1, "a", "start 500"), 2: Record(2, "b", "start 600")}
    assert [1, 2] == machine.sessions()


def test_a_service_that_ended_says_nothing_of_the_next_process(machine: Machine) -> None:
    machine.start(1, CLAUDE, age=500)
    machine.registered = {1: Record(1, "a", "start 500", is_session=False)}
    assert [] == machine.sessions()
    del machine.processes[1]
    assert [] == machine.sessions()
    machine.start(1, CLAUDE)
    assert [1] == machine.sessions()


def write_record(folder: Path, session: str, pid: int = 7, **more: object) -> Path:
    file = folder / "sessions" / f"{pid}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "sessionId": session, "procStart": "start 1000", **more}))
    return file


@pytest.fixture
def sample(machine: Machine, tmp_path: Path) -> Callable[[], list[str]]:
    """Take a sample; returns the sessions whose process was missed."""
    live = SessionSampler(machine.sampler, lambda: [tmp_path], clock=lambda: machine.now)
    return lambda: [record.session_id for record in live().missed]


def test_a_record_that_came_and_went_without_its_process_was_missed(
    sample: Callable[[], list[str]], tmp_path: Path
) -> None:
    assert [] == sample()
    file = write_record(tmp_path, "a")
    assert [] == sample()
    assert [] == sample()
    file.unlink()
    assert ["a"] == sample()
    assert [] == sample()


def test_a_record_that_was_there_before_the_tracker_was_not(sample: Callable[[], list[str]], tmp_path: Path) -> None:
    file = write_record(tmp_path, "a")
    assert [] == sample()
    file.unlink()
    assert [] == sample()


def test_a_record_whose_process_was_found_was_not(
    machine: Machine, sample: Callable[[], list[str]], tmp_path: Path
) -> None:
    machine.start(7, CLAUDE)
    assert [] == sample()
    file = write_record(tmp_path, "a")
    assert [] == sample()
    del machine.processes[7]
    assert [] == sample()
    file.unlink()
    assert [] == sample()


def test_a_record_in_place_of_another_shows_that_that_one_is_over(
    sample: Callable[[], list[str]], tmp_path: Path
) -> None:
    sample()
    write_record(tmp_path, "a")
    sample()
    write_record(tmp_path, "b", procStart="start 2000")
    assert ["a"] == sample()


def test_of_a_missed_session_the_last_record_counts(sample: Callable[[], list[str]], tmp_path: Path) -> None:
    """After `/clear`, the process is in another session."""
    sample()
    write_record(tmp_path, "a")
    sample()
    file = write_record(tmp_path, "bb")
    sample()
    file.unlink()
    assert ["bb"] == sample()


def test_a_record_that_stayed_for_longer_than_a_minute_was_not(
    machine: Machine, sample: Callable[[], list[str]], tmp_path: Path
) -> None:
    """Its client was killed, or runs in a container that shares the folder."""
    sample()
    files = [write_record(tmp_path, session, pid) for session, pid in (("a", 7), ("b", 8))]
    for seconds, expected in ((59.0, ["a"]), (2.0, [])):
        sample()
        machine.now += seconds
        files.pop(0).unlink()
        assert expected == sample()


def test_a_record_that_came_and_went_between_two_samples_was_missed(machine: Machine, tmp_path: Path) -> None:
    live = SessionSampler(machine.sampler, lambda: [tmp_path], clock=lambda: machine.now)
    live()
    for session, more in (("a", {}), ("b", {"spare": True}), ("c", {"pidDomain": "linux:3d12:pid:[1]"})):
        file = write_record(tmp_path, session, **more)
        live.note_record(str(file))
        file.unlink()
        live.note_record(str(file))
        live.note_record(str(tmp_path / "sessions" / "7.key"))
    assert ["a"] == [record.session_id for record in live().missed]
    assert () == live().missed


def test_a_noted_record_that_is_still_there_was_not_missed(machine: Machine, tmp_path: Path) -> None:
    live = SessionSampler(machine.sampler, lambda: [tmp_path], clock=lambda: machine.now)
    live()
    machine.start(7, CLAUDE)
    file = write_record(tmp_path, "a", procStart="start 1000")
    live.note_record(str(file))
    sample = live()
    assert ([7], ()) == (list(sample.records), sample.missed)
    file.unlink()
    live.note_record(str(file))
    assert () == live().missed


def test_a_service_was_not_missed(sample: Callable[[], list[str]], tmp_path: Path) -> None:
    sample()
    file = write_record(tmp_path, "a", kind="daemon-worker")
    sample()
    file.unlink()
    assert [] == sample()


def test_a_failing_process_list_is_logged_once_and_the_registry_continues(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    def failing() -> list[int]:
        raise PermissionError("no /proc here")

    live = SessionSampler(ProcessSampler(lambda: 0.0, failing), list)
    first, second = live(), live()
    assert None is first.processes is second.processes
    assert [("processes", False), ("registry", True)] == [(one.name, one.success) for one in second.collectors]
    assert ["cannot read the list of processes: no /proc here"] == caplog.messages


def test_the_start_time_has_the_format_of_the_registry() -> None:
    token = start_token(os.getpid())
    assert token is not None
    assert token == start_token(os.getpid())
    assert None is start_token(os.getpid(), "win32")
