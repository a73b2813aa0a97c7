"""What Grafana and Docker are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.services import PROJECT, output_of

FOLDER = PROJECT / "grafana"
PROFILES = ("--profile", "linux", "--profile", "desktop")
LOOPBACK = "127.0.0.1:"


def read(path: str) -> Any:
    return yaml.safe_load((FOLDER / path).read_text())


def test_the_data_source() -> None:
    assert {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "claude-tracker",
                "uid": "claude-tracker",
                "type": "prometheus",
                "access": "proxy",
                "url": "${CLAUDE_TRACKER_PROMETHEUS_URL}",
                "isDefault": True,
                "editable": False,
                "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            }
        ],
    } == read("provisioning/datasources/claude-tracker.yaml")
    scraped = yaml.safe_load((PROJECT / "prometheus" / "prometheus.yml").read_text())
    assert "15s" == scraped["global"]["scrape_interval"]


def test_the_dashboards() -> None:
    assert {
        "apiVersion": 1,
        "providers": [
            {
                "name": "claude-tracker",
                "type": "file",
                "folder": "Claude",
                "disableDeletion": True,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": "${CLAUDE_TRACKER_DASHBOARDS}"},
            }
        ],
    } == read("provisioning/dashboards/claude-tracker.yaml")


def test_nothing_else_is_provisioned() -> None:
    """Alerts stay in Prometheus."""
    found = sorted(str(path.relative_to(FOLDER)) for path in (FOLDER / "provisioning").rglob("*") if path.is_file())
    assert ["provisioning/dashboards/claude-tracker.yaml", "provisioning/datasources/claude-tracker.yaml"] == found


@pytest.fixture
def services() -> dict[str, Any]:
    """As `docker-compose config` understands them; it holds the file against the compose-spec schema."""
    output = output_of("docker-compose", *PROFILES, "config", cwd=FOLDER)
    found: dict[str, Any] = yaml.safe_load(output)["services"]
    return found


def test_containers_listen_on_loopback_only_and_are_pinned(services: dict[str, Any]) -> None:
    names = [
        f"{name}-{profile}" for name in ("alertmanager", "grafana", "prometheus") for profile in ("desktop", "linux")
    ]
    assert names == sorted(services)
    for name, service in services.items():
        assert service["image"].rpartition(":")[2] not in {"", "latest"}
        if name.endswith("-linux"):
            assert "host" == service["network_mode"]
            assert "ports" not in service
            output = json.dumps([service.get("command"), service.get("environment")])
            assert LOOPBACK in output or '"GF_SERVER_HTTP_ADDR": "127.0.0.1"' in output
        else:
            assert all(str(port).startswith(LOOPBACK) for port in service["ports"])


def test_mounted_files_exist(services: dict[str, Any]) -> None:
    mounted = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert {str(FOLDER / "dashboards"), str(FOLDER / "provisioning"), str(PROJECT / "prometheus")} == {
        path for path in mounted if path.startswith("/")
    }
    assert all(Path(path).is_dir() for path in mounted if path.startswith("/"))


@pytest.mark.parametrize("name", ["prometheus.yml", "alertmanager.yml"])
def test_the_replaced_addresses_are_those_of_docker_desktop(name: str) -> None:
    """A change of the configuration needs a change of compose.yaml too."""
    text = (PROJECT / "prometheus" / name).read_text()
    assert "127.0.0.1:3001" in text
    assert name == "alertmanager.yml" or ("127.0.0.1:9093" in text and "- rules/" in text)
