"""Reads the outside world into values: transcripts, processes, limits, prices."""
