"""Removes what is private from texts: paths, addresses, ids, e-mail addresses, and names that the caller knows.

What is not known to be harmless is removed: of a path, every part but those of the list below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

HARMLESS = frozenset(
    (".cache", ".claude", ".claude.json", ".config", ".local", ".venv", "Application Support", "Claude", "Claude-3p",
     "ClaudeCode", "LaunchAgents", "Library", "Users", "bin", "claude", "claude-code", "claude-tracker",
     "claude-tracker.service", "claude_usage.db", "config.toml", "dev", "etc", "home", "lib", "libexec", "local",
     "managed-settings.json", "media", "mnt", "netlify-token", "opt", "org.claude-tracker.plist", "private", "proc",
     "projects", "python3", "root", "run", "sessions", "settings.json", "share", "sysctl.d", "systemd", "tmp", "user",
     "usr", "var", "60-max-user-watches.conf", "60-max-user-instances.conf"),
)  # fmt: skip
"""Names of folders and files that are the same on many machines."""
LOOPBACK = frozenset(("127.0.0.1", "localhost", "0.0.0.0", "registry.npmjs.org"))
_WORDS = frozenset(
    ("claude", "claude-tracker", "code", "home", "main", "prometheus", "root", "tracker", "user", "users")
)
"""Not removed where they are a name: every text of ours has them."""
_MODEL = re.compile(r"(?:claude|deepseek|gemini|glm|gpt|grok|kimi|llama|mistral|qwen)-[a-z0-9.-]{1,40}")
_PATH = re.compile(r"(?<![\w.:/~])(?:~|[A-Za-z]:)?[/\\][^\s\"'`,;:()<>|]*[^\s\"'`,;:()<>|.]")
_URL = re.compile(
    r"\b(?:https?|wss?)://(?:[^\s/@\"'`]+@)?(\[[0-9a-fA-F:]+\]|[^\s/:\"'`,;)]+)(:\d+)?(?:[/?#][^\s\"'`,;):]*)?"
)
_EMAIL = re.compile(r"[^\s@<>\"'`,;:()]+@[^\s@<>\"'`,;:()]+\.[A-Za-z]{2,}")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_HEX = re.compile(r"\b[0-9a-fA-F]{10,}\b")
_NUMBER = re.compile(r"\b\d{9,}\b")
_SECRET = re.compile(r"\b(?:sk|nfp|ghp|glpat|xox[a-z])[-_][\w-]{6,}")
_ADDRESS = re.compile(r"\b(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}\b")


class Redaction:
    """`home`: shown as `~`. `paths`: known ones, also with spaces. `names`: removed wherever they stand as words."""

    def __init__(self, home: str, paths: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._home = home.rstrip("/\\")
        known = {path for path in paths if len(path) > 1 and not f"{self._home}/".startswith(f"{path}/")}
        self._paths = sorted({self._at_home(path) for path in known}, key=len, reverse=True)
        self._names = _pattern(names)

    def text(self, text: str) -> str:
        """The text without anything private that can be recognized."""
        hosts = {match[1] for match in _URL.finditer(text)} - LOOPBACK
        text = _URL.sub(_short_url, _SECRET.sub("[secret]", text))
        text = _EMAIL.sub("[email]", text)
        text = self._at_home(text)
        for path in self._paths:
            text = text.replace(path, self._short(path))
        text = _PATH.sub(lambda match: self._short(match[0]), text)
        for pattern, mark in ((_UUID, "[id]"), (_HEX, "[id]"), (_NUMBER, "[number]"), (_ADDRESS, "[address]")):
            text = pattern.sub(mark, text)
        for found in (_pattern(hosts), self._names):
            text = found.sub("[name]", text) if found is not None else text
        return text

    def _at_home(self, text: str) -> str:
        """The text with the home as `~`."""
        return re.sub(rf"{re.escape(self._home)}(?![\w.-])", "~", text) if self._home else text

    @staticmethod
    def _short(path: str) -> str:
        """A path with `…` for every part that is not harmless."""
        windows = "\\" in path and "/" not in path
        parts = re.split(r"[/\\]", path)
        shown = [part if _is_harmless(part) or (not at and _is_start(part)) else "…" for at, part in enumerate(parts)]
        return ("\\" if windows else "/").join(_without_repeats(shown))


def _is_start(part: str) -> bool:
    return part in ("", "~") or re.fullmatch("[A-Za-z]:", part) is not None


def _is_harmless(part: str) -> bool:
    return part in HARMLESS or re.fullmatch(r"python3?(\.\d+)?|", part) is not None


def _without_repeats(parts: list[str]) -> list[str]:
    return [part for index, part in enumerate(parts) if part != "…" or index == 0 or parts[index - 1] != "…"]


def _short_url(match: re.Match[str]) -> str:
    scheme = match[0].partition("://")[0]
    host = match[1] if match[1] in LOOPBACK else "[host]"
    return f"{scheme}://{host}{match[2] or ''}"


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Matches the names as whole words; None if there are none."""
    wanted = {name for name in names if len(name) >= 3 and name.lower() not in _WORDS and not _UUID.fullmatch(name)}
    if not wanted:
        return None
    ordered = sorted(wanted, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ordered))})(?![\w-])", re.IGNORECASE)


def path_parts(path: str) -> set[str]:
    """The parts of a path that are names of somebody's."""
    return {part for part in PurePath(path).parts if not _is_harmless(part) and len(part) >= 3}


def is_public_model(model: str) -> bool:
    """Whether a model has the name of a vendor's, not one that somebody gave it."""
    return _MODEL.fullmatch(model) is not None
