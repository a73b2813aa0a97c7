"""Where transcripts are: Claude's own rules, and the files below a root."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

COWORK_SESSIONS = "local-agent-mode-sessions/*/*/local_*/.claude"
NO_TRANSCRIPTS = frozenset(("audit.jsonl", "journal.jsonl"))
"""Files beside transcripts that hold partial usage or none."""


def config_dirs(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """The folders Claude keeps its state in, existing or not, in the client's order, each once.

    `$CLAUDE_CONFIG_DIR` is a comma list and replaces the two defaults; Claude Desktop's Cowork
    sessions, one folder each, come on top.
    """
    parts = (part.strip() for part in environment.get("CLAUDE_CONFIG_DIR", "").split(","))
    named = [Path(part).expanduser() for part in parts if part]
    xdg = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    ordinary = named or [home / ".claude", xdg / "claude"]
    desktop = desktop_data_dirs(environment, home, platform)
    cowork = [found for data in desktop for found in sorted(data.glob(COWORK_SESSIONS))]
    found: dict[str, Path] = {}
    for folder in (*ordinary, *cowork):
        found.setdefault(os.path.realpath(folder), folder)
    return list(found.values())


def desktop_data_dirs(environment: Mapping[str, str], home: Path, platform: str) -> list[Path]:
    """Claude Desktop's user data folders, existing or not."""
    if platform == "darwin":
        return [home / "Library" / "Application Support" / "Claude"]
    if platform != "win32":
        return [Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "Claude"]
    found = [Path(environment["APPDATA"]) / "Claude"] if "APPDATA" in environment else []
    if "LOCALAPPDATA" in environment:
        packages = Path(environment["LOCALAPPDATA"]) / "Packages"
        found += sorted(packages.glob("Claude_*/LocalCache/Roaming/Claude"))
    return found


def projects_dirs(configs: list[Path]) -> list[Path]:
    """The folders that hold transcripts, existing or not."""
    return [config / "projects" for config in configs]


def transcripts_below(root: Path, on_error: Callable[[OSError], None]) -> Iterator[os.DirEntry[str]]:
    """Every transcript file below a root, at any depth; nothing where the root is absent.

    Links to folders are followed, each folder once, so a loop cannot trap the walk. What cannot be read
    is told to `on_error` and passed over; pipes and the like are no transcripts, whatever their names.
    """
    pending, linked = [str(root)], {os.path.realpath(root)}
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(".jsonl") and entry.is_file(follow_symlinks=False):
                        if entry.name not in NO_TRANSCRIPTS:  # what nearly every entry is, told without a system call
                            yield entry
                    elif _is(entry.is_dir, on_error):
                        if not entry.is_symlink() or _is_new(entry, linked):
                            pending.append(entry.path)
                    elif is_transcript(entry.name) and _is(entry.is_file, on_error):
                        yield entry
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            on_error(error)


def _is(kind: Callable[[], bool], on_error: Callable[[OSError], None]) -> bool:
    """Ask an entry what it is. A link that leads to itself is nothing, like one that leads nowhere."""
    try:
        return kind()
    except OSError as error:
        if error.errno != errno.ELOOP:
            on_error(error)
        return False


def _is_new(link: os.DirEntry[str], seen: set[str]) -> bool:
    target = os.path.realpath(link.path)
    if target in seen:
        return False
    seen.add(target)
    return True


def is_transcript(name: str) -> bool:
    return name.endswith(".jsonl") and name not in NO_TRANSCRIPTS
