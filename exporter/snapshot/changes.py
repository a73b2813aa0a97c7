"""What moved between two snapshots, part by part, as the live channel tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exporter.domain.calendar import timestamp
from exporter.domain.notifications.warning import SentNotification
from exporter.store.notifications import warnings
from exporter.store.reader import Reader

CLOCK = frozenset(
    (
        "elapsed_seconds", "remaining_seconds", "completion_ratio", "burn_tokens_per_minute", "projected_tokens",
        "projected_cost_usd", "efficiency_score", "full_in_seconds", "full_before_reset", "full_before_end",
    )
)  # fmt: skip
"""What moves with the clock alone: whoever shows it reckons it by themselves."""


def parts_of(told: dict[str, Any]) -> dict[str, Any]:
    """The parts of a snapshot's JSON form by the type of message that tells them."""
    return {
        "session": told["sessions"],
        "usage": {name: told[name] for name in ("today", "totals", "week", "month")},
        "block": told["block"],
        "limits": {name: told[name] for name in ("limits", "lockouts")},
    }


def changed_parts(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The type and data of each part that moved by more than the clock."""
    old = parts_of(before)
    for name, part in parts_of(now).items():
        if still(old[name]) != still(part):
            yield name, part


def warning_json(told: SentNotification) -> dict[str, Any]:
    """A warning as the live channel tells it."""
    notice = told.notice
    return {
        "kind": notice.warned.kind,
        "subject": notice.warned.subject,
        "severity": notice.severity,
        "title": notice.title,
        "text": notice.text,
        "at": timestamp.to_iso(told.at),
    }


def warnings_after(reader: Reader, number: int) -> list[SentNotification]:
    """The warnings after that number, the oldest first. Raises DatabaseError."""
    with reader.view() as connection:
        return warnings.told_after(connection, number) if connection is not None else []


def last_warning(reader: Reader) -> int:
    """The number of the last warning, 0 before the first. Raises DatabaseError."""
    with reader.view() as connection:
        return warnings.last(connection) if connection is not None else 0


def still(part: Any) -> Any:
    """A part without what moves with the clock. The last seven days begin and end with it too."""
    if isinstance(part, list):
        return [still(one) for one in part]
    if not isinstance(part, dict):
        return part
    moving = CLOCK
    if part.get("basis") == "trailing":
        moving = CLOCK | {"start", "end"}
    elif part.get("basis") == "estimated" and "observed_at" in part:
        moving = CLOCK | {"observed_at"}
    return {key: still(value) for key, value in part.items() if key not in moving}
