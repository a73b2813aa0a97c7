"""The tracker's metrics that the dashboards ask for, with those of their labels that a variable can choose."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_OF_ACCOUNTS = (
    "account_info",
    "credits_limit",
    "credits_used",
    "limit_hits_total",
    "limit_raised_total",
    "locked_out",
    "locked_out_seconds_total",
    "verdict",
    "week_surface_ratio",
    "week_window_cost_ratio",
    "week_windows_left",
    "window_binding",
    "window_elsewhere_ratio",
    "window_observed_timestamp_seconds",
    "window_projected_ratio",
    "window_reset_timestamp_seconds",
    "window_runs_out_timestamp_seconds",
    "window_start_timestamp_seconds",
    "window_utilization_ratio",
)
_OF_MODELS = (
    "block_tokens",
    "cost_usd_total",
    "incomplete_responses",
    "responses_total",
    "tokens_total",
    "unpriced_tokens_total",
    "unwritten_cost_usd",
)
_OF_PROJECTS = ("project_cost_usd_total", "project_tokens_total")
_OTHERS = (
    "alert_threshold",
    "api_errors_total",
    "attributed_cost_usd_total",
    "block_cost_usd",
    "block_efficiency_ratio",
    "block_projected_cost_usd",
    "block_remaining_seconds",
    "block_start_timestamp_seconds",
    "block_token_limit",
    "block_weighted_tokens",
    "budget_used_ratio",
    "build_info",
    "cache_misses_total",
    "cache_rewritten_tokens_total",
    "clock_jumps_total",
    "collector_duration_seconds",
    "collector_success",
    "database_ok",
    "database_size_bytes",
    "files_tracked",
    "fleet_clock_skew_seconds",
    "fleet_refused_samples_total",
    "ingest_file_changes_total",
    "ingest_lag_seconds",
    "ingest_lines_total",
    "ingest_skipped_lines_total",
    "month_projected_cost_usd",
    "notifications_total",
    "process_resident_memory_bytes",
    "prompts_total",
    "session_duration_seconds_bucket",
    "session_effectiveness_ratio",
    "session_waiting_seconds",
    "sessions",
    "sessions_started_total",
    "sync_failures_total",
    "sync_last_success_timestamp_seconds",
    "sync_runs_total",
    "tool_calls_total",
    "unwritten_known_sessions_ratio",
    "watched_folders",
    "week_cost_usd",
    "week_projected_cost_usd",
    "week_tokens",
)
FAMILIES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_OF_ACCOUNTS, "account")
    | dict.fromkeys(_OF_MODELS, "model")
    | dict.fromkeys(_OF_PROJECTS, "project")
    | dict.fromkeys(_OTHERS, "")
)
"""By name, without namespace: the label that a variable can choose, or none."""
