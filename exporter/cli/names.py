"""The names of the program and its database."""

from __future__ import annotations

NAME = "claude-tracker"
DATABASE_NAME = "claude_usage.db"
