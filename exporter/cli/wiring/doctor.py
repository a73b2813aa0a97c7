"""What the doctor examines on this machine, for the commands, and for a server."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.options import examining
from exporter.cli.options.sync import SyncSettings
from exporter.cli.wiring.environment import config_file_in_use, fleet
from exporter.cli.wiring.folders import account_files, config_dirs_of, roots_of
from exporter.doctor.check import to_json
from exporter.doctor.gather.system import this_machine
from exporter.doctor.place import ClaudePlace, ConfigPlace, Place, SecretPlace, ServicePlace, UrlPlace
from exporter.domain.health import Health
from exporter.service.launchd import LABEL, agent_file
from exporter.service.platform import config_home
from exporter.service.systemd import UNIT, unit_file

SERVER_CHECK_SECONDS = 2.0
"""A server reads a part of a large database, since the disk is shared with everything else."""
KEPT_SECONDS = 10.0
"""Requests within this time get the same answer."""


class Addresses(NamedTuple):
    """Where the tracker, Prometheus and Grafana are. `token`: for requests to the tracker."""

    listen: tuple[str, int]
    token: str | None = None
    prometheus: UrlPlace = UrlPlace(examining.PROMETHEUS_URL)
    grafana: UrlPlace = UrlPlace(examining.GRAFANA_URL)


def place_of(
    database: Path,
    config_dirs: Sequence[Path],
    addresses: Addresses,
    zone: tzinfo | None,
    sync_settings: SyncSettings | None,
    here: Callable[[], Health] | None = None,
) -> Place:
    """The place of the command that runs. `here`: the health of the server that asks, None for another command."""
    home, sending = Path.home(), fleet()
    folders = config_dirs_of(roots_of(config_dirs))()
    claude = ClaudePlace(folders, bool(config_dirs), account_files(config_dirs), managed_files(sys.platform))
    place = Place(
        database=database,
        claude=claude,
        machine=this_machine(),
        service=service_place(sys.platform, home),
        config=_config(sync_settings),
        clock=clock,
        listen=addresses.listen,
        token=addresses.token,
        prometheus=addresses.prometheus,
        grafana=addresses.grafana,
        version=__version__,
        zone=str(zone) if zone is not None else None,
        sync_targets=sync_settings.targets if sync_settings is not None else (),
        store=sending.url if sending is not None else None,
        here=here,
    )
    return place._replace(check_seconds=SERVER_CHECK_SECONDS) if here is not None else place


def _config(sync_settings: SyncSettings | None) -> ConfigPlace:
    context = click.get_current_context()
    named = {}
    if sync_settings is not None:
        named = {"the Netlify token": sync_settings.token.file, "the webhook's secret": sync_settings.secret.file}
    secrets = [SecretPlace(name, file) for name, file in named.items() if file is not None]
    return ConfigPlace(
        config_file_in_use(), examining.config_problem(context), examining.invalid_values(context), secrets
    )


def managed_files(platform: str) -> list[Path]:
    """Where an administrator's settings of Claude Code are, existing or not."""
    folder = {
        "darwin": Path("/Library/Application Support/ClaudeCode"),
        "win32": Path(os.environ.get("PROGRAMFILES", "C:/Program Files")) / "ClaudeCode",
    }.get(platform, Path("/etc/claude-code"))
    return [folder / "managed-settings.json", *sorted((folder / "managed-settings.d").glob("*.json"))]


def service_place(platform: str, home: Path) -> ServicePlace:
    """Where the service's file is, and how its state is found."""
    if platform == "darwin":
        name = f"gui/{os.getuid()}/{LABEL}" if hasattr(os, "getuid") else LABEL
        return ServicePlace("launchd", agent_file(home), ("launchctl", "print", name))
    manager = "systemd" if platform != "win32" and shutil.which("systemctl") is not None else None
    return ServicePlace(manager, unit_file(config_home()), ("systemctl", "--user", "is-active", UNIT))


def examiner(place: Place) -> Callable[[], dict[str, Any]]:
    """For a server: the checks as JSON. One examination at a time, and not again within some seconds.

    Who asks during a later one gets the answer before.
    """
    lock = threading.Lock()
    kept: list[tuple[float, dict[str, Any]]] = []

    def examined() -> dict[str, Any]:
        if not lock.acquire(blocking=not kept):
            return kept[0][1]
        try:
            if not kept or time.monotonic() - kept[0][0] >= KEPT_SECONDS:
                from exporter.doctor.examine import examine  # heavy: HTTP

                kept[:] = [(time.monotonic(), to_json(examine(place)))]
            return kept[0][1]
        finally:
            lock.release()

    return examined


def addresses_of(
    context: click.Context, listen: tuple[str, int], token: str | None, prometheus_url: str, grafana_url: str
) -> Addresses:
    """From the options of `doctor` and `support`."""

    def url_place(name: str, url: str) -> UrlPlace:
        return UrlPlace(url, context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT)

    prometheus, grafana = url_place("prometheus_url", prometheus_url), url_place("grafana_url", grafana_url)
    return Addresses(listen, token, prometheus, grafana)
