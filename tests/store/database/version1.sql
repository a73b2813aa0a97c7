-- A database as the first version whose databases are kept compatible made it.
PRAGMA application_id = 1131172978;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE five_hour_blocks (
    id TEXT PRIMARY KEY,              -- its start, 2026-11-22T10:00:00.000Z
    start_time TIMESTAMP,
    end_time TIMESTAMP,
    session_type TEXT,                -- 'claude_code'
    total_sessions INTEGER,
    total_tokens INTEGER,
    efficiency_score REAL,            -- 0 to 100
    is_complete BOOLEAN
);
INSERT INTO "five_hour_blocks" VALUES('2026-11-20T09:00:00.000Z','2026-11-20T09:00:00.000Z','2026-11-20T14:00:00.000Z','claude_code',1,68016,20.0,1);
CREATE TABLE real_sessions (
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
INSERT INTO "real_sessions" VALUES('s1','claude_code','2026-11-20T09:00:00.000Z','2026-11-22T10:00:00.000Z',NULL,'/home/dev/shop','s1',13,'["claude-opus-4-5","claude-sonnet-4-5"]',68016,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":91.7}','2026-11-20T09:00:00.000Z');
CREATE TABLE tracker_api_errors (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL                -- as shown to the user
) WITHOUT ROWID;
INSERT INTO "tracker_api_errors" VALUES('e1',1795341600000,1,1795732710594,'server_error','API Error: 529 overloaded');
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
INSERT INTO "tracker_block_usage" VALUES(1795165200000,'claude-opus-4-5',8,488,976,48000,0,0,50840000,0);
INSERT INTO "tracker_block_usage" VALUES(1795165200000,'claude-sonnet-4-5',4,184,368,18000,0,0,11472000,0);
CREATE TABLE tracker_blocks (
    start_at INTEGER PRIMARY KEY,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL               -- 'official' or 'estimated'
);
INSERT INTO "tracker_blocks" VALUES(1795165200000,1795183200000,'estimated');
CREATE TABLE tracker_calibrations (
    window TEXT PRIMARY KEY,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL
) WITHOUT ROWID;
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
INSERT INTO "tracker_conversations" VALUES(1,'s1',1795165200000,1795341600000,'/home/dev/shop',1795165200000,1,NULL,'2.1.197','main',NULL);
CREATE TABLE tracker_effectiveness (
    session_id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    effective INTEGER NOT NULL        -- of them without API error, interruption or rejected tool call
) WITHOUT ROWID;
INSERT INTO "tracker_effectiveness" VALUES('s1',1795341600000,12,11);
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
INSERT INTO "tracker_files" VALUES('/home/dev/.claude/projects/-home-dev-shop/s1.jsonl',65024,10158478,5968,1795732710594633980,1795732710594633980,5968,X'A63194DD9F7087BB936E628F5F54BBB3',0);
CREATE TABLE tracker_last_readings (
    window TEXT NOT NULL,
    source TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    utilization REAL NOT NULL,
    resets_at INTEGER,
    organization TEXT,
    PRIMARY KEY (window, source)
) WITHOUT ROWID;
CREATE TABLE tracker_limit_hits (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- when it was first seen
    resets_at INTEGER,                -- NULL: unknown
    source TEXT NOT NULL,             -- transcript, hook or reading: where it was first reported
    locked_ms INTEGER                 -- from then to the reset, counted once the reset has passed
);
CREATE TABLE tracker_meta (
    key TEXT PRIMARY KEY,             -- 'version', 'sequence', 'committed_at', 'first_read_at', 'past', 'health'
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "tracker_meta" VALUES('committed_at','1795348800000');
INSERT INTO "tracker_meta" VALUES('first_read_at','1795348800000');
INSERT INTO "tracker_meta" VALUES('past','1');
INSERT INTO "tracker_meta" VALUES('sequence','1');
INSERT INTO "tracker_meta" VALUES('served_at','1795348800000');
INSERT INTO "tracker_meta" VALUES('version','1');
CREATE TABLE tracker_models (
    name TEXT PRIMARY KEY,            -- normalized
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
INSERT INTO "tracker_models" VALUES('claude-opus-4-5','claude-opus-4-5');
INSERT INTO "tracker_models" VALUES('claude-sonnet-4-5','claude-sonnet-4-5');
CREATE TABLE tracker_projects (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
);
INSERT INTO "tracker_projects" VALUES(1,'/home/dev/shop','shop');
CREATE TABLE tracker_prompts (
    uuid TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
);
INSERT INTO "tracker_prompts" VALUES('p1',1795165200000,1,1795732710594);
CREATE TABLE tracker_readings (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,             -- five_hour, seven_day, ...
    source TEXT NOT NULL,             -- statusline, desktop or account
    observed_at INTEGER NOT NULL,     -- when it was first reported
    last_at INTEGER NOT NULL,         -- and when last
    utilization REAL NOT NULL,        -- 0 to 1.01
    resets_at INTEGER,                -- NULL: not reported
    organization TEXT,                -- NULL: not reported
    used INTEGER NOT NULL,            -- 0: of another organization than the first
    begun_at INTEGER                  -- when its window started; NULL: unknown, or a model family's window
);
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
INSERT INTO "tracker_responses" VALUES(1,'m0','r0',1,0,3,1795165260000,'u0','claude-sonnet-4-5-20250929','end_turn',1,2,0,0,0,NULL,0,NULL,NULL,33000,1795165260000,1795732710594,1,1795165260000,1);
INSERT INTO "tracker_responses" VALUES(2,'m1','r1',1,0,1033,1795165560000,'u1','claude-opus-4-5-20251101','end_turn',11,22,1000,0,0,NULL,0,NULL,NULL,1105000,1795165560000,1795732710594,1,1795165560000,1);
INSERT INTO "tracker_responses" VALUES(3,'m2','r2',1,0,2063,1795165860000,'u2','claude-opus-4-5-20251101','end_turn',21,42,2000,0,0,NULL,0,NULL,NULL,2155000,1795165860000,1795732710594,1,1795165860000,1);
INSERT INTO "tracker_responses" VALUES(4,'m3','r3',1,0,3093,1795166160000,'u3','claude-sonnet-4-5-20250929','end_turn',31,62,3000,0,0,NULL,0,NULL,NULL,1923000,1795166160000,1795732710594,1,1795166160000,1);
INSERT INTO "tracker_responses" VALUES(5,'m4','r4',1,0,4123,1795168860000,'u4','claude-opus-4-5-20251101','end_turn',41,82,4000,0,0,NULL,0,NULL,NULL,4255000,1795168860000,1795732710594,1,1795168860000,1);
INSERT INTO "tracker_responses" VALUES(6,'m5','r5',1,0,5153,1795169160000,'u5','claude-opus-4-5-20251101','end_turn',51,102,5000,0,0,NULL,0,NULL,NULL,5305000,1795169160000,1795732710594,1,1795169160000,1);
INSERT INTO "tracker_responses" VALUES(7,'m6','r6',1,0,6183,1795169460000,'u6','claude-sonnet-4-5-20250929','end_turn',61,122,6000,0,0,NULL,0,NULL,NULL,3813000,1795169460000,1795732710594,1,1795169460000,1);
INSERT INTO "tracker_responses" VALUES(8,'m7','r7',1,0,7213,1795169760000,'u7','claude-opus-4-5-20251101','end_turn',71,142,7000,0,0,NULL,0,NULL,NULL,7405000,1795169760000,1795732710594,1,1795169760000,1);
INSERT INTO "tracker_responses" VALUES(9,'m8','r8',1,0,8243,1795172460000,'u8','claude-opus-4-5-20251101','end_turn',81,162,8000,0,0,NULL,0,NULL,NULL,8455000,1795172460000,1795732710594,1,1795172460000,1);
INSERT INTO "tracker_responses" VALUES(10,'m9','r9',1,0,9273,1795172760000,'u9','claude-sonnet-4-5-20250929','end_turn',91,182,9000,0,0,NULL,0,NULL,NULL,5703000,1795172760000,1795732710594,1,1795172760000,1);
INSERT INTO "tracker_responses" VALUES(11,'m10','r10',1,0,10303,1795173060000,'u10','claude-opus-4-5-20251101','end_turn',101,202,10000,0,0,NULL,0,NULL,NULL,10555000,1795173060000,1795732710594,1,1795173060000,1);
INSERT INTO "tracker_responses" VALUES(12,'m11','r11',1,0,11333,1795173360000,'u11','claude-opus-4-5-20251101','end_turn',111,222,11000,0,0,NULL,0,NULL,NULL,11605000,1795173360000,1795732710594,1,1795173360000,1);
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
CREATE TABLE tracker_stops (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tracker_subagents (
    conversation INTEGER NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (conversation, agent)
) WITHOUT ROWID;
CREATE TABLE tracker_tool_calls (
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    tool TEXT NOT NULL                -- as written
);
CREATE TABLE tracker_totals (
    family TEXT NOT NULL,
    labels TEXT NOT NULL,             -- JSON array of label values, in the family's order
    exact INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    first_met_at INTEGER NOT NULL,    -- when first stored; 0: in the first read, -1: while no tracker served
    PRIMARY KEY (family, labels)
) WITHOUT ROWID;
INSERT INTO "tracker_totals" VALUES('api_errors','["server_error"]',1,1,0);
INSERT INTO "tracker_totals" VALUES('blocks','[]',1,1,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-opus-4-5","main"]',50840000,50840000,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-sonnet-4-5","main"]',11472000,11472000,0);
INSERT INTO "tracker_totals" VALUES('ingest_bytes','[]',5968,5968,0);
INSERT INTO "tracker_totals" VALUES('ingest_lines','[]',14,14,0);
INSERT INTO "tracker_totals" VALUES('ingest_skipped_lines','["synthetic"]',1,1,0);
INSERT INTO "tracker_totals" VALUES('project_cost','["shop"]',62312000,62312000,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["shop"]',68016,68016,0);
INSERT INTO "tracker_totals" VALUES('prompts','[]',1,1,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-opus-4-5","main"]',8,8,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-sonnet-4-5","main"]',4,4,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_read","main"]',48000,48000,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_1h","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_5m","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","input","main"]',488,488,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","output","main"]',976,976,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_read","main"]',18000,18000,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_1h","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_5m","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","input","main"]',184,184,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","output","main"]',368,368,0);
CREATE TABLE tracker_unrequested_lines (
    message_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    PRIMARY KEY (message_id, uuid, conversation, sidechain)
) WITHOUT ROWID;
CREATE TABLE tracker_warnings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,            -- a window, 'block', a session id, or an alert's fingerprint
    until INTEGER NOT NULL,           -- the window's reset, the block's end, or the start of the wait or alert
    certain INTEGER NOT NULL,         -- 0: the reset was unknown, and `until` is the latest possible one
    at INTEGER NOT NULL,              -- when it was sent
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE tracker_windows (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
CREATE INDEX tracker_conversations_uncovered ON tracker_conversations (last_at)
    WHERE covered_until IS NULL OR last_at > covered_until;
CREATE INDEX tracker_conversations_by_cwd ON tracker_conversations (cwd, last_at);
CREATE INDEX tracker_sessions_by_start ON real_sessions (start_time);
CREATE INDEX tracker_runs_by_session ON tracker_runs (session_id, started_at);
CREATE INDEX tracker_runs_running ON tracker_runs (started_at) WHERE ended_at IS NULL;
CREATE INDEX tracker_api_errors_by_conversation ON tracker_api_errors (conversation, at);
CREATE INDEX tracker_stops_by_conversation ON tracker_stops (conversation, at);
CREATE INDEX tracker_effectiveness_by_end ON tracker_effectiveness (ended_at);
CREATE INDEX tracker_readings_by_source ON tracker_readings (window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (window, resets_at) WHERE used;
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (window, at);
CREATE INDEX tracker_limit_hits_locked ON tracker_limit_hits (resets_at) WHERE locked_ms IS NULL;
CREATE INDEX tracker_warnings_by_until ON tracker_warnings (until);
CREATE UNIQUE INDEX tracker_responses_by_key ON tracker_responses (message_id, request_id, conversation, sidechain);
CREATE INDEX tracker_responses_by_time ON tracker_responses (at) WHERE counted;
CREATE INDEX tracker_responses_advised ON tracker_responses (at) WHERE counted AND advisors IS NOT NULL;
CREATE INDEX tracker_responses_by_owner ON tracker_responses (owner, at) WHERE counted;
CREATE INDEX tracker_responses_copied ON tracker_responses (conversation) WHERE NOT counted;
CREATE UNIQUE INDEX tracker_prompts_by_uuid ON tracker_prompts (uuid);
CREATE INDEX tracker_prompts_by_conversation ON tracker_prompts (conversation, at);
CREATE INDEX tracker_prompts_by_time ON tracker_prompts (at);
CREATE UNIQUE INDEX tracker_tool_calls_by_id ON tracker_tool_calls (id);
CREATE INDEX tracker_tool_calls_by_time ON tracker_tool_calls (at);
COMMIT;
