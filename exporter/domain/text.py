"""Cleans texts from outside for use as labels."""

from __future__ import annotations

MAX_CHARACTERS = 100


def printable(text: str) -> str:
    """Remove control characters, which would move a terminal's cursor, and shorten to a label's length."""
    return "".join(c for c in text[: 2 * MAX_CHARACTERS] if c.isprintable())[:MAX_CHARACTERS]
