"""What the user knows of their plan and configured, since nothing on the machine tells it."""

from __future__ import annotations

import msgspec

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WeekStart(msgspec.Struct, frozen=True):
    """When the week begins, by a wall clock. `weekday`: 0 for Monday."""

    weekday: int
    hour: int
    minute: int


class PlanSettings(msgspec.Struct, frozen=True):
    """`block_token_limit`: how many tokens of all types a five-hour block holds; None where it is not configured."""

    block_token_limit: int | None = None
    week_start: WeekStart | None = None


def week_start(text: str) -> WeekStart:
    """Of a text like `monday 09:00`; the time may be left out. Raises ValueError."""
    day, _, clock = text.strip().lower().partition(" ")
    hour, _, minute = (clock.strip() or "0:00").partition(":")
    found = WeekStart(WEEKDAYS.index(day), int(hour), int(minute))
    if not (0 <= found.hour < 24 and 0 <= found.minute < 60):
        raise ValueError(f"{clock} is no time of a day")
    return found
