"""The tables that other programs read: their columns must not change."""

from __future__ import annotations

SEED_TABLES = """
CREATE TABLE IF NOT EXISTS real_sessions (
    id TEXT PRIMARY KEY,              -- Claude's session id
    session_type TEXT,                -- 'claude_desktop' or 'claude_code'
    start_time TIMESTAMP,             -- 2026-11-22T10:00:00.000Z
    end_time TIMESTAMP,               -- NULL while it runs
    process_id INTEGER,               -- the latest
    project_path TEXT,
    conversation_id TEXT,
    total_messages INTEGER,           -- prompts + responses
    models_used TEXT,                 -- JSON array
    estimated_tokens INTEGER,         -- sum of the five token types
    is_active BOOLEAN,
    metadata TEXT,                    -- JSON object, keys absent when unknown
    five_hour_block_id TEXT           -- the last block it took part in
);
CREATE TABLE IF NOT EXISTS five_hour_blocks (
    id TEXT PRIMARY KEY,              -- its start, 2026-11-22T10:00:00.000Z
    start_time TIMESTAMP,
    end_time TIMESTAMP,
    session_type TEXT,                -- 'claude_code'
    total_sessions INTEGER,
    total_tokens INTEGER,
    efficiency_score REAL,            -- 0 to 100
    is_complete BOOLEAN
);
"""
