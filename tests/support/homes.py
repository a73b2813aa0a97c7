"""A home of a test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

KEPT = {"CLAUDE_TRACKER_REQUIRE_SERVICES"}

# Each variable that sets where the user's files are, and its folder in the test's home.
HOME_FOLDERS = {
    "HOME": ".",
    "USERPROFILE": ".",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_CACHE_HOME": ".cache",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
}


def empty_home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a home and point all variables to it."""
    for name in os.environ:
        if name == "CLAUDE_CONFIG_DIR" or (name.startswith("CLAUDE_TRACKER_") and name not in KEPT):
            monkeypatch.delenv(name)
    # Only tests that start processes sample those of this machine, and nothing is shown on its desktop.
    monkeypatch.setenv("CLAUDE_TRACKER_PROCESSES", "0")
    monkeypatch.setenv("CLAUDE_TRACKER_DESKTOP", "0")
    for name, folder in HOME_FOLDERS.items():
        (path / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(path / folder))
    return path
