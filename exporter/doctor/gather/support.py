"""Gathers what a support bundle has in addition to the checks."""

from __future__ import annotations

import os
import plistlib
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from exporter.doctor.gather.asking import ask
from exporter.doctor.gather.claude import settings
from exporter.doctor.gather.running import address, holder_of
from exporter.doctor.gather.system import service
from exporter.doctor.place import Place
from exporter.doctor.redaction import Redaction, is_public_model, path_parts
from exporter.doctor.settings import own_programs
from exporter.errors import DatabaseError
from exporter.files import read_file
from exporter.store.database import meta
from exporter.store.database.examination import examine, row_counts, view
from exporter.store.database.private_texts import private_texts
from exporter.store.database.size import database_bytes

MAX_BYTES = 16 << 20
LOG_COMMAND = ("journalctl", "--user", "-u", "claude-tracker.service", "-n", "2000", "--no-pager", "-o", "cat")


class _Collector(msgspec.Struct):
    name: str
    success: bool
    duration_s: float


class _Folders(msgspec.Struct):
    events: int
    polling: int


class _Health(msgspec.Struct):
    """The keys that are shown, and no others."""

    committed_at: str | None = None
    files: int | None = None
    database_bytes: int | None = None
    lag_seconds: float | None = None
    watcher_up: bool | None = None
    watched_folders: _Folders | None = None
    collectors: list[_Collector] = []


def redaction_of(place: Place, home: Path, host: str) -> Redaction:
    """Knows the paths of the place, and what the database names."""
    own = [place.database, place.config.file, *(secret.file for secret in place.config.secrets), place.service.file]
    own += [*place.claude.folders, *place.claude.managed, *(file.path for file in place.claude.accounts)]
    own += [Path(program) for program in _programs(place)]
    paths = {str(one) for path in own for one in (path, *path.parents)}
    names = {host, host.partition(".")[0], home.name}
    with suppress(DatabaseError):
        if place.database.exists():
            known = private_texts(place.database)
            paths.update(known.paths)
            names.update(known.names, *map(path_parts, known.paths))
            names.update(model for model in known.models if not is_public_model(model))
    return Redaction(str(home), paths - {str(home)}, names)


def _programs(place: Place) -> list[str]:
    """The programs that Claude's settings and the service name, whose paths may have spaces."""
    found = [program for file in settings(place).files for program in own_programs(file)]
    service_program = service(place).program
    return [*found, *([service_program] if service_program is not None else [])]


def database(place: Place) -> dict[str, Any]:
    """Sizes, the version and row counts; no content."""
    if not place.database.exists():
        return {"exists": False}
    found: dict[str, Any] = {"exists": True, "bytes": database_bytes(place.database)}
    with suppress(DatabaseError):
        found["version"] = examine(place.database, 0.0).version
        found["rows"] = row_counts(place.database)
        with view(place.database) as connection:
            if connection is not None:
                found["committed_at"] = meta.committed_at(connection)
                found["first_read_at"] = meta.first_read_at(connection)
    return found


def health(place: Place) -> dict[str, Any]:
    """What the running tracker reports of its work."""
    holder = holder_of(place)
    found: dict[str, Any] = {"runs": holder is not None, "since": holder.since if holder is not None else None}
    answer = ask(f"{address(place)}/api/health", token=place.token) if holder is not None else None
    if answer is not None and answer.status_code == 200:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            found["reported"] = msgspec.to_builtins(msgspec.json.decode(answer.content, type=_Health))
    return found


def log(place: Place) -> str:
    """The last lines that the service's log keeps; empty without a service."""
    if not place.service.file.exists():
        return ""
    if place.service.manager == "systemd":
        return place.machine.run(LOG_COMMAND) or ""
    try:
        agent = plistlib.loads(read_file(place.service.file, MAX_BYTES))
        return read_file(agent["StandardErrorPath"], MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError, LookupError, TypeError, plistlib.InvalidFileException):
        return ""


def configured(place: Place) -> dict[str, Any]:
    """The values of the configuration file; nothing if it cannot be read."""
    try:
        return tomllib.loads(read_file(place.config.file, MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def variables(known: Iterable[str]) -> list[str]:
    """The names of the variables that are set, of those that the program or Claude Code reads."""
    others = ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HTTPS_PROXY", "TZ")
    return [name for name in (*known, *others) if os.environ.get(name)]
