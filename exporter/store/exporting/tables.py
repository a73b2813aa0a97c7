"""The exported tables. Those of `exporting.details` have names, ids and paths in every row."""

from __future__ import annotations

from exporter.store.exporting.columns import Column, Level, Table, is_within, token_columns
from exporter.store.exporting.details import ACCOUNTS, EVENTS, RESPONSES, RUNS

_METADATA = "iif(json_valid(s.metadata), s.metadata, '{}')"


def _meta(key: str) -> str:
    return f"json_extract({_METADATA}, '$.{key}')"


_COST = (
    Column("cost_usd", "dollars", "estimate by list price, without unpriced tokens", "sum(cost) / 1e9"),
    Column("unpriced_tokens", "tokens", "tokens without a known price", "sum(unpriced)"),
)

SESSIONS = Table(
    "sessions",
    "Every session, also of Claude Desktop.",
    (
        Column("session_id", "text", "Claude's session ID", "s.id", "full"),
        Column("session_type", "text", "`claude_code` or `claude_desktop`", "s.session_type"),
        Column("start_time", "time", "its start", "s.start_time"),
        Column("end_time", "time", "its end; empty while it runs", "s.end_time"),
        Column("project", "text", "name of its folder", "project_name(s.project_path)", "projects"),
        Column("messages", "count", "prompts and responses", "s.total_messages"),
        Column("models", "JSON", "models used", "model_names(s.models_used)"),
        Column("tokens", "tokens", "of all types", "s.estimated_tokens"),
        Column(
            "basis",
            "text",
            "of `tokens`: `exact`, `lower_bound` (a response was cut off), or `estimated` by an earlier tracker",
            f"coalesce({_meta('tokens')}, iif(c.id IS NULL AND s.estimated_tokens > 0, 'estimated', NULL))",
        ),
        Column("imported", "0 or 1", "1: it came by `import` or `merge`", "i.session_id IS NOT NULL"),
        Column("is_active", "0 or 1", "1: it runs", "coalesce(s.is_active, 0)"),
        Column("subagents", "count", "its subagents", f"coalesce({_meta('subagents')}, 0)"),
        Column("effectiveness", "percent", "responses that ended well", _meta("effectiveness")),
        Column("project_path", "text", "its first folder", "s.project_path", "full"),
        Column("folder_time", "time", "time of the entry with it", "iso(nullif(c.cwd_at, 0))", "full"),
        Column("project_folder", "text", "folder of its project, of a worktree the original one", "p.path", "full"),
        Column("conversation_id", "text", "the ID in its transcript", "s.conversation_id", "full"),
        Column("first_line_time", "time", "its first entry", "iso(c.first_at)", "full"),
        Column("last_line_time", "time", "its last entry", "iso(c.last_at)", "full"),
        Column("entrypoint", "text", "what started it, as the client writes it", "c.entrypoint", "full"),
        Column("client_version", "text", "version of Claude Code", "c.client_version", "full"),
        Column("git_branch", "text", "its branch", "c.git_branch", "full"),
        Column("repository", "text", "host, owner and name", "c.repository", "full"),
        Column("pull_request", "text", "address of its pull request", "c.pull_request", "full"),
    ),
    """FROM real_sessions s LEFT JOIN tracker_conversations c ON c.session_id = s.id
LEFT JOIN tracker_projects p ON p.id = c.project LEFT JOIN tracker_imported_sessions i ON i.session_id = s.id
WHERE s.start_time IS NOT NULL AND s.start_time < :end_time
    AND (s.is_active OR coalesce(s.end_time, s.start_time) >= :start_time)""",
    "s.start_time, s.id",
    # Of two files of one age the session that was seen first is the original: `import` sees them in this order.
    full_order="c.id IS NULL, c.id, s.start_time, s.id",
)

BLOCKS = Table(
    "blocks",
    "Every 5-hour window with usage, of each account.",
    (
        Column("start_time", "time", "its start", "iso(b.start_at)", is_key=True),
        Column("account", "text", "whose it is", "account_name(b.account)", is_key=True),
        Column("end_time", "time", "its end, which belongs to the next one", "iso(max(b.end_at))"),
        Column("basis", "text", "`official` or `estimated`", "max(b.basis)"),
        Column("sessions", "count", "sessions in it", "max(f.total_sessions)"),
        Column("responses", "count", "responses in it", "sum(responses)"),
        *token_columns("sum({})"),
        *_COST,
        Column("efficiency_score", "percent", "share of the time at work", "max(f.efficiency_score)"),
        Column("is_complete", "0 or 1", "1: it is over", "max(f.is_complete)"),
    ),
    """FROM tracker_blocks b JOIN tracker_block_usage u USING (account, start_at)
LEFT JOIN five_hour_blocks f ON f.id = iso(b.start_at) || block_suffix(b.account)
WHERE b.start_at < :end AND b.end_at > :start""",
    "1, 2",
)

