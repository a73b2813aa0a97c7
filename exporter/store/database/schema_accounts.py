"""Migration 3: accounts, and everything that the service limits by account. Times are ms since the epoch.

Needs the SQL functions of `exporter.store.database.migrations`.
"""

from __future__ import annotations

ACCOUNT_TABLES = """
-- Whose usage and limits: known by hashes only.
CREATE TABLE tracker_accounts (
    id INTEGER PRIMARY KEY,           -- 1: unknown
    organization TEXT,                -- hash of its id; NULL: not known
    account TEXT,
    hash TEXT NOT NULL UNIQUE,        -- of both, ten hex digits; 'unknown'
    label TEXT NOT NULL,              -- the hash, or 'other' beyond the cap
    plan TEXT                         -- the organization's rate limit tier, else its type
);
INSERT INTO tracker_accounts (id, hash, label) VALUES (1, 'unknown', 'unknown');

-- To whom a configuration folder belonged, from when on.
CREATE TABLE tracker_folder_accounts (
    folder TEXT NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (folder, since)
) WITHOUT ROWID;

-- Whose a session is by its own lines, from when on; most say nothing, and are their folder's.
CREATE TABLE tracker_conversation_accounts (
    conversation INTEGER NOT NULL,
    since INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (conversation, since)
) WITHOUT ROWID;

ALTER TABLE tracker_responses ADD COLUMN own_account INTEGER NOT NULL DEFAULT 1; -- of this copy
ALTER TABLE tracker_responses ADD COLUMN account INTEGER NOT NULL DEFAULT 1; -- of the credited copy, if counted
DROP INDEX tracker_responses_by_time;
CREATE INDEX tracker_responses_by_time ON tracker_responses (at, account) WHERE counted;

ALTER TABLE tracker_totals ADD COLUMN shift INTEGER NOT NULL DEFAULT 0; -- peak - exact, when a rule changed
"""

ACCOUNT_BLOCKS = """
CREATE TABLE tracker_account_blocks (
    account INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,          -- half-open
    basis TEXT NOT NULL,              -- 'official' or 'estimated'
    PRIMARY KEY (account, start_at)
) WITHOUT ROWID;
INSERT INTO tracker_account_blocks SELECT 1, start_at, end_at, basis FROM tracker_blocks;

-- A block's usage by model label.
CREATE TABLE tracker_account_block_usage (
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
INSERT INTO tracker_account_block_usage SELECT 1, * FROM tracker_block_usage;
DROP TABLE tracker_block_usage;
DROP TABLE tracker_blocks;
ALTER TABLE tracker_account_blocks RENAME TO tracker_blocks;
ALTER TABLE tracker_account_block_usage RENAME TO tracker_block_usage;
CREATE INDEX tracker_blocks_by_start ON tracker_blocks (start_at);
INSERT INTO tracker_meta SELECT 'first_account', '1' WHERE EXISTS (SELECT 1 FROM tracker_blocks);
"""

