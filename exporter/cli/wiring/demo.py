"""The demo's folder: where it is, what is in it, and the environment in which the tracker's programs see only it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from exporter.cli.clock import CLOCK_FILE, DEMO
from exporter.cli.names import CALLED_AS, DATABASE_NAME, NAME, spool_folder
from exporter.demo.clock import DemoClock
from exporter.demo.folder import Folder
from exporter.demo.world import ACCOUNTS
from exporter.domain.accounts import account_hash, owner_of
from exporter.errors import FolderError, reason
from exporter.files import check_folder
from exporter.sources.limits.spool import write_spool_file
from exporter.sources.transcripts.roots import desktop_data_dirs

_DROPPED = ("CLAUDE_TRACKER_", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE")
_HOMES = {
    "HOME": "", "USERPROFILE": "", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share",
    "XDG_CACHE_HOME": ".cache", "APPDATA": "AppData/Roaming", "LOCALAPPDATA": "AppData/Local",
}  # fmt: skip
_MARK = "made-up-user"
"""A file that says whose the folder is."""


class Place(NamedTuple):
    """The folder of a demo."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_NAME

    def environment(self, base: Mapping[str, str], listen: str | None = None) -> dict[str, str]:
        """Of a program that sees the demo alone: none of the user's own folders, settings and variables of ours.

        `listen`: the address of the demo's page, if known.
        """
        kept = {key: value for key, value in base.items() if key == CALLED_AS or not key.startswith(_DROPPED)}
        homes = {key: str(self.home / path) if path else str(self.home) for key, path in _HOMES.items()}
        ours = {
            "CLAUDE_CONFIG_DIR": ",".join(str(self.home / account.folder) for account in ACCOUNTS),
            "CLAUDE_TRACKER_CONFIG": str(self.folder / "config.toml"),
            "CLAUDE_TRACKER_DATABASE": str(self.database),
            DEMO: str(self.folder),
        }
        return kept | homes | ours | ({"CLAUDE_TRACKER_LISTEN": listen} if listen is not None else {})

    def write_clock(self, clock: DemoClock) -> None:
        (self.folder / CLOCK_FILE).write_text(json.dumps(clock._asdict()))

    def lay_out(self, zone: str | None, webhook: str) -> Folder:
        """Make the home folder and the configuration, and return what writes into it.

        `zone`: of the display. `webhook`: where the tracker publishes to.
        """
        environment = self.environment({})
        (self.folder / "config.toml").write_text(_configuration(zone, webhook))
        for account in ACCOUNTS:
            (self.home / account.folder / "projects").mkdir(parents=True)
            (self.home / account.folder / "settings.json").write_text('{"cleanupPeriodDays": 365}')
        desktop = desktop_data_dirs(environment, self.home, sys.platform)[0] / "plan-usage-history.json"
        spool = spool_folder(str(self.database))
        return Folder(self.home, desktop, partial(write_spool_file, spool, kind="status"))


def default_folder() -> Path:
    """One for each user, so that a second terminal finds the demo of the first."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    return Path(tempfile.gettempdir()) / f"{NAME}-demo-{user}"


def make_folder(folder: Path) -> Place:
    """A new folder for a demo. What a demo that ended badly left there goes. Raises FolderError."""
    try:
        if folder.is_symlink() or (folder.exists() and not _is_of_a_demo(folder)):
            raise FolderError(f"{folder} is not empty and no demo's: choose another folder with --folder")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise FolderError(f"cannot make the folder {folder}: {reason(error)}; choose another with --folder") from error
    return Place(folder)


def running_place(folder: Path) -> Place:
    """The folder of a demo that runs. Raises FolderError."""
    try:
        check_folder(folder)
        is_running = (folder / CLOCK_FILE).is_file()
    except OSError:
        is_running = False
    if not is_running:
        raise FolderError(f"no demo runs in {folder}: start one with `{NAME} demo`")
    return Place(folder)


def _is_of_a_demo(folder: Path) -> bool:
    """Whether it is ours, and has nothing or a demo in it."""
    check_folder(folder)
    return (folder / _MARK).exists() or not any(folder.iterdir())


def _configuration(zone: str | None, webhook: str) -> str:
    names = ", ".join(
        f'"{account_hash(owner_of(account.organization, account.uuid))}={account.name}"' for account in ACCOUNTS
    )
    shown = f'timezone = "{zone}"\n' if zone is not None else ""
    return f"""# Of the demo.
{shown}account-name = [{names}]

[run]
desktop = false
webhook-url = "{webhook}"

[budgets.daily]
cost_usd = 60
per = "day"

[budgets.monthly]
cost_usd = 900
per = "month"
"""


def remove_folder(place: Place) -> None:
    """At the end of the demo."""
    shutil.rmtree(place.folder, ignore_errors=True)
