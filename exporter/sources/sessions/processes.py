"""Finds Claude's processes among all processes of the machine, at almost no cost.

A sample lists the pids and examines only a few: young processes, because an `exec` keeps pid and start time, and a
share of the others, so that each is examined once a minute. A process in the registry is a session whatever its
name, unless its record says that it is none. A process recognized as a session stays one as long as it lives.
Before Claude Code runs a tool it copies itself: for some ms, a child has its executable and arguments.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec
import psutil

from exporter.domain.health import Load
from exporter.domain.limits.asking import is_asking
from exporter.domain.sessions.process import Kind, classify, may_be_claude, parse_session_id, skips_permissions
from exporter.domain.sessions.session import Process, Record, is_record_of
from exporter.sources.sessions.process_start import read_stat, start_token

YOUNG_S = 15.0
"""For this long after its start, a process may still turn into another by `exec`, as launchers do."""
FULL_SCAN_S = 60.0
"""Every process is examined within this time."""
COPY_S = 1.0
"""A child like its parent is none of its copies any more this long after it was first seen."""
NEW_S = 3.0
"""An older process was no copy of its parent when it was first seen. Its start may be a second off."""
LOAD_S = 10.0
"""The interval for memory and CPU time. Whether a session is alive is checked at each sample."""
_SHARES = 64


class SampledProcesses(msgspec.Struct, frozen=True):
    """The running session processes, the oldest first, and their resource usage by session type."""

    processes: tuple[Process, ...]
    loads: tuple[Load, ...]


class ProcessSampler:
    """Takes samples of the processes, and remembers what each one is.

    `clock`: monotonic seconds. `open_process`: like `psutil.Process`. `exe_of`: returns a pid's executable, at a
    lower cost than opening the process. `token_of`: returns a pid's start as the registry writes it. `ignores`: by
    executable and arguments. `wall`: seconds since 1970. Only the user's own processes are examined.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        pids: Callable[[], Iterable[int]] = psutil.pids,
        open_process: Callable[[int], psutil.Process] = psutil.Process,
        exe_of: Callable[[int], str] | None = None,
        platform: str = sys.platform,
        token_of: Callable[[int], str | None] | None = None,
        ignores: Callable[[str, Sequence[str]], bool] = lambda exe, argv: False,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._clock = clock
        self._token_of = token_of or start_token
        self._ignores = ignores
        self._exe_of = exe_of or (_read_exe_link if platform == "linux" else lambda pid: open_process(pid).exe())
        self._pids = pids
        self._open = open_process
        self._platform = platform
        self._known: set[int] = set()
        self._young: dict[int, float] = {}
        self._sessions: dict[int, tuple[Process, psutil.Process]] = {}
        self._mismatched: dict[int, object] = {}
        """By pid, the start in a registry record that does not match the process."""
        self._services: dict[int, Process] = {}
        """Processes that are no sessions by their records, which they may remove before they end."""
        self._loads: dict[int, tuple[int, float]] = {}
        self._loaded_at: float | None = None
        self._due = (0, self._clock())

    def sample(self, registered: Mapping[int, Record] = MappingProxyType({})) -> SampledProcesses:
        """Take a sample. `registered`: the records of the registry by pid.

        Raises OSError or psutil.Error if the processes cannot be listed.
        """
        listed = set(self._pids())
        now = self._clock()
        for pid in self._known - listed:
            self._young.pop(pid, None)
            self._sessions.pop(pid, None)
            self._mismatched.pop(pid, None)
            self._services.pop(pid, None)
        new = listed - self._known
        self._known = listed
        for pid in new:
            self._young[pid] = now + YOUNG_S
        shares = self._shares_due(now)
        due = {pid for pid in listed if pid % _SHARES in shares} if shares else set()
        for pid in (*self._young, *(due - self._young.keys())):
            if pid not in self._sessions:
                self._examine(pid)
        for pid, record in registered.items():
            if record.of_process[1] is not None and pid in listed and pid not in self._sessions:
                self._accept_registered(pid, record)
            self._note_service(pid, record)
        self._young = {pid: until for pid, until in self._young.items() if until > now}
        return self._build_sample(now)

    def _shares_due(self, now: float) -> set[int]:
        """The shares of the pids to examine now, so that all are examined within `FULL_SCAN_S`."""
        last, since = self._due
        count = min(_SHARES, int((now - since) / FULL_SCAN_S * _SHARES))
        if not count:
            return set()
        self._due = ((last + count) % _SHARES, since + count * FULL_SCAN_S / _SHARES if count < _SHARES else now)
        return {(last + step) % _SHARES for step in range(count)}

    def _examine(self, pid: int) -> None:
        """Check whether a process is a session. One that vanished, is a zombie or belongs to another user is not."""
        try:
            exe = self._exe_of(pid)
            if not may_be_claude(exe):
                return
            process = self._open(pid)
            argv = process.cmdline()
            if self._exe_of(pid) != exe:  # became another program: whose arguments these are is not known
                return
            kind = classify(self._platform, exe, argv)
            if kind not in (Kind.CODE, Kind.DESKTOP) or self._ignores(exe, argv) or not _is_own(process):
                return
            if kind is Kind.DESKTOP or not self._is_copy(process, exe, argv):
                described = _describe(process, kind, argv, self._token_of(pid))
                if not is_asking(described.cwd):
                    self._sessions[pid] = described, process
        except (psutil.Error, OSError):
            self._sessions.pop(pid, None)

    def _is_copy(self, process: psutil.Process, exe: str, argv: list[str]) -> bool:
        """Whether a process just began as a copy of its parent, and has not become what it is for yet."""
        first_seen = self._young.get(process.pid, 0.0) - YOUNG_S
        if self._clock() - first_seen >= COPY_S or abs(self._wall() - process.create_time()) >= NEW_S:
            return False
        parent = process.ppid()
        try:
            return self._exe_of(parent) == exe and self._open(parent).cmdline() == argv
        except (psutil.Error, OSError):  # of another user, or gone
            return False

    def _accept_registered(self, pid: int, record: Record) -> None:
        """Accept a process as a session because of its registry record, if the record is of this process."""
        if self._mismatched.get(pid) == record.of_process:
            return
        try:
            token = self._token_of(pid)
            if token is None and record.process_started_at is None:
                return
            process = self._open(pid)
            described = _describe(process, Kind.CODE, process.cmdline(), token)
            if is_record_of(record, described) and _is_own(process):
                self._sessions[pid] = described, process
                return
        except (psutil.Error, OSError):
            return
        self._mismatched[pid] = record.of_process

    def _note_service(self, pid: int, record: Record) -> None:
        """Remember that a process is not a session, until its record says otherwise."""
        found = self._sessions.get(pid)
        if found is not None and is_record_of(record, found[0]):
            if record.is_session:
                self._services.pop(pid, None)
            else:
                self._services[pid] = found[0]

    def _build_sample(self, now: float) -> SampledProcesses:
        """The sessions that are still alive, and their loads, which are updated less often."""
        self._sessions = {pid: found for pid, found in self._sessions.items() if self._is_alive(*found)}
        is_due = self._loaded_at is None or now - self._loaded_at >= LOAD_S
        self._loaded_at = now if is_due else self._loaded_at
        self._loads = {
            pid: _load(handle) if is_due or pid not in self._loads else self._loads[pid]
            for pid, (process, handle) in self._sessions.items()
            if self._services.get(pid) != process
        }
        found = (process for process, _ in self._sessions.values() if process.pid in self._loads)
        processes = sorted(found, key=lambda p: (p.started_at, p.pid))
        return SampledProcesses(tuple(processes), tuple(self._load_of(kind) for kind in (Kind.CODE, Kind.DESKTOP)))

    def _is_alive(self, process: Process, handle: psutil.Process) -> bool:
        """Whether the process still runs and its pid was not reused. A zombie does not run."""
        if self._platform == "linux" and process.start_token is not None:
            stat = read_stat(process.pid)
            return stat is not None and stat[0] not in "ZX" and stat[19] == process.start_token
        try:
            return handle.is_running() and handle.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except (psutil.Error, OSError):
            return True

    def _load_of(self, kind: Kind) -> Load:
        own = [load for pid, load in self._loads.items() if self._sessions[pid][0].kind is kind]
        return Load(kind.value, len(own), sum(rss for rss, _ in own), sum(cpu for _, cpu in own))


def _read_exe_link(pid: int) -> str:
    """Linux: the path of the executable, even if it was replaced since. Raises OSError."""
    return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")


def _is_own(process: psutil.Process) -> bool:
    """Whether the process belongs to the user. On Windows, every accessible process counts as the user's."""
    return sys.platform == "win32" or process.uids().real == os.getuid()


def _describe(process: psutil.Process, kind: Kind, argv: list[str], token: str | None) -> Process:
    try:
        # A name that is not valid UTF-8 is replaced as the client replaces it in JSON.
        cwd = os.fsencode(process.cwd()).decode("utf-8", "replace") or None
    except (psutil.AccessDenied, OSError):
        cwd = None
    return Process(
        process.pid,
        round(process.create_time() * 1000),
        kind,
        token,
        cwd,
        skips_permissions(argv),
        parse_session_id(argv),
    )


def _load(handle: psutil.Process) -> tuple[int, float]:
    """Resident bytes and CPU seconds; zeros if the process ended meanwhile or denies access."""
    try:
        with handle.oneshot():
            cpu = handle.cpu_times()
            return handle.memory_info().rss, cpu.user + cpu.system
    except (psutil.Error, OSError):
        return 0, 0.0
