"""The keys of the configuration file that `status --json` knows without click, which gets a file with another key.

A test holds them to the options of the commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAN = "account-name block-token-limit database timezone week-start"
_WARNINGS = "critical-at threshold warn-at warn-block-end warn-waiting"
_PUBLISHING = "netlify-api netlify-site netlify-token-file privacy sync-minutes webhook-secret-file webhook-url"
_TRACKING = f"{_PLAN} {_WARNINGS} {_PUBLISHING} config-dir custom-names desktop log-format processes quiet-hours"
_SHOWING = f"{_PLAN} config-dir processes"
KEYS: dict[str, frozenset[str]] = {
    name: frozenset(keys.split())
    for name, keys in {
        "detect": f"{_TRACKING} sample-seconds warning-command",
        "ingest": "config-dir database processes",
        "limits": f"{_PLAN} ask config-dir history json",
        "report": "breakdown config-dir database format json last model processes project session since timezone until",
        "run": f"{_TRACKING} allow-host listen sample-seconds token warning-command",
        "serve": f"{_PLAN} {_WARNINGS} allow-host listen log-format token",
        "status": f"{_SHOWING} full json",
        "sync": f"{_SHOWING} {_PUBLISHING} dry-run watch",
        "watch": _SHOWING,
    }.items()
}
"""By command."""
FLAGS = frozenset(("ask", "custom-names", "desktop", "dry-run", "full", "history", "json", "processes", "watch"))
"""Those that are true or false; the others are texts."""
REPEATED = frozenset(("account-name", "allow-host", "config-dir", "threshold"))
"""Those that also take a list."""


def values_of(content: Mapping[str, Any], command: str) -> dict[str, Any] | None:
    """What a file's content without its own tables says for a command; None if click has to judge it."""
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    general = {key: value for key, value in content.items() if key not in tables}
    known = frozenset[str]().union(*KEYS.values())
    if not tables.keys() <= KEYS.keys() or not _are_valid(general, known):
        return None
    if not all(_are_valid(table, KEYS[name]) for name, table in tables.items()):
        return None
    return {key: value for key, value in (general | tables.get(command, {})).items() if key in KEYS[command]}


def _are_valid(values: Mapping[str, Any], known: frozenset[str]) -> bool:
    return values.keys() <= known and all(_is_valid(key, value) for key, value in values.items())


def _is_valid(key: str, value: Any) -> bool:
    if key in FLAGS:
        return isinstance(value, bool)
    if key in REPEATED and isinstance(value, list):
        return bool(value) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)
