"""claude-tracker: counts what Claude Code uses, keeps it, and shows it."""

__version__ = "0.1.0"
