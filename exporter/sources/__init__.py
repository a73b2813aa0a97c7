"""Reads the outside world into values: transcripts, their folders, prices."""
