"""`claude-tracker support`."""
