"""A real Prometheus of the test's own, and queries to it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from support.processes import wait_until
from support.services import free_port, require_program


class Series(NamedTuple):
    """The raw samples of one series: times in ms, values."""

    times: list[int]
    values: list[float]


class Prometheus:
    """A Prometheus of the test's own that scrapes one port every second."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._url = f"http://127.0.0.1:{port}"

    def _ask(self, path: str, **parameters: str) -> Any:
        try:
            with urllib.request.urlopen(f"{self._url}{path}?{urllib.parse.urlencode(parameters)}") as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (400, 422):
                raise
            raise AssertionError(f"{error.read().decode()}\n{parameters}") from error

    @property
    def url(self) -> str:
        return self._url

    def is_ready(self) -> bool:
        return is_ready(self._port)

    def alerts(self) -> set[tuple[str, str]]:
        """Names and states of what is pending or fires."""
        found = self._ask("/api/v1/alerts")["data"]["alerts"]
        return {(alert["labels"]["alertname"], alert["state"]) for alert in found}

    def firing(self) -> list[dict[str, str]]:
        """The labels of what fires."""
        found = self._ask("/api/v1/alerts")["data"]["alerts"]
        return [alert["labels"] for alert in found if alert["state"] == "firing"]

    def query(self, expression: str, at_ms: int | None = None) -> list[Any]:
        moment = {"time": f"{at_ms / 1000:.3f}"} if at_ms is not None else {}
        found: list[Any] = self._ask("/api/v1/query", query=expression, **moment)["data"]["result"]
        return found

    def value(self, expression: str, at_ms: int | None = None) -> float | None:
        """The value of an expression with one result, None without any."""
        result = self.query(expression, at_ms)
        return float(result[0]["value"][1]) if result else None

    def range(self, expression: str, start: int, end: int, step: int) -> list[Any]:
        """Its values every `step` s from `start` to `end` (s), 11,000 at most."""
        moments = {"start": str(start), "end": str(end), "step": str(step)}
        found: list[Any] = self._ask("/api/v1/query_range", query=expression, **moments)["data"]["result"]
        return found

    def series(self, selector: str) -> Series:
        """Everything scraped of one series."""
        result = self.query(f"{selector}[10m]")
        assert 1 == len(result), result
        values = result[0]["values"]
        return Series([round(float(time) * 1000) for time, _ in values], [float(value) for _, value in values])

    def everything(self, length: int, until: int) -> list[Any]:
        """All samples of the last `length` s before `until` (s): each series with its `metric` and its `values`."""
        return self.query(f'{{__name__=~".+"}}[{length}s]', until * 1_000)

    def over_all(self, function: str, selector: str) -> float | None:
        """A range function over exactly what was scraped: a range from the first sample to the last is not
        extrapolated, so `increase()` is exact."""
        times = self.series(selector).times
        return self.value(f"{function}({selector}[{times[-1] - times[0]}ms])", times[-1])


class Scraped(NamedTuple):
    """A Prometheus, and when (s) it had scraped everything: later queries would miss what was busy then."""

    server: Prometheus
    until: int

    @classmethod
    def now(cls, server: Prometheus, job: str = "claude-tracker") -> Self:
        """Once the next scrape of this job is there: one that began before may not be, however early it began."""
        until = int(time.time())
        wait_until(lambda: (server.value(f'timestamp(up{{job="{job}"}})') or 0) > until, "everything is scraped")
        return cls(server, until)


@contextmanager
def prometheus(folder: Path, target: int, *flags: str) -> Iterator[Prometheus]:
    """A Prometheus in this folder that scrapes the port `target`."""
    with running_prometheus(folder, _scraping(target), *flags) as server:
        yield server


def _scraping(target: int) -> str:
    return (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        f"scrape_configs: [{{job_name: claude-tracker, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n"
    )


@contextmanager
def running_prometheus(folder: Path, config: str, *flags: str) -> Iterator[Prometheus]:
    """A Prometheus in this folder, with this configuration; over `data` in it, where that is."""
    folder.mkdir(exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    arguments = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *flags,
    ]
    with running_program(folder / "log", require_program("prometheus"), *arguments):
        server = Prometheus(port)
        wait_until(server.is_ready, "Prometheus is ready")
        yield server


@contextmanager
def running_victoria(folder: Path, target: int) -> Iterator[Prometheus]:
    """A VictoriaMetrics in this folder that scrapes the port `target`; it has the query API of Prometheus."""
    folder.mkdir(exist_ok=True)
    (folder / "scrape.yml").write_text(_scraping(target))
    port = free_port()
    arguments = [
        f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        f"-promscrape.config={folder / 'scrape.yml'}",
        "-retentionPeriod=10y",
        "-search.latencyOffset=0s",
    ]
    with running_program(folder / "log", require_program("victoria-metrics"), *arguments) as process:
        server = Prometheus(port)
        wait_until(server.is_ready, "VictoriaMetrics is ready")
        yield server
        process.terminate()  # otherwise it loses the samples of the last seconds
        process.wait()


@contextmanager
def running_alertmanager(folder: Path, config: str) -> Iterator[int]:
    """An Alertmanager in a new folder, with this configuration; its port."""
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(config)
    port = free_port()
    arguments = [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with running_program(folder / "log", require_program("alertmanager"), *arguments):
        wait_until(lambda: is_ready(port), "Alertmanager is ready")
        yield port


@contextmanager
def running_program(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_ready(port: int) -> bool:
    """Whether a server of Prometheus's kind answers."""
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready").status == 200)
    except OSError:
        return False
