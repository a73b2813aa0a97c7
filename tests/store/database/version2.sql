-- A database as the version before accounts made it: two configuration folders, readings of two organizations, a limit.
PRAGMA application_id = 1131172978;
PRAGMA user_version = 2;
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
INSERT INTO "five_hour_blocks" VALUES('2026-11-21T10:00:00.000Z','2026-11-21T10:00:00.000Z','2026-11-21T15:00:00.000Z','claude_code',2,13414,13.333,1);
INSERT INTO "five_hour_blocks" VALUES('2026-11-22T09:00:00.000Z','2026-11-22T09:00:00.000Z','2026-11-22T14:00:00.000Z','claude_code',1,28890,15.0,1);
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
INSERT INTO "real_sessions" VALUES('s3','claude_code','2026-11-21T09:59:00.000Z','2026-11-21T10:20:00.000Z',NULL,'/home/dev/shop','s3',4,'["claude-opus-4-5"]',3099,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-21T10:00:00.000Z');
INSERT INTO "real_sessions" VALUES('s1','claude_code','2026-11-22T09:59:00.000Z','2026-11-22T13:00:00.000Z',NULL,'/home/dev/shop','s1',11,'["claude-opus-4-5"]',28890,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":90.0,"subagents":1}','2026-11-22T09:00:00.000Z');
INSERT INTO "real_sessions" VALUES('s2','claude_code','2026-11-21T11:59:00.000Z','2026-11-21T12:40:00.000Z',NULL,'/home/dev/shop','s2',6,'["claude-sonnet-4-5"]',10315,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-21T10:00:00.000Z');
CREATE TABLE tracker_api_errors (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL                -- as shown to the user
) WITHOUT ROWID;
INSERT INTO "tracker_api_errors" VALUES('e1',1795347600000,2,1795755023317,'rate_limit','You''ve hit your session limit · resets 2pm (UTC)');
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
INSERT INTO "tracker_block_usage" VALUES(1795255200000,'claude-opus-4-5',3,33,66,3000,0,0,3315000,0);
INSERT INTO "tracker_block_usage" VALUES(1795255200000,'claude-sonnet-4-5',5,105,210,10000,0,0,6465000,0);
INSERT INTO "tracker_block_usage" VALUES(1795338000000,'claude-opus-4-5',10,300,590,28000,0,0,30250000,0);
CREATE TABLE tracker_blocks (
    start_at INTEGER PRIMARY KEY,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL               -- 'official' or 'estimated'
);
INSERT INTO "tracker_blocks" VALUES(1795255200000,1795273200000,'estimated');
INSERT INTO "tracker_blocks" VALUES(1795338000000,1795356000000,'official');
CREATE TABLE tracker_calibrations (
    window TEXT PRIMARY KEY,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "tracker_calibrations" VALUES('five_hour',68750,56701,68750,3);
INSERT INTO "tracker_calibrations" VALUES('seven_day',49175000,39340000,49175000,3);
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
INSERT INTO "tracker_conversations" VALUES(1,'s3',1795255140000,1795256400000,'/home/dev/shop',1795255140000,1,NULL,'2.1.197','main',NULL);
INSERT INTO "tracker_conversations" VALUES(2,'s1',1795341540000,1795352400000,'/home/dev/shop',1795341540000,1,NULL,'2.1.197','main',NULL);
INSERT INTO "tracker_conversations" VALUES(3,'s2',1795262340000,1795264800000,'/home/dev/shop',1795262340000,1,NULL,'2.1.197','main',NULL);
CREATE TABLE tracker_effectiveness (
    session_id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    effective INTEGER NOT NULL        -- of them without API error, interruption or rejected tool call
) WITHOUT ROWID;
INSERT INTO "tracker_effectiveness" VALUES('s1',1795352400000,10,9);
INSERT INTO "tracker_effectiveness" VALUES('s2',1795264800000,5,5);
INSERT INTO "tracker_effectiveness" VALUES('s3',1795256400000,3,3);
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
INSERT INTO "tracker_files" VALUES('/home/dev/.claude-work/projects/-work/s3.jsonl',65024,10037682,1575,1795755023318926361,1795755023318926361,1575,X'D7D18CBE4710EB60B734B1D7C19377FB',0);
INSERT INTO "tracker_files" VALUES('/home/dev/.claude/projects/-shop/s1.jsonl',65024,10037674,4706,1795755023317839980,1795755023317839980,4706,X'0D7F1FE1E58DBE026DF5CD22C8584FF9',0);
INSERT INTO "tracker_files" VALUES('/home/dev/.claude/projects/-shop/s1/subagents/agent-a.jsonl',65024,10037678,409,1795755023318465988,1795755023318465988,409,X'98F2D3444F554340D9AF468F1A4883D4',0);
INSERT INTO "tracker_files" VALUES('/home/dev/.claude/projects/-shop/s2.jsonl',65024,10037675,2471,1795755023318126724,1795755023318126724,2471,X'6A1B8481432F97DE11FE92B1E1E2B2E6',0);
CREATE TABLE tracker_forgotten (
    hash TEXT PRIMARY KEY,            -- SHA-256 of the session id
    name TEXT NOT NULL,               -- under which its tokens are kept
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tracker_last_readings (
    window TEXT NOT NULL,
    source TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    utilization REAL NOT NULL,
    resets_at INTEGER,
    organization TEXT,
    PRIMARY KEY (window, source)
) WITHOUT ROWID;
INSERT INTO "tracker_last_readings" VALUES('five_hour','desktop',1795338000000,0.2,NULL,'org-one');
INSERT INTO "tracker_last_readings" VALUES('five_hour','statusline',1795347300000,0.97,1795356000000,NULL);
INSERT INTO "tracker_last_readings" VALUES('seven_day','statusline',1795347300000,0.25,1795608000000,NULL);
CREATE TABLE tracker_limit_hits (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- when it was first seen
    resets_at INTEGER,                -- NULL: unknown
    source TEXT NOT NULL,             -- transcript, hook or reading: where it was first reported
    locked_ms INTEGER                 -- from then to the reset, counted once the reset has passed
);
INSERT INTO "tracker_limit_hits" VALUES(1,'five_hour',1795347600000,1795356000000,'transcript',8400000);
CREATE TABLE tracker_meta (
    key TEXT PRIMARY KEY,             -- 'version', 'sequence', 'committed_at', 'first_read_at', 'past', 'health'
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "tracker_meta" VALUES('calibrated_at','1795347300000');
INSERT INTO "tracker_meta" VALUES('committed_at','1795456800000');
INSERT INTO "tracker_meta" VALUES('first_read_at','1795341600000');
INSERT INTO "tracker_meta" VALUES('organization','org-one');
INSERT INTO "tracker_meta" VALUES('past','2');
INSERT INTO "tracker_meta" VALUES('sequence','6');
INSERT INTO "tracker_meta" VALUES('served_at','1795341600000');
INSERT INTO "tracker_meta" VALUES('version','2');
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
INSERT INTO "tracker_prompts" VALUES('ps3',1795255140000,1,1795755023318);
INSERT INTO "tracker_prompts" VALUES('ps1',1795341540000,2,1795755023317);
INSERT INTO "tracker_prompts" VALUES('ps2',1795262340000,3,1795755023318);
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
INSERT INTO "tracker_readings" VALUES(1,'five_hour','desktop',1795338000000,1795338000000,0.2,NULL,'org-one',1,NULL);
INSERT INTO "tracker_readings" VALUES(2,'five_hour','desktop',1795338600000,1795338600000,0.7,NULL,'org-two',0,NULL);
INSERT INTO "tracker_readings" VALUES(3,'five_hour','statusline',1795342800000,1795342800000,0.4,1795356000000,NULL,1,1795338000000);
INSERT INTO "tracker_readings" VALUES(4,'seven_day','statusline',1795342800000,1795342800000,0.1,1795608000000,NULL,1,1795003200000);
INSERT INTO "tracker_readings" VALUES(5,'five_hour','statusline',1795345800000,1795345800000,0.8,1795356000000,NULL,1,1795338000000);
INSERT INTO "tracker_readings" VALUES(6,'seven_day','statusline',1795345800000,1795345800000,0.2,1795608000000,NULL,1,1795003200000);
INSERT INTO "tracker_readings" VALUES(7,'five_hour','statusline',1795347300000,1795347300000,0.97,1795356000000,NULL,1,1795338000000);
INSERT INTO "tracker_readings" VALUES(8,'seven_day','statusline',1795347300000,1795347300000,0.25,1795608000000,NULL,1,1795003200000);
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
INSERT INTO "tracker_responses" VALUES(1,'ms30','rs30',1,0,3,1795255200000,'us30','claude-opus-4-5-20251101','end_turn',1,2,0,0,0,NULL,0,NULL,NULL,55000,1795255200000,1795755023318,1,1795255200000,1);
INSERT INTO "tracker_responses" VALUES(2,'ms31','rs31',1,0,1033,1795255800000,'us31','claude-opus-4-5-20251101','end_turn',11,22,1000,0,0,NULL,0,NULL,NULL,1105000,1795255800000,1795755023318,1,1795255800000,1);
INSERT INTO "tracker_responses" VALUES(3,'ms32','rs32',1,0,2063,1795256400000,'us32','claude-opus-4-5-20251101','end_turn',21,42,2000,0,0,NULL,0,NULL,NULL,2155000,1795256400000,1795755023318,1,1795256400000,1);
INSERT INTO "tracker_responses" VALUES(4,'ms10','rs10',2,0,3,1795341600000,'us10','claude-opus-4-5-20251101','end_turn',1,2,0,0,0,NULL,0,NULL,NULL,55000,1795341600000,1795755023317,1,1795341600000,2);
INSERT INTO "tracker_responses" VALUES(5,'ms20','rs20',3,0,3,1795262400000,'us20','claude-sonnet-4-5-20250929','end_turn',1,2,0,0,0,NULL,0,NULL,NULL,33000,1795262400000,1795755023318,1,1795262400000,3);
INSERT INTO "tracker_responses" VALUES(6,'ms21','rs21',3,0,1033,1795263000000,'us21','claude-sonnet-4-5-20250929','end_turn',11,22,1000,0,0,NULL,0,NULL,NULL,663000,1795263000000,1795755023318,1,1795263000000,3);
INSERT INTO "tracker_responses" VALUES(7,'ms22','rs22',3,0,2063,1795263600000,'us22','claude-sonnet-4-5-20250929','end_turn',21,42,2000,0,0,NULL,0,NULL,NULL,1293000,1795263600000,1795755023318,1,1795263600000,3);
INSERT INTO "tracker_responses" VALUES(8,'ms23','rs23',3,0,3093,1795264200000,'us23','claude-sonnet-4-5-20250929','end_turn',31,62,3000,0,0,NULL,0,NULL,NULL,1923000,1795264200000,1795755023318,1,1795264200000,3);
INSERT INTO "tracker_responses" VALUES(9,'ms24','rs24',3,0,4123,1795264800000,'us24','claude-sonnet-4-5-20250929','end_turn',41,82,4000,0,0,NULL,0,NULL,NULL,2553000,1795264800000,1795755023318,1,1795264800000,3);
INSERT INTO "tracker_responses" VALUES(10,'ms11','rs11',2,0,1033,1795342200000,'us11','claude-opus-4-5-20251101','end_turn',11,22,1000,0,0,NULL,0,NULL,NULL,1105000,1795342200000,1795755023317,1,1795342200000,2);
INSERT INTO "tracker_responses" VALUES(11,'ms12','rs12',2,0,2063,1795342800000,'us12','claude-opus-4-5-20251101','end_turn',21,42,2000,0,0,NULL,0,NULL,NULL,2155000,1795342800000,1795755023317,1,1795342800000,2);
INSERT INTO "tracker_responses" VALUES(12,'ms13','rs13',2,0,3093,1795343400000,'us13','claude-opus-4-5-20251101','end_turn',31,62,3000,0,0,NULL,0,NULL,NULL,3205000,1795343400000,1795755023317,1,1795343400000,2);
INSERT INTO "tracker_responses" VALUES(13,'side','side',2,1,15,1795343400000,'side','claude-opus-4-5-20251101','end_turn',7,8,0,0,0,NULL,0,NULL,NULL,235000,1795343400000,1795755023318,1,1795343400000,2);
INSERT INTO "tracker_responses" VALUES(14,'ms14','rs14',2,0,4123,1795344000000,'us14','claude-opus-4-5-20251101','end_turn',41,82,4000,0,0,NULL,0,NULL,NULL,4255000,1795344000000,1795755023317,1,1795344000000,2);
INSERT INTO "tracker_responses" VALUES(15,'ms15','rs15',2,0,5153,1795344600000,'us15','claude-opus-4-5-20251101','end_turn',51,102,5000,0,0,NULL,0,NULL,NULL,5305000,1795344600000,1795755023317,1,1795344600000,2);
INSERT INTO "tracker_responses" VALUES(16,'ms16','rs16',2,0,6183,1795345200000,'us16','claude-opus-4-5-20251101','end_turn',61,122,6000,0,0,NULL,0,NULL,NULL,6355000,1795345200000,1795755023317,1,1795345200000,2);
INSERT INTO "tracker_responses" VALUES(17,'ms17','rs17',2,0,7213,1795345800000,'us17','claude-opus-4-5-20251101','end_turn',71,142,7000,0,0,NULL,0,NULL,NULL,7405000,1795345800000,1795755023317,1,1795345800000,2);
INSERT INTO "tracker_responses" VALUES(18,'late','late',2,0,11,1795352400000,'late','claude-opus-4-5-20251101','end_turn',5,6,0,0,0,NULL,0,NULL,NULL,175000,1795352400000,1795755023317,1,1795352400000,2);
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
INSERT INTO "tracker_subagents" VALUES(2,'a');
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
INSERT INTO "tracker_totals" VALUES('api_errors','["rate_limit"]',1,1,1795456800000);
INSERT INTO "tracker_totals" VALUES('blocks','[]',2,2,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-opus-4-5","main"]',33330000,33330000,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-opus-4-5","subagent"]',235000,235000,1795456800000);
INSERT INTO "tracker_totals" VALUES('cost','["claude-sonnet-4-5","main"]',6465000,6465000,0);
INSERT INTO "tracker_totals" VALUES('ingest_bytes','[]',9161,9161,0);
INSERT INTO "tracker_totals" VALUES('ingest_lines','[]',22,22,0);
INSERT INTO "tracker_totals" VALUES('ingest_skipped_lines','["synthetic"]',1,1,0);
INSERT INTO "tracker_totals" VALUES('limit_hits','["five_hour"]',1,1,1795456800000);
INSERT INTO "tracker_totals" VALUES('locked_out','["five_hour"]',8400000,8400000,1795456800000);
INSERT INTO "tracker_totals" VALUES('project_cost','["shop"]',40030000,40030000,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["shop"]',42304,42304,0);
INSERT INTO "tracker_totals" VALUES('prompts','[]',3,3,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-opus-4-5","main"]',12,12,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-opus-4-5","subagent"]',1,1,1795456800000);
INSERT INTO "tracker_totals" VALUES('responses','["claude-sonnet-4-5","main"]',5,5,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_read","main"]',31000,31000,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_read","subagent"]',0,0,1795456800000);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_1h","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_1h","subagent"]',0,0,1795456800000);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_5m","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_5m","subagent"]',0,0,1795456800000);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","input","main"]',326,326,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","input","subagent"]',7,7,1795456800000);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","output","main"]',648,648,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","output","subagent"]',8,8,1795456800000);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_read","main"]',10000,10000,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_1h","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_5m","main"]',0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","input","main"]',105,105,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","output","main"]',210,210,0);
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
INSERT INTO "tracker_windows" VALUES('five_hour','five_hour');
INSERT INTO "tracker_windows" VALUES('seven_day','seven_day');
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
