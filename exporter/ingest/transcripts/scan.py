"""A look at the transcript folders: which files are new, changed, renamed or gone. Stats only, nothing is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from exporter.domain.transcripts.file_state import FileStat, FileState, is_unchanged
from exporter.sources.transcripts.file_stat import stat_of
from exporter.sources.transcripts.roots import transcripts_below

Progress = Callable[[int, int], None]
"""Told the bytes read and the bytes there are."""


def no_progress(done: int, total: int) -> None:
    """For whoever does not watch."""


class Found(msgspec.Struct, frozen=True, array_like=True):
    """A file to read on. `known`: what is known of it, under the path it had."""

    path: str
    known: FileState | None
    stat: FileStat

    @property
    def unread(self) -> int:
        """Bytes behind the offset, as far as the stat tells."""
        offset = self.known.offset if self.known is not None else 0
        return self.stat.size - offset if self.stat.size >= offset else self.stat.size


class Scan(msgspec.Struct, frozen=True):
    """What differs from what is known, in the order of the paths."""

    found: tuple[Found, ...]
    missing: tuple[FileState, ...]
    errors: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it was known."""
        return not (self.found or self.missing or self.errors)

    @property
    def unread(self) -> int:
        return sum(found.unread for found in self.found)


def scan(roots: Sequence[Path], known: Mapping[str, FileState]) -> Scan:
    """Compare everything below the roots with what is known."""
    errors: list[str] = []
    stats: dict[str, FileStat] = {}
    for root in roots:
        for entry in transcripts_below(root, lambda error: errors.append(str(error))):
            _stat_into(stats, entry.path, errors)
    changed = {path: stat for path, stat in stats.items() if path not in known or not is_unchanged(known[path], stat)}
    gone = () if errors else _gone(roots, known, stats)
    return _compare(changed, known, gone, errors)


def scan_paths(paths: Iterable[str], known: Mapping[str, FileState]) -> Scan:
    """The same for some files only, those that a change was reported of."""
    errors: list[str] = []
    stats: dict[str, FileStat] = {}
    asked = sorted(set(paths))
    for path in asked:
        _stat_into(stats, path, errors)
    changed = {path: stat for path, stat in stats.items() if path not in known or not is_unchanged(known[path], stat)}
    absent = [path for path in asked if path in known and path not in stats and not os.path.lexists(path)]
    return _compare(changed, known, [known[path] for path in absent if not known[path].missing], errors)


def _stat_into(stats: dict[str, FileStat], path: str, errors: list[str]) -> None:
    try:
        path.encode()
        stats[path] = stat_of(path)
    except FileNotFoundError:
        pass
    except (OSError, UnicodeEncodeError) as error:
        errors.append(f"{path!r}: {error}")


def _gone(roots: Sequence[Path], known: Mapping[str, FileState], stats: Mapping[str, FileStat]) -> list[FileState]:
    """Known files below the roots that are no longer there. Files of folders not asked for are left alone."""
    below = tuple(f"{root}{os.sep}" for root in roots)
    return [
        state for path, state in known.items() if path not in stats and not state.missing and path.startswith(below)
    ]


def _compare(
    changed: Mapping[str, FileStat],
    known: Mapping[str, FileState],
    gone: Sequence[FileState],
    errors: Sequence[str],
) -> Scan:
    """A new path whose file is one that is gone is that file, renamed."""
    by_identity = {(state.stat.device, state.stat.inode): state for state in gone}
    found, renamed = [], set()
    for path, stat in sorted(changed.items()):
        state = known.get(path)
        if state is None:
            state = by_identity.get((stat.device, stat.inode))
            if state is not None:
                renamed.add(state.path)
        found.append(Found(path, state, stat))
    missing = tuple(msgspec.structs.replace(s, missing=True) for s in gone if s.path not in renamed)
    return Scan(tuple(found), missing, tuple(errors))
