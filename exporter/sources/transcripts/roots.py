"""Finds transcripts: Claude's configuration folders, and the files below a root."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

COWORK = "local-agent-mode-sessions"
THIRD_PARTY = "Claude-3p"
MAX_DEPTH = 6
"""How deep below it sessions are: `<org>/<account>/local_*`, and Dispatch one folder deeper."""
REPLACED = ".jsonl.replaced"
"""The end of the name of what the client kept when it rewrote a transcript shorter."""
NOT_TRANSCRIPTS = frozenset(("audit.jsonl", "journal.jsonl"))
"""Files next to transcripts with partial usage or none."""


def config_dirs(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """The folders where Claude keeps its state, existing or not, in the client's order, without duplicates.

    `$CLAUDE_CONFIG_DIR` is a comma-separated list and replaces the two defaults; the folders of Claude
    Desktop's Cowork sessions are added.
    """
    parts = (part.strip() for part in environment.get("CLAUDE_CONFIG_DIR", "").split(","))
    named = [Path(part).expanduser() for part in parts if part]
    xdg = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    ordinary = named or [home / ".claude", xdg / "claude"]
    desktop = desktop_data_dirs(environment, home, platform)
    cowork = [found for data in desktop for found in _cowork_sessions(data / COWORK)]
    found: dict[str, Path] = {}
    for folder in (*ordinary, *cowork):
        found.setdefault(os.path.realpath(folder), folder)
    return list(found.values())


def _cowork_sessions(folder: Path, depth: int = MAX_DEPTH) -> Iterator[Path]:
    """The configuration folders of Cowork's and Dispatch's sessions, in order, at whatever depth.

    What lies inside a session's folder is the user's work, of any size, and is not searched.
    """
    try:
        inside = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return
    for name in inside:
        if name.startswith("local_"):
            if (found := folder / name / ".claude").is_dir():
                yield found
        elif depth:
            yield from _cowork_sessions(folder / name, depth - 1)


def is_cowork(folder: Path) -> bool:
    """Whether a configuration folder is that of a Cowork session."""
    return COWORK in folder.parts


def has_no_account(folder: Path) -> bool:
    """Whether a configuration folder is of Desktop with another provider: it is of no account of Claude's."""
    return THIRD_PARTY in folder.parts


def desktop_data_dirs(environment: Mapping[str, str], home: Path, platform: str) -> list[Path]:
    """Claude Desktop's user data folders, existing or not; `Claude-3p` is that of Desktop with another provider."""
    if platform == "darwin":
        support = home / "Library" / "Application Support"
        return [support / name for name in _DESKTOP]
    if platform != "win32":
        config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
        return [config / name for name in _DESKTOP]
    found = [Path(environment[key]) / name for name in _DESKTOP for key in _DESKTOP[name] if key in environment]
    if "LOCALAPPDATA" in environment:
        packages = Path(environment["LOCALAPPDATA"]) / "Packages"
        found += sorted(packages.glob("Claude_*/LocalCache/Roaming/Claude"))
    return found


_DESKTOP = {"Claude": ("APPDATA",), THIRD_PARTY: ("LOCALAPPDATA", "APPDATA")}
"""The names of its folders, and where they are on Windows."""


def projects_dirs(configs: list[Path]) -> list[Path]:
    """The folders that contain transcripts, existing or not."""
    return [config / "projects" for config in configs]


def find_transcripts(root: Path, on_error: Callable[[OSError], None]) -> Iterator[os.DirEntry[str]]:
    """Yield every transcript file below a root, at any depth; nothing if the root does not exist.

    Links to folders are followed, each folder once, so loops end. Errors are passed to `on_error` and the
    entry is skipped. Pipes and other special files are not transcripts, whatever their names.
    """
    pending, linked = [str(root)], {os.path.realpath(root)}
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith((".jsonl", REPLACED)) and entry.is_file(follow_symlinks=False):
                        if entry.name not in NOT_TRANSCRIPTS:  # nearly every entry, without a system call
                            yield entry
                    elif _check(entry.is_dir, on_error):
                        if not entry.is_symlink() or _is_new_folder(entry, linked):
                            pending.append(entry.path)
                    elif is_transcript(entry.name) and _check(entry.is_file, on_error):
                        yield entry
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            on_error(error)


def _check(kind: Callable[[], bool], on_error: Callable[[OSError], None]) -> bool:
    """Check the type of an entry. A link to itself is neither file nor folder, like a broken link."""
    try:
        return kind()
    except OSError as error:
        if error.errno != errno.ELOOP:
            on_error(error)
        return False


def _is_new_folder(link: os.DirEntry[str], seen: set[str]) -> bool:
    target = os.path.realpath(link.path)
    if target in seen:
        return False
    seen.add(target)
    return True


def is_transcript(name: str) -> bool:
    return name.endswith((".jsonl", REPLACED)) and name not in NOT_TRANSCRIPTS
