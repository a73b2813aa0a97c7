"""Claude Code's settings files: reading and editing their text."""
