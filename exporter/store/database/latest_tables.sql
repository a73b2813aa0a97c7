-- The tables of a new database. Made by tests/support/latest_tables.py of the migrations, which say what each column
-- is for: a new database takes a sixth of the time this way.
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
CREATE TABLE tracker_meta (
    key TEXT PRIMARY KEY,             -- 'version', 'sequence', 'committed_at', 'first_read_at', 'past', 'health'
    value TEXT NOT NULL
) WITHOUT ROWID;
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
, quiet INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE tracker_projects (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
);
CREATE TABLE tracker_models (
    name TEXT PRIMARY KEY,            -- normalized
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
, provider TEXT) WITHOUT ROWID;
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
, repository TEXT, pull_request TEXT);
CREATE INDEX tracker_conversations_uncovered ON tracker_conversations (last_at)
    WHERE covered_until IS NULL OR last_at > covered_until;
CREATE INDEX tracker_conversations_by_cwd ON tracker_conversations (cwd, last_at);
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
, kind TEXT, needs TEXT, tempo TEXT);
CREATE INDEX tracker_sessions_by_start ON real_sessions (start_time);
CREATE INDEX tracker_runs_by_session ON tracker_runs (session_id, started_at);
CREATE INDEX tracker_runs_running ON tracker_runs (started_at) WHERE ended_at IS NULL;
CREATE TABLE tracker_subagents (
    conversation INTEGER NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (conversation, agent)
) WITHOUT ROWID;
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
    extras TEXT,                    -- JSON [[model, [five token counts], cost or null], ...]
    cost INTEGER,                     -- NULL: unpriced
    first_at INTEGER NOT NULL,        -- earliest line of this copy
    born_at INTEGER NOT NULL,         -- creation of the oldest file that contains it
    counted INTEGER NOT NULL,
    at INTEGER NOT NULL,              -- the response's time, if counted
    owner INTEGER NOT NULL            -- the credited conversation, if counted
