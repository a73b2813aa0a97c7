"""The command as a user runs it: a process of its own, in a group that can be ended together."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import psutil
import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from support.services import PROJECT, free_port, require_program

T = TypeVar("T")

SECONDS = 20.0
"""Nothing that is waited for takes longer, also on a busy machine."""

Samples = dict[tuple[str, tuple[str, ...]], float]
"""Values by sample name without `claude_tracker_`, and label values in the order of their labels' names."""


def wait_until(condition: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
    """The first true answer of `condition`; fails after `seconds`. It is checked every few milliseconds, and the less
    often the longer it takes, so that the checks leave the machine to what is waited for.
    """
    started = time.monotonic()
    while not (answer := condition()):
        elapsed = time.monotonic() - started
        if elapsed > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(max(0.005, min(elapsed / 20, 0.1)))
    return answer


def command_line(*args: str | Path) -> list[str]:
    return [sys.executable, "-m", "exporter", *map(str, args)]


def without_root_powers() -> list[str]:
    """What to put before a command so that file modes hold for it, also where the tests run as root."""
    if os.geteuid() != 0:
        return []
    return [require_program("setpriv"), "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(PROJECT)} | dict(more)


def runs(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Outcome(NamedTuple):
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str


def run_command(
    *args: str | Path, prefix: Sequence[str] = (), cwd: Path | None = None, stdin: str = "", **environment: str
) -> Outcome:
    """Run a command of the tracker to its end. `stdin`: its standard input."""
    done = subprocess.run(
        [*prefix, *command_line(*args)],
        env=_environment(environment),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def status_json(database: Path, *args: str | Path, prefix: Sequence[str] = ()) -> dict[str, Any]:
    """The snapshot that `status` prints."""
    outcome = run_command("status", "--json", "--database", database, *args, prefix=prefix)
    assert 0 == outcome.code, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


class Process:
    """A command that runs until it is ended. What it says on standard error is kept in `log`."""

    def __init__(self, log: Path, *args: str | Path, prefix: Sequence[str] = (), **environment: str) -> None:
        self._log = log
        with log.open("ab") as stderr:
            self._popen = subprocess.Popen(
                [*prefix, *command_line(*args)],
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def said(self) -> str:
        """Standard error so far, of every run with the same log."""
        return self._log.read_text()

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def send_to_group(self, number: signal.Signals) -> None:
        """To the whole group, as a terminal sends it."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the whole group without a chance to tidy up."""
        with suppress(ProcessLookupError):
            self.send_to_group(signal.SIGKILL)
        self._popen.wait(SECONDS)

    def wait(self, seconds: float = SECONDS) -> int:
        """The exit code; negative for the signal that ended it."""
        return self._popen.wait(seconds)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """End it by a signal to its main process: the exit code, and how many seconds it took."""
        started = time.monotonic()
        os.kill(self.pid, number)
        return self.wait(), time.monotonic() - started

    def children(self, *, recursive: bool = False) -> list[int]:
        """The processes it started itself: of `run` the one that serves. `recursive`: and those that they started."""
        try:
            return [child.pid for child in psutil.Process(self.pid).children(recursive)]
        except psutil.NoSuchProcess:
            return []


class Answer(NamedTuple):
    """What the server answered; 0 where it refused the connection or broke it off."""

    status: int
    text: str
    headers: Mapping[str, str]


class Server(Process):
    """`claude-tracker run`, or `serve`, on a port of its own."""

    def __init__(
        self,
        folder: Path,
        *args: str | Path,
        port: int | None = None,
        database: Path | None = None,
        prefix: Sequence[str] = (),
        command: str = "run",
        **environment: str,
    ) -> None:
        self.port = port or free_port()
        self.database = database or folder / "tracker.db"
        listen = f"127.0.0.1:{self.port}"
        options: list[str | Path] = [command, "--database", self.database, "--listen", listen]
        super().__init__(folder / f"{command}.log", *options, *args, prefix=prefix, **environment)

    def post(self, path: str, body: str) -> Answer:
        """Send JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("POST", path, body, {"Connection": "close", "Content-Type": "application/json"})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.getheaders()))
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("GET", path, headers={"Connection": "close", **headers})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.getheaders()))
        except (OSError, http.client.HTTPException):
            return Answer(0, "", {})
        finally:
            connection.close()

    def is_ready(self) -> bool:
        if self.has_ended():
            pytest.fail(f"run ended with {self.wait()}:\n{self.said}")
        return self.get("/-/ready").status == 200

    def wait_ready(self) -> Self:
        wait_until(self.is_ready, "the server is ready")
        return self

    def samples(self) -> Samples:
        """What `/metrics` says now."""
        answer = self.get("/metrics")
        assert 200 == answer.status, answer.text
        return samples_of(answer.text)


def samples_of(exposition: str) -> Samples:
    """The samples of a text exposition."""
    return samples_in(text_string_to_metric_families(exposition))


def samples_in(families: Iterable[Metric]) -> Samples:
    return {
        (sample.name.removeprefix("claude_tracker_"), tuple(value for _, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in families
        for sample in family.samples
    }


def total_of(samples: Samples, name: str) -> float:
    """The sum over the label sets of one sample name."""
    return sum(value for (found, _), value in samples.items() if found == name)
