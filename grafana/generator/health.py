"""Dashboard "health": whether every tracker reads everything and gets its messages out."""

from __future__ import annotations

from grafana.generator.board import Board, Row
from grafana.generator.looks import colored, in_shades
from grafana.generator.panels import (
    BYTES,
    COUNT,
    FINE_SHARE,
    MOMENT,
    WHOLE_SPAN,
    Query,
    bars,
    figure,
    lines,
)
from grafana.generator.reading import KEEPS_UP, MACHINE, NOT_COUNTED
from grafana.generator.shared import behind_by, with_names
from grafana.generator.tables import HIDDEN, Column, rows
from grafana.generator.words import (
    AMBER,
    COLLECTORS,
    DATA,
    GREEN,
    NOTIFICATIONS,
    RED,
    TARGETS,
    TEXT,
    mapped,
)

_ANSWERING = "up and on (job, instance) last_over_time(build_info[$__range])"
_MACHINE_COLUMNS = {"instance": "Machine", "user": HIDDEN, "host": HIDDEN, "job": HIDDEN}

IS_ALL_COUNTED = [
    figure(
        (0, 1, 6, 4),
        "Trackers",
        "Who answers Prometheus now; pushed trackers are counted as databases seen.",
        COUNT,
        Query(f"sum({_ANSWERING})", "answer"),
        Query(f"count({_ANSWERING})", "asked"),
        Query("count(count by (tracker) (last_over_time(build_info[$__range])))", "databases seen"),
        no_data="No tracker answers",
    ),
    behind_by(
        (6, 1, 6, 4),
        Query("floor(max(ingest_lag_seconds))", "worst"),
        Query("floor(quantile(0.5, ingest_lag_seconds))", "median"),
    ),
    figure(
        (12, 1, 4, 4),
        "Lines skipped",
        "Share of transcript lines that could not be counted, in this range.",
        FINE_SHARE,
        Query("sum(TOTAL(ingest_skipped_lines_total)) / (sum(TOTAL(ingest_lines_total)) > 0)", "skipped"),
        no_data="No line read in this range",
    ),
    figure(
        (16, 1, 4, 4),
        "Failing collectors",
        "Collectors whose last run failed.",
        COUNT,
        Query("count(collector_success == 0) or count(collector_success) * 0", "failing"),
        no_data="No tracker answers",
        steps=((None, GREEN), (1, RED)),
        mappings=mapped({"0": "None"}),
    ),
    figure(
        (20, 1, 4, 4),
        "Clock jumps",
        "How often a machine's clock jumped in this range: times near it are uncertain.",
        COUNT,
        Query("sum(TOTAL(clock_jumps_total))", "jumps"),
        no_data="No tracker ran in this range",
        steps=((None, TEXT), (1, AMBER)),
        mappings=mapped({"0": "None"}),
    ),
]

WHICH_TRACKER = [
    rows(
        (0, 6, 14, 8),
        "Machines",
        "Each tracker, the one furthest behind first; a click opens its page.",
        {**_MACHINE_COLUMNS, "version": "Version", "tracker": HIDDEN},
        [
            (f"max by ({MACHINE}, version, tracker) (build_info)", Column(HIDDEN)),
            (
                f"floor(max by ({MACHINE}) (ingest_lag_seconds))",
                Column("Behind by", WHOLE_SPAN, steps=((None, TEXT), (300, AMBER)), mappings=mapped({"0": "All read"})),
            ),
            (f"max by ({MACHINE}) (files_tracked)", Column("Files", COUNT)),
            (f'sum by ({MACHINE}) (watched_folders{{mode="polling"}})', Column("Polled folders", COUNT)),
            (f"max by ({MACHINE}) (database_size_bytes)", Column("Database", BYTES)),
            (
                f"max by ({MACHINE}) (database_ok == bool 0)",
                Column("Damaged", COUNT, steps=((None, TEXT), (1, RED)), mappings=mapped({"0": "No", "1": "Yes"})),
            ),
        ],
        no_data="No tracker answers",
        sort_by="Behind by",
        links={"Machine": ("This tracker's page", "http://${__value.text}/")},
    ),
    rows(
        (14, 6, 10, 4),
        "Names used twice",
        "Two databases under one name within a day: a replaced database, or two machines with equal labels, whose"
        " totals are then wrong.",
        _MACHINE_COLUMNS,
        [
            (
                f"count by ({MACHINE}) (count by ({MACHINE}, tracker) (last_over_time(build_info[1d]))) > 1",
                Column("Databases", COUNT, steps=((None, RED),)),
            )
        ],
        no_data="Every name has one database",
        sort_by="Databases",
    ),
    rows(
        (14, 10, 10, 4),
        "Slowest collectors",
        "How long the last run took, on the slowest machine.",
        {"collector": "Collector"},
        [
            ("topk(10, max by (collector) (collector_duration_seconds))", Column("Took", MOMENT)),
            ("count by (collector) (collector_success == 0)", Column("Failing on", COUNT)),
        ],
        no_data="No tracker answers",
        sort_by="Took",
        words={"Collector": mapped(COLLECTORS)},
    ),
]

MESSAGES = [
    in_shades(
        with_names(
            bars(
                (0, 33, 8, 8),
                "Notifications sent",
                "Notifications by kind: the tracker's own, and alerts passed to it.",
                COUNT,
                Query("sum by (kind) (STEPS(notifications_total))", "{{kind}}"),
                no_data="No notification sent in this range",
            ),
            NOTIFICATIONS,
        ),
        list(NOTIFICATIONS.values()),
    ),
    rows(
        (8, 33, 8, 8),
        "Publishing",
        "Age of the newest state each target has.",
        {"target": "Target"},
        [
            (
                "floor(max by (target) (time() - sync_last_success_timestamp_seconds))",
                Column("Last success", WHOLE_SPAN),
            ),
            ("sum by (target) (TOTAL(sync_runs_total))", Column("Runs", COUNT, width=65)),
            ("sum by (target) (TOTAL(sync_failures_total))", Column("Failures", COUNT, width=85)),
        ],
        no_data="Nothing is published",
        sort_by="Last success",
        words={"Target": mapped(TARGETS)},
        widths={"Target": 110},
    ),
    colored(
        lines(
            (16, 33, 8, 8),
            "Database size",
            "Size of the databases with their journals.",
            BYTES,
            Query("sum(database_size_bytes)", "all"),
            Query("max(database_size_bytes)", "largest"),
            no_data="No tracker ran in this range",
        ),
        [("all", TEXT), ("largest", DATA)],
    ),
]

BOARD = Board(
    "health",
    "Claude: tracker health",
    "Says whether every tracker reads everything and gets its messages out.",
    "now-24h",
    (
        Row(0, "Is everything counted?", IS_ALL_COUNTED),
        Row(5, "Which tracker has a problem?", WHICH_TRACKER),
        Row(14, "Does it keep up?", KEEPS_UP),
        Row(23, "What was not counted?", NOT_COUNTED),
        Row(32, "Do messages get out?", MESSAGES),
    ),
)
