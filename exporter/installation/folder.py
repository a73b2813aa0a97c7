"""The folder of an installation, with a virtual environment for each version that is kept.

app/
  0.9.0-1/                the version before
  1.0.0-1/                a version, and the number of its installation
  current -> 1.0.0-1      what the command in ~/.local/bin runs
  previous -> 0.9.0-1     where `claude-tracker rollback` leads
  update.json             the databases that were copied between the two
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from exporter.errors import InstallationError, reason
from exporter.files import read_file

COMMAND = "claude-tracker"
MAX_BYTES = 1 << 20
_VERSION_FOLDER = re.compile(r"\d[\w.]*-\d+")


class Copy(msgspec.Struct, frozen=True):
    """A database, and the copy that was made of it before it was migrated. Absolute paths."""

    database: str
    copy: str


class State(NamedTuple):
    """The folders of the version in use and of the one to go back to, if there is one, with its copies of databases."""

    current: Path | None
    previous: Path | None
    copies: Sequence[Copy]


class AppFolder(msgspec.Struct, frozen=True):
    """The folder at a path."""

    path: Path

    def state(self) -> State:
        """What is in use. Raises InstallationError if it cannot be read."""
        return State(self._target("current"), self._target("previous"), self._copies())

    def change(self, state: State) -> None:
        """Use other versions from now on; `current` changes last, in one step. Raises OSError."""
        self._replace("update.json", lambda path: path.write_bytes(msgspec.json.encode(state.copies)))
        self._point("previous", state.previous)
        self._point("current", state.current)

    def command(self) -> Path:
        """The command, by a path that survives updates."""
        return self.path / "current" / "bin" / COMMAND

    def remove_others(self) -> None:
        """Remove every version but the current and the previous one, also what a failed installation left."""
        kept = {self._target("current"), self._target("previous")}
        for found in self.path.iterdir():
            if found not in kept and _VERSION_FOLDER.fullmatch(found.name) and not found.is_symlink():
                shutil.rmtree(found, ignore_errors=True)

    def _target(self, name: str) -> Path | None:
        link = self.path / name
        return self.path / os.readlink(link) if link.is_symlink() and link.exists() else None

    def _point(self, name: str, version: Path | None) -> None:
        if version is None:
            (self.path / name).unlink(missing_ok=True)
        else:
            self._replace(name, lambda path: path.symlink_to(version.name))

    def _replace(self, name: str, make: Callable[[Path], object]) -> None:
        temporary = self.path / f".{name}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        make(temporary)
        os.replace(temporary, self.path / name)

    def _copies(self) -> list[Copy]:
        path = self.path / "update.json"
        try:
            return msgspec.json.decode(read_file(path, MAX_BYTES, ours=True), type=list[Copy])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            raise InstallationError(f"cannot read {path}: {reason(error)}; nothing was changed") from error


def app_folder_of(prefix: Path) -> AppFolder | None:
    """The folder that contains the virtual environment at `prefix` (sys.prefix); None for another installation."""
    return AppFolder(prefix.parent) if _VERSION_FOLDER.fullmatch(prefix.name) and prefix.parent.name == "app" else None


def is_own_link(app: AppFolder, link: Path) -> bool:
    """Whether it leads to the command of this installation."""
    return link.is_symlink() and os.readlink(link) == str(app.command())


def link_command(app: AppFolder, bin_folder: Path) -> Path:
    """Link the command into a folder such as ~/.local/bin. Returns the link. Raises InstallationError, OSError."""
    check_link(app, bin_folder)
    link = bin_folder / COMMAND
    if not link.is_symlink():
        bin_folder.mkdir(parents=True, exist_ok=True)
        link.symlink_to(app.command())
    return link


def check_link(app: AppFolder, bin_folder: Path) -> None:
    """Raises InstallationError if another program has the place of the link."""
    link = bin_folder / COMMAND
    if os.path.lexists(link) and not is_own_link(app, link):
        raise InstallationError(f"{link} belongs to another installation: remove it (or uninstall that one) first")
