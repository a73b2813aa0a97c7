"""The result of a check: its status, the cause, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Status = Literal["ok", "note", "warning", "error"]
STATUSES: tuple[Status, ...] = ("error", "warning", "note", "ok")
"""The worst first."""


class Finding(msgspec.Struct, frozen=True):
    """What a check found. `message`: one sentence or two. `remedy`: what to do; None if nothing."""

    status: Status
    message: str
    remedy: str | None = None


class Check(msgspec.Struct, frozen=True):
    """A finding under the id of its check."""

    id: str
    status: Status
    message: str
    remedy: str | None


def ok(message: str) -> Finding:
    return Finding("ok", message)


def note(message: str, remedy: str) -> Finding:
    """Nothing is broken, but something is left out."""
    return Finding("note", message, remedy)


def warning(message: str, remedy: str) -> Finding:
    """Figures may be missing or old, or will be."""
    return Finding("warning", message, remedy)


def error(message: str, remedy: str) -> Finding:
    """The tracker, or a part of it, does not work."""
    return Finding("error", message, remedy)


def has_error(checks: Iterable[Check]) -> bool:
    return any(check.status == "error" for check in checks)


def to_json(checks: Iterable[Check]) -> dict[str, Any]:
    """`{"checks": [{id, status, message, remedy}, …]}`."""
    return {"checks": [msgspec.structs.asdict(check) for check in checks]}


def count(number: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def age(ms: int) -> str:
    """How long something takes or took, as a person says it: `3 days`, `2 hours`, `5 minutes`."""
    minutes = max(0, ms) // 60_000
    if not minutes:
        return "less than a minute"
    if minutes >= 2 * 24 * 60:
        return count(minutes // (24 * 60), "day")
    return count(minutes // 60, "hour") if minutes >= 120 else count(minutes, "minute")


def size(number: int) -> str:
    """`3 MB`, `1.5 GB`."""
    return f"{number / (1 << 30):.1f} GB" if number >= 1 << 30 else f"{number >> 20} MB"
