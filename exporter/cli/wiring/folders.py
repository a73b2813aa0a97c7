"""The folders to read: the configured ones, or those that Claude uses by default."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporter.cli.names import short_path, spool_folder
from exporter.sources.transcripts.roots import config_dirs, desktop_data_dirs, has_no_account, is_cowork, projects_dirs

if TYPE_CHECKING:  # heavy
    from exporter.sources.limits.account_files import AccountFile
    from exporter.sources.limits.files import LimitPaths

Roots = Callable[[], list[Path]]
"""The current transcript folders. Called for every scan, since Claude creates new ones."""


def roots_of(named: Sequence[Path]) -> Roots:
    """The transcript folders of the named folders, or Claude's default ones."""
    if named:
        absolute = [folder.absolute() for folder in named]
        return lambda: projects_dirs(absolute)
    return lambda: projects_dirs(config_dirs(os.environ, Path.home()))


def config_dirs_of(roots: Roots) -> Roots:
    """The folders in which Claude keeps its state: the parents of the roots."""
    return lambda: [root.parent for root in roots()]


def registries_of(roots: Roots) -> Roots:
    """The folders with Claude Code's records of running sessions."""
    return lambda: [folder / "sessions" for folder in config_dirs_of(roots)()]


def nothing_found_message(roots: Roots) -> str:
    """What every face says while there are no transcripts: where they were looked for."""
    from exporter.report.starting import nothing_found

    return nothing_found([(short_path(str(folder)), folder.is_dir()) for folder in roots()])


def folders_json(roots: Roots, database: Path) -> dict[str, Any]:
    """The folders, and how many transcripts the last scan found in them. Raises DatabaseError."""
    from exporter.store.reader import Reader
    from exporter.store.transcripts import files

    with Reader(database).view() as connection:
        transcripts = files.count(connection) if connection is not None else 0
    return {
        "items": [{"path": short_path(str(folder)), "exists": folder.is_dir()} for folder in roots()],
        "transcripts": transcripts,
        "missing": None if transcripts else nothing_found_message(roots),
    }


def limit_places(database: Path, named: Sequence[Path]) -> LimitPaths:
    """The files with readings of the limits: next to the database, and those of Claude's programs.

    Named folders replace the default ones. By default, Claude Code's file is in the home folder, unless the variable
    CLAUDE_CONFIG_DIR names folders.
    """
    from exporter.sources.limits.files import LimitPaths

    spool = Path(spool_folder(str(database)))
    home = Path.home()
    histories: list[Path] = []
    if not named:
        data = desktop_data_dirs(os.environ, home, sys.platform)
        histories = [folder / "plan-usage-history.json" for folder in data]
    return LimitPaths(spool, account_files(named), histories, _statistics_files(named))


def _statistics_files(named: Sequence[Path]) -> list[Path]:
    """Claude Code's own statistics in each configuration folder, each once if links lead to the same."""
    from exporter.sources.limits.statistics import NAME

    folders = named or config_dirs(os.environ, Path.home())
    return list(dict.fromkeys(folder.resolve() / NAME for folder in folders))


def account_files(named: Sequence[Path]) -> list[AccountFile]:
    """The files that say whose a configuration folder is, the main one first.

    Cowork's folders have none: they belong to the account of the main folder. Those of Desktop with another provider
    belong to nobody.
    """
    from exporter.sources.limits.account_files import AccountFile

    home = Path.home()
    if named:
        return [AccountFile(folder.absolute() / ".claude.json", _names_of(folder.absolute())) for folder in named]
    folders = [folder for folder in config_dirs(os.environ, home) if not has_no_account(folder)]
    if not os.environ.get("CLAUDE_CONFIG_DIR", "").strip(" ,"):
        return [AccountFile(home / ".claude.json", _names_of(*folders))]
    ordinary = [folder for folder in folders if not is_cowork(folder)]
    cowork = [folder for folder in folders if is_cowork(folder)]
    return [
        AccountFile(folder / ".claude.json", _names_of(folder, *(cowork if folder == ordinary[0] else ())))
        for folder in ordinary
    ]


def _names_of(*folders: Path) -> tuple[Path, ...]:
    """The folders, and those that links among them lead to: Claude may name a transcript in either way."""
    return tuple(dict.fromkeys(path for folder in folders for path in (folder, folder.resolve())))
