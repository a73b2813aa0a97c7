"""Claude's folder on the Windows side, for a tracker in WSL."""

from __future__ import annotations

import json
import os
from pathlib import Path

from exporter.cli.options import config_file
from exporter.cli.output import say
from exporter.cli.setup import settings_file, toml_edit
from exporter.cli.setup.prompts import is_to_be_written
from exporter.cli.setup.record import Record
from exporter.errors import SettingsError, reason
from exporter.files import read_file
from exporter.sources.transcripts.roots import config_dirs

KEY = "config-dir"
RELEASE = Path("/proc/sys/kernel/osrelease")
MOUNTS = Path("/mnt")
MAX_BYTES = 4096


def windows_folders(release: Path = RELEASE, mounts: Path = MOUNTS) -> list[Path]:
    """The folders of Claude on Windows' drives that have transcripts; none outside WSL."""
    try:
        is_wsl = b"microsoft" in read_file(release, MAX_BYTES).lower()
    except OSError:
        return []
    found = mounts.glob("*/Users/*/.claude") if is_wsl else ()
    return sorted(folder for folder in found if (folder / "projects").is_dir())


def add_folders(folders: list[Path], config: Path | None, record: Record, *, dry_run: bool, yes: bool) -> bool:
    """Name them in the configuration file, next to those of this side. Returns whether that is done.

    Raises SettingsError.
    """
    file = config or config_file.default_config_file()
    before = settings_file.read(file)
    own = [folder for folder in config_dirs(os.environ, Path.home()) if folder.is_dir()]
    values = [str(folder) for folder in (*own, *folders)]
    try:
        text = before.decode("utf-8")
        after = toml_edit.set_keys(text, {KEY: values})
    except ValueError as error:
        line = f"{KEY} = {json.dumps(values)}"
        raise SettingsError(f"{file} was not changed: {reason(error)}; add this by hand:", line) from error
    wanted = is_to_be_written(file, text, after, dry_run=dry_run, yes=yes)
    if not wanted:
        return wanted is None
    is_new = not file.exists()
    record.make_folder(file.parent)
    settings_file.replace(file, before, after.encode("utf-8"))
    if is_new:
        record.add(file)
    say(f"Wrote {file}. These folders are read by polling: Windows reports no changes over that mount.")
    return True
