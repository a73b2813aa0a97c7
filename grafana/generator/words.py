"""The words and colors that stand for internal names: states, windows, kinds of tokens, errors and causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from grafana_foundation_sdk.models.dashboard import (
    DashboardRegexMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    RegexMap,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

GREEN, AMBER, RED, GREY = "#2f9e6a", "#c28413", "#e0525a", "#7f8794"
"""For states alone."""
DATA, TEXT = "#7f89a0", "text"
MODELS: Mapping[str, str] = MappingProxyType(
    {"opus": "#8270ea", "fable": "#d0679f", "sonnet": "#4a92ec", "haiku": "#2b9eaf"}
)
"""The hue of each family of models, the same on every output."""
SHADES = ("#7f89a0", "#a9b1c3", "#5d6780", "#c3c9d6", "#48516a")
"""Of what has no hue of its own. They hold on both themes."""
REDS = ("#e0525a", "#b8434a", "#ee8a8f", "#8f343a", "#f4b4b7")

NOT_KNOWN = "Limits not known yet. Run: claude-tracker setup statusline"
VERDICTS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        0: (NOT_KNOWN, GREY),
        1: ("Too early to say", GREY),
        2: ("Lasts until the reset", GREEN),
        3: ("Working on with extra usage", AMBER),
        4: ("Runs out before the reset", AMBER),
        5: ("Runs out in under 30 min", RED),
        6: ("Limit reached", RED),
    }
)
STATES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        0: ("Not known", GREY),
        1: ("Too early", GREY),
        2: ("Lasts", GREEN),
        3: ("Extra usage", AMBER),
        4: ("Runs out", AMBER),
        5: ("Runs out soon", RED),
        6: ("Reached", RED),
    }
)
"""As short as a table needs them."""

WINDOWS = {
    "five_hour": "5 hours",
    "seven_day": "Week",
    **{f"seven_day_{family}": f"{family.capitalize()} week" for family in MODELS},
    "spend": "Spend",
}
SESSION_STATES = {"busy": "Working", "waiting": "Waits for you", "idle": "Idle", "unknown": "Unknown"}
TOKEN_TYPES = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Cache reads",
    "cache_write_5m": "Cache writes, 5 min",
    "cache_write_1h": "Cache writes, 1 hour",
}
CHAINS = {"main": "Main conversation", "subagent": "Subagents"}
ERRORS = {
    "rate_limit": "Rate limit",
    "server_error": "Server error",
    "invalid_request": "Invalid request",
    "authentication": "Sign-in",
    "other": "Other",
}
CAUSES = {
    "system_prompt_changed": "System prompt changed",
    "tools_changed": "Tools changed",
    "model_changed": "Model changed",
    "fast_mode_changed": "Fast mode changed",
    "cache_scope_or_ttl_changed": "Cache scope or lifetime changed",
    "betas_changed": "Beta features changed",
    "effort_changed": "Effort changed",
    "auto_mode_changed": "Auto mode changed",
    "overage_changed": "Extra usage changed",
    "extra_body_changed": "Request options changed",
    "defer_loading_changed": "Deferred loading changed",
    "messages_rewritten": "Messages rewritten",
    "ttl_expired_5m": "Older than 5 min",
    "ttl_expired_1h": "Older than 1 hour",
    "likely_server_side": "Probably Claude's servers",
    "unknown": "Unknown",
    "other": "Other",
}
SKIPPED = {
    "malformed": "Damaged",
    "oversized": "Too long",
    "no_usage": "No usage",
    "bad_tokens": "Impossible token count",
    "bad_timestamp": "Unreadable time",
    "out_of_range": "Impossible time",
    "no_id": "No ID",
    "synthetic": "Made by the client",
    "failed": "Failed request",
}
CHANGES = {
    "truncated": "Cut",
    "rewritten": "Rewritten",
    "replaced": "Replaced",
    "renamed": "Renamed",
    "deleted": "Deleted",
}
NOTIFICATIONS = {
    "usage_warning": "Much used",
    "usage_critical": "Almost used up",
    "usage_pace": "Used early",
    "limit_before_reset": "Runs out before its reset",
    "limit_hit": "Limit reached",
    "limit_free": "Limit free again",
    "block_ending": "Block ends soon",
    "session_waiting": "Session waits",
    "alert": "Alert from Alertmanager",
    "budget_pace": "Budget used early",
    "budget_reached": "Budget used up",
}
SURFACES = {
    "claude_code": "Claude Code",
    "chat": "Chats",
    "cowork": "Cowork",
    "desktop": "Claude Desktop",
    "mobile": "Phone",
    "web": "Web",
    "chrome": "Chrome",
    "office": "Office",
    "excel": "Excel",
    "slack": "Slack",
    "design": "Design",
    "other": "Other",
}
ALERTS = {
    "ClaudeBlockEndsSoon": "5-hour window ends soon",
    "ClaudeWindowUsageHigh": "Much of a limit used",
    "ClaudeWindowUsageCritical": "A limit almost used up",
    "ClaudeLimitBeforeReset": "A limit runs out before its reset",
    "ClaudeBlockLimitBeforeEnd": "Your token limit is too small",
    "ClaudeLimitHit": "Limit reached",
    "ClaudeReadingStale": "No recent usage report",
    "ClaudeSessionWaits": "A session waits for you",
    "ClaudeBudgetReached": "Budget used up",
    "ClaudeCostSpike": "Unusually expensive hour",
    "ClaudeCacheHitRatioLow": "Prompt cache hardly used",
    "ClaudeTrackerDown": "Tracker does not answer",
    "ClaudeIngestStale": "Transcripts are not read",
    "ClaudeLinesSkipped": "Lines not counted",
    "ClaudeSyncStale": "Published data out of date",
    "ClaudeCollectorFailed": "Collector fails",
    "ClaudeCounterReset": "Database replaced",
    "ClaudeDatabaseDamaged": "Database damaged",
}
"""By the names of prometheus/rules/alerts.yml."""
TARGETS = {"netlify": "Netlify site", "webhook": "Webhook"}
COLLECTORS = {
    "processes": "Processes",
    "registry": "Session list",
    "transcripts": "Transcripts",
    "limits": "Limits",
}


def mapped(names: Mapping[Any, tuple[str, str]] | Mapping[str, str]) -> list[ValueMapping]:
    """The mapping of values to texts; of codes with their colors."""
    options = {}
    for place, (value, said) in enumerate(names.items()):
        text, color = said if isinstance(said, tuple) else (said, None)
        options[str(value)] = ValueMappingResult(text=text, color=color, index=place)
    return [ValueMap(options=options)]


def renamed(names: Mapping[str, str]) -> list[DataTransformerConfig]:
    """Rename series whose legend starts with one of these names; what follows it, an account, stays."""
    return [_rename(f"^{name}( .*)?$", f"{text}$1") for name, text in names.items()]


def renamed_windows() -> list[DataTransformerConfig]:
    """Rename windows, also those that this list does not know."""
    known = renamed(WINDOWS)
    return [*known, _rename(r"^seven_day_(\w+)( .*)?$", "$1 week$2")]


def renamed_models() -> list[DataTransformerConfig]:
    """Rename models: Opus 4.8 for claude-opus-4-8."""
    return [_rename(pattern, text) for pattern, text in _MODEL_NAMES]


def mapped_models() -> list[ValueMapping]:
    """The same for the cells of a table."""
    found = enumerate(_MODEL_NAMES)
    return [
        RegexMap(options=DashboardRegexMapOptions(pattern=pattern, result=ValueMappingResult(text=text, index=place)))
        for place, (pattern, text) in found
    ]


_MODEL_NAMES = [
    (pattern.replace("FAMILY", family), text.replace("FAMILY", family.capitalize()))
    for family in (*MODELS, "mythos", "instant")
    for pattern, text in (
        (r"^claude-FAMILY-(\d+)-(\d+)$", "FAMILY $1.$2"),
        (r"^claude-FAMILY-(\d+)$", "FAMILY $1"),
        (r"^claude-(\d+)-(\d+)-FAMILY$", "FAMILY $1.$2"),
        (r"^claude-(\d+)-FAMILY$", "FAMILY $1"),
    )
]


def _rename(pattern: str, text: str) -> DataTransformerConfig:
    return DataTransformerConfig(id_val="renameByRegex", options={"regex": pattern, "renamePattern": text})


def color(name: str, mode: FieldColorModeId = FieldColorModeId.FIXED) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": mode.value, "fixedColor": name})


def window_colors() -> Sequence[tuple[str, str]]:
    """A pattern of renamed windows, and its color."""
    weeks = [(f"/^{family.capitalize()} week/", hue) for family, hue in MODELS.items()]
    others = f"/^(?!{'|'.join(family.capitalize() for family in MODELS)}).* week/"
    return (("/^5 hours/", TEXT), ("/^Week/", DATA), *weeks, (others, SHADES[1]), ("/^Spend/", SHADES[2]))
