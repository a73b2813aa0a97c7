"""Formats numbers, money and times for the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from exporter.domain.calendar import timestamp
from exporter.domain.usage.pricing import usd

Count = Callable[[int], str]
"""Formats a count: `format_exact` or `format_short`."""


def format_exact(number: int) -> str:
    """`6,420,457,525`."""
    return f"{number:,}"


def format_short(number: int) -> str:
    """All digits below a million, otherwise millions, such as `6,420.46M`."""
    return f"{number:,}" if number < 1_000_000 else f"{number / 1e6:,.2f}M"


def format_money(nano: int) -> str:
    """Nano-dollars as `$1,234.50`."""
    return f"${usd(nano):,.2f}"


def format_cost(nano: int, *, lacks: int) -> str:
    """`$1.20`, or `$1.20 + ?` if it lacks tokens whose price is not known. `lacks`: whether it does, or how many."""
    return format_money(nano) + (" + ?" if lacks else "")


def format_about(nano: int) -> str:
    """What is expected, as a person says it: `$590`, below ten dollars `$4.20`."""
    return format_money(nano) if usd(nano) < 10 else f"${usd(nano):,.0f}"


def format_count(number: int, noun: str) -> str:
    """`1 prompt`, `2 prompts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_duration(seconds: float) -> str:
    """`2 h 05 min`, `5 min`, `12 s`."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def format_clock(ms: int, zone: tzinfo | None) -> str:
    """`14:05` in a time zone; None: the machine's."""
    return timestamp.to_datetime(ms).astimezone(zone).strftime("%H:%M")


def format_day_and_clock(ms: int, zone: tzinfo | None) -> str:
    """`11-22 14:05`."""
    return timestamp.to_datetime(ms).astimezone(zone).strftime("%m-%d %H:%M")


def format_date_and_clock(ms: int, zone: tzinfo | None) -> str:
    """`2026-11-22 14:05`, for more than a year."""
    return timestamp.to_datetime(ms).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def whole_shares(shares: Sequence[float]) -> list[str]:
    """Parts of a whole as percentages that sum to 100 (largest remainders); `<1 %` for what is small but used."""
    exact = [100 * share / total for share in shares] if (total := sum(shares)) else [0.0 for _ in shares]
    found = [int(one) for one in exact]
    for at in sorted(range(len(exact)), key=lambda at: found[at] - exact[at])[: round(sum(exact)) - sum(found)]:
        found[at] += 1
    return [f"{whole} %" if whole else "<1 %" if one else "0 %" for whole, one in zip(found, exact, strict=True)]
