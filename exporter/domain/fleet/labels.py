"""The labels of what is sent to a store of many machines."""

from __future__ import annotations

RESERVED = frozenset((
    "account", "basis", "chain", "kind", "model", "name", "organization", "plan", "project", "python", "reason",
    "revision", "session_type", "source", "state", "token_type", "tool", "tracker", "version", "window",
))  # fmt: skip
"""The labels of these families: no label of a machine can have one of their names."""
