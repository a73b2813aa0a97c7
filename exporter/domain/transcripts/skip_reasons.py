"""The reasons why a line is not counted."""

from __future__ import annotations

SKIP_REASONS = (
    "malformed",
    "oversized",
    "no_usage",
    "bad_tokens",
    "bad_timestamp",
    "out_of_range",
    "no_id",
    "synthetic",
    "failed",
)
"""Values of the `reason` label; `docs/counting.md` explains each."""
