"""Migration 4: what today's client writes of responses, projects and sessions. Times are ms since the epoch."""

from __future__ import annotations

MIGRATION_4 = """
-- Without a request id each line is a row of its own: which lines are one response depends on the session's prompts.
ALTER TABLE tracker_responses ADD COLUMN line TEXT NOT NULL DEFAULT ''; -- '' if it has a request id, else its uuid
ALTER TABLE tracker_responses ADD COLUMN doubt TEXT; -- the client's version, if it wrote an end without details
ALTER TABLE tracker_responses ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0; -- 1: output is a lower bound
ALTER TABLE tracker_responses ADD COLUMN requests TEXT; -- JSON [[five token counts], ...] of several, for their tiers
ALTER TABLE tracker_responses ADD COLUMN geo TEXT; -- where it was served, if that has a price of its own
ALTER TABLE tracker_responses ADD COLUMN provider TEXT; -- NULL: Anthropic, or unknown; others use up no window
ALTER TABLE tracker_responses RENAME COLUMN advisors TO extras;
UPDATE tracker_responses SET incomplete = stop_reason IS NULL;
UPDATE tracker_responses SET line = uuid WHERE request_id = '';
DROP INDEX tracker_responses_by_key;
CREATE UNIQUE INDEX tracker_responses_by_key
    ON tracker_responses (message_id, request_id, conversation, sidechain, line);
CREATE INDEX tracker_responses_by_line ON tracker_responses (line) WHERE line <> '';
CREATE INDEX tracker_responses_unrequested ON tracker_responses (conversation) WHERE request_id = '';
CREATE INDEX tracker_responses_doubted ON tracker_responses (conversation, doubt) WHERE doubt IS NOT NULL;
DROP INDEX tracker_responses_by_time;
CREATE INDEX tracker_responses_by_time ON tracker_responses (at, account, provider) WHERE counted;
CREATE INDEX tracker_responses_of_others ON tracker_responses (at) WHERE counted AND provider IS NOT NULL;
DROP TABLE tracker_unrequested_lines;
CREATE INDEX tracker_responses_unpriced ON tracker_responses (model, speed) WHERE counted AND cost IS NULL;
ALTER TABLE tracker_models ADD COLUMN provider TEXT; -- of its responses that count

-- The versions of clients that wrote details with an end, in the main chain or a subagent of a session.
CREATE TABLE tracker_detailed_ends (
    conversation INTEGER NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (conversation, version)
) WITHOUT ROWID;

ALTER TABLE tracker_conversations ADD COLUMN repository TEXT; -- host/owner/name
ALTER TABLE tracker_conversations ADD COLUMN pull_request TEXT; -- its address

-- The worktrees that the client made, as it says, and the folders from which it made them.
CREATE TABLE tracker_worktrees (
    path TEXT PRIMARY KEY,
    original TEXT NOT NULL
) WITHOUT ROWID;

-- The label of a project, from a time on; a project gets another after 90 days without use.
CREATE TABLE tracker_project_labels (
    project INTEGER NOT NULL REFERENCES tracker_projects (id),
    since INTEGER NOT NULL,
    label TEXT NOT NULL,              -- its own, or 'other' while no place was free
    part INTEGER NOT NULL,            -- how often it had its own before: each time its counters begin at 0
    used_at INTEGER NOT NULL,         -- the last response under it
    PRIMARY KEY (project, since)
) WITHOUT ROWID;

INSERT INTO tracker_project_labels
    SELECT p.id, 0, p.label, 0, coalesce(u.used_at, 0) FROM tracker_projects p LEFT JOIN (
        SELECT c.project, max(r.at) AS used_at FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.owner
        WHERE r.counted GROUP BY c.project) u ON u.project = p.id;

ALTER TABLE tracker_files ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0; -- 1: quiet when read: its last line was judged
ALTER TABLE tracker_files ADD COLUMN again INTEGER NOT NULL DEFAULT 0; -- 1: to be read again, by newer rules
UPDATE tracker_files SET again = 1;
INSERT INTO tracker_meta
    SELECT 'reads_again', coalesce((SELECT value FROM tracker_meta WHERE key = 'committed_at'), '0')
    WHERE EXISTS (SELECT 1 FROM tracker_responses) OR EXISTS (SELECT 1 FROM tracker_files);

ALTER TABLE tracker_runs ADD COLUMN kind TEXT; -- of the registry: interactive, bg, ...
ALTER TABLE tracker_runs ADD COLUMN needs TEXT;
ALTER TABLE tracker_runs ADD COLUMN tempo TEXT;
"""
