"""A service of the platform: its file, and the commands of the platform for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Command = tuple[str, ...]


class Service(NamedTuple):
    """How the platform starts the tracker at login.

    `file`, `content`: what is written. `install`: commands after that. `remove`: commands before the file is removed,
    `clean`: after it. `is_active`: succeeds while it runs. `advice`: what the user may want to do in addition.
    """

    file: Path
    content: str
    install: Sequence[Command]
    remove: Sequence[Command]
    clean: Sequence[Command]
    start: Command
    stop: Command
    restart: Command
    is_active: Command
    status: Command
    logs: Command
    follow: Command
    advice: str


class Start(NamedTuple):
    """How the tracker is started: its command line, and the variables that it needs. No secrets: files hold them."""

    program: Sequence[str]
    variables: Mapping[str, str]
