"""What the made-up user's programs write, each with its time."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Kind(enum.Enum):
    """How a content gets to where it belongs."""

    APPEND = "append"
    """To the end of a file."""
    REPLACE = "replace"
    """In place of a file."""
    REMOVE = "remove"
    SAMPLE = "sample"
    """One more sample in Desktop's history of readings."""
    SUBMIT = "submit"
    """What Claude Code gives to the status line's command."""


class Event(NamedTuple):
    """`at`: ms. `path`: below the home folder; of a sample or a submission, the folder of its account."""

    at: int
    kind: Kind
    path: str
    content: bytes = b""
