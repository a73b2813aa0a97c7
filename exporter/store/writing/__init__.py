"""Stores what was read, in transactions: each module the part of `Store` for one kind of data."""
