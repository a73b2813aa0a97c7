"""Scans the transcript folders for new, changed, renamed and removed files. Uses stat only, reads nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from exporter.domain.transcripts.file_state import FileStat, FileState, is_unchanged
from exporter.errors import reason
from exporter.sources.transcripts.file_stat import stat_of
from exporter.sources.transcripts.roots import find_transcripts

Progress = Callable[[int, int], None]
"""Called with the bytes read and the total bytes."""


def no_progress(done: int, total: int) -> None:
    """A `Progress` that does nothing."""


def both(first: Progress, second: Progress) -> Progress:
    """A `Progress` that passes it on to two others."""

    def pass_on(done: int, total: int) -> None:
        first(done, total)
        second(done, total)

    return pass_on


class ChangedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file to read. `known`: its state at the last read, with its path then."""

    path: str
    known: FileState | None
    stat: FileStat

    @property
    def unread(self) -> int:
        """Bytes after the offset, according to stat."""
        offset = self.known.offset if self.known is not None else 0
        return self.stat.size - offset if self.stat.size >= offset else self.stat.size


class Scan(msgspec.Struct, frozen=True):
    """The differences from the known files, ordered by path."""

    found: tuple[ChangedFile, ...]
    missing: tuple[FileState, ...]
    errors: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there are no differences."""
        return not (self.found or self.missing or self.errors)

    @property
    def unread(self) -> int:
        return sum(found.unread for found in self.found)


def scan(roots: Sequence[Path], known: Mapping[str, FileState], quiet_since_ns: int = 0) -> Scan:
    """Compare all files below the roots with the known ones. `quiet_since_ns`: see `is_unchanged`."""
    errors: list[str] = []
    stats: dict[str, FileStat] = {}
    for root in roots:
        for entry in find_transcripts(root, lambda error: errors.append(f"{error.filename}: {reason(error)}")):
            _stat_into(stats, entry.path, errors)
    changed = _changed(stats, known, quiet_since_ns)
    removed = () if errors else _removed(roots, known, stats)
    return _compare(changed, known, removed, errors)


def scan_paths(paths: Iterable[str], known: Mapping[str, FileState]) -> Scan:
    """The same for the files that were reported as changed, which are not quiet."""
    errors: list[str] = []
    stats: dict[str, FileStat] = {}
    requested = sorted(set(paths))
    for path in requested:
        _stat_into(stats, path, errors)
    changed = _changed(stats, known, 0)
    absent = [path for path in requested if path in known and path not in stats and not os.path.lexists(path)]
    return _compare(changed, known, [known[path] for path in absent if not known[path].missing], errors)


def _changed(stats: Mapping[str, FileStat], known: Mapping[str, FileState], quiet_since_ns: int) -> dict[str, FileStat]:
    return {
        path: stat
        for path, stat in stats.items()
        if path not in known or not is_unchanged(known[path], stat, quiet_since_ns)
    }


def _stat_into(stats: dict[str, FileStat], path: str, errors: list[str]) -> None:
    try:
        path.encode()
        stats[path] = stat_of(path)
    except FileNotFoundError:
        pass
    except (OSError, UnicodeEncodeError) as error:
        errors.append(f"{path}: {reason(error)}")


def _removed(roots: Sequence[Path], known: Mapping[str, FileState], stats: Mapping[str, FileStat]) -> list[FileState]:
    """Known files below the roots that no longer exist. Ignores files in other folders."""
    below = tuple(f"{root}{os.sep}" for root in roots)
    return [
        state for path, state in known.items() if path not in stats and not state.missing and path.startswith(below)
    ]


def _compare(
    changed: Mapping[str, FileStat],
    known: Mapping[str, FileState],
    removed: Sequence[FileState],
    errors: Sequence[str],
) -> Scan:
    """Detects renamed files: a new path with the identity of a removed file."""
    by_identity = {(state.stat.device, state.stat.inode): state for state in removed}
    found, renamed = [], set()
    for path, stat in sorted(changed.items()):
        state = known.get(path)
        if state is None:
            state = by_identity.get((stat.device, stat.inode))
            if state is not None:
                renamed.add(state.path)
        found.append(ChangedFile(path, state, stat))
    missing = tuple(msgspec.structs.replace(s, missing=True) for s in removed if s.path not in renamed)
    return Scan(tuple(found), missing, tuple(errors))
