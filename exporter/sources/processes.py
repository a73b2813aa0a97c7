"""Claude's processes, found among all of the machine's at almost no cost.

A sample lists the pids and examines few of them: those that are young, since an `exec` keeps pid and start; each
other one once a minute, a share of them at each sample. What was found to be a session stays one while it lives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import psutil

from exporter.domain.health import Load
from exporter.domain.process import Kind, classify, may_be_claude, named_session, skips_permissions
from exporter.domain.session import Process

YOUNG_S = 15.0
"""So long a process may still become another by `exec` soon after its start, as launchers do."""
ALL_S = 60.0
"""Within so long every process is examined."""
_SHARES = 64


class Sampled(msgspec.Struct, frozen=True):
    """The sessions' processes that live now, the oldest first, and what they use by session type."""

    processes: tuple[Process, ...]
    loads: tuple[Load, ...]


class ProcessSampler:
    """Looks at the processes at each `sample`, and remembers what each one is.

    `clock`: seconds that only go forward. `wall`: the time now, seconds. `open_process` as `psutil.Process`.
    Only the user's own processes are looked into.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        wall: Callable[[], float],
        pids: Callable[[], Iterable[int]] = psutil.pids,
        open_process: Callable[[int], psutil.Process] = psutil.Process,
        platform: str = sys.platform,
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._pids = pids
        self._open = open_process
        self._platform = platform
        self._known: set[int] = set()
        self._young: dict[int, float] = {}
        self._sessions: dict[int, tuple[Process, psutil.Process]] = {}
        self._due = (0, self._clock())

    def sample(self) -> Sampled:
        """Raises OSError or psutil.Error where the processes cannot even be listed."""
        listed = set(self._pids())
        now, wall = self._clock(), self._wall()
        for pid in self._known - listed:
            self._young.pop(pid, None)
            self._sessions.pop(pid, None)
        new = listed - self._known
        self._known = listed
        for pid in new:
            self._young[pid] = now + YOUNG_S
        shares = self._shares_due(now)
        due = {pid for pid in listed if pid % _SHARES in shares} if shares else set()
        for pid in (*self._young, *(due - self._young.keys())):
            if pid not in self._sessions:
                self._examine(pid, wall)
        self._young = {pid: until for pid, until in self._young.items() if until > now}
        return self._told()

    def _shares_due(self, now: float) -> set[int]:
        """The shares of the pids to examine now, so that all come in turn within `ALL_S`."""
        last, since = self._due
        count = min(_SHARES, int((now - since) / ALL_S * _SHARES))
        if not count:
            return set()
        self._due = ((last + count) % _SHARES, since + count * ALL_S / _SHARES if count < _SHARES else now)
        return {(last + step) % _SHARES for step in range(count)}

    def _examine(self, pid: int, wall: float) -> None:
        """See whether it is a session. One that vanished, is a zombie or another user's is none."""
        try:
            process = self._open(pid)
            exe = process.exe()
            if not may_be_claude(exe):
                if wall - process.create_time() > YOUNG_S:
                    self._young.pop(pid, None)
                return
            argv = process.cmdline()
            kind = classify(self._platform, exe, argv)
            if kind in (Kind.CODE, Kind.DESKTOP) and _is_own(process):
                self._sessions[pid] = _describe(process, kind, argv), process
        except (psutil.Error, OSError):
            self._sessions.pop(pid, None)

    def _told(self) -> Sampled:
        """The sessions that still live, and their loads."""
        loads: defaultdict[Kind, list[tuple[int, float]]] = defaultdict(list)
        living = []
        for pid, (process, handle) in list(self._sessions.items()):
            load = _load(handle)
            if load is None:
                del self._sessions[pid]
            else:
                loads[process.kind].append(load)
                living.append(process)
        return Sampled(
            tuple(sorted(living, key=lambda one: (one.started_at, one.pid))),
            tuple(
                Load(
                    kind.value, len(loads[kind]), sum(rss for rss, _ in loads[kind]), sum(cpu for _, cpu in loads[kind])
                )
                for kind in (Kind.CODE, Kind.DESKTOP)
            ),
        )


def _is_own(process: psutil.Process) -> bool:
    """Whether it is the user's; where users are not told apart by number, every process that can be looked into is."""
    return sys.platform == "win32" or process.uids().real == os.getuid()


def _describe(process: psutil.Process, kind: Kind, argv: list[str]) -> Process:
    try:
        cwd = process.cwd() or None
    except (psutil.AccessDenied, OSError):
        cwd = None
    return Process(
        process.pid,
        round(process.create_time() * 1000),
        kind,
        start_token(process.pid),
        cwd,
        skips_permissions(argv),
        named_session(argv),
    )


def _load(handle: psutil.Process) -> tuple[int, float] | None:
    """Bytes resident and seconds of CPU; None once it has ended, also if its pid was given again."""
    try:
        if not handle.is_running():
            return None
        with handle.oneshot():
            if handle.status() == psutil.STATUS_ZOMBIE:
                return None
            cpu = handle.cpu_times()
            return handle.memory_info().rss, cpu.user + cpu.system
    except psutil.NoSuchProcess:
        return None
    except (psutil.Error, OSError):
        return 0, 0.0


def start_token(pid: int, platform: str = sys.platform) -> str | None:
    """A process's start as Claude Code's registry writes it: clock ticks since boot on Linux, else as `ps` says."""
    try:
        if platform == "linux":
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        if platform == "win32":
            return None
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            env={"PATH": os.environ.get("PATH", "/bin:/usr/bin"), "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        return told.stdout.strip() or None
    except (OSError, IndexError, subprocess.SubprocessError):
        return None
