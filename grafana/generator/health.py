"""Dashboard "tracker health": whether each tracker reads everything and answers."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from grafana.generator.board import Row, build_dashboard
from grafana.generator.panels import BARS, Column, Panel, Placed, bars, over_time, rows, unit, value
from grafana.generator.queries import CHOSEN, Query, in_range, increase, of, per_second

NO_TRACKER = "no tracker answers"
BUILDS = f"max by (instance, version, revision, python) ({of('build_info')})"
NOT_SAMPLED = "not sampled"
SKIPPED = f"{in_range('ingest_skipped_lines_total')} / ({in_range('ingest_lines_total')} > 0)"


def figure(
    number: int, title: str, description: str, unit_id: str, *queries: Query, no_data: str = NO_TRACKER
) -> tuple[int, Panel]:
    return 4, value(number, title, description, unit_id, *queries, no_data=no_data)


def figures_row() -> Placed:
    return [
        figure(
            1,
            "Trackers",
            "Trackers that answer Prometheus, of all it scrapes.",
            "short",
            Query(f"sum(up{{{CHOSEN}}})", "up", instant=True),
            Query(f"count(up{{{CHOSEN}}})", "scraped", instant=True),
        ),
        figure(
            2,
            "Last fully read",
            "Time since all transcripts were last fully read, on the tracker where it is longest.",
            "s",
            Query(f"max(time() - {of('ingest_last_success_timestamp_seconds')})", instant=True),
        ),
        figure(
            3,
            "Reading lag",
            "Age of the oldest unread byte.",
            "s",
            Query(f"max({of('ingest_lag_seconds')})", instant=True),
        ),
        figure(
            4,
            "Lines skipped",
            "Share of lines in the selected range that could not be counted.",
            "percentunit",
            Query(SKIPPED, instant=True),
            no_data="nothing read",
        ),
        figure(
            5,
            "Watchers",
            "Trackers whose operating system reports file changes; the others poll.",
            "short",
            Query(f"sum({of('watcher_up')})", instant=True),
        ),
        figure(
            6,
            "Databases",
            "Total size including journals.",
            "bytes",
            Query(f"sum({of('database_size_bytes')})", instant=True),
        ),
    ]


def machines_row() -> Placed:
    return [
        (
            12,
            rows(
                7,
                "Machines",
                "Each tracker, its version and what it watches.",
                {"instance": "Instance", "version": "Version", "revision": "Revision", "python": "Python"},
                [
                    (
                        Query(f"{BUILDS} * on (instance) group_left () max by (instance) ({of('files_tracked')})"),
                        Column("Files", "short", 0),
                    ),
                ],
                no_data=NO_TRACKER,
                sort_by="Files",
            ),
        ),
        (
            12,
            rows(
                8,
                "Collectors",
                "Whether each collector's last run succeeded, and how long it took.",
                {"instance": "Instance", "collector": "Collector"},
                [
                    (
                        Query(f"max by (instance, collector) ({of('collector_success')})"),
                        Column("Succeeded", "bool_yes_no"),
                    ),
                    (
                        Query(f"max by (instance, collector) ({of('collector_duration_seconds')})"),
                        Column("Duration", "s", 3),
                    ),
                ],
                no_data=NO_TRACKER,
                sort_by="Duration",
            ),
        ),
    ]


def reading_row() -> Placed:
    return [
        (
            8,
            over_time(
                9,
                "Lines read",
                "Transcript lines per second.",
                "short",
                Query(per_second("ingest_lines_total", by="instance"), "{{instance}}"),
                no_data=NO_TRACKER,
            ),
        ),
        (
            8,
            over_time(
                10,
                "Reading lag",
                "Age of the oldest unread byte.",
                "s",
                Query(f"max by (instance) ({of('ingest_lag_seconds')})", "{{instance}}"),
                no_data=NO_TRACKER,
            ),
        ),
        (
            8,
            over_time(
                11,
                "Lines skipped",
                "Lines that could not be counted, by reason.",
                "short",
                Query(increase("ingest_skipped_lines_total", by="reason"), "{{reason}}"),
                no_data="no skipped lines",
                draw=BARS,
                stacked=True,
            ),
        ),
    ]


def answers_row() -> Placed:
    return [
        (
            8,
            over_time(
                12,
                "Scrape duration",
                "How long Prometheus waits for a response.",
                "s",
                Query(f"max by (instance) (scrape_duration_seconds{{{CHOSEN}}})", "{{instance}}"),
                no_data=NO_TRACKER,
            ),
        ),
        (
            8,
            over_time(
                13,
                "File changes",
                "Files that were renamed, replaced, truncated or deleted.",
                "short",
                Query(increase("ingest_file_changes_total", by="change"), "{{change}}"),
                no_data="no file changes",
                draw=BARS,
                stacked=True,
            ),
        ),
        (
            8,
            bars(
                14,
                "Warnings sent",
                "In the selected range, by kind.",
                "short",
                Query(f"sort_desc({in_range('notifications_total', by='kind')})", "{{kind}}", instant=True),
                no_data="no warnings",
            ).decimals(0),
        ),
    ]


def processes_row() -> Placed:
    return [
        (
            8,
            over_time(
                15,
                "Sessions",
                "Active sessions, by state.",
                "short",
                Query(f"sum by (state) ({of('sessions')})", "{{state}}"),
                no_data=NOT_SAMPLED,
                stacked=True,
            ).decimals(0),
        ),
        (
            8,
            over_time(
                16,
                "Memory of Claude",
                "Memory of the processes of active sessions.",
                "bytes",
                Query(f"sum by (session_type) ({of('process_resident_memory_bytes')})", "{{session_type}}"),
                no_data=NOT_SAMPLED,
            ),
        ),
        (
            8,
            over_time(
                17,
                "Processes of Claude",
                "Processes of active sessions, and the CPU time they have used.",
                "short",
                Query(f"sum by (session_type) ({of('processes')})", "{{session_type}}"),
                Query(f"sum by (session_type) ({of('process_cpu_seconds')})", "CPU {{session_type}}"),
                no_data=NOT_SAMPLED,
            ).override_by_regexp("/^CPU/", unit("s")),
        ),
    ]


def board() -> dashboard.Dashboard:
    return build_dashboard(
        "health",
        "Claude: tracker health",
        "Whether the trackers read everything and answer.",
        "now-6h",
        [
            Row(101, "Now", 4, figures_row()),
            Row(102, "Machines and collectors", 7, machines_row()),
            Row(103, "Reading", 8, reading_row()),
            Row(104, "Responses", 8, answers_row()),
            Row(105, "Claude's processes", 8, processes_row()),
        ],
    )