, own_account INTEGER NOT NULL DEFAULT 1, account INTEGER NOT NULL DEFAULT 1, line TEXT NOT NULL DEFAULT '', doubt TEXT, incomplete INTEGER NOT NULL DEFAULT 0, requests TEXT, geo TEXT, provider TEXT, mark INTEGER, rewritten INTEGER, rewritten_cost INTEGER);
CREATE INDEX tracker_responses_advised ON tracker_responses (at) WHERE counted AND extras IS NOT NULL;
CREATE INDEX tracker_responses_by_owner ON tracker_responses (owner, at) WHERE counted;
CREATE INDEX tracker_responses_copied ON tracker_responses (conversation) WHERE NOT counted;
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
CREATE TABLE tracker_stops (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracker_stops_by_conversation ON tracker_stops (conversation, at);
CREATE TABLE tracker_effectiveness (
    session_id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    effective INTEGER NOT NULL        -- of them without API error, interruption or rejected tool call
) WITHOUT ROWID;
CREATE INDEX tracker_effectiveness_by_end ON tracker_effectiveness (ended_at);
CREATE TABLE tracker_totals (
    family TEXT NOT NULL,
    labels TEXT NOT NULL,             -- JSON array of label values, in the family's order
    exact INTEGER NOT NULL,
    peak INTEGER NOT NULL,
    first_met_at INTEGER NOT NULL, shift INTEGER NOT NULL DEFAULT 0,    -- when first stored; 0: in the first read, -1: while no tracker served
    PRIMARY KEY (family, labels)
) WITHOUT ROWID;
CREATE TABLE tracker_limit_hits (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- when it was first seen
    resets_at INTEGER,                -- NULL: unknown
    source TEXT NOT NULL,             -- transcript, hook or reading: where it was first reported
    locked_ms INTEGER                 -- from then to the reset, counted once the reset has passed
, account INTEGER NOT NULL DEFAULT 1, running_since INTEGER, is_closed INTEGER NOT NULL DEFAULT 0, went_on INTEGER NOT NULL DEFAULT 0, is_overage INTEGER NOT NULL DEFAULT 0);
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
, withdrawn_at INTEGER);
CREATE INDEX tracker_warnings_by_until ON tracker_warnings (until);
CREATE TABLE tracker_windows (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
CREATE TABLE tracker_forgotten (
    hash TEXT PRIMARY KEY,            -- SHA-256 of the session id
    name TEXT NOT NULL,               -- under which its tokens are kept
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tracker_accounts (
    id INTEGER PRIMARY KEY,           -- 1: unknown
    organization TEXT,                -- hash of its id; NULL: not known
    account TEXT,
    hash TEXT NOT NULL UNIQUE,        -- of both, ten hex digits; 'unknown'
    label TEXT NOT NULL,              -- the hash, or 'other' beyond the cap
    plan TEXT                         -- the organization's rate limit tier, else its type
);
CREATE TABLE tracker_folder_accounts (
    folder TEXT NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (folder, since)
) WITHOUT ROWID;
CREATE TABLE tracker_conversation_accounts (
    conversation INTEGER NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (conversation, since)
) WITHOUT ROWID;
CREATE TABLE "tracker_blocks" (
    account INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL,              -- 'official' or 'estimated'
    PRIMARY KEY (account, start_at)
) WITHOUT ROWID;
CREATE TABLE "tracker_block_usage" (
    account INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    model TEXT NOT NULL,
    responses INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cost INTEGER NOT NULL,            -- of tokens with a price
    unpriced INTEGER NOT NULL,        -- tokens without a price
    PRIMARY KEY (account, start_at, model)
) WITHOUT ROWID;
CREATE INDEX tracker_blocks_by_start ON tracker_blocks (start_at);
CREATE TABLE "tracker_readings" (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    window TEXT NOT NULL,             -- five_hour, seven_day, ...
    source TEXT NOT NULL,             -- statusline, desktop or account
    observed_at INTEGER NOT NULL,     -- when the service said so first
    last_at INTEGER NOT NULL,         -- and when last
    utilization REAL NOT NULL,        -- 0 to 1.01; of spend also more
    resets_at INTEGER,                -- NULL: not reported
    used INTEGER NOT NULL,            -- 0: its window had reset before
    begun_at INTEGER,                 -- when its window started; NULL: unknown, or of no use for calibration
    binds INTEGER NOT NULL DEFAULT 1  -- 0: the service says that the window does not bind the account
);
CREATE INDEX tracker_readings_by_source ON tracker_readings (account, window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (account, window, resets_at) WHERE used;
CREATE INDEX tracker_readings_by_time ON tracker_readings (last_at);
CREATE TABLE tracker_last_readings (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    source TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    utilization REAL NOT NULL,
    resets_at INTEGER,
    binds INTEGER NOT NULL,
    PRIMARY KEY (account, window, source)
) WITHOUT ROWID;
CREATE TABLE tracker_shown_answers (
    answer TEXT PRIMARY KEY,          -- hash of what was shown of a window, and of the running sums of the session
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracker_shown_answers_by_time ON tracker_shown_answers (last_at);
CREATE TABLE tracker_share_levels (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    voice TEXT NOT NULL,              -- a session's hash, else a source
    share REAL NOT NULL,
    resets_at INTEGER NOT NULL,
    below INTEGER NOT NULL,           -- how often in a row it reported a point less since
    at INTEGER NOT NULL,
    PRIMARY KEY (account, window, voice)
) WITHOUT ROWID;
CREATE TABLE tracker_limit_raises (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,
    resets_at INTEGER,
    before REAL NOT NULL,             -- the shares
    after REAL NOT NULL,
    source TEXT NOT NULL
);
CREATE INDEX tracker_limit_raises_by_time ON tracker_limit_raises (at);
CREATE TABLE tracker_credits (
    account INTEGER NOT NULL,
    currency TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    used REAL NOT NULL,
    max REAL,                         -- NULL: no limit
    PRIMARY KEY (account, currency)
) WITHOUT ROWID;
CREATE TABLE tracker_surfaces (
    account INTEGER NOT NULL,
    surface TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    share REAL NOT NULL,
    PRIMARY KEY (account, surface)
) WITHOUT ROWID;
CREATE TABLE "tracker_calibrations" (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL, error REAL NOT NULL DEFAULT 0.05,
    PRIMARY KEY (account, window)
) WITHOUT ROWID;
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (account, window, at);
CREATE INDEX tracker_limit_hits_by_time ON tracker_limit_hits (at);
CREATE TABLE tracker_limit_reports (
    hit INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hit, at)
) WITHOUT ROWID;
CREATE INDEX tracker_limit_reports_by_time ON tracker_limit_reports (at);
CREATE TABLE tracker_lockouts (
    hit INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    PRIMARY KEY (hit, start_at)
) WITHOUT ROWID;
CREATE UNIQUE INDEX tracker_responses_by_key
    ON tracker_responses (message_id, request_id, conversation, sidechain, line);
CREATE INDEX tracker_responses_by_line ON tracker_responses (line) WHERE line <> '';
CREATE INDEX tracker_responses_unrequested ON tracker_responses (conversation) WHERE request_id = '';
CREATE INDEX tracker_responses_by_time ON tracker_responses (at, account, provider) WHERE counted;
CREATE INDEX tracker_responses_of_others ON tracker_responses (at) WHERE counted AND provider IS NOT NULL;
CREATE INDEX tracker_responses_unpriced ON tracker_responses (model, speed) WHERE counted AND cost IS NULL;
CREATE TABLE tracker_detailed_ends (
    conversation INTEGER NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (conversation, version)
) WITHOUT ROWID;
CREATE TABLE tracker_worktrees (
    path TEXT PRIMARY KEY,
    original TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE tracker_project_labels (
    project INTEGER NOT NULL REFERENCES tracker_projects (id),
    since INTEGER NOT NULL,
    label TEXT NOT NULL,              -- its own, or 'other' while no place was free
    part INTEGER NOT NULL,            -- how often it had its own before: each time its counters begin at 0
    used_at INTEGER NOT NULL,         -- the last response under it
    PRIMARY KEY (project, since)
) WITHOUT ROWID;
CREATE TABLE tracker_window_ends (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    start_at INTEGER NOT NULL,        -- later than its length before its end, where it was reset early
    end_at INTEGER NOT NULL,
    share REAL NOT NULL,
    spent INTEGER NOT NULL,
    is_hit INTEGER NOT NULL,          -- 1: its limit was reached; 0: by its last reading
    PRIMARY KEY (account, window, end_at)
) WITHOUT ROWID;
CREATE TABLE tracker_limit_changes (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- the end of the last window before it
    before INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (account, window, at)
) WITHOUT ROWID;
CREATE TABLE tracker_rhythms (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,             -- whose models count
    stop REAL NOT NULL,               -- chances per minute: to stop while working, to go on while pausing
    go REAL NOT NULL,
    usual REAL,                       -- the usual pace at work, per minute; NULL: not known
    hourly REAL,                      -- the mean per hour; NULL: not known
    daily_deviation REAL NOT NULL,
    hours INTEGER NOT NULL,           -- how long this history is
    PRIMARY KEY (account, window)
) WITHOUT ROWID;
CREATE TABLE tracker_said (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    resets_at INTEGER NOT NULL,
    is_warned INTEGER NOT NULL,
    is_lasting INTEGER NOT NULL,
    PRIMARY KEY (account, window)
) WITHOUT ROWID;
CREATE TABLE tracker_marks (
    id INTEGER PRIMARY KEY,
    marks TEXT NOT NULL UNIQUE
);
CREATE TABLE tracker_mark_labels (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE tracker_cost_states (
    conversation INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,              -- the last entry with a time before it
    started_at INTEGER NOT NULL,      -- of the client; a session that goes on from another has the same
    cost INTEGER NOT NULL,
    models TEXT NOT NULL,             -- JSON {model as written: [[four token counts], cost]}
    compared INTEGER NOT NULL         -- 0: not yet, or not with the entries of today
);
CREATE INDEX tracker_cost_states_by_start ON tracker_cost_states (started_at);
CREATE INDEX tracker_cost_states_due ON tracker_cost_states (at) WHERE NOT compared;
CREATE INDEX tracker_responses_credited ON tracker_responses (conversation) WHERE counted AND owner <> conversation;
CREATE TABLE tracker_unwritten (
    conversation INTEGER NOT NULL,
    model TEXT NOT NULL,              -- label
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (conversation, model)
) WITHOUT ROWID;
CREATE INDEX tracker_responses_rewritten ON tracker_responses (at, rewritten, rewritten_cost)
    WHERE counted AND rewritten IS NOT NULL;
CREATE TABLE tracker_cache_lines (
    session TEXT NOT NULL,
    answered_at INTEGER NOT NULL,     -- the last answer in them
    requests INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    rewritten INTEGER NOT NULL,       -- tokens that misses wrote again
    causes TEXT NOT NULL,             -- JSON [[cause, misses], ...], sorted
    seen_at INTEGER NOT NULL,         -- when the line was first written
    started_at INTEGER,               -- about when the process started
    place INTEGER NOT NULL DEFAULT 0, -- 1: the first of its process, 2: the last, 3: both; others are kept for a day
    PRIMARY KEY (session, answered_at, requests, misses, rewritten, causes)
) WITHOUT ROWID;
CREATE INDEX tracker_cache_lines_between ON tracker_cache_lines (seen_at) WHERE place = 0;
CREATE INDEX tracker_cache_lines_last ON tracker_cache_lines (answered_at) WHERE place >= 2;
CREATE TABLE tracker_imported_days (
    folder TEXT NOT NULL,             -- the configuration folder with the statistics
    date TEXT NOT NULL,               -- 2026-11-22
    model TEXT NOT NULL,              -- its normalized name
    tokens INTEGER NOT NULL,
    PRIMARY KEY (folder, date, model)
) WITHOUT ROWID;
CREATE TABLE tracker_imported_sessions (
    session_id TEXT PRIMARY KEY,      -- as in real_sessions
    source TEXT NOT NULL,             -- 'merge', 'export', or 'earlier' for an earlier tracker's database
    at INTEGER NOT NULL,              -- when it was imported
    start_at INTEGER,                 -- of an estimate; NULL: its responses are stored
    tokens INTEGER,                   -- of an estimate, without types
    model TEXT                        -- of an estimate: its normalized name; NULL: several, or not known
) WITHOUT ROWID;
CREATE INDEX tracker_imported_estimates ON tracker_imported_sessions (start_at) WHERE start_at IS NOT NULL;
CREATE TABLE tracker_recent_usage (
    unit INTEGER NOT NULL,            -- the length of the span, ms
    at INTEGER NOT NULL,              -- its start
    whose INTEGER NOT NULL,           -- the account; -1: of another provider
    model TEXT NOT NULL,              -- label
    parts INTEGER NOT NULL,           -- responses, and what they contain of other models
    responses INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    dollars INTEGER NOT NULL,         -- of each response the whole dollars; a sum of nano-dollars could exceed 63 bits
    nanos INTEGER NOT NULL,           -- and the rest
    unpriced INTEGER NOT NULL,
    PRIMARY KEY (unit, at, whose, model)
) WITHOUT ROWID;
CREATE TABLE tracker_recent_projects (
    at INTEGER NOT NULL,              -- the start of the hour
    project INTEGER NOT NULL,         -- 0: unknown
    parts INTEGER NOT NULL,
    dollars INTEGER NOT NULL,
    nanos INTEGER NOT NULL,
    PRIMARY KEY (at, project)
) WITHOUT ROWID;
CREATE TABLE tracker_recent_times (
    account INTEGER NOT NULL,
    at INTEGER NOT NULL,              -- the start of the ten seconds
    first_at INTEGER,                 -- NULL: none is left
    last_at INTEGER,
    changed INTEGER NOT NULL,         -- the number of the last commit that changed a response in them
    PRIMARY KEY (account, at)
) WITHOUT ROWID;
CREATE INDEX tracker_recent_times_changed ON tracker_recent_times (account, changed);
CREATE TABLE tracker_recent_changes (
    number INTEGER PRIMARY KEY,       -- of the commit
    at INTEGER NOT NULL
);
CREATE TABLE tracker_session_usage (
    conversation INTEGER NOT NULL,
    whose INTEGER NOT NULL,           -- the account; -1: of another provider
    model TEXT NOT NULL,
    parts INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    PRIMARY KEY (conversation, whose, model)
) WITHOUT ROWID;
INSERT INTO tracker_meta VALUES ('tracker', lower(hex(randomblob(8))));
INSERT INTO tracker_accounts VALUES (1, NULL, NULL, 'unknown', 'unknown', NULL);
