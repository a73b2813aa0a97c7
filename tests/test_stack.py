"""`./start.sh stack`: what it starts with which programs, and that it starts and stops for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from grafana.stack.plan import Plan, Ports, alertmanager_config, plan, prometheus_config
from support.processes import SECONDS, runs, wait_until
from support.prometheus import Prometheus
from support.services import PROJECT, free_port, require_program

PORTS = Ports(1, 2, 3, 4)
DATA = Path("/data")
ALL = {"prometheus": "/bin/prometheus", "prometheus-alertmanager": "/bin/prometheus-alertmanager"}


def planned(found: dict[str, str], docker: str | None = None) -> Plan:
    return plan(DATA, PORTS, ["--no-processes"], found.get, docker)


def test_native_programs_are_used_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "share" / "grafana" / "public").mkdir(parents=True)
    grafana = str(tmp_path / "bin" / "grafana")
    tracker, prometheus, alertmanager, shown = planned(ALL | {"grafana": grafana}).programs
    assert ["run", "--listen", "127.0.0.1:1", "--no-processes"] == list(tracker.command[3:])
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


def test_what_is_neither_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert ["grafana is not installed: install your system's package of it, or Docker"] == planned(ALL).missing
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ["grafana is not installed: brew install grafana, or install Docker"] == planned(ALL).missing


def test_the_configurations_meet_each_other() -> None:
    config = yaml.safe_load(prometheus_config(PORTS))
    assert [f"{PROJECT}/prometheus/rules/*.yml"] == config["rule_files"]
    assert ["127.0.0.1:1"] == config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert ["127.0.0.1:3"] == config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    receiver = yaml.safe_load(alertmanager_config(PORTS))["receivers"][0]
    assert "http://127.0.0.1:1/api/alerts" == receiver["webhook_configs"][0]["url"]


def test_it_starts_what_there_is_says_what_is_missing_and_stops_clean(tmp_path: Path) -> None:
    """With Prometheus and Alertmanager, but neither Grafana nor Docker."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("prometheus", "alertmanager"):
        (programs / name).symlink_to(require_program(name))
    ports = Ports(*(free_port() for _ in Ports()))
    options = [
        f"--{name}={port}"
        for name, port in zip(("port", "prometheus-port", "alertmanager-port", "grafana-port"), ports, strict=True)
    ]
    command = [sys.executable, "-m", "grafana.stack", "--data", str(tmp_path / "data"), *options]
    log = tmp_path / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*command, "--database", str(tmp_path / "tracker.db")],
            env=os.environ | {"PATH": str(programs), "PYTHONPATH": str(PROJECT)},
            stderr=said,
        )
    try:
        wait_until(lambda: f"alertmanager started on http://127.0.0.1:{ports.alertmanager}/" in log.read_text(), "all")
        assert log.read_text().startswith("stack: grafana is not installed: ")
        prometheus = Prometheus(ports.prometheus)
        wait_until(prometheus.is_ready, "Prometheus is ready")
        wait_until(lambda: prometheus.value("claude_tracker_build_info"), "the tracker is scraped", 60)
        children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        assert 3 <= len(children)
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(SECONDS)
        assert [] == [pid for pid in children if runs(pid)]
        assert ["alertmanager", "prometheus", "tracker"] == [
            line.split()[1] for line in log.read_text().splitlines() if line.endswith(" stopped")
        ]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)
