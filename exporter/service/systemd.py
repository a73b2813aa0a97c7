"""A user unit of systemd.

Source of the quoting: systemd.service(5), "Command lines", and systemd.exec(5), "Environment=".
"""

from __future__ import annotations

from pathlib import Path

from exporter.service.definition import Service, Start

UNIT = "claude-tracker.service"
_SYSTEMCTL = ("systemctl", "--user")
LOG_LINES = "200"

# Nothing here needs more than a user has. Namespaces stay allowed: Claude Code, which `limits --ask` starts, may make
# its own. What would hide other processes is left out, since the tracker lists them.
_UNIT = """\
[Unit]
Description=claude-tracker: usage and limits of Claude Code
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
ExecStart={command}
{environment}Restart=on-failure
RestartSec=5
TimeoutStopSec=20
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


def unit_file(config_home: Path) -> Path:
    """Where the unit is, in a folder such as ~/.config."""
    return config_home / "systemd" / "user" / UNIT


def service(start: Start, config_home: Path) -> Service:
    """The unit in `config_home`, such as ~/.config. Raises ValueError for a part that no unit can hold."""
    environment = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in start.variables.items())
    command = " ".join(_quoted(part).replace("$", "$$") for part in start.program)
    journal = ("journalctl", "--user", "--unit", UNIT, "--lines", LOG_LINES)
    return Service(
        unit_file(config_home),
        _UNIT.format(command=command, environment=environment),
        install=((*_SYSTEMCTL, "daemon-reload"), (*_SYSTEMCTL, "enable", "--now", UNIT)),
        remove=((*_SYSTEMCTL, "disable", "--now", UNIT),),
        clean=((*_SYSTEMCTL, "daemon-reload"),),
        start=(*_SYSTEMCTL, "start", UNIT),
        stop=(*_SYSTEMCTL, "stop", UNIT),
        restart=(*_SYSTEMCTL, "restart", UNIT),
        is_active=(*_SYSTEMCTL, "--quiet", "is-active", UNIT),
        status=(*_SYSTEMCTL, "--no-pager", "status", UNIT),
        logs=(*journal, "--no-pager"),
        follow=(*journal, "--follow"),
        advice="To start it at boot, and keep it after you log out: `loginctl enable-linger`",
    )


def _quoted(text: str) -> str:
    """In double quotes, with what systemd would replace escaped. Raises ValueError for a line break or a NUL."""
    if any(character in text for character in "\n\r\0"):
        raise ValueError(f"{text!r} has a line break")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
