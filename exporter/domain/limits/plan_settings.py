"""What the user configured about their plan, since no file on the machine contains it."""

from __future__ import annotations

import msgspec

from exporter.domain.limits.budget import Budget

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WeekStart(msgspec.Struct, frozen=True):
    """When the week starts, in local time. `weekday`: 0 for Monday."""

    weekday: int
    hour: int
    minute: int


class PlanSettings(msgspec.Struct, frozen=True):
    """`block_token_limit`: how many tokens of all types fit in a 5-hour block; None if not configured.

    `account_names`: the user's names for accounts, by their hash. `budgets`: of the user's own.
    """

    block_token_limit: int | None = None
    week_start: WeekStart | None = None
    account_names: tuple[tuple[str, str], ...] = ()
    budgets: tuple[Budget, ...] = ()


def parse_week_start(text: str) -> WeekStart:
    """Parse a text like `monday 09:00`; the time is optional. Raises ValueError."""
    day, _, clock = text.strip().lower().partition(" ")
    hour, _, minute = (clock.strip() or "0:00").partition(":")
    found = WeekStart(WEEKDAYS.index(day), int(hour), int(minute))
    if not (0 <= found.hour < 24 and 0 <= found.minute < 60):
        raise ValueError(f"{clock} is not a time of day")
    return found
