"""The state of a transcript file, and what is read from it at once."""
