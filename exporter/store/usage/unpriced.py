"""What has no price, by model."""

from __future__ import annotations

import sqlite3
from collections import Counter

import msgspec

from exporter.domain.usage.counting import decode_extras
from exporter.domain.usage.pricing import normalize_model


class Unpriced(msgspec.Struct, frozen=True):
    """Tokens without a price of one model (its normalized name) at one speed; `speed`: None for the ordinary one."""

    model: str
    speed: str | None
    tokens: int


_RESPONSES = """
SELECT model, speed, sum(input + output + cache_read + cache_write_5m + cache_write_1h) FROM tracker_responses
WHERE counted AND cost IS NULL GROUP BY model, speed
"""
_EXTRAS = "SELECT model, speed, extras FROM tracker_responses WHERE counted AND extras IS NOT NULL"


def unpriced(connection: sqlite3.Connection) -> list[Unpriced]:
    """Of the responses that count, and the extras inside them; the most tokens first."""
    found: Counter[tuple[str, str | None]] = Counter()
    for model, speed, tokens in connection.execute(_RESPONSES):
        found[normalize_model(model), _speed(speed)] += tokens
    for model, speed, text in connection.execute(_EXTRAS):
        for extra in decode_extras(text):
            if extra.cost is None:
                own_speed = _speed(speed) if extra.model == model else None
                found[normalize_model(extra.model), own_speed] += extra.tokens.total
    items = sorted(found.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return [Unpriced(model, speed, tokens) for (model, speed), tokens in items if tokens]


def _speed(written: str | None) -> str | None:
    return None if written in ("", "standard") else written
