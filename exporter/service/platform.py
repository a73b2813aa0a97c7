"""The service of the platform that this runs on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from exporter.service import launchd, systemd
from exporter.service.definition import Service, Start


def config_home() -> Path:
    """The folder of the user's configuration on Linux."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def service(start: Start) -> Service | None:
    """The service that starts this; None where the platform has none. Raises ValueError if no file can hold it."""
    if sys.platform == "darwin":
        return launchd.service(start, Path.home(), os.getuid())
    if sys.platform == "win32":
        return None
    return systemd.service(start, config_home())
