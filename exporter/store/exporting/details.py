"""The exported tables with single responses and events: only at the privacy level `full`, for `import`."""

from __future__ import annotations

from exporter.store.exporting.columns import Column, Table, token_columns

RESPONSES = Table(
    "responses",
    "Every stored copy of a response; those with `counts` = 1 are the responses. As stored, not by time.",
    (
        Column("time", "time", "the earliest entry of all copies, if it counts; else its own", "iso(r.at)"),
        Column("counts", "0 or 1", "1: a response; 0: a copy of one", "r.counted"),
        Column("session_id", "text", "the session it is credited to", "o.session_id"),
        Column("message_id", "text", "the API's ID", "r.message_id"),
        Column("request_id", "text", "ID of its request; empty: none", "nullif(r.request_id, '')"),
        Column("line_id", "text", "without a request ID, that of its entry", "nullif(r.line, '')"),
        Column("chain", "text", "`main` or `subagent`", "iif(r.sidechain, 'subagent', 'main')"),
        Column("account", "text", "whose it is", "account_name(r.account)"),
        Column("copy_session_id", "text", "the session with this copy", "c.session_id"),
        Column("copy_account", "text", "whose that is", "account_name(r.own_account)"),
        Column("copy_time", "time", "the earliest entry of this copy", "iso(r.first_at)"),
        Column("model", "text", "its model, as written", "r.model"),
        Column("provider", "text", "whose model, where it is not Anthropic's", "r.provider"),
        *token_columns("r.{}"),
        Column("total_tokens", "tokens", "all of these, and those of `extras`", "r.total"),
        Column("cost_usd", "dollars", "estimate by list price; empty: no known price", "r.cost / 1e9"),
        Column("reported_cost_usd", "dollars", "price that the client wrote, if it did", "r.reported_cost / 1e9"),
        Column("is_incomplete", "0 or 1", "1: cut off, so that output is a minimum", "r.incomplete"),
        Column("stop_reason", "text", "why it ended", "r.stop_reason"),
        Column("speed", "text", "another speed than the ordinary one", "r.speed"),
        Column("geo", "text", "where it was served, if that has a price", "r.geo"),
        Column("web_searches", "count", "web searches", "r.web_searches"),
        Column("requests", "JSON", "token counts of its requests, if several", "r.requests"),
        Column("extras", "JSON", "tokens and cost of other models inside it", "r.extras"),
        Column(
            "marks",
            "JSON",
            "skill, agent, plugin, MCP server, MCP tool and effort it ran under; empty: not known",
            "iif(r.mark > 0, (SELECT marks FROM tracker_marks m WHERE m.id = r.mark), iif(r.mark = 0, '[]', NULL))",
        ),
        Column("line_time", "time", "time of the entry with these figures", "iso(r.line_at)"),
        Column("uuid", "text", "ID of that entry", "r.uuid"),
        Column("file_time", "time", "creation of its oldest file", "iso(r.born_at)"),
    ),
    "FROM tracker_responses r JOIN tracker_conversations c ON c.id = r.conversation"
    " JOIN tracker_conversations o ON o.id = r.owner WHERE r.at >= :start AND r.at < :end",
    "r.id",
    "full",
)

_EVENTS = """
FROM (
    SELECT 'prompt' AS kind, at, conversation, uuid AS id, NULL AS name, born_at FROM tracker_prompts
    UNION ALL SELECT 'tool_call', at, conversation, id, tool, born_at FROM tracker_tool_calls
    UNION ALL SELECT 'api_error', at, conversation, uuid, kind, born_at FROM tracker_api_errors
    UNION ALL SELECT 'stop', at, conversation, uuid, NULL, born_at FROM tracker_stops
    UNION ALL SELECT 'subagent', s.first_at, s.id, agent, NULL, NULL
    FROM tracker_subagents JOIN tracker_conversations s ON s.id = conversation
) e JOIN tracker_conversations c ON c.id = e.conversation WHERE e.at >= :start AND e.at < :end
"""

EVENTS = Table(
    "events",
    "Prompts, tool calls, API errors, interruptions and subagents, without any text.",
    (
        Column("kind", "text", "`prompt`, `tool_call`, `api_error`, `stop` (an interruption) or `subagent`", "e.kind"),
        Column("time", "time", "its time; of a subagent, its session's first entry", "iso(e.at)"),
        Column("session_id", "text", "its session", "c.session_id"),
        Column("id", "text", "its ID", "e.id"),
        Column("name", "text", "of a tool or a kind of error", "e.name"),
        Column("file_time", "time", "creation of its oldest file", "iso(e.born_at)"),
    ),
    _EVENTS,
    "e.at, e.kind, e.id",
    "full",
)

RUNS = Table(
    "runs",
    "The times during which sessions ran.",
    (
        Column("session_id", "text", "its session", "r.session_id"),
        Column("session_type", "text", "`claude_code` or `claude_desktop`", "r.session_type"),
        Column("source", "text", "`registered`, `inferred` or `transcript`", "r.source"),
        Column("start_time", "time", "its start", "iso(r.started_at)"),
        Column("end_time", "time", "its end; empty while it runs", "iso(r.ended_at)"),
        Column("last_seen_at", "time", "when it was last seen to run", "iso(r.seen_at)"),
        Column("length_seconds", "seconds", "its length when it first ended", "r.observed / 1e3"),
        Column("is_estimated_end", "0 or 1", "1: its end was not observed", "r.by_last_evidence"),
        Column("folder", "text", "its folder", "r.cwd"),
        Column("kind", "text", "as the client writes it", "r.kind"),
        Column("entrypoint", "text", "what started it", "r.entrypoint"),
        Column("client_version", "text", "version of Claude Code", "r.client_version"),
    ),
    "FROM tracker_runs r WHERE r.started_at < :end AND coalesce(r.ended_at, r.seen_at) >= :start",
    "r.started_at, r.session_id, r.id",
    "full",
)

ACCOUNTS = Table(
    "accounts",
    "Every account, known by hashes only.",
    (
        Column("account", "text", "ten digits of a hash of both", "account_name(a.id)"),
        Column("organization_hash", "text", "of its organization's ID", "a.organization"),
        Column("account_hash", "text", "of its own ID", "a.account"),
        Column("plan", "text", "its plan, where known", "a.plan"),
    ),
    "FROM tracker_accounts a WHERE a.id > 1",
    "a.id",
    "full",
)
