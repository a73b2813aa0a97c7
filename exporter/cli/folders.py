"""Where transcripts are read: the folders that are named, or those of Claude's own rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from exporter.errors import FolderError
from exporter.sources.transcripts.roots import config_dirs, projects_dirs

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
