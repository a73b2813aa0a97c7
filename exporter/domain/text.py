"""Texts from outside that become labels."""

from __future__ import annotations

MOST_CHARACTERS = 100


def printable(text: str) -> str:
    """The text without control characters, which would move a terminal's cursor, and not too long for a label."""
    return "".join(c for c in text[: 2 * MOST_CHARACTERS] if c.isprintable())[:MOST_CHARACTERS]
