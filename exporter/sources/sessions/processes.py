"""Claude's processes, found among all of the machine's at almost no cost.

A sample lists the pids and examines few of them: those that are young, since an `exec` keeps pid and start; each
other one once a minute, a share of them at each sample. What the registry tells of is a session whatever its name.
What was found to be a session stays one while it lives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
import psutil

from exporter.domain.health import Load
from exporter.domain.sessions.process import Kind, classify, may_be_claude, named_session, skips_permissions
from exporter.domain.sessions.session import Process

YOUNG_S = 15.0
"""So long a process may still become another by `exec` soon after its start, as launchers do."""
ALL_S = 60.0
"""Within so long every process is examined."""
LOAD_S = 10.0
"""Between looks at memory and CPU time; whether a session lives is asked at each sample."""
_SHARES = 64


class Sampled(msgspec.Struct, frozen=True):
    """The sessions' processes that live now, the oldest first, and what they use by session type."""

    processes: tuple[Process, ...]
    loads: tuple[Load, ...]


class ProcessSampler:
    """Looks at the processes at each `sample`, and remembers what each one is.

    `clock`: seconds that only go forward. `open_process` as `psutil.Process`. `exe_of`: a pid's executable, told
    more cheaply than by opening it. `token_of`: a pid's start, as the registry writes it. Only the user's own
    processes are looked into.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        pids: Callable[[], Iterable[int]] = psutil.pids,
        open_process: Callable[[int], psutil.Process] = psutil.Process,
        exe_of: Callable[[int], str] | None = None,
        platform: str = sys.platform,
        token_of: Callable[[int], str | None] | None = None,
    ) -> None:
        self._clock = clock
        self._token_of = token_of or start_token
        self._exe_of = exe_of or (_link_of_exe if platform == "linux" else lambda pid: open_process(pid).exe())
        self._pids = pids
        self._open = open_process
        self._platform = platform
        self._known: set[int] = set()
        self._young: dict[int, float] = {}
        self._sessions: dict[int, tuple[Process, psutil.Process]] = {}
        self._disbelieved: dict[int, str] = {}
        """By pid, the start that a record tells and the process does not have."""
        self._loads: dict[int, tuple[int, float]] = {}
        self._loaded_at: float | None = None
        self._due = (0, self._clock())

    def sample(self, registered: Mapping[int, str | None] = MappingProxyType({})) -> Sampled:
        """`registered`: by pid, the start that a record of the registry tells.

        Raises OSError or psutil.Error where the processes cannot even be listed.
        """
        listed = set(self._pids())
        now = self._clock()
        for pid in self._known - listed:
            self._young.pop(pid, None)
            self._sessions.pop(pid, None)
            self._disbelieved.pop(pid, None)
        new = listed - self._known
        self._known = listed
        for pid in new:
            self._young[pid] = now + YOUNG_S
        shares = self._shares_due(now)
        due = {pid for pid in listed if pid % _SHARES in shares} if shares else set()
        for pid in (*self._young, *(due - self._young.keys())):
            if pid not in self._sessions:
                self._examine(pid)
        for pid, token in registered.items():
            if token is not None and pid in listed and pid not in self._sessions:
                self._believe(pid, token)
        self._young = {pid: until for pid, until in self._young.items() if until > now}
        return self._told(now)

    def _shares_due(self, now: float) -> set[int]:
        """The shares of the pids to examine now, so that all come in turn within `ALL_S`."""
        last, since = self._due
        count = min(_SHARES, int((now - since) / ALL_S * _SHARES))
        if not count:
            return set()
        self._due = ((last + count) % _SHARES, since + count * ALL_S / _SHARES if count < _SHARES else now)
        return {(last + step) % _SHARES for step in range(count)}

    def _examine(self, pid: int) -> None:
        """See whether it is a session. One that vanished, is a zombie or another user's is none."""
        try:
            exe = self._exe_of(pid)
            if not may_be_claude(exe):
                return
            process = self._open(pid)
            argv = process.cmdline()
            kind = classify(self._platform, exe, argv)
            if kind in (Kind.CODE, Kind.DESKTOP) and _is_own(process):
                self._sessions[pid] = _describe(process, kind, argv, self._token_of(pid)), process
        except (psutil.Error, OSError):
            self._sessions.pop(pid, None)

    def _believe(self, pid: int, token: str) -> None:
        """Take a process for a session because its record says so, if it is the one that the record is of."""
        if self._disbelieved.get(pid) == token:
            return
        try:
            own = self._token_of(pid)
            if own is None:
                return
            process = self._open(pid)
            if own.split() == token.split() and _is_own(process):
                self._sessions[pid] = _describe(process, Kind.CODE, process.cmdline(), own), process
                return
        except (psutil.Error, OSError):
            return
        self._disbelieved[pid] = token

    def _told(self, now: float) -> Sampled:
        """The sessions that still live, and their loads, which are looked at less often."""
        self._sessions = {pid: found for pid, found in self._sessions.items() if self._lives(*found)}
        is_due = self._loaded_at is None or now - self._loaded_at >= LOAD_S
        self._loaded_at = now if is_due else self._loaded_at
        self._loads = {
            pid: _load(handle) if is_due or pid not in self._loads else self._loads[pid]
            for pid, (_, handle) in self._sessions.items()
        }
        processes = sorted((process for process, _ in self._sessions.values()), key=lambda p: (p.started_at, p.pid))
        return Sampled(tuple(processes), tuple(self._load_of(kind) for kind in (Kind.CODE, Kind.DESKTOP)))

    def _lives(self, process: Process, handle: psutil.Process) -> bool:
        """Whether it runs and its pid was not given again; a zombie does not."""
        if self._platform == "linux" and process.start_token is not None:
            stat = _stat(process.pid)
            return stat is not None and stat[0] not in "ZX" and stat[19] == process.start_token
        try:
            return handle.is_running() and handle.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except (psutil.Error, OSError):
            return True

    def _load_of(self, kind: Kind) -> Load:
        own = [self._loads[pid] for pid, (process, _) in self._sessions.items() if process.kind is kind]
        return Load(kind.value, len(own), sum(rss for rss, _ in own), sum(cpu for _, cpu in own))


def _link_of_exe(pid: int) -> str:
    """Linux: the path of the executable, also of one that was replaced since. Raises OSError."""
    return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")


def _is_own(process: psutil.Process) -> bool:
    """Whether it is the user's; where users are not told apart by number, every process that can be looked into is."""
    return sys.platform == "win32" or process.uids().real == os.getuid()


def _describe(process: psutil.Process, kind: Kind, argv: list[str], token: str | None) -> Process:
    try:
        # A name that is no text is spelled as its client, which writes JSON, spells it.
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
        named_session(argv),
    )


def _load(handle: psutil.Process) -> tuple[int, float]:
    """Bytes resident and seconds of CPU; nothing of one that ends meanwhile or does not tell."""
    try:
        with handle.oneshot():
            cpu = handle.cpu_times()
            return handle.memory_info().rss, cpu.user + cpu.system
    except (psutil.Error, OSError):
        return 0, 0.0


def _stat(pid: int) -> list[str] | None:
    """Linux: the fields of `/proc/<pid>/stat` from the third on, the state; None once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def start_token(pid: int, platform: str = sys.platform) -> str | None:
    """A process's start as Claude Code's registry writes it: clock ticks since boot on Linux, else as `ps` says."""
    try:
        if platform == "linux":
            return stat[19] if (stat := _stat(pid)) else None
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
    except (OSError, subprocess.SubprocessError):
        return None
