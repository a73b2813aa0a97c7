"""Readings and limits reached in the database."""
