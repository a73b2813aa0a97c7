"""What `/metrics` says of a snapshot: families, golden text, formats, and counters that never fall.

CLAUDE_TRACKER_UPDATE_GOLDEN=1 rewrites the golden file.
"""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from exporter.domain.health import CollectorHealth, FolderCounts, Health, Load
from exporter.domain.limits.reading import Reading
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process
from exporter.domain.sessions.session import Record as Registered
from exporter.domain.usage.totals import UNANNOUNCED, Total
from exporter.ingest.catch_up import open_caught_up
from exporter.metrics.collector import Exposition, SnapshotCollector
from exporter.metrics.counters import Announcements
from exporter.snapshot.parts import Snapshot
from exporter.snapshot.take import take
from exporter.store.reader import Reader
from support.processes import samples_in, samples_of
from support.services import require_program
from support.snapshots import NOON, busy_snapshot, two_accounts
from support.tracker import Tracker
from support.transcripts import (
    HAIKU,
    SONNET,
    Record,
    api_error,
    assistant,
    cache,
    prompt,
    tool_use,
    usage,
    write,
)

UPDATE = os.environ.get("CLAUDE_TRACKER_UPDATE_GOLDEN") == "1"
GOLDEN = Path(__file__).parent / "golden" / "metrics.txt"
SECOND = 1_000

GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"
BLOCK_VALUES = [
    "block_start_timestamp_seconds", "block_end_timestamp_seconds", "block_elapsed_seconds", "block_remaining_seconds",
    "block_cost_usd", "block_sessions", "block_burn_tokens_per_second", "block_projected_tokens",
    "block_projected_cost_usd", "block_efficiency_ratio", "cache_hit_ratio",
]  # fmt: skip
CONTRACT: dict[str, tuple[str, tuple[str, ...]]] = {
    "tokens_total": (COUNTER, ("model", "token_type", "chain")),
    "cost_usd_total": (COUNTER, ("model", "chain")),
    "responses_total": (COUNTER, ("model", "chain")),
    "prompts_total": (COUNTER, ()),
    "tool_calls_total": (COUNTER, ("tool",)),
    "api_errors_total": (COUNTER, ("kind",)),
    "unpriced_tokens_total": (COUNTER, ("model",)),
    "project_tokens_total": (COUNTER, ("project",)),
    "project_cost_usd_total": (COUNTER, ("project",)),
    "attributed_tokens_total": (COUNTER, ("kind", "name")),
    "attributed_cost_usd_total": (COUNTER, ("kind", "name")),
    "incomplete_responses": (GAUGE, ("model",)),
    "sessions": (GAUGE, ("session_type", "state")),
    "sessions_started_total": (COUNTER, ("session_type",)),
    "session_duration_seconds_bucket": (HISTOGRAM, ("session_type", "le")),
    "session_duration_seconds_count": (HISTOGRAM, ("session_type",)),
    "session_duration_seconds_sum": (HISTOGRAM, ("session_type",)),
    "processes": (GAUGE, ("session_type",)),
    "process_resident_memory_bytes": (GAUGE, ("session_type",)),
    "process_cpu_seconds": (GAUGE, ("session_type",)),
    "block_active": (GAUGE, ()),
    "block_info": (GAUGE, ("basis",)),
    "block_tokens": (GAUGE, ("model", "token_type")),
    **dict.fromkeys(BLOCK_VALUES, (GAUGE, ())),
    "window_utilization_ratio": (GAUGE, ("account", "window", "source")),
    "window_observed_timestamp_seconds": (GAUGE, ("account", "window", "source")),
    "window_reset_timestamp_seconds": (GAUGE, ("account", "window")),
    "window_start_timestamp_seconds": (GAUGE, ("account", "window")),
    "verdict": (GAUGE, ("account", "state")),
    "window_binding": (GAUGE, ("account", "window")),
    "window_runs_out_timestamp_seconds": (GAUGE, ("account", "window")),
    "window_projected_ratio": (GAUGE, ("account", "window")),
    "window_elsewhere_ratio": (GAUGE, ("account", "window")),
    "locked_out": (GAUGE, ("account", "window")),
    "account_info": (GAUGE, ("account", "name", "plan", "organization")),
    "overage_in_use": (GAUGE, ("account",)),
    "credits_used": (GAUGE, ("account", "currency")),
    "credits_limit": (GAUGE, ("account", "currency")),
    "week_surface_ratio": (GAUGE, ("account", "surface")),
    "week_window_cost_ratio": (GAUGE, ("account",)),
    "week_windows_left": (GAUGE, ("account",)),
    "budget_used_ratio": (GAUGE, ("budget",)),
    "block_token_limit": (GAUGE, ("basis",)),
    "block_weighted_tokens": (GAUGE, ()),
    "limit_hits_total": (COUNTER, ("account", "window")),
    "limit_raised_total": (COUNTER, ("account", "window")),
    "locked_out_seconds_total": (COUNTER, ("account", "window")),
    "notifications_total": (COUNTER, ("kind",)),
    "session_waiting_seconds": (GAUGE, ()),
    "alert_threshold": (GAUGE, ("alert", "severity")),
    "week_start_timestamp_seconds": (GAUGE, ()),
    "week_end_timestamp_seconds": (GAUGE, ()),
    "week_tokens": (GAUGE, ("family",)),
    "week_cost_usd": (GAUGE, ("family",)),
    "week_projected_cost_usd": (GAUGE, ("family",)),
    "month_projected_cost_usd": (GAUGE, ()),
    "session_effectiveness_ratio": (GAUGE, ()),
    "blocks_total": (COUNTER, ()),
    "collector_success": (GAUGE, ("collector",)),
    "collector_duration_seconds": (GAUGE, ("collector",)),
    "ingest_lines_total": (COUNTER, ()),
    "ingest_bytes_total": (COUNTER, ()),
    "ingest_skipped_lines_total": (COUNTER, ("reason",)),
    "ingest_file_changes_total": (COUNTER, ("change",)),
    "ingest_last_success_timestamp_seconds": (GAUGE, ()),
    "ingest_lag_seconds": (GAUGE, ()),
    "files_tracked": (GAUGE, ()),
    "clock_jumps_total": (COUNTER, ()),
    "cache_misses_total": (COUNTER, ("cause",)),
    "cache_rewritten_tokens_total": (COUNTER, ()),
    "unwritten_tokens": (GAUGE, ("model", "token_type")),
    "unwritten_cost_usd": (GAUGE, ("model",)),
    "unwritten_known_sessions_ratio": (GAUGE, ()),
    "watcher_up": (GAUGE, ()),
    "watched_folders": (GAUGE, ("mode",)),
    "database_ok": (GAUGE, ()),
    "database_size_bytes": (GAUGE, ()),
    "build_info": (GAUGE, ("version", "revision", "python", "tracker")),
    "sync_runs_total": (COUNTER, ("target",)),
    "sync_failures_total": (COUNTER, ("target",)),
    "sync_last_success_timestamp_seconds": (GAUGE, ("target",)),
    "fleet_last_success_timestamp_seconds": (GAUGE, ()),
    "fleet_behind_seconds": (GAUGE, ()),
    "fleet_clock_skew_seconds": (GAUGE, ()),
    "fleet_refused_samples_total": (COUNTER, ("reason",)),
    "fleet_failures_total": (COUNTER, ()),
}


