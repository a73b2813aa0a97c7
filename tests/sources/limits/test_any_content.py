"""Whatever a value of a limit's source is, it costs at most what it says itself, and nothing else stops."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.domain.calendar import timestamp
from exporter.sources.limits.claude_json import parse_account, parse_folder_account
from exporter.sources.limits.parsing import parse_spooled
from exporter.sources.limits.report import LimitReport
from exporter.sources.limits.statistics import parse_statistics
from support.places import places, with_value
from support.sampling import sample_or_all
from support.snapshots import NOON

pytestmark = pytest.mark.long

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from((0, -1, 0.5, 2**70, -1e300, 1e300, 10**15, "", "\0", "x" * 300, "é→✓", "7")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("a", "key", "model")), inner, max_size=3)
    ),
    max_leaves=4,
)
WINDOW = {"used_percentage": 1, "utilization": 2, "resets_at": "2026-11-22T14:37:51Z"}
STATUS = {
    "session_id": "s", "transcript_path": "/p", "cost": {"total_api_duration_ms": 1, "total_cost_usd": 0.5},
    "rate_limits": {
        "five_hour": WINDOW, "model_scoped": [{"display_name": "Fable", **WINDOW}],
        "spend_limit": {"used_usd": 1, "limit_usd": 2, **WINDOW},
    },
    "prompt_cache": {
        "requests": 4, "misses": 2, "ttl": "5m", "expires_at": NOON // 1000, "miss_recache_tokens": 5,
        "miss_causes": {"tools_changed": 1},
    },
}  # fmt: skip
SCOPE = {"model": {"id": "x", "display_name": "Fable"}, "surface": {"display_name": "Cowork"}}
ANSWER = {
    "five_hour": WINDOW, "limits": [{"kind": "weekly_scoped", "percent": 1, "scope": SCOPE, "is_active": True}],
    "seven_day_breakdown": {"rows": [{"key": "chat", "display_name": "Chat", "percent": 1}]},
    "extra_usage": {"used_credits": 1, "monthly_limit": 2, "currency": "USD", "decimal_places": 2, "utilization": 5},
    "spend": {"enabled": True, "used": {"amount_minor": 1, "currency": "USD", "exponent": 2}, "percent": 5},
}  # fmt: skip
FILE = {
    "oauthAccount": {"accountUuid": "a", "organizationUuid": "b", "organizationRateLimitTier": "c"},
    "cachedUsageUtilization": {"fetchedAtMs": NOON, "accountUuid": "a", "utilization": ANSWER},
}


STATISTICS = {
    "version": 5,
    "dailyModelTokens": [
        {"date": "2026-10-01", "tokensByModel": {"claude-opus-4-5": 7}},
        {"date": "2026-10-02", "tokensByModel": {"claude-opus-4-5": 7}},
    ],
}


def check(report: LimitReport) -> None:
    for reading in (one.reading for one in report.readings):
        assert 0 <= reading.utilization <= (100 if reading.window == "spend" else 1.01)
        assert reading.window.isascii()
        assert 1 <= len(reading.window) <= 40
        timestamp.to_iso(reading.resets_at or 0)
    for used in report.credits:
        assert 0 <= used.used <= 10**12
        assert len(used.currency) == 3
    assert {"chat", "other"} >= {one.surface for one in report.surfaces}
    for _, cache in report.caches:
        assert 0 < cache.answered_at <= cache.seen_at == NOON
        assert 0 < cache.totals.requests <= 10**12
        assert {name for name, _ in cache.totals.causes} <= {"tools_changed", "other"}
    for day in report.imported:
        assert day.date in {"2026-10-01", "2026-10-02"}
        assert 0 < day.tokens <= 10**15


@settings(max_examples=sample_or_all(150, 10_000), derandomize=True, deadline=None)
@given(st.sampled_from(places(STATUS)), ODD)
def test_any_value_in_a_status_line(place: tuple[str | int, ...], value: Any) -> None:
    content = json.dumps(with_value(STATUS, place, value)).encode()
    try:
        check(parse_spooled(content, NOON, UTC))
    except msgspec.DecodeError:
        assert place in ((), ("rate_limits",))


@settings(max_examples=sample_or_all(150, 10_000), derandomize=True, deadline=None)
@given(st.sampled_from(places(FILE)), ODD)
def test_any_value_in_claudes_file(place: tuple[str | int, ...], value: Any) -> None:
    content = json.dumps(with_value(FILE, place, value)).encode()
    cached = ("cachedUsageUtilization",)
    try:
        check(parse_account(content))
    except msgspec.DecodeError:
        assert place in ((), cached, (*cached, "fetchedAtMs"), (*cached, "utilization"))
    try:
        parse_folder_account(content, "/f")
    except msgspec.DecodeError:
        assert place == ()


@settings(max_examples=sample_or_all(150, 10_000), derandomize=True, deadline=None)
@given(st.sampled_from(places(STATISTICS)), ODD)
def test_any_value_in_claudes_statistics(place: tuple[str | int, ...], value: Any) -> None:
    content = json.dumps(with_value(STATISTICS, place, value)).encode()
    try:
        check(parse_statistics(content, "/f"))
    except msgspec.DecodeError:
        assert place == ()
