"""The operating system: where the database lies, file watches, the service, and the functions of this machine."""

from __future__ import annotations

import ctypes
import os
import plistlib
import re
import shlex
import shutil
import stat
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from exporter.doctor.machine import WatchFacts, ZoneFacts
from exporter.doctor.place import Machine, Place
from exporter.doctor.service import ServiceFacts
from exporter.doctor.storage import StorageFacts
from exporter.files import read_file
from exporter.sources.mounts import filesystem_of
from exporter.store.database.opening import is_writable
from exporter.store.database.place import synced_by

MAX_BYTES = 1 << 20
RUN_SECONDS = 5


def storage(place: Place) -> StorageFacts:
    path, machine = Path(os.path.realpath(place.database)), place.machine
    folder = next((one for one in path.parents if one.exists()), path.parent)
    try:
        found = os.stat(path)
    except OSError:
        found = None
    return StorageFacts(
        str(place.database),
        _reach(stat.S_IMODE(found.st_mode), folder) if found is not None and machine.uid is not None else None,
        found is None or machine.uid is None or found.st_uid == machine.uid,
        is_writable(path),
        synced_by(path) or synced_by(place.database),
        machine.filesystem(folder),
        machine.free_bytes(folder),
    )


def _reach(mode: int, folder: Path) -> int:
    """The permission bits that count: nobody else reaches a file in a folder that nobody else may enter."""
    return mode if stat.S_IMODE(os.stat(folder).st_mode) & 0o011 else mode & 0o700


def watches(place: Place, folders: int) -> WatchFacts:
    """`folders`: that need a watch each."""
    if place.machine.platform != "linux":
        return WatchFacts(folders=folders)
    settings = place.machine.proc / "sys" / "fs" / "inotify"
    return WatchFacts(
        _number(settings / "max_user_watches"),
        _number(settings / "max_user_instances"),
        folders,
        place.machine.can_watch(),
    )


def _number(file: Path) -> int | None:
    try:
        return int(read_file(file, MAX_BYTES))
    except (OSError, ValueError):
        return None


def zone(place: Place) -> ZoneFacts:
    return ZoneFacts(place.zone or place.machine.zone())


def service(place: Place) -> ServiceFacts:
    where = place.service
    if where.manager is None or not where.file.exists():
        return ServiceFacts(where.manager)
    program = _program(where.file)
    has_program = program is not None and place.machine.has_program(program)
    return ServiceFacts(where.manager, True, _state(place), program, has_program)


def _state(place: Place) -> str | None:
    said = place.machine.run(place.service.state)
    if place.service.manager == "launchd":
        found = re.search(r"state = (\w[\w ]*)", said or "")
        return found[1] if found is not None else "not loaded" if said is not None else None
    return said.splitlines()[0].strip() if said and said.strip() else None


def _program(file: Path) -> str | None:
    """The program that a unit or an agent starts; None if it names none."""
    try:
        content = read_file(file, MAX_BYTES)
        if file.suffix == ".plist":
            return str(plistlib.loads(content)["ProgramArguments"][0])
        found = re.search(r"(?m)^ExecStart=[-@:+!]*(.+)$", content.decode())
        word = shlex.split(found[1])[0] if found is not None else None
        return word.replace("%h", os.path.expanduser("~")) if word is not None else None
    except (OSError, ValueError, LookupError, TypeError, plistlib.InvalidFileException):
        return None


def this_machine() -> Machine:
    """The machine that the program runs on."""
    return Machine(
        platform=sys.platform,
        proc=Path("/proc"),
        uid=os.geteuid() if hasattr(os, "geteuid") else None,
        run=_run,
        has_program=lambda program: shutil.which(os.path.expanduser(program)) is not None,
        may_read=lambda path: os.access(path, os.R_OK),
        free_bytes=_free_bytes,
        filesystem=filesystem_of,
        can_watch=_can_watch,
        zone=_zone,
        python=(sys.version_info.major, sys.version_info.minor),
    )


def _run(command: Sequence[str]) -> str | None:
    try:
        return subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=RUN_SECONDS, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _can_watch() -> bool:
    """Create a watcher and close it again: nothing else shows that the limit is reached."""
    try:
        fd = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_CLOEXEC)
    except (OSError, AttributeError, TypeError):
        return True
    if fd < 0:
        return False
    os.close(fd)
    return True


def _zone() -> str | None:
    """None if the machine does not say, in which case UTC is used."""
    import tzlocal

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return str(tzlocal.reload_localzone())
        except (LookupError, ValueError, OSError, Warning):
            return None
