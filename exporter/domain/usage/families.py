"""The families of Claude's models, today's and former ones."""

from __future__ import annotations

FAMILIES = ("opus", "sonnet", "haiku", "fable", "mythos", "instant")
CURRENT_FAMILIES = FAMILIES[:-1]
"""Those that a limit can name."""
