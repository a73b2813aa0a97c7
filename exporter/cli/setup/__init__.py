"""`claude-tracker setup`: changes Claude Code's settings and our own configuration."""
