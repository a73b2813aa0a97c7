"""Migration 9: what the tables can do without."""

from __future__ import annotations

MIGRATION_9 = """
-- It took 20 bytes of each response of an older client, and was searched once in a session.
DROP INDEX IF EXISTS tracker_responses_doubted;
"""
