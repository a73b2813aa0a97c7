"""claude-tracker: counts what Claude Code uses, keeps it, and shows it."""

__version__ = "1.0.0"