ACCOUNT_LIMITS = """
-- Desktop named organizations: only a hash of each is kept. The first one was shown as the only one.
INSERT OR IGNORE INTO tracker_accounts (organization, hash, label)
    SELECT DISTINCT id_hash(organization), owner_hash(id_hash(organization), NULL),
        owner_hash(id_hash(organization), NULL)
    FROM tracker_readings WHERE id_hash(organization) IS NOT NULL
        AND organization IS NOT (SELECT value FROM tracker_meta WHERE key = 'organization') LIMIT 8;

-- Readings of how much of an official window was used. A reading that repeats the previous one from the same source
-- only extends its time.
CREATE TABLE tracker_account_readings (
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
INSERT INTO tracker_account_readings
    SELECT r.id, coalesce(a.id, 1), window, source, observed_at, last_at, utilization, resets_at,
        used OR (a.id IS NOT NULL AND coalesce(resets_at > observed_at, 1)), begun_at, 1
    FROM tracker_readings r LEFT JOIN tracker_accounts a ON a.organization = id_hash(r.organization);
DROP TABLE tracker_readings;
ALTER TABLE tracker_account_readings RENAME TO tracker_readings;
CREATE INDEX tracker_readings_by_source ON tracker_readings (account, window, source, observed_at);
CREATE INDEX tracker_readings_by_reset ON tracker_readings (account, window, resets_at) WHERE used;
CREATE INDEX tracker_readings_by_time ON tracker_readings (last_at);

-- The last used reading of each source, so that a scrape need not search for it.
DROP TABLE tracker_last_readings;
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
INSERT INTO tracker_last_readings
    SELECT account, window, source, max(last_at), utilization, resets_at, 1 FROM tracker_readings WHERE used
    GROUP BY account, window, source;

-- The API answers that status lines showed, since an idle session shows its last one again and again.
CREATE TABLE tracker_shown_answers (
    answer TEXT PRIMARY KEY,          -- hash of what was shown of a window, and of the running sums of the session
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracker_shown_answers_by_time ON tracker_shown_answers (last_at);

-- The highest share that a session or file reported in a window, to notice a fall of one point.
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

-- Limits that were raised: the share fell while the window ran.
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

-- Credits used beyond the plan, and the week by surface, as last reported.
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

-- The size of each window, estimated from its readings.
CREATE TABLE tracker_account_calibrations (
    account INTEGER NOT NULL,
    window TEXT NOT NULL,
    size INTEGER NOT NULL,            -- nano-dollars
    low INTEGER NOT NULL,             -- its quartiles
    high INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    PRIMARY KEY (account, window)
) WITHOUT ROWID;
INSERT INTO tracker_account_calibrations SELECT 1, * FROM tracker_calibrations;
DROP TABLE tracker_calibrations;
ALTER TABLE tracker_account_calibrations RENAME TO tracker_calibrations;

ALTER TABLE tracker_limit_hits ADD COLUMN account INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tracker_limit_hits ADD COLUMN running_since INTEGER; -- start of the lockout that runs; NULL: none
ALTER TABLE tracker_limit_hits ADD COLUMN is_closed INTEGER NOT NULL DEFAULT 0; -- 1: no other lockout can follow
ALTER TABLE tracker_limit_hits ADD COLUMN went_on INTEGER NOT NULL DEFAULT 0; -- 1: work went on before the reset
ALTER TABLE tracker_limit_hits ADD COLUMN is_overage INTEGER NOT NULL DEFAULT 0; -- 1: the service said: by credits
DROP INDEX tracker_limit_hits_by_window;
DROP INDEX tracker_limit_hits_locked;
CREATE INDEX tracker_limit_hits_by_window ON tracker_limit_hits (account, window, at);
CREATE INDEX tracker_limit_hits_by_time ON tracker_limit_hits (at);
-- When a hit was reported: each refused request, or a reading.
CREATE TABLE tracker_limit_reports (
    hit INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hit, at)
) WITHOUT ROWID;
CREATE INDEX tracker_limit_reports_by_time ON tracker_limit_reports (at);
INSERT INTO tracker_limit_reports SELECT id, at FROM tracker_limit_hits;
-- The lockouts of hits, which are over.
CREATE TABLE tracker_lockouts (
    hit INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    PRIMARY KEY (hit, start_at)
) WITHOUT ROWID;

UPDATE tracker_totals SET labels = json_array('unknown', json_extract(labels, '$[0]'))
    WHERE family IN ('limit_hits', 'locked_out');
DELETE FROM tracker_meta WHERE key = 'organization';
INSERT INTO tracker_meta VALUES ('tracker', lower(hex(randomblob(8))));
INSERT INTO tracker_meta SELECT 'adopts_accounts', '1' WHERE EXISTS (SELECT 1 FROM tracker_files);
"""

MIGRATION_3 = ACCOUNT_TABLES + ACCOUNT_BLOCKS + ACCOUNT_LIMITS
