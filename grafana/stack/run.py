"""Starts programs, waits, and stops them all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from exporter.errors import reason
from grafana.stack.plan import Program

STOP_SECONDS = 15.0
"""Longer than any of them takes to write its data."""

HEALTHY = b"claude-tracker is healthy\n"

Say = Callable[[str], None]


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


def run(programs: Sequence[Program], logs: Path, stopped: threading.Event, say: Say) -> int:
    """Run them until `stopped` is set or all have ended. Returns how many did not start or ended on their own.

    Each has its own process group, so that only this process receives Ctrl-C. It stops them in reverse order.
    """
    running: list[tuple[Program, subprocess.Popen[bytes]]] = []
    failed = 0
    try:
        for program in programs:
            if program.port is not None and not is_free(program.port):
                say(f"{program.name} not started: port {program.port} of 127.0.0.1 is in use")
                continue
            try:
                running.append((program, _start(program, logs / program.log)))
            except OSError as error:
                say(f"{program.name} cannot be started: {reason(error)}")
                failed += 1
                continue
            address = f" on http://127.0.0.1:{program.port}/" if program.port else ""
            say(f"{program.name} started{address}")
        if not running:
            say("nothing was started")
            failed += 1
        while running and not stopped.wait(0.2):
            for program, process in list(running):
                if process.poll() is not None:
                    log = logs / program.log
                    say(f"{program.name} exited with {process.returncode}: {last_line(log)} (log: {log})")
                    running.remove((program, process))
                    failed += 1
    finally:
        for program, process in reversed(running):
            _stop(process)
            say(f"{program.name} stopped")
    return failed


def last_line(log: Path) -> str:
    """The last line of a log."""
    with log.open("rb") as said:
        said.seek(max(0, log.stat().st_size - 2_000))
        lines = said.read().decode(errors="replace").split("\n")
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
