"""Data in and out: exports in files, and reading them again."""
