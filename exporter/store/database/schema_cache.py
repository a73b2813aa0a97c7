"""The prompt cache: what was written to it again. Part of migration 6."""

from __future__ import annotations

CACHE_TABLES = """
ALTER TABLE tracker_responses ADD COLUMN rewritten INTEGER; -- tokens written to the cache again; NULL: none
"""