@pytest.fixture
def small_snapshot(tmp_path: Path) -> Snapshot:
    """At noon: a block that is over and one that runs, three models, and one first met ten seconds ago."""
    projects = tmp_path / "projects"
    work: list[Record | bytes] = [
        prompt(uuid="p1", at="2026-11-20T09:00:00.000Z"),
        assistant("msg_1", uuid="a1", at="2026-11-20T09:00:10.000Z", content=[tool_use(name="Bash")]),
        prompt(uuid="p2", at="2026-11-22T11:40:00.000Z"),
        assistant(
            "msg_2", uuid="a2", at="2026-11-22T11:40:20.000Z", model=SONNET, stop=None,
            used=usage(1_000, 2_000, cache_read_input_tokens=30_000, cache_creation=cache(400, 50)),
        ),
        assistant("msg_3", uuid="a3", at="2026-11-22T11:41:00.000Z", model="some-new-model"),
        assistant("msg_4", uuid="a4", at="2026-11-22T11:42:00.000Z", side=True, content=[tool_use("t2", "mcp__x__y")]),
        api_error("API Error: 529 overloaded", uuid="e1"),
        b'{"type":"assistant",',
    ]  # fmt: skip
    write(projects / "-home-dev-shop" / "s1.jsonl", work)
    with Tracker(tmp_path / "tracker.db", projects, now=NOON - 60 * SECOND) as tracker:
        tracker.now = NOON - 10 * SECOND
        write(projects / "-home-dev-shop" / "s2.jsonl", [assistant("msg_5", uuid="a5", session="s2", model=HAIKU)])
        tracker.scan()
        tracker.store.take_readings(
            [Reading("five_hour", "statusline", NOON - SECOND, 0.42, NOON + 3_600 * SECOND)], NOON
        )
        claude = Process(7, NOON - 60 * SECOND, Kind.CODE, cwd="/home/dev/shop")
        tracker.see(claude, records=[Registered(7, "s1", state="waiting", waiting_for="permission")])
        tracker.see(Process(9, NOON - 90 * SECOND, Kind.DESKTOP), claude, records=[Registered(7, "s1", state="busy")])
        tracker.see(claude, records=[Registered(7, "s1", state="busy")])
    load = Load("claude_code", 1, 300_000_000, 12.5)
    transcripts = CollectorHealth("transcripts", True, 0.25)
    running = Health((transcripts,), NOON - 10 * SECOND, 0.0, True, FolderCounts(2, 0), detects=True, loads=(load,))
    snapshot = take(Reader(tmp_path / "tracker.db"), NOON, UTC, running)
    assert snapshot is not None
    return snapshot


