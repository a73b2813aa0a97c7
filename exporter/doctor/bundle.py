"""The files of a support bundle: what helps to find a fault, and nothing private."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from exporter.doctor.check import Check, to_json
from exporter.doctor.redaction import Redaction

PACKAGES = (
    "apscheduler", "click", "flask", "flask-sock", "genai-prices", "gunicorn", "msgspec", "platformdirs",
    "prometheus-client", "psutil", "requests", "rich", "tzdata", "tzlocal", "watchdog",
)  # fmt: skip
MAX_LOG_LINES = 100
_SHOWN_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ (?:WARNING|ERROR|CRITICAL) ")
PLAIN_KEYS = frozenset(
    ("block-token-limit", "custom-names", "desktop", "privacy", "processes", "quiet", "sample-seconds", "sync-minutes",
     "timezone", "week-start"),
)  # fmt: skip
"""Options whose values name nobody. Of all others only the name is in the bundle."""
QUOTING = frozenset(("config", "config_values"))
ABOUT = """This is what `claude-tracker support` wrote, to help to find a fault.

versions.json       versions of claude-tracker, Python, the system and the packages
doctor.json         what `claude-tracker doctor` says
configuration.json  which options are set; values only of options that name nobody
database.json       sizes, versions and row counts; no content
health.json         what the running tracker reports of its own work
log.txt             the last warnings and errors, if a service keeps a log

Names of projects, ids of sessions and accounts, e-mail addresses and texts are not in it. In paths, ~ is the home
folder, and … a name. Read it before you send it.
"""


def versions(own: str, sqlite: str) -> dict[str, Any]:
    """Of everything that takes part."""
    return {
        "claude_tracker": own,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": sys.platform,
        "release": platform.release(),
        "machine": platform.machine(),
        "sqlite": sqlite,
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def configuration(values: Mapping[str, Any], known: frozenset[str], environment: Sequence[str]) -> dict[str, Any]:
    """Which options a configuration file sets. `known`: the names of all options and commands. A name that is none of
    them may be anything, and is not shown. `environment`: the names of the variables that are set.
    """
    return {"file": _shown(values, known), "environment": sorted(environment)}


def _shown(values: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    unknown = 0
    for key, value in values.items():
        if key in ("prices", "budgets"):
            shown[key] = f"{len(value) if isinstance(value, Mapping) else 1} set"
        elif key not in known:
            unknown += 1
        elif isinstance(value, Mapping):
            shown[key] = _shown(value, known)
        else:
            shown[key] = str(value) if key in PLAIN_KEYS or isinstance(value, bool) else "set"
    return shown | ({"unknown keys": unknown} if unknown else {})


def log_lines(text: str, redaction: Redaction) -> str:
    """The last warnings and errors of a log."""
    lines = [line for line in text.splitlines() if _SHOWN_LINE.match(line)][-MAX_LOG_LINES:]
    return "".join(f"{line[:24]}{redaction.text(line[24:])}\n" for line in lines) or "No warnings or errors are kept.\n"


def files(
    checks: Sequence[Check], parts: Mapping[str, Mapping[str, Any]], log: str, redaction: Redaction
) -> dict[str, bytes]:
    """The files by name. `parts`: the JSON files by name, which hold no text from outside."""
    content: dict[str, Mapping[str, Any]] = {"doctor": to_json(_redacted(one, redaction) for one in checks), **parts}
    texts = {f"{name}.json": _pretty(value) for name, value in content.items()}
    ordered = ["versions.json", "doctor.json", "configuration.json", "database.json", "health.json"]
    return {
        "about.txt": ABOUT.encode(),
        **{name: texts[name] for name in ordered if name in texts},
        "log.txt": log.encode(),
    }


def _redacted(check: Check, redaction: Redaction) -> Check:
    """Messages about values of the configuration file quote them, so they are left out."""
    quotes = check.id in QUOTING and check.status != "ok"
    message = "Left out, since it quotes the configuration file." if quotes else redaction.text(check.message)
    return Check(check.id, check.status, message, redaction.text(check.remedy) if check.remedy is not None else None)


def _pretty(value: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
