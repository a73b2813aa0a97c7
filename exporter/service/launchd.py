"""A launchd agent of macOS. Source of the keys: launchd.plist(5)."""

from __future__ import annotations

import plistlib
from pathlib import Path

from exporter.service.definition import Service, Start

LABEL = "org.claude-tracker"
LOG_LINES = "200"


def agent_file(home: Path) -> Path:
    """Where the agent is."""
    return home / "Library" / "LaunchAgents" / f"{LABEL}.plist"


def service(start: Start, home: Path, user: int) -> Service:
    """The agent in `home`. `user`: the id of the user."""
    domain, file = f"gui/{user}", agent_file(home)
    log = home / "Library" / "Logs" / "claude-tracker.log"
    content = {
        "Label": LABEL,
        "ProgramArguments": list(start.program),
        "EnvironmentVariables": dict(start.variables),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": 20,
        "ProcessType": "Background",
        "Umask": 0o077,
        "StandardOutPath": str(log),
        "StandardErrorPath": str(log),
    }
    name = f"{domain}/{LABEL}"
    return Service(
        file,
        plistlib.dumps(content).decode(),
        install=(("launchctl", "bootstrap", domain, str(file)),),
        remove=(("launchctl", "bootout", name),),
        clean=(),
        start=("launchctl", "kickstart", name),
        stop=("launchctl", "kill", "SIGTERM", name),
        restart=("launchctl", "kickstart", "-k", name),
        is_active=("launchctl", "print", name),
        status=("launchctl", "print", name),
        logs=("tail", "-n", LOG_LINES, str(log)),
        follow=("tail", "-n", LOG_LINES, "-F", str(log)),
        advice="",
    )
