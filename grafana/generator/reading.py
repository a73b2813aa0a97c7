"""Rows of the dashboard "health": whether a tracker keeps up, and what it does not count."""

from __future__ import annotations

from grafana.generator.looks import colored, in_shades
from grafana.generator.panels import (
    AXIS_SPAN,
    COUNT,
    MOMENT,
    Query,
    bars,
    lines,
)
from grafana.generator.shared import with_names
from grafana.generator.words import (
    CHANGES,
    DATA,
    RED,
    SHADES,
    SKIPPED,
    TEXT,
)

MACHINE = "user, host, job, instance"
_SCRAPED = "scrape_duration_seconds and on (job, instance) build_info"

KEEPS_UP = [
    colored(
        lines(
            (0, 15, 8, 8),
            "Read delay",
            "Age of the oldest line not yet read.",
            AXIS_SPAN,
            Query("max(ingest_lag_seconds)", "worst"),
            Query("quantile(0.95, ingest_lag_seconds)", "95th percentile"),
            Query("quantile(0.5, ingest_lag_seconds)", "median"),
            no_data="No tracker ran in this range",
        ),
        [("worst", TEXT), ("95th percentile", SHADES[1]), ("median", DATA)],
    ),
    bars(
        (8, 15, 8, 8),
        "Lines read",
        "Transcript lines read, from bar to bar.",
        COUNT,
        Query("sum(STEPS(ingest_lines_total))", "lines"),
        no_data="No line read in this range",
    ),
    colored(
        lines(
            (16, 15, 8, 8),
            "Scrape duration",
            "How long Prometheus waits for an answer.",
            MOMENT,
            Query(f"max({_SCRAPED})", "worst"),
            Query(f"quantile(0.5, {_SCRAPED})", "median"),
            no_data="No tracker is scraped",
        ),
        [("worst", TEXT), ("median", DATA)],
    ),
]

NOT_COUNTED = [
    in_shades(
        with_names(
            bars(
                (0, 24, 8, 8),
                "Lines skipped by reason",
                "What could not be counted; docs/counting.md explains each.",
                COUNT,
                Query("sum by (reason) (STEPS(ingest_skipped_lines_total))", "{{reason}}"),
                no_data="No line skipped in this range",
            ),
            SKIPPED,
        ),
        list(SKIPPED.values()),
    ),
    in_shades(
        with_names(
            bars(
                (8, 24, 8, 8),
                "Changed files",
                "Transcripts that did something other than grow: renamed, replaced, cut, deleted.",
                COUNT,
                Query("sum by (change) (STEPS(ingest_file_changes_total))", "{{change}}"),
                no_data="Files only grew in this range",
            ),
            CHANGES,
        ),
        list(CHANGES.values()),
    ),
    colored(
        bars(
            (16, 24, 8, 8),
            "Totals that fell",
            "Machines whose totals fell: the database was replaced. Totals over such a time are too small.",
            COUNT,
            Query(f"count(max by ({MACHINE}) (resets(tokens_total[$__interval] offset -$__interval)) > 0)", "machines"),
            no_data="No total fell in this range",
        ),
        [("machines", RED)],
    ),
]
