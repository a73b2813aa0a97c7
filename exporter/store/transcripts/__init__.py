"""Transcript files in the database, and what was read from them."""
