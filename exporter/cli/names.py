"""What things are called, for whoever needs no more."""

from __future__ import annotations

NAME = "claude-tracker"
DATABASE_NAME = "claude_usage.db"
