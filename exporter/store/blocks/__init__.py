"""Blocks in the database."""
