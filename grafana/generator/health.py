"""Whether the trackers do what they are there for."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from grafana.generator.board import Row, laid
from grafana.generator.panels import BARS, Column, Panel, Placed, bars, over_time, rows, unit, value
from grafana.generator.queries import CHOSEN, Query, in_range, increase, of, per_second

NO_TRACKER = "no tracker answers"
NOT_LOOKED = "not looked at"
SKIPPED = f"{in_range('ingest_skipped_lines_total')} / ({in_range('ingest_lines_total')} > 0)"


def figure(
    number: int, title: str, description: str, unit_id: str, *queries: Query, no_data: str = NO_TRACKER
) -> tuple[int, Panel]:
    return 4, value(number, title, description, unit_id, *queries, no_data=no_data)


def board() -> dashboard.Dashboard:
    figures: Placed = [
        figure(
            1,
            "Trackers",
            "How many answer Prometheus, of how many it asks.",
            "short",
            Query(f"sum(up{{{CHOSEN}}})", "up", instant=True),
            Query(f"count(up{{{CHOSEN}}})", "asked", instant=True),
        ),
        figure(
            2,
            "Last fully read",
            "Since the transcripts were last found fully read, of the tracker where that is longest ago.",
            "s",
            Query(f"max(time() - {of('ingest_last_success_timestamp_seconds')})", instant=True),
        ),
        figure(
            3,
            "Behind by",
            "The age of the oldest byte not yet read.",
            "s",
            Query(f"max({of('ingest_lag_seconds')})", instant=True),
        ),
        figure(
            4,
            "Lines skipped",
            "The share of lines that could not be counted, in the shown time.",
            "percentunit",
            Query(SKIPPED, instant=True),
            no_data="nothing read",
        ),
        figure(
            5,
            "Watchers",
            "Trackers whose system tells of changed files; the others look for them.",
            "short",
            Query(f"sum({of('watcher_up')})", instant=True),
        ),
        figure(
            6,
            "Databases",
            "Their size with their journals, all together.",
            "bytes",
            Query(f"sum({of('database_size_bytes')})", instant=True),
        ),
    ]
    builds = f"max by (instance, version, revision, python) ({of('build_info')})"
    machines: Placed = [
        (
            12,
            rows(
                7,
                "Machines",
                "Each tracker, its version and what it watches.",
                {"instance": "Instance", "version": "Version", "revision": "Revision", "python": "Python"},
                [
                    (
                        Query(f"{builds} * on (instance) group_left () max by (instance) ({of('files_tracked')})"),
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
                        Column("Took", "s", 3),
                    ),
                ],
                no_data=NO_TRACKER,
                sort_by="Took",
            ),
        ),
    ]
    reading: Placed = [
        (
            8,
            over_time(
                9,
                "Lines read",
                "Transcript lines a second.",
                "short",
                Query(per_second("ingest_lines_total", by="instance"), "{{instance}}"),
                no_data=NO_TRACKER,
            ),
        ),
        (
            8,
            over_time(
                10,
                "Behind by",
                "The age of the oldest byte not yet read.",
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
                "By reason: what could not be counted, or was not meant to be.",
                "short",
                Query(increase("ingest_skipped_lines_total", by="reason"), "{{reason}}"),
                no_data="no line was ever skipped",
                draw=BARS,
                stacked=True,
            ),
        ),
    ]
    answers: Placed = [
        (
            8,
            over_time(
                12,
                "Scrapes take",
                "How long Prometheus waits for an answer.",
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
                "Files that did other than grow: renamed, replaced, cut, gone.",
                "short",
                Query(increase("ingest_file_changes_total", by="change"), "{{change}}"),
                no_data="files only grew",
                draw=BARS,
                stacked=True,
            ),
        ),
        (
            8,
            bars(
                14,
                "Warnings told",
                "In the shown time, by kind.",
                "short",
                Query(f"sort_desc({in_range('notifications_total', by='kind')})", "{{kind}}", instant=True),
                no_data="no warning was told",
            ).decimals(0),
        ),
    ]
    processes: Placed = [
        (
            8,
            over_time(
                15,
                "Sessions",
                "Sessions that run, by state.",
                "short",
                Query(f"sum by (state) ({of('sessions')})", "{{state}}"),
                no_data=NOT_LOOKED,
                stacked=True,
            ).decimals(0),
        ),
        (
            8,
            over_time(
                16,
                "Memory of Claude",
                "What the processes of running sessions hold.",
                "bytes",
                Query(f"sum by (session_type) ({of('process_resident_memory_bytes')})", "{{session_type}}"),
                no_data=NOT_LOOKED,
            ),
        ),
        (
            8,
            over_time(
                17,
                "Processes of Claude",
                "Processes of running sessions, and CPU seconds they have used since they began.",
                "short",
                Query(f"sum by (session_type) ({of('processes')})", "{{session_type}}"),
                Query(f"sum by (session_type) ({of('process_cpu_seconds')})", "CPU {{session_type}}"),
                no_data=NOT_LOOKED,
            ).override_by_regexp("/^CPU/", unit("s")),
        ),
    ]
    return laid(
        "health",
        "Claude: tracker health",
        "Whether the trackers read everything and answer.",
        "now-6h",
        [
            Row(101, "Now", 4, figures),
            Row(102, "Machines and collectors", 7, machines),
            Row(103, "Reading", 8, reading),
            Row(104, "Answering", 8, answers),
            Row(105, "Claude's processes", 8, processes),
        ],
    )
