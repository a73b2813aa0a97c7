"""Starts programs, waits, and stops them all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from exporter.errors import reason
from exporter.files import open_regular
from exporter.stack.plan import TITLES, Program

STOP_SECONDS = 15.0
"""Longer than any of them takes to write its data."""

HEALTHY = b"claude-tracker is healthy\n"

Say = Callable[[str], None]
Running = list[tuple[Program, subprocess.Popen[bytes]]]


def is_free(port: int) -> bool:
    """Whether the port is free on 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def is_tracker(port: int) -> bool:
    """Whether a tracker answers on the port of 127.0.0.1, and not another program."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as asking:
            asking.sendall(b"GET /-/healthy HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            head = asking.recv(65_536)
            body = head.partition(b"\r\n\r\n")[2] or asking.recv(1_024)
    except OSError:
        return False
    return body == HEALTHY


def run(
    programs: Sequence[Program],
    logs: Path,
    stopped: threading.Event,
    say: Say,
    when_ready: Callable[[], None] = lambda: None,
) -> int:
    """Run them until `stopped` is set or all have ended. Returns how many did not start or ended on their own.

    Each has its own process group, so that only this process receives Ctrl-C. It stops them in reverse order. When all
    answer, it says their addresses and calls `when_ready`.
    """
    running: Running = []
    addresses: dict[str, int] = {}
    try:
        failed = _start_all(programs, logs, running, addresses, say)
        is_ready = False
        while running and not stopped.wait(0.2):
            if not is_ready and not any(map(is_free, addresses.values())):
                is_ready = True
                for line in table(addresses):
                    say(line)
                when_ready()
            failed += _report_ended(logs, running, addresses, say)
    finally:
        for program, process in reversed(running):
            _stop(process)
            say(f"{program.name} stopped")
    return failed


def _start_all(programs: Sequence[Program], logs: Path, running: Running, addresses: dict[str, int], say: Say) -> int:
    """Fill `running` and `addresses` (ports by what is there). Returns how many did not start."""
    failed = 0
    for program in programs:
        if program.port is not None and not is_free(program.port):
            say(f"{program.name} not started: port {program.port} of 127.0.0.1 is in use")
            if program.name == "tracker":  # the command checked that a tracker answers there
                addresses |= program.serves
            continue
        try:
            running.append((program, _start(program, logs / program.log)))
        except OSError as error:
            say(f"{program.name} cannot be started: {reason(error)}")
            failed += 1
            continue
        say(f"{program.name} started")
        addresses |= program.serves
    if not running:
        say("nothing was started")
        failed += 1
    return failed


def _report_ended(logs: Path, running: Running, addresses: dict[str, int], say: Say) -> int:
    """Remove the programs that ended. Returns how many."""
    ended = [(program, process) for program, process in running if process.poll() is not None]
    for program, process in ended:
        log = logs / program.log
        say(f"{program.name} exited with {process.returncode}: {last_line(log)} (log: {log})")
        running.remove((program, process))
        for title in program.serves:
            del addresses[title]
    return len(ended)


def table(addresses: Mapping[str, int]) -> list[str]:
    """Lines with the address of each, which say that they answer."""
    width = max(map(len, TITLES.values()))
    return [*(f"  {title:{width}}  http://127.0.0.1:{port}/" for title, port in addresses.items()), "ready"]


def last_line(log: Path) -> str:
    """The last line of a log."""
    fd, found = open_regular(log)
    try:
        os.lseek(fd, max(0, found.st_size - 2_000), os.SEEK_SET)
        lines = os.read(fd, 2_000).decode(errors="replace").split("\n")
    finally:
        os.close(fd)
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")


def _start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as said:
        return subprocess.Popen(
            program.command,
            env=os.environ | dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
