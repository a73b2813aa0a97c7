"""The changed parts between two snapshots, as sent over the WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exporter.domain.notifications.warning import SentNotification
from exporter.store.notifications import warnings
from exporter.store.reader import Reader

CLOCK_FIELDS = frozenset(
    (
        "elapsed_seconds", "remaining_seconds", "completion_ratio", "burn_tokens_per_minute", "projected_tokens",
        "projected_cost_usd", "efficiency_score", "chance_ratio", "expected_usd",
    )
)  # fmt: skip
"""Fields that change with time alone. Clients calculate them between messages."""


def parts_of(snapshot_json: dict[str, Any]) -> dict[str, Any]:
    """The parts of a snapshot's JSON form by message type."""
    return {
        "session": snapshot_json["sessions"],
        "usage": {name: snapshot_json[name] for name in ("today", "totals", "week", "month", "accounts", "budgets")},
        "block": snapshot_json["block"],
        "limits": {name: snapshot_json[name] for name in ("limits", "lockouts", "verdict", "warnings", "accounts")},
    }


def changed_parts(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The type and data of each part that changed, apart from the clock fields."""
    old = parts_of(before)
    for name, part in parts_of(now).items():
        if _compared(name, old[name]) != _compared(name, part):
            yield name, part


def _compared(name: str, part: Any) -> Any:
    """What shows whether a part changed. Of the accounts, the blocks belong to the usage, the rest to the limits."""
    found = without_clock(part)
    if name == "usage":
        return found | {"accounts": [(one["account"], one["block"]) for one in found["accounts"]]}
    if name == "limits":
        return found | {"accounts": [one | {"block": None} for one in found["accounts"]]}
    return found


def warnings_after(reader: Reader, number: int) -> list[SentNotification]:
    """The notifications after that number, oldest first. Raises DatabaseError."""
    with reader.view() as connection:
        return warnings.sent_after(connection, number) if connection is not None else []


def last_warning(reader: Reader) -> int:
    """The number of the last notification, 0 before the first. Raises DatabaseError."""
    with reader.view() as connection:
        return warnings.last_number(connection) if connection is not None else 0


def without_clock(part: Any) -> Any:
    """A part without its clock fields. For the trailing seven days these include start and end."""
    if isinstance(part, list):
        return [without_clock(one) for one in part]
    if not isinstance(part, dict):
        return part
    moving = CLOCK_FIELDS
    if part.get("basis") == "trailing":
        moving = CLOCK_FIELDS | {"start", "end"}
    elif part.get("basis") == "estimated" and "observed_at" in part:
        moving = CLOCK_FIELDS | {"observed_at"}
    return {key: without_clock(value) for key, value in part.items() if key not in moving}
