"""The tables, as numbered migrations. Times are ms since the epoch, costs nano-dollars, unless a comment differs.

Our tables start with `tracker_`, so that they can live in a shared database.
"""

from __future__ import annotations

from exporter.store.database.schema_accounts import MIGRATION_3
from exporter.store.database.schema_causes import MIGRATION_6
from exporter.store.database.schema_counting import MIGRATION_4
from exporter.store.database.schema_forecast import MIGRATION_5
from exporter.store.database.schema_imported import MIGRATION_7
from exporter.store.database.schema_limits import LIMIT_TABLES
from exporter.store.database.schema_recent import MIGRATION_8
from exporter.store.database.schema_slimmer import MIGRATION_9

APPLICATION_ID = 0x436C5472
"""'ClTr' in the file's header; another non-zero value means another program's file."""

_USAGE = """
CREATE TABLE tracker_meta (
    key TEXT PRIMARY KEY,             -- 'version', 'sequence', 'committed_at', 'first_read_at', 'past', 'health'
    value TEXT NOT NULL
) WITHOUT ROWID;

-- A transcript file, and how far it has been read.
CREATE TABLE tracker_files (
    path TEXT PRIMARY KEY,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    born_ns INTEGER NOT NULL,         -- birth time if available, else change time when first seen
    offset INTEGER NOT NULL,          -- the byte after the last newline read
    tail BLOB NOT NULL,               -- hash of the bytes before the offset
    missing INTEGER NOT NULL          -- 1: not found in the last scan
) WITHOUT ROWID;

-- A working folder in which conversations started, and its bounded label, assigned once.
CREATE TABLE tracker_projects (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
);

-- The bounded labels of model names, assigned once.
CREATE TABLE tracker_models (
    name TEXT PRIMARY KEY,            -- normalized
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;

-- The metadata of a session id, from its lines.
CREATE TABLE tracker_conversations (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    first_at INTEGER,                 -- NULL while only known from a line without time
    last_at INTEGER,
    cwd TEXT,                         -- of the earliest line that has one
    cwd_at INTEGER,
    project INTEGER REFERENCES tracker_projects (id),
    entrypoint TEXT,
    client_version TEXT,
    git_branch TEXT,
    covered_until INTEGER             -- lines until then belong to ended runs; NULL: to none yet
);
-- Worded like its queries, so that they use it.
CREATE INDEX tracker_conversations_uncovered ON tracker_conversations (last_at)
    WHERE covered_until IS NULL OR last_at > covered_until;
CREATE INDEX tracker_conversations_by_cwd ON tracker_conversations (cwd, last_at);

-- A time during which a session ran, in one process or according to its transcript. Each counts as one start; at its
-- first end, its length is observed once.
CREATE TABLE tracker_runs (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,         -- as in real_sessions
    session_type TEXT NOT NULL,
    source TEXT NOT NULL,             -- registered, inferred or transcript
    pid INTEGER,                      -- NULL: known only from its transcript
    process_started_at INTEGER,
    start_token TEXT,                 -- its start in the system's own form, if any
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,         -- when it was last recorded as running
    ended_at INTEGER,                 -- NULL while it runs
    observed INTEGER,                 -- its length, ms, as observed when it first ended
    by_last_evidence INTEGER NOT NULL DEFAULT 0, -- 1: its end was not observed
    state TEXT NOT NULL DEFAULT 'unknown',
    waiting_for TEXT,
    state_since INTEGER,              -- when the state was first seen
    cwd TEXT,
    entrypoint TEXT,
    client_version TEXT,
    skip_permissions INTEGER          -- NULL: unknown
);
CREATE INDEX IF NOT EXISTS tracker_sessions_by_start ON real_sessions (start_time);
CREATE INDEX tracker_runs_by_session ON tracker_runs (session_id, started_at);
CREATE INDEX tracker_runs_running ON tracker_runs (started_at) WHERE ended_at IS NULL;

-- The subagents of a session, from the names of their files.
CREATE TABLE tracker_subagents (
    conversation INTEGER NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (conversation, agent)
) WITHOUT ROWID;

-- A copy of a response in one session and chain, with the data of its best line. The copies of one message_id are
-- resolved together (domain/usage/counting.py); those with counted = 1 are the responses, and only they count.
CREATE TABLE tracker_responses (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL,         -- the line's uuid if it has no message id
    request_id TEXT NOT NULL,         -- '' if the line has none
    conversation INTEGER NOT NULL REFERENCES tracker_conversations (id),
    sidechain INTEGER NOT NULL,
    total INTEGER NOT NULL,           -- of the best line: all tokens, including its advisors'
    line_at INTEGER NOT NULL,         -- its time
    uuid TEXT NOT NULL,               -- its own
    model TEXT NOT NULL,              -- as written
    stop_reason TEXT,                 -- NULL: output is a lower bound
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    speed TEXT,                       -- NULL: ordinary speed
    web_searches INTEGER NOT NULL DEFAULT 0,
    reported_cost INTEGER,            -- the client's own price
    advisors TEXT,                    -- JSON [[model, [five token counts], cost or null], ...]
    cost INTEGER,                     -- NULL: unpriced
    first_at INTEGER NOT NULL,        -- earliest line of this copy
    born_at INTEGER NOT NULL,         -- creation of the oldest file that contains it
    counted INTEGER NOT NULL,
    at INTEGER NOT NULL,              -- the response's time, if counted
    owner INTEGER NOT NULL            -- the credited conversation, if counted
);
CREATE UNIQUE INDEX tracker_responses_by_key ON tracker_responses (message_id, request_id, conversation, sidechain);
CREATE INDEX tracker_responses_by_time ON tracker_responses (at) WHERE counted;
CREATE INDEX tracker_responses_advised ON tracker_responses (at) WHERE counted AND advisors IS NOT NULL;
CREATE INDEX tracker_responses_by_owner ON tracker_responses (owner, at) WHERE counted;
CREATE INDEX tracker_responses_copied ON tracker_responses (conversation) WHERE NOT counted;

-- Lines without a request id, to link a fork's copies with their originals.
CREATE TABLE tracker_unrequested_lines (
    message_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    PRIMARY KEY (message_id, uuid, conversation, sidechain)
) WITHOUT ROWID;

CREATE TABLE tracker_prompts (
    uuid TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX tracker_prompts_by_uuid ON tracker_prompts (uuid);
CREATE INDEX tracker_prompts_by_conversation ON tracker_prompts (conversation, at);
CREATE INDEX tracker_prompts_by_time ON tracker_prompts (at);

CREATE TABLE tracker_tool_calls (
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    tool TEXT NOT NULL                -- as written
);
CREATE UNIQUE INDEX tracker_tool_calls_by_id ON tracker_tool_calls (id);
CREATE INDEX tracker_tool_calls_by_time ON tracker_tool_calls (at);

CREATE TABLE tracker_api_errors (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL                -- as shown to the user
) WITHOUT ROWID;
CREATE INDEX tracker_api_errors_by_conversation ON tracker_api_errors (conversation, at);

-- When the user interrupted, or rejected a tool call.
CREATE TABLE tracker_stops (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracker_stops_by_conversation ON tracker_stops (conversation, at);

-- The effectiveness of ended sessions, for a fast query of a week.
CREATE TABLE tracker_effectiveness (
    session_id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    effective INTEGER NOT NULL        -- of them without API error, interruption or rejected tool call
) WITHOUT ROWID;
CREATE INDEX tracker_effectiveness_by_end ON tracker_effectiveness (ended_at);

-- The stored totals, one row per label set. `exact` follows corrections up and down, `peak` is its running
-- maximum: the counter on /metrics, which never falls.
CREATE TABLE tracker_totals (
    family TEXT NOT NULL,
    labels TEXT NOT NULL,             -- JSON array of label values, in the family's order
    exact INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    first_met_at INTEGER NOT NULL,    -- when first stored; 0: in the first read, -1: while no tracker served
    PRIMARY KEY (family, labels)
) WITHOUT ROWID;

CREATE TABLE tracker_blocks (
    start_at INTEGER PRIMARY KEY,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL               -- 'official' or 'estimated'
);

-- A block's usage by model label.
CREATE TABLE tracker_block_usage (
    start_at INTEGER NOT NULL REFERENCES tracker_blocks (start_at),
    model TEXT NOT NULL,
    responses INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cost INTEGER NOT NULL,            -- of tokens with a price
    unpriced INTEGER NOT NULL,        -- tokens without a price
    PRIMARY KEY (start_at, model)
) WITHOUT ROWID;
"""

MIGRATION_1 = _USAGE + LIMIT_TABLES
MIGRATION_2 = """
-- The sessions that the user had forgotten: what is read of them later is recognized by the hash of their id.
CREATE TABLE tracker_forgotten (
    hash TEXT PRIMARY KEY,            -- SHA-256 of the session id
    name TEXT NOT NULL,               -- under which its tokens are kept
    at INTEGER NOT NULL
) WITHOUT ROWID;
"""
MIGRATIONS = (
    MIGRATION_1, MIGRATION_2, MIGRATION_3, MIGRATION_4, MIGRATION_5, MIGRATION_6, MIGRATION_7, MIGRATION_8,
    MIGRATION_9,
)  # fmt: skip
"""Migration n brings a database from version n - 1 to n. Never changed once released."""

VERSION = len(MIGRATIONS)
