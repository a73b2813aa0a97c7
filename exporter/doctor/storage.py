"""Where the database lies: its owner and permissions, its folder, its file system, its disk."""

from __future__ import annotations

import msgspec

from exporter.doctor.check import Finding, error, ok, size, warning
from exporter.sources.mounts import NETWORK_FILESYSTEMS

LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20
OTHERS = 0o077


class StorageFacts(msgspec.Struct, frozen=True):
    """`mode`: the permission bits, None without a file or on Windows. `is_own`: whether it belongs to this user.

    `is_writable`: the file and its folder. `synced_by`: the part of the path that names a sync service.
    `filesystem`: its type, None if not known. `free_bytes`: None if not known.
    """

    path: str
    mode: int | None = None
    is_own: bool = True
    is_writable: bool = True
    synced_by: str | None = None
    filesystem: str | None = None
    free_bytes: int | None = None


def check_database_owner(facts: StorageFacts) -> Finding:
    if not facts.is_own:
        return error(
            f"{facts.path} belongs to another user.",
            'Run the tracker as that user, or make the file yours: `sudo chown "$USER"`. Do not use sudo to start it.',
        )
    if not facts.is_writable:
        return error(
            f"{facts.path} or its folder is not writable.",
            "Make both writable for you (`chmod u+w`), or choose another file with --database.",
        )
    return ok("The database is yours, and writable.")


def check_database_permissions(facts: StorageFacts) -> Finding:
    if facts.mode is not None and facts.mode & OTHERS:
        return warning(
            f"Other users may open {facts.path} (mode {facts.mode:04o}), which has the names of your projects.",
            f"Run `chmod 600 {facts.path}`.",
        )
    return ok("Only you may open the database.")


def check_database_synced(facts: StorageFacts) -> Finding:
    if facts.synced_by is not None:
        return warning(
            f"{facts.path} is in a synced folder ({facts.synced_by}), which can damage it.",
            "Stop the tracker, move the database to another folder, and name it with --database.",
        )
    return ok("The database is not in a synced folder.")


def check_database_filesystem(facts: StorageFacts) -> Finding:
    if facts.filesystem is not None and facts.filesystem.lower() in NETWORK_FILESYSTEMS:
        return warning(
            f"{facts.path} is on a network file system ({facts.filesystem}), where SQLite can lose or damage data.",
            "Stop the tracker, move the database to a local disk, and name it with --database.",
        )
    return ok(f"The database is on {facts.filesystem or 'a local disk'}.")


def check_disk(facts: StorageFacts) -> Finding:
    if facts.free_bytes is None:
        return ok("The free space is not known.")
    message = f"{size(facts.free_bytes)} are free where the database lies."
    if facts.free_bytes < NO_SPACE:
        return error(message, "Free some space: the tracker cannot store what it reads.")
    if facts.free_bytes < LITTLE_SPACE:
        return warning(message, "Free some space before the disk is full.")
    return ok(message)