def exposition_of(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    return Exposition("1.2.3", "0123456789ab").expose(snapshot, accept)


def text_of(snapshot: Snapshot) -> str:
    return exposition_of(snapshot, "")[0].decode()


def masked(exposition: str) -> str:
    """Without what the machine and SQLite decide."""
    exposition = re.sub(r'(python|tracker)="[^"]*"', r'\1="…"', exposition)
    return re.sub(r"^(claude_tracker_database_size_bytes) .*$", r"\1 …", exposition, flags=re.MULTILINE)


def test_the_exposition_is_the_golden_file(small_snapshot: Snapshot) -> None:
    exposition = masked(text_of(small_snapshot))
    if UPDATE:
        GOLDEN.write_text(exposition, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == exposition


@pytest.mark.parametrize("which", ["small", "busy", "without a block"])
def test_promtool_accepts_it(which: str, small_snapshot: Snapshot) -> None:
    snapshots = {
        "small": small_snapshot,
        "busy": busy_snapshot(),
        "without a block": msgspec.structs.replace(small_snapshot, block=None),
    }
    done = subprocess.run(
        [require_program("promtool"), "check", "metrics"],
        input=text_of(snapshots[which]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_every_family_has_the_type_and_the_labels_of_the_contract() -> None:
    found = {
        sample.name.removeprefix("claude_tracker_"): (family.type, tuple(sample.labels))
        for family in SnapshotCollector(two_accounts(), Announcements(), "1", "2").collect()
        for sample in family.samples
    }
    assert CONTRACT == found


def test_every_family_has_help_and_our_namespace(small_snapshot: Snapshot) -> None:
    families = list(SnapshotCollector(small_snapshot, Announcements(), "1", "2").collect())
    assert [] == [f.name for f in families if not f.documentation.endswith(".")]
    assert [] == [f.name for f in families if not f.name.startswith("claude_tracker_")]


def test_an_unknown_value_has_no_sample(small_snapshot: Snapshot) -> None:
    idle = msgspec.structs.replace(
        small_snapshot,
        block=None,
        sessions=None,
        accounts=(),
        health=msgspec.structs.replace(small_snapshot.health, running=Health()),
    )
    samples = samples_of(text_of(idle))
    names = {name for name, _ in samples}
    absent = {
        *BLOCK_VALUES, "block_info", "block_tokens", "collector_success", "collector_duration_seconds",
        "ingest_last_success_timestamp_seconds", "ingest_lag_seconds", "watcher_up", "watched_folders",
        "window_utilization_ratio", "window_observed_timestamp_seconds", "window_reset_timestamp_seconds",
        "window_start_timestamp_seconds", "verdict", "window_binding", "window_runs_out_timestamp_seconds",
        "window_projected_ratio", "window_elsewhere_ratio", "locked_out", "account_info", "overage_in_use",
        "credits_used", "credits_limit", "week_surface_ratio", "week_window_cost_ratio", "week_windows_left",
        "sessions", "processes",
        "process_resident_memory_bytes", "process_cpu_seconds",
    }  # fmt: skip
    assert 0 == samples["block_active", ()]
    assert set() == names & absent


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("", "text/plain; version=0.0.4; charset=utf-8", id="no Accept header: the text format"),
        pytest.param("text/plain", "text/plain; version=0.0.4; charset=utf-8", id="a browser or curl"),
        pytest.param(
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            id="Prometheus prefers OpenMetrics",
        ),
    ],
)
def test_the_scraper_chooses_the_format(accept: str, content_type: str) -> None:
    assert content_type == exposition_of(busy_snapshot(), accept)[1]


def test_openmetrics_says_the_same_as_text(small_snapshot: Snapshot) -> None:
    accept = "application/openmetrics-text;version=1.0.0"
    exposition = exposition_of(small_snapshot, accept)[0].decode()
    families = parse_openmetrics(exposition)  # type: ignore[no-untyped-call] # it ships none
    assert samples_of(text_of(small_snapshot)) == samples_in(families)
    assert exposition.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("first_seen_at", "value"),
    [
        pytest.param(0, 7, id="what the first read met stands at once"),
        pytest.param(NOON, 0, id="met now: announced by a 0"),
        pytest.param(NOON - 30 * SECOND + 1, 0, id="met not quite 30 s ago: still 0"),
        pytest.param(NOON - 30 * SECOND, 7, id="met 30 s ago: its value"),
        pytest.param(NOON - 24 * 3600 * SECOND, 7, id="met yesterday: its value"),
        pytest.param(UNANNOUNCED, 0, id="met while no tracker served: waits for one to announce it"),
    ],
)
def test_a_label_set_first_seen_after_the_first_read_starts_at_zero(first_seen_at: int, value: int) -> None:
    assert value == Announcements().shown(Total("tokens", ("m", "input", "main"), 7, 7, first_seen_at), NOON)


def test_values_stay_when_the_clock_is_set_back() -> None:
    announcements = Announcements()
    total = Total("tokens", ("m", "input", "main"), 7, 7, NOON)
    moments = [NOON + 29 * SECOND, NOON + 31 * SECOND, NOON + 26 * SECOND, NOON - 60 * SECOND]
    assert [0, 7, 7, 7] == [announcements.shown(total, moment) for moment in moments]


def test_label_sets_found_by_a_command_start_at_zero_in_a_tracker(tmp_path: Path) -> None:
    """`ingest` or `status` between two runs: the 0 could not be scraped."""
    projects, database = tmp_path / "projects", tmp_path / "tracker.db"
    write(projects / "p" / "s1.jsonl", [assistant("msg_1", uuid="a1")])
    Tracker(database, projects, now=NOON).close()
    write(projects / "p" / "s2.jsonl", [assistant("msg_2", uuid="a2", session="s2", model=HAIKU)])
    _, store, _ = open_caught_up(database, lambda: [projects], lambda: NOON, lambda _: None)
    store.close()
    later = NOON + 3600 * SECOND

    def haiku(now: int) -> float:
        snapshot = take(Reader(database), now, UTC)
        assert snapshot is not None
        return samples_of(text_of(snapshot))["responses_total", ("main", "claude-haiku-4-5")]

    assert 0 == haiku(later)
    Tracker(database, projects, now=later).close()
    assert (0, 1) == (haiku(later + 29 * SECOND), haiku(later + 30 * SECOND))


def test_only_metrics_show_the_initial_zero(small_snapshot: Snapshot) -> None:
    samples = samples_of(text_of(small_snapshot))
    kept = {(total.family, total.labels): total.exact for total in small_snapshot.totals}
    assert 0 == samples["responses_total", ("main", "claude-haiku-4-5")]
    assert 1 == kept["responses", ("claude-haiku-4-5", "main")]


def test_a_correction_downwards_moves_the_exact_total_and_not_the_counter(tmp_path: Path) -> None:
    projects = tmp_path / "projects"
    replayed = assistant("msg_1", request="req_side", uuid="a1", side=True)
    write(projects / "p" / "s1.jsonl", [replayed])
    with Tracker(tmp_path / "tracker.db", projects, now=NOON) as tracker:
        write(projects / "p" / "s2.jsonl", [assistant("msg_1", request="req_main", uuid="a2", session="s2")])
        tracker.scan()
        snapshot = take(Reader(tmp_path / "tracker.db"), NOON + 60 * SECOND, UTC)
    assert snapshot is not None
    samples = samples_of(text_of(snapshot))
    kept = {(total.family, total.labels): total.exact for total in snapshot.totals}
    exact = kept["tokens", ("claude-opus-4-5", "output", "subagent")]
    counter = samples["tokens_total", ("subagent", "claude-opus-4-5", "output")]
    assert (0, 20) == (exact, counter)
