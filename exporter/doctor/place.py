"""What the doctor examines: paths, addresses and the operating system, all passed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.domain.health import Health
from exporter.sources.limits.account_files import AccountFile


class Machine(NamedTuple):
    """The operating system. `proc`: where Linux shows its settings. `uid`: None on Windows.

    `run`: what a command prints, None if it cannot be run. `has_program`: whether a path or a name can be started.
    `may_read`: whether a file or folder can be read. `filesystem`: its type. `zone`: the time zone's name.
    """

    platform: str
    proc: Path
    uid: int | None
    run: Callable[[Sequence[str]], str | None]
    has_program: Callable[[str], bool]
    may_read: Callable[[str], bool]
    free_bytes: Callable[[Path], int | None]
    filesystem: Callable[[Path], str | None]
    can_watch: Callable[[], bool]
    zone: Callable[[], str | None]
    python: tuple[int, int]


class ServicePlace(NamedTuple):
    """`manager`: None if none is supported here. `state`: the command that prints the state of the service."""

    manager: str | None
    file: Path
    state: Sequence[str]


class ClaudePlace(NamedTuple):
    """`folders`: in which Claude keeps its state, existing or not. `managed`: an administrator's settings files.

    `is_named`: whether the user named the folders.
    """

    folders: Sequence[Path]
    is_named: bool = False
    accounts: Sequence[AccountFile] = ()
    managed: Sequence[Path] = ()


class SecretPlace(NamedTuple):
    """`name`: what the secret is for."""

    name: str
    file: Path


class ConfigPlace(NamedTuple):
    """`problem`: why the file cannot be used. `values`: problems of single values."""

    file: Path
    problem: str | None = None
    values: Sequence[str] = ()
    secrets: Sequence[SecretPlace] = ()


class UrlPlace(NamedTuple):
    """`is_configured`: whether the user named it; otherwise it is only there if it answers."""

    url: str
    is_configured: bool = False


class Place(NamedTuple):
    """`listen`: the tracker's host and port. `token`: for requests to it. `zone`: its configured name, None for the
    machine's. `sync_targets`: where the configuration publishes to; `store`: of many machines, to which it sends.

    `here`: the health of the tracker or server that asks, None for a separate command.
    `check_seconds`: for SQLite's check of the database.
    """

    database: Path
    claude: ClaudePlace
    machine: Machine
    service: ServicePlace
    config: ConfigPlace
    clock: Callable[[], int]
    listen: tuple[str, int]
    prometheus: UrlPlace
    grafana: UrlPlace
    version: str
    token: str | None = None
    zone: str | None = None
    sync_targets: Sequence[str] = ()
    store: str | None = None
    here: Callable[[], Health] | None = None
    check_seconds: float = 20.0
