"""Opens files that others may have made or changed: never blocking, regular files only, with a bound on their size.

In Claude's folders and for files that the user names, links are followed: people link `projects` and `.claude.json`. In
our own folders (spool, locks, secrets) nothing is a link and everything belongs to us or to root: otherwise
somebody else could choose what we read or overwrite. Every refusal is an OSError with a reason to show.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_READ = os.O_RDONLY
_ALWAYS = (
    getattr(os, "O_NONBLOCK", 0)  # a pipe nobody writes to would block
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 20

LINK, NOT_REGULAR, OTHER_OWNER = "a symbolic link", "not a regular file", "it belongs to another user"


def open_regular(
    path: str | os.PathLike[str], flags: int = _READ, *, ours: bool = False, mode: int = 0o600
) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file, and its stat. `ours`: it is in a folder of ours. `mode`: if it is created.

    Raises OSError.
    """
    try:
        fd = os.open(path, flags | _ALWAYS | (_NO_LINKS if ours else 0), mode)
    except OSError as error:
        if ours and error.errno in (errno.ELOOP, errno.EMLINK):
            raise _refusal(errno.ELOOP, LINK, path) from error
        if error.errno == errno.ENXIO:  # a socket, or a pipe opened for writing
            raise _refusal(errno.EINVAL, NOT_REGULAR, path) from error
        raise
    try:
        found = os.fstat(fd)
        _check(found, path, ours=ours)
    except BaseException:
        os.close(fd)
        raise
    return fd, found


def read_file(path: str | os.PathLike[str], max_bytes: int, *, ours: bool = False) -> bytes:
    """Its content. Raises OSError, also if it is larger than `max_bytes`."""
    fd, found = open_regular(path, ours=ours)
    try:
        return _read(fd, found.st_size, max_bytes, path)
    finally:
        os.close(fd)


def write_private(path: Path, content: bytes) -> None:
    """Put a file that only its owner can read in the place of another, whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_folder(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    fd, _ = open_regular(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ours=True)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def synced(path: str | os.PathLike[str]) -> None:
    """Wait until a file is on the disk. Raises OSError."""
    fd = os.open(path, os.O_RDWR | _ALWAYS)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def check_folder(path: str | os.PathLike[str]) -> None:
    """Check that a folder is ours: not a link, and made by us or by root. Raises OSError."""
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        raise _refusal(errno.ELOOP, LINK, path)
    if not stat.S_ISDIR(found.st_mode):
        raise _refusal(errno.ENOTDIR, "not a folder", path)
    if not is_own(found):
        raise _refusal(errno.EPERM, OTHER_OWNER, path)


def is_own(found: os.stat_result) -> bool:
    """Whether a file belongs to this user or to root."""
    return os.name != "posix" or found.st_uid in (0, os.geteuid())


def _check(found: os.stat_result, path: str | os.PathLike[str], *, ours: bool) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise _refusal(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(found.st_mode):
        raise _refusal(errno.EINVAL, NOT_REGULAR, path)
    if ours and not is_own(found):
        raise _refusal(errno.EPERM, OTHER_OWNER, path)


def _read(fd: int, size: int, max_bytes: int, path: str | os.PathLike[str]) -> bytes:
    """Read to the end, which may be further than `size` by now."""
    parts, length = [], 0
    if size <= max_bytes:
        while part := os.read(fd, min(_CHUNK, max_bytes + 1 - length)):
            parts.append(part)
            length += len(part)
            if length > max_bytes:
                break
        else:
            return b"".join(parts)
    raise _refusal(errno.EFBIG, f"larger than {_size(max_bytes)}", path)


def _size(number: int) -> str:
    return f"{number >> 20} MB" if number >= 1 << 20 else f"{number:,} bytes"


def _refusal(number: int, reason: str, path: str | os.PathLike[str]) -> OSError:
    return OSError(number, reason, os.fspath(path))
