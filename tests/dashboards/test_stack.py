"""`claude-tracker stack`: what it starts with which programs, and that it starts and stops for real."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
import pytest
import yaml

from exporter.domain.calendar.timestamp import DAY
from exporter.stack.plan import Plan, Ports, Program, files, plan
from exporter.stack.run import is_free, is_tracker, run, table
from support.processes import SECONDS, Server, runs, wait_until
from support.prometheus import Prometheus
from support.services import PROJECT, free_port, require_program

pytestmark = pytest.mark.server

PORTS = Ports(1, 2, 3, 4)
DATA = Path("/data")
ALL = {"prometheus": "/bin/prometheus", "prometheus-alertmanager": "/bin/prometheus-alertmanager"}


def planned(found: dict[str, str], docker: str | None = None) -> Plan:
    return plan(DATA, PORTS, None, ["--no-processes"], found.get, lambda: docker)


def test_installed_programs_are_used(tmp_path: Path) -> None:
    (tmp_path / "share" / "grafana" / "public").mkdir(parents=True)
    grafana = str(tmp_path / "bin" / "grafana")
    tracker, prometheus, alertmanager, shown = planned(ALL | {"grafana": grafana}).programs
    assert ["run", "--listen", "127.0.0.1:1", "--no-processes"] == list(tracker.command[4:])
    assert [
        "/bin/prometheus", "--config.file=/data/prometheus.yml", "--storage.tsdb.path=/data/prometheus",
        "--storage.tsdb.retention.time=400d", "--web.listen-address=127.0.0.1:2",
    ] == prometheus.command  # fmt: skip
    assert [
        "/bin/prometheus-alertmanager", "--config.file=/data/alertmanager.yml", "--storage.path=/data/alertmanager",
        "--web.listen-address=127.0.0.1:3", "--cluster.listen-address=",
    ] == alertmanager.command  # fmt: skip
    assert [grafana, "server", "--homepath", str(tmp_path / "share" / "grafana")] == shown.command
    assert "http://127.0.0.1:2" == shown.environment["CLAUDE_TRACKER_PROMETHEUS_URL"]
    assert str(PROJECT / "grafana" / "provisioning") == shown.environment["GF_PATHS_PROVISIONING"]
    assert "127.0.0.1" == shown.environment["GF_SERVER_HTTP_ADDR"]


def test_docker_runs_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    found = planned({"prometheus": "/bin/prometheus"}, "/bin/docker")
    assert ["tracker", "prometheus", "alertmanager, grafana in Docker"] == [one.name for one in found.programs]
    assert ["--profile", "linux", "up", "--no-deps", "alertmanager-linux", "grafana-linux"] == list(
        found.programs[-1].command[4:]
    )
    monkeypatch.setattr(sys, "platform", "darwin")
    tracker, _, _ = planned({"prometheus": "/bin/prometheus"}, "/bin/docker").programs
    assert "host.docker.internal" in tracker.command


def test_the_configuration_file_is_the_trackers_too() -> None:
    tracker = plan(DATA, PORTS, Path("/etc/mine.toml"), [], ALL.get, lambda: None).programs[0]
    assert ["-P", "-m", "exporter", "--config", "/etc/mine.toml", "run", "--listen", "127.0.0.1:1"] == tracker.command[
        1:
    ]


def test_docker_serves_on_its_own_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    found = planned({"prometheus": "/bin/prometheus"}, "/bin/docker").programs[-1]
    assert {"Alertmanager": 9093, "Grafana": 3000} == found.serves
    assert ["  Alertmanager    http://127.0.0.1:9093/", "  Grafana         http://127.0.0.1:3000/", "ready"] == table(
        found.serves
    )


def test_a_missing_program_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert ["grafana is not installed: install your system's package of it, or Docker"] == planned(ALL).missing
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ["grafana is not installed: brew install grafana, or install Docker"] == planned(ALL).missing


def test_the_configurations_agree() -> None:
    written = files(PORTS, DATA)
    config = yaml.safe_load(written["prometheus.yml"])
    assert ["/data/rules/*.yml"] == config["rule_files"]
    assert ["127.0.0.1:1"] == config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert ["127.0.0.1:3"] == config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    receiver = yaml.safe_load(written["alertmanager.yml"])["receivers"][0]
    assert "http://127.0.0.1:1/api/alerts" == receiver["webhook_configs"][0]["url"]


def test_dashboards_and_rules_lead_to_the_stacks_own_tracker() -> None:
    written = files(PORTS, DATA)
    assert {
        "prometheus.yml", "alertmanager.yml", "rules/alerts.yml", "rules/recording.yml", "dashboards/overview.json",
        "dashboards/limits.json", "dashboards/usage.json", "dashboards/sessions.json", "dashboards/health.json",
        "dashboards/team.json",
    } == written.keys()  # fmt: skip
    assert not [name for name, text in written.items() if "127.0.0.1:3001" in text]
    assert "runbook_url: http://127.0.0.1:1/runbook#claudelimithit" in written["rules/alerts.yml"]
    page = json.loads(written["dashboards/overview.json"])["templating"]["list"][-1]
    assert ("page", "http://127.0.0.1:1") == (page["name"], page["query"])


class Stack:
    """A running stack, and what it says."""

    def __init__(
        self, folder: Path, programs: Path, log: str = "log", tracker: int | None = None, *, demo: bool = False
    ) -> None:
        self.ports = Ports(*(free_port() for _ in Ports()))._replace(tracker=tracker or free_port())
        names = ("port", "prometheus-port", "alertmanager-port", "grafana-port")
        options = [f"--{name}={port}" for name, port in zip(names, self.ports, strict=True)]
        data = folder / "a folder with spaces"
        command = [sys.executable, "-m", "exporter", "stack", "--data", str(data), *options]
        self._log = folder / log
        with self._log.open("wb") as said:
            more = ["--demo", "--days=3"] if demo else ["--database", str(folder / "tracker.db")]
            self.process = subprocess.Popen(
                [*command, *more],
                env=os.environ | {"PATH": str(programs), "PYTHONPATH": str(PROJECT), "TMPDIR": str(folder)},
                stderr=said,
            )

    def said(self) -> str:
        return self._log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(SECONDS)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Prometheus and Alertmanager, but neither Grafana nor Docker."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("prometheus", "alertmanager"):
        (folder / name).symlink_to(require_program(name))
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_it_starts_what_is_installed_reports_the_rest_and_stops_cleanly(
    tmp_path: Path, programs: Path, number: signal.Signals
) -> None:
    with Stack(tmp_path, programs) as stack:
        wait_until(lambda: "stack: ready" in stack.said(), "all")
        assert stack.said().startswith("stack: grafana is not installed: ")
        assert [
            f"stack:   claude-tracker  http://127.0.0.1:{stack.ports.tracker}/",
            f"stack:   Prometheus      http://127.0.0.1:{stack.ports.prometheus}/",
            f"stack:   Alertmanager    http://127.0.0.1:{stack.ports.alertmanager}/",
            "stack: ready",
        ] == stack.said().splitlines()[-4:]
        prometheus = Prometheus(stack.ports.prometheus)
        wait_until(prometheus.is_ready, "Prometheus is ready")
        wait_until(lambda: prometheus.value("claude_tracker_build_info"), "the tracker is scraped", 60)
        children = [child.pid for child in psutil.Process(stack.process.pid).children(recursive=True)]
        assert 3 <= len(children)
        stack.process.send_signal(number)
        assert 0 == stack.process.wait(SECONDS)
        assert [] == [pid for pid in children if runs(pid)]
        assert ["alertmanager", "prometheus", "tracker"] == [
            line.split()[1] for line in stack.said().splitlines() if line.endswith(" stopped")
        ]


def test_with_the_demo_its_history_is_in_prometheus(tmp_path: Path, programs: Path) -> None:
    (programs / "promtool").symlink_to(require_program("promtool"))
    with Stack(tmp_path, programs, demo=True) as stack:
        wait_until(
            lambda: "stack: the demo's history is in Prometheus's data" in stack.said(), "the history is loaded", 90
        )
        blocks = tmp_path.glob("a folder with spaces/prometheus/*/meta.json")
        begins = min(json.loads(file.read_text())["minTime"] for file in blocks)
        assert 2 * DAY < time.time() * 1_000 - begins < 4 * DAY
        stack.process.send_signal(signal.SIGINT)
        assert 0 == stack.process.wait(SECONDS)
    assert [] == list(tmp_path.glob("claude-tracker-demo*"))


def test_the_demo_does_not_take_the_place_of_a_tracker(tmp_path: Path, programs: Path) -> None:
    with Server(tmp_path, "--config-dir", tmp_path) as server:
        server.wait_ready()
        with Stack(tmp_path, programs, tracker=server.port, demo=True) as stack:
            assert 6 == stack.process.wait(SECONDS)
            assert f"another program is using port {server.port}" in stack.said()


def test_a_failing_program_is_reported_and_the_others_continue(tmp_path: Path, programs: Path) -> None:
    for name, text in (("prometheus", "garbage"), ("alertmanager", "#!/bin/sh\necho no config\nexit 7\n")):
        (programs / name).unlink()
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    with Stack(tmp_path, programs) as stack:
        wait_until(lambda: "alertmanager exited with 7: no config (log: " in stack.said(), "it ended")
        assert "prometheus cannot be started: " in stack.said()
        stack.process.send_signal(signal.SIGINT)
        assert 1 == stack.process.wait(SECONDS)
        assert "tracker stopped" in stack.said()


def test_a_second_one_with_the_same_data_is_refused(tmp_path: Path, programs: Path) -> None:
    with Stack(tmp_path, programs) as first:
        wait_until(lambda: "tracker started" in first.said(), "the first is started")
        with Stack(tmp_path, programs, "second") as second:
            assert 3 == second.process.wait(SECONDS)
            assert "Error: another stack is using " in second.said()
        config = (tmp_path / "a folder with spaces" / "prometheus.yml").read_text()
        assert f"127.0.0.1:{first.ports.tracker}" in config


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.0 200 OK\r\n\r\nok\n", b"", b"SSH-2.0-x\r\n"], ids=["http", "silent", "ssh"]
)
def test_another_program_on_the_trackers_port_is_not_scraped(tmp_path: Path, programs: Path, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        accepted: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    accepted.append(other.accept()[0])
                    accepted[-1].sendall(answer)
                    if answer:
                        accepted.pop().close()

        threading.Thread(target=serve, daemon=True).start()
        with Stack(tmp_path, programs, tracker=port) as stack:
            assert 6 == stack.process.wait(SECONDS)
            assert (
                f"Error: another program is using port {port} of 127.0.0.1; set another with --port\n" == stack.said()
            )
        other.shutdown(socket.SHUT_RDWR)
        for connection in accepted:
            connection.close()
    assert not (tmp_path / "a folder with spaces").exists()


def test_a_running_tracker_is_used(tmp_path: Path, programs: Path) -> None:
    with Server(tmp_path, "--config-dir", tmp_path) as server:
        server.wait_ready()
        assert is_tracker(server.port)
        with Stack(tmp_path, programs, tracker=server.port) as stack:
            wait_until(lambda: "alertmanager started" in stack.said(), "the others are started")
            assert f"tracker not started: port {server.port} of 127.0.0.1 is in use" in stack.said()
            wait_until(lambda: "stack: ready" in stack.said(), "all are ready")
            assert f"stack:   claude-tracker  http://127.0.0.1:{server.port}/" in stack.said().splitlines()


def test_with_every_port_in_use_nothing_is_started(tmp_path: Path, programs: Path) -> None:
    with Stack(tmp_path, programs) as first:
        wait_until(lambda: "alertmanager started" in first.said(), "all are started")
        wait_until(lambda: not is_free(first.ports.alertmanager), "it listens")
        wait_until(lambda: not is_free(first.ports.tracker), "the tracker listens")
        said: list[str] = []
        taken = [Program("tracker", ["false"], {}, first.ports.tracker, {})]
        assert 1 == run(taken, tmp_path, threading.Event(), said.append)
        listens = f"tracker not started: port {first.ports.tracker} of 127.0.0.1 is in use"
        assert [listens, "nothing was started"] == said
