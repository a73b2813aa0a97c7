"""Claude's folders: transcripts, the registry of sessions, and settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from exporter.doctor.claude import RegistryFacts, RetentionFacts, RootFacts, TranscriptFacts
from exporter.doctor.gather.stored import Stored
from exporter.doctor.place import Place
from exporter.doctor.settings import ClaudeSettings, SettingsFacts, own_programs, parse_settings
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.usage.bounds import time_bounds
from exporter.errors import reason
from exporter.files import read_file
from exporter.ingest.retention import retention_of
from exporter.ingest.transcripts.scan import scan
from exporter.sources.sessions.registry import Registry
from exporter.sources.transcripts.roots import find_transcripts, is_cowork, projects_dirs

MAX_BYTES = 16 << 20
AHEAD_MS = 5 * MINUTE
"""A clock of another machine may be that far ahead."""


def roots(place: Place) -> RootFacts:
    searched = projects_dirs(list(place.claude.folders))
    found = [folder for folder in searched if folder.is_dir()]
    unreadable = tuple(str(folder) for folder in found if not place.machine.may_read(str(folder)))
    missing = tuple(str(folder) for folder in place.claude.folders if place.claude.is_named and not folder.is_dir())
    return RootFacts(tuple(map(str, searched)), tuple(map(str, found)), missing, unreadable)


def transcripts(place: Place, facts: RootFacts) -> TranscriptFacts:
    """Stats every transcript once, and opens none."""
    now, changed, unreadable, folders = place.clock(), [], 0, 0
    for root in facts.found:
        errors: list[OSError] = []
        for entry in find_transcripts(Path(root), errors.append):
            try:
                changed.append(entry.stat().st_mtime_ns // 1_000_000)
            except OSError:  # deleted meanwhile
                continue
            unreadable += not place.machine.may_read(entry.path)
        unreadable += len(errors)
        folders += sum(1 for _ in os.walk(root))
    future = sum(1 for at in changed if at > now + AHEAD_MS)
    return TranscriptFacts(now, len(changed), max(changed, default=None), folders, future, unreadable)


def retention(place: Place, stored: Stored, *, runs: bool) -> RetentionFacts:
    """Nothing is compared while a tracker runs, which reads all in time, and with a database that cannot be read."""
    now, folders = place.clock(), projects_dirs(list(place.claude.folders))
    is_unknown = not stored.is_read and place.database.exists()
    unread = () if runs or is_unknown else scan(folders, stored.files, time_bounds(now).quiet_since_ns).found
    return RetentionFacts(now, retention_of(folders, unread), runs, stored.committed_at)


def registry(place: Place) -> RegistryFacts:
    reader = Registry()
    records = reader.read(place.claude.folders)
    folders = sum(1 for folder in place.claude.folders if (folder / "sessions").is_dir())
    return RegistryFacts(folders, len(records), reader.errors)


def settings(place: Place) -> SettingsFacts:
    user = [folder / "settings.json" for folder in place.claude.folders if _is_used(folder)]
    files = _read(user or [folder / "settings.json" for folder in place.claude.folders[:1]])
    managed = _read([file for file in place.claude.managed if file.exists()])
    programs = {program for one in (*files, *managed) for program in own_programs(one)}
    missing = frozenset(program for program in programs if not place.machine.has_program(program))
    return SettingsFacts(files, managed, missing)


def _is_used(folder: Path) -> bool:
    """Whether Claude Code uses the folder. Cowork's sessions show no status line."""
    return not is_cowork(folder) and ((folder / "projects").is_dir() or (folder / "settings.json").exists())


def _read(files: Sequence[Path]) -> tuple[ClaudeSettings, ...]:
    return tuple(_read_one(file) for file in files)


def _read_one(file: Path) -> ClaudeSettings:
    try:
        return parse_settings(str(file), read_file(file, MAX_BYTES))
    except FileNotFoundError:
        return ClaudeSettings(str(file))
    except OSError as error:
        return ClaudeSettings(str(file), problem=reason(error))
