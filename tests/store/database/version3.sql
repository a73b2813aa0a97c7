-- A database as the version before iterations made it, of `support/upgrade_tree.py`.
PRAGMA application_id = 1131172978;
PRAGMA user_version = 3;
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
INSERT INTO "five_hour_blocks" VALUES('2026-11-20T05:00:00.000Z','2026-11-20T05:00:00.000Z','2026-11-20T10:00:00.000Z','claude_code',3,372,5.0,1);
INSERT INTO "five_hour_blocks" VALUES('2026-11-20T11:00:00.000Z','2026-11-20T11:00:00.000Z','2026-11-20T16:00:00.000Z','claude_code',3,509,10.0,1);
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
INSERT INTO "real_sessions" VALUES('gone','claude_code','2026-11-20T05:00:00.000Z','2026-11-20T05:00:00.000Z',NULL,'/home/dev/old/','gone',1,'["claude-opus-4-5"]',30,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-20T05:00:00.000Z');
INSERT INTO "real_sessions" VALUES('relay','claude_code','2026-11-20T09:00:00.000Z','2026-11-20T11:06:00.001Z',NULL,'/home/dev/shop','relay',4,'["claude-sonnet-4-5"]',312,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-20T05:00:00.000Z');
INSERT INTO "real_sessions" VALUES('s1','claude_code','2026-11-20T08:00:00.000Z','2026-11-20T11:24:00.000Z',NULL,'/home/dev/shop','s1',11,'["claude-opus-4-5","glm-5.2"]',479,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-20T11:00:00.000Z');
INSERT INTO "real_sessions" VALUES('calm-fox','claude_code','2026-11-20T13:00:00.000Z','2026-11-20T13:00:00.000Z',NULL,'/w/shop/.claude/worktrees/calm-fox','calm-fox',1,'["claude-opus-4-5"]',30,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-20T11:00:00.000Z');
INSERT INTO "real_sessions" VALUES('wild-owl','claude_code','2026-11-20T13:00:00.000Z','2026-11-20T13:00:00.000Z',NULL,'/w/shop/.claude/worktrees/wild-owl','wild-owl',1,'["claude-opus-4-5"]',30,0,'{"source":"transcript","tokens":"exact","client_version":"2.1.197","git_branch":"main","effectiveness":100.0}','2026-11-20T11:00:00.000Z');
CREATE TABLE tracker_accounts (
    id INTEGER PRIMARY KEY,           -- 1: unknown
    organization TEXT,                -- hash of its id; NULL: not known
    account TEXT,
    hash TEXT NOT NULL UNIQUE,        -- of both, ten hex digits; 'unknown'
    label TEXT NOT NULL,              -- the hash, or 'other' beyond the cap
    plan TEXT                         -- the organization's rate limit tier, else its type
);
INSERT INTO "tracker_accounts" VALUES(1,NULL,NULL,'unknown','unknown',NULL);
CREATE TABLE tracker_api_errors (
    uuid TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL                -- as shown to the user
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
INSERT INTO "tracker_block_usage" VALUES(1,1795150800000,'claude-opus-4-5',2,20,40,0,0,0,1100000,0);
INSERT INTO "tracker_block_usage" VALUES(1,1795150800000,'claude-sonnet-4-5',1,12,300,0,0,0,4536000,0);
INSERT INTO "tracker_block_usage" VALUES(1,1795172400000,'claude-opus-4-5',6,142,167,0,0,0,4885000,0);
INSERT INTO "tracker_block_usage" VALUES(1,1795172400000,'glm-5.2',1,100,100,0,0,0,0,200);
CREATE TABLE "tracker_blocks" (
    account INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL,              -- 'official' or 'estimated'
    PRIMARY KEY (account, start_at)
) WITHOUT ROWID;
INSERT INTO "tracker_blocks" VALUES(1,1795150800000,1795168800000,'estimated');
INSERT INTO "tracker_blocks" VALUES(1,1795172400000,1795190400000,'estimated');
CREATE TABLE "tracker_calibrations" (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    PRIMARY KEY (account, window)
) WITHOUT ROWID;
CREATE TABLE tracker_conversation_accounts (
    conversation INTEGER NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (conversation, since)
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
INSERT INTO "tracker_conversations" VALUES(1,'gone',1795150800000,1795150800000,'/home/dev/old/',1795150800000,1,NULL,'2.1.197','main',1795150860000);
INSERT INTO "tracker_conversations" VALUES(2,'relay',1795165200000,1795172760001,'/home/dev/shop',1795165200000,2,NULL,'2.1.197','main',1795172820001);
INSERT INTO "tracker_conversations" VALUES(3,'s1',1795161600000,1795173840000,'/home/dev/shop',1795161600000,2,NULL,'2.1.197','main',1795173900000);
INSERT INTO "tracker_conversations" VALUES(4,'calm-fox',1795179600000,1795179600000,'/w/shop/.claude/worktrees/calm-fox',1795179600000,3,NULL,'2.1.197','main',1795179660000);
INSERT INTO "tracker_conversations" VALUES(5,'wild-owl',1795179600000,1795179600000,'/w/shop/.claude/worktrees/wild-owl',1795179600000,4,NULL,'2.1.197','main',1795179660000);
CREATE TABLE tracker_credits (
    account INTEGER NOT NULL,
    currency TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    used REAL NOT NULL,
    max REAL,                         -- NULL: no limit
    PRIMARY KEY (account, currency)
) WITHOUT ROWID;
CREATE TABLE tracker_effectiveness (
    session_id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    effective INTEGER NOT NULL        -- of them without API error, interruption or rejected tool call
) WITHOUT ROWID;
INSERT INTO "tracker_effectiveness" VALUES('calm-fox',1795179600000,1,1);
INSERT INTO "tracker_effectiveness" VALUES('gone',1795150800000,1,1);
INSERT INTO "tracker_effectiveness" VALUES('relay',1795172760001,1,1);
INSERT INTO "tracker_effectiveness" VALUES('s1',1795173840000,6,6);
INSERT INTO "tracker_effectiveness" VALUES('wild-owl',1795179600000,1,1);
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
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-home-dev-old/gone.jsonl',65024,835597,408,1795513600000000000,1795513600000000000,408,X'CAE191318298AC297198E4C23B00BBEC',0);
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-home-dev-shop/relay.jsonl',65024,835590,3165,1795513600000000000,1795513600000000000,3165,X'5C2216EE3B8509F42F2D685197EC7B1A',0);
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-home-dev-shop/s1.jsonl',65024,835589,4863,1795513600000000000,1795513600000000000,4863,X'9288F154729F002972EA0C5307832D32',0);
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-home-dev-shop/torn.jsonl',65024,835591,895,1795513600000000000,1795513600000000000,488,X'92B9D014E251FBE1A7F73CA913A49FBF',0);
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-w-shop-1/calm-fox.jsonl',65024,835593,432,1795513600000000000,1795513600000000000,432,X'D1FB6AA1563BEE8C7740EE9AF8222981',0);
INSERT INTO "tracker_files" VALUES('/home/ada/.claude/projects/-w-shop-2/wild-owl.jsonl',65024,835595,432,1795513600000000000,1795513600000000000,432,X'3EB327F4E2A1D9ABA653982B5D109120',0);
CREATE TABLE tracker_folder_accounts (
    folder TEXT NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (folder, since)
) WITHOUT ROWID;
CREATE TABLE tracker_forgotten (
    hash TEXT PRIMARY KEY,            -- SHA-256 of the session id
    name TEXT NOT NULL,               -- under which its tokens are kept
    at INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE TABLE tracker_limit_hits (
    id INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    at INTEGER NOT NULL,              -- when it was first seen
    resets_at INTEGER,                -- NULL: unknown
    source TEXT NOT NULL,             -- transcript, hook or reading: where it was first reported
    locked_ms INTEGER                 -- from then to the reset, counted once the reset has passed
, account INTEGER NOT NULL DEFAULT 1, running_since INTEGER, is_closed INTEGER NOT NULL DEFAULT 0, went_on INTEGER NOT NULL DEFAULT 0, is_overage INTEGER NOT NULL DEFAULT 0);
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
CREATE TABLE tracker_limit_reports (
    hit INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hit, at)
) WITHOUT ROWID;
CREATE TABLE tracker_lockouts (
    hit INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    PRIMARY KEY (hit, start_at)
) WITHOUT ROWID;
CREATE TABLE tracker_meta (
    key TEXT PRIMARY KEY,             -- 'version', 'sequence', 'committed_at', 'first_read_at', 'past', 'health'
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "tracker_meta" VALUES('committed_at','1795600000000');
INSERT INTO "tracker_meta" VALUES('first_account','1');
INSERT INTO "tracker_meta" VALUES('first_read_at','1795600000000');
INSERT INTO "tracker_meta" VALUES('past','1');
INSERT INTO "tracker_meta" VALUES('sequence','2');
INSERT INTO "tracker_meta" VALUES('served_at','1795600000000');
INSERT INTO "tracker_meta" VALUES('tracker','2c09f0fc77c9e819');
INSERT INTO "tracker_meta" VALUES('version','3');
CREATE TABLE tracker_models (
    name TEXT PRIMARY KEY,            -- normalized
    label TEXT NOT NULL               -- the name, or 'other' beyond the cap
) WITHOUT ROWID;
INSERT INTO "tracker_models" VALUES('claude-opus-4-5','claude-opus-4-5');
INSERT INTO "tracker_models" VALUES('claude-sonnet-4-5','claude-sonnet-4-5');
INSERT INTO "tracker_models" VALUES('glm-5.2','glm-5.2');
CREATE TABLE tracker_projects (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
);
INSERT INTO "tracker_projects" VALUES(1,'/home/dev/old/','old');
INSERT INTO "tracker_projects" VALUES(2,'/home/dev/shop','shop');
INSERT INTO "tracker_projects" VALUES(3,'/w/shop/.claude/worktrees/calm-fox','calm-fox');
INSERT INTO "tracker_projects" VALUES(4,'/w/shop/.claude/worktrees/wild-owl','wild-owl');
CREATE TABLE tracker_prompts (
    uuid TEXT NOT NULL,
    at INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    born_at INTEGER NOT NULL
);
INSERT INTO "tracker_prompts" VALUES('rp0',1795165200000,2,1795513600000);
INSERT INTO "tracker_prompts" VALUES('rp1',1795168800000,2,1795513600000);
INSERT INTO "tracker_prompts" VALUES('rp2',1795172400000,2,1795513600000);
INSERT INTO "tracker_prompts" VALUES('o1',1795161600000,3,1795513600000);
INSERT INTO "tracker_prompts" VALUES('n1',1795168800000,3,1795513600000);
INSERT INTO "tracker_prompts" VALUES('n2',1795169160000,3,1795513600000);
INSERT INTO "tracker_prompts" VALUES('n3',1795169520000,3,1795513600000);
INSERT INTO "tracker_prompts" VALUES('n4',1795169880000,3,1795513600000);
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
, own_account INTEGER NOT NULL DEFAULT 1, account INTEGER NOT NULL DEFAULT 1);
INSERT INTO "tracker_responses" VALUES(1,'g1','g1',1,0,30,1795150800000,'g1','claude-opus-4-5-20251101','end_turn',10,20,0,0,0,NULL,0,NULL,NULL,550000,1795150800000,1795513600000,1,1795150800000,1,1,1);
INSERT INTO "tracker_responses" VALUES(2,'same','',2,0,312,1795172760001,'r21','claude-sonnet-4-5-20250929','end_turn',12,300,0,0,0,NULL,0,NULL,NULL,4536000,1795165560000,1795513600000,1,1795165560000,2,1,1);
INSERT INTO "tracker_responses" VALUES(3,'o1','o1',3,0,30,1795161960000,'o2','claude-opus-4-5-20251101','end_turn',10,20,0,0,0,NULL,0,NULL,NULL,550000,1795161960000,1795513600000,1,1795161960000,3,1,1);
INSERT INTO "tracker_responses" VALUES(4,'c1','c1',3,0,30,1795172400000,'c1','claude-opus-4-5-20251101','end_turn',10,20,0,0,0,NULL,0,NULL,NULL,550000,1795172400000,1795513600000,1,1795172400000,3,1,1);
INSERT INTO "tracker_responses" VALUES(5,'c2','c2',3,0,11,1795172760000,'c2','claude-opus-4-5-20251101','end_turn',5,6,0,0,0,NULL,0,NULL,NULL,175000,1795172760000,1795513600000,1,1795172760000,3,1,1);
INSERT INTO "tracker_responses" VALUES(6,'c3','c3',3,0,8,1795173120000,'c3','claude-opus-4-5-20251101','end_turn',7,1,0,0,0,NULL,0,NULL,NULL,60000,1795173120000,1795513600000,1,1795173120000,3,1,1);
INSERT INTO "tracker_responses" VALUES(7,'c4','c4',3,0,200,1795173480000,'c4','glm-5.2','end_turn',100,100,0,0,0,NULL,0,NULL,NULL,NULL,1795173480000,1795513600000,1,1795173480000,3,1,1);
INSERT INTO "tracker_responses" VALUES(8,'c5','c5',3,0,200,1795173840000,'c5','claude-opus-4-5-20251101','end_turn',100,100,0,0,0,NULL,0,NULL,NULL,3000000,1795173840000,1795513600000,1,1795173840000,3,1,1);
INSERT INTO "tracker_responses" VALUES(9,'w1','w1',4,0,30,1795179600000,'w1','claude-opus-4-5-20251101','end_turn',10,20,0,0,0,NULL,0,NULL,NULL,550000,1795179600000,1795513600000,1,1795179600000,4,1,1);
INSERT INTO "tracker_responses" VALUES(10,'w2','w2',5,0,30,1795179600000,'w2','claude-opus-4-5-20251101','end_turn',10,20,0,0,0,NULL,0,NULL,NULL,550000,1795179600000,1795513600000,1,1795179600000,5,1,1);
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
INSERT INTO "tracker_runs" VALUES(1,'gone','claude_code','transcript',NULL,NULL,NULL,1795150800000,1795150800000,1795150800000,0,0,'unknown',NULL,NULL,'/home/dev/old/',NULL,NULL,NULL);
INSERT INTO "tracker_runs" VALUES(2,'relay','claude_code','transcript',NULL,NULL,NULL,1795165200000,1795172760001,1795172760001,7560001,0,'unknown',NULL,NULL,'/home/dev/shop',NULL,NULL,NULL);
INSERT INTO "tracker_runs" VALUES(3,'s1','claude_code','transcript',NULL,NULL,NULL,1795161600000,1795173840000,1795173840000,12240000,0,'unknown',NULL,NULL,'/home/dev/shop',NULL,NULL,NULL);
INSERT INTO "tracker_runs" VALUES(4,'calm-fox','claude_code','transcript',NULL,NULL,NULL,1795179600000,1795179600000,1795179600000,0,0,'unknown',NULL,NULL,'/w/shop/.claude/worktrees/calm-fox',NULL,NULL,NULL);
INSERT INTO "tracker_runs" VALUES(5,'wild-owl','claude_code','transcript',NULL,NULL,NULL,1795179600000,1795179600000,1795179600000,0,0,'unknown',NULL,NULL,'/w/shop/.claude/worktrees/wild-owl',NULL,NULL,NULL);
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
CREATE TABLE tracker_shown_answers (
    answer TEXT PRIMARY KEY,          -- hash of what was shown of a window, and of the running sums of the session
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) WITHOUT ROWID;
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
CREATE TABLE tracker_surfaces (
    account INTEGER NOT NULL,
    surface TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    share REAL NOT NULL,
    PRIMARY KEY (account, surface)
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
    first_met_at INTEGER NOT NULL, shift INTEGER NOT NULL DEFAULT 0,    -- when first stored; 0: in the first read, -1: while no tracker served
    PRIMARY KEY (family, labels)
) WITHOUT ROWID;
INSERT INTO "tracker_totals" VALUES('blocks','[]',2,2,0,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-opus-4-5","main"]',5985000,5985000,0,0);
INSERT INTO "tracker_totals" VALUES('cost','["claude-sonnet-4-5","main"]',4536000,4536000,0,0);
INSERT INTO "tracker_totals" VALUES('cost','["glm-5.2","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('ingest_bytes','[]',9788,9788,0,0);
INSERT INTO "tracker_totals" VALUES('ingest_lines','[]',26,26,0,0);
INSERT INTO "tracker_totals" VALUES('ingest_skipped_lines','["malformed"]',1,1,0,0);
INSERT INTO "tracker_totals" VALUES('project_cost','["calm-fox"]',550000,550000,0,0);
INSERT INTO "tracker_totals" VALUES('project_cost','["old"]',550000,550000,0,0);
INSERT INTO "tracker_totals" VALUES('project_cost','["shop"]',8871000,8871000,0,0);
INSERT INTO "tracker_totals" VALUES('project_cost','["wild-owl"]',550000,550000,0,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["calm-fox"]',30,30,0,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["old"]',30,30,0,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["shop"]',791,791,0,0);
INSERT INTO "tracker_totals" VALUES('project_tokens','["wild-owl"]',30,30,0,0);
INSERT INTO "tracker_totals" VALUES('prompts','[]',8,8,0,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-opus-4-5","main"]',8,8,0,0);
INSERT INTO "tracker_totals" VALUES('responses','["claude-sonnet-4-5","main"]',1,1,0,0);
INSERT INTO "tracker_totals" VALUES('responses','["glm-5.2","main"]',1,1,0,0);
INSERT INTO "tracker_totals" VALUES('session_duration_bucket','["claude_code","18000.0"]',2,2,0,0);
INSERT INTO "tracker_totals" VALUES('session_duration_bucket','["claude_code","60.0"]',3,3,0,0);
INSERT INTO "tracker_totals" VALUES('session_duration_sum','["claude_code"]',19800001,19800001,0,0);
INSERT INTO "tracker_totals" VALUES('sessions_started','["claude_code"]',5,5,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_read","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_1h","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","cache_write_5m","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","input","main"]',162,162,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-opus-4-5","output","main"]',207,207,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_read","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_1h","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","cache_write_5m","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","input","main"]',12,12,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["claude-sonnet-4-5","output","main"]',300,300,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["glm-5.2","cache_read","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["glm-5.2","cache_write_1h","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["glm-5.2","cache_write_5m","main"]',0,0,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["glm-5.2","input","main"]',100,100,0,0);
INSERT INTO "tracker_totals" VALUES('tokens','["glm-5.2","output","main"]',100,100,0,0);
INSERT INTO "tracker_totals" VALUES('unpriced_tokens','["glm-5.2"]',200,200,0,0);
CREATE TABLE tracker_unrequested_lines (
    message_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    PRIMARY KEY (message_id, uuid, conversation, sidechain)
) WITHOUT ROWID;
INSERT INTO "tracker_unrequested_lines" VALUES('same','r00',2,0);
INSERT INTO "tracker_unrequested_lines" VALUES('same','r01',2,0);
INSERT INTO "tracker_unrequested_lines" VALUES('same','r10',2,0);
INSERT INTO "tracker_unrequested_lines" VALUES('same','r11',2,0);
INSERT INTO "tracker_unrequested_lines" VALUES('same','r20',2,0);
INSERT INTO "tracker_unrequested_lines" VALUES('same','r21',2,0);
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
CREATE INDEX tracker_warnings_by_until ON tracker_warnings (until);
CREATE INDEX tracker_blocks_by_start ON tracker_blocks (start_at);
CREATE INDEX tracker_readings_by_source ON tracker_readings (account, window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (account, window, resets_at) WHERE used;
CREATE INDEX tracker_readings_by_time ON tracker_readings (last_at);
CREATE INDEX tracker_shown_answers_by_time ON tracker_shown_answers (last_at);
CREATE INDEX tracker_limit_raises_by_time ON tracker_limit_raises (at);
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (account, window, at);
CREATE INDEX tracker_limit_hits_by_time ON tracker_limit_hits (at);
CREATE INDEX tracker_limit_reports_by_time ON tracker_limit_reports (at);
CREATE UNIQUE INDEX tracker_responses_by_key ON tracker_responses (message_id, request_id, conversation, sidechain);
CREATE INDEX tracker_responses_advised ON tracker_responses (at) WHERE counted AND advisors IS NOT NULL;
CREATE INDEX tracker_responses_by_owner ON tracker_responses (owner, at) WHERE counted;
CREATE INDEX tracker_responses_copied ON tracker_responses (conversation) WHERE NOT counted;
CREATE UNIQUE INDEX tracker_prompts_by_uuid ON tracker_prompts (uuid);
CREATE INDEX tracker_prompts_by_conversation ON tracker_prompts (conversation, at);
CREATE INDEX tracker_prompts_by_time ON tracker_prompts (at);
CREATE UNIQUE INDEX tracker_tool_calls_by_id ON tracker_tool_calls (id);
CREATE INDEX tracker_tool_calls_by_time ON tracker_tool_calls (at);
CREATE INDEX tracker_responses_by_time ON tracker_responses (at, account) WHERE counted;
COMMIT;