# The tokens of extras inside a response, such as an advisor's, are another model's; they are no response.
_PARTS = """
SELECT r.at, r.account, r.owner, r.model, r.sidechain, r.provider, 1 AS responses, r.incomplete, r.input, r.output,
    r.cache_read, r.cache_write_5m, r.cache_write_1h, r.cost,
    iif(r.cost IS NULL, r.input + r.output + r.cache_read + r.cache_write_5m + r.cache_write_1h, 0) AS unpriced
FROM tracker_responses r WHERE r.counted AND r.at >= :start AND r.at < :end
UNION ALL
SELECT r.at, r.account, r.owner, json_extract(e.value, '$[0]'), r.sidechain, r.provider, 0, 0,
    json_extract(e.value, '$[1][0]'), json_extract(e.value, '$[1][1]'), json_extract(e.value, '$[1][2]'),
    json_extract(e.value, '$[1][3]'), json_extract(e.value, '$[1][4]'), json_extract(e.value, '$[2]'),
    iif(json_extract(e.value, '$[2]') IS NULL, (SELECT sum(t.value) FROM json_each(e.value, '$[1]') t), 0)
FROM tracker_responses r INDEXED BY tracker_responses_advised, json_each(r.extras) e
WHERE r.counted AND r.extras IS NOT NULL AND r.at >= :start AND r.at < :end
"""

HOURS = Table(
    "hours",
    "Responses by hour, model and chain, and by project where the privacy level names them.",
    (
        Column("hour", "time", "start of the hour in UTC", "hour_of(at)", is_key=True),
        Column("account", "text", "whose it is", "account_name(account)", is_key=True),
        Column("project", "text", "name of the project's folder", "project_name(p.path)", "projects", is_key=True),
        Column("project_path", "text", "its folder", "p.path", "full", is_key=True),
        Column("model", "text", "its model", "model_name(model)", is_key=True),
        Column("chain", "text", "`main` or `subagent`", "iif(sidechain, 'subagent', 'main')", is_key=True),
        Column("provider", "text", "whose model, where it is not Anthropic's", "r.provider", "full", is_key=True),
        Column("responses", "count", "responses", "sum(responses)"),
        Column("incomplete_responses", "count", "cut off, so that output is a minimum", "sum(incomplete)"),
        *token_columns("sum({})"),
        Column("cost_usd", "dollars", "estimate by list price", "coalesce(sum(cost), 0) / 1e9"),
        Column("unpriced_tokens", "tokens", "tokens without a known price", "sum(unpriced)"),
    ),
    f"FROM ({_PARTS}) r JOIN tracker_conversations c ON c.id = r.owner"
    " LEFT JOIN tracker_projects p ON p.id = c.project",
    "1",
)

LIMITS_REACHED = Table(
    "limits_reached",
    "Every limit that was reached, once.",
    (
        Column("account", "text", "whose it is", "account_name(h.account)"),
        Column("window", "text", "`five_hour`, `seven_day`, …", "h.window"),
        Column("time", "time", "when it was first reported", "iso(h.at)"),
        Column("resets_at", "time", "its reset; empty: not known", "iso(h.resets_at)"),
        Column("source", "text", "`transcript`, `hook` or `reading`", "h.source"),
        Column("is_overage", "0 or 1", "1: work went on by credits", "h.is_overage"),
        Column("locked_out_seconds", "seconds", "time without answers until now", "h.locked_ms / 1e3"),
        Column(
            "reported_at",
            "JSON",
            "times of all reports",
            "(SELECT json_group_array(iso(at))"
            " FROM (SELECT at FROM tracker_limit_reports WHERE hit = h.id ORDER BY at))",
            "full",
        ),
    ),
    "FROM tracker_limit_hits h WHERE h.at >= :start AND h.at < :end",
    "h.at, h.window, h.account, h.id",
)

LIMIT_READINGS = Table(
    "limit_readings",
    "What Claude reported of limits. Equal reports that follow each other are one row.",
    (
        Column("account", "text", "whose it is", "account_name(r.account)"),
        Column("window", "text", "`five_hour`, `seven_day`, …", "r.window"),
        Column("source", "text", "where it was read", "r.source"),
        Column("observed_at", "time", "when it was said first", "iso(r.observed_at)"),
        Column("last_at", "time", "when it was said last", "iso(r.last_at)"),
        Column("utilization_ratio", "ratio", "share used", "r.utilization"),
        Column("resets_at", "time", "its reset; empty: not reported", "iso(r.resets_at)"),
        Column("is_used", "0 or 1", "0: its window had been reset before", "r.used"),
        Column("binds", "0 or 1", "0: the window does not bind the account", "r.binds"),
        Column("window_started_at", "time", "start of its window, where known", "iso(r.begun_at)"),
    ),
    "FROM tracker_readings r WHERE r.last_at >= :start AND r.observed_at < :end",
    "r.observed_at, r.window, r.account, r.source, r.id",
)

TABLES = (SESSIONS, BLOCKS, HOURS, LIMITS_REACHED, LIMIT_READINGS, RESPONSES, EVENTS, RUNS, ACCOUNTS)
BY_NAME = {table.name: table for table in TABLES}


def tables_at(level: Level) -> tuple[Table, ...]:
    """The tables at a privacy level."""
    return tuple(table for table in TABLES if is_within(table.level, level))
