"""Where transcripts are read: the folders that are named, or those of Claude's own rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from exporter.cli.commands.statusline import spool_of
from exporter.errors import FolderError
from exporter.sources.limits.files import Places
from exporter.sources.transcripts.roots import config_dirs, desktop_data_dirs, projects_dirs

Roots = Callable[[], list[Path]]
"""The folders that hold transcripts now; asked again at each look, since Claude makes new ones."""


def roots_of(named: Sequence[Path]) -> Roots:
    """The roots of the folders named, or Claude's own.

    Raises FolderError where a folder that is named is absent.
    """
    for folder in named:
        if not folder.is_dir():
            raise FolderError(f"there is no folder {folder} (named by --config-dir)")
    if named:
        absolute = [folder.absolute() for folder in named]
        return lambda: projects_dirs(absolute)
    return lambda: projects_dirs(config_dirs(os.environ, Path.home()))


def config_dirs_of(roots: Roots) -> Roots:
    """The folders Claude keeps its state in, each the parent of one of the roots."""
    return lambda: [root.parent for root in roots()]


def absence(roots: Roots) -> str | None:
    """What to tell where none of the folders exists yet."""
    folders = roots()
    if any(folder.is_dir() for folder in folders):
        return None
    return f"no transcripts yet: none of {', '.join(map(str, folders))} exists; waiting for one to appear"


def limit_places(database: Path, named: Sequence[Path]) -> Places:
    """Where readings of the limits lie: beside the database, and where Claude's programs keep theirs.

    Of folders that are named, theirs alone. Without any, Claude Code's file is in the home unless it has folders.
    """
    spool = Path(spool_of(str(database)))
    home = Path.home()
    if named:
        folders, histories = [folder.absolute() for folder in named], []
    else:
        folders = config_dirs(os.environ, home) if os.environ.get("CLAUDE_CONFIG_DIR", "").strip(" ,") else [home]
        data = desktop_data_dirs(os.environ, home, sys.platform)
        histories = [folder / "plan-usage-history.json" for folder in data]
    return Places(spool, [folder / ".claude.json" for folder in folders], histories)
