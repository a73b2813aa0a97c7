"""Panels of dashboard "team": who uses the machines, and whether all trackers are well."""

from __future__ import annotations

from grafana.generator.panels import BAR_INTERVAL, COUNT, MONEY, WHOLE_SPAN, Query, lines, ranking
from grafana.generator.tables import HIDDEN, Column, rows
from grafana.generator.words import AMBER, RED, TEXT, mapped

NOTHING_SENT = "No machine has sent anything in this range"
_MACHINE = "user, host, tracker"

WHO_USES_IT = [
    lines(
        (0, 41, 12, 8),
        "People active in a week",
        "Who asked something in the seven days before.",
        COUNT,
        Query(
            "count(sum by (user) (last_over_time(prompts_total[7d]) - min_over_time(prompts_total[7d])) > 0)", "people"
        ),
        no_data=NOTHING_SENT,
    )
    .interval(BAR_INTERVAL)
    .max_data_points(30),
    ranking(
        (12, 41, 12, 8),
        "People compared",
        "Cost of those who used most: only if you choose so above, since it compares persons.",
        MONEY,
        Query("topk($compared, sum by (user) (TOTAL(cost_usd_total)) > 0)", "{{user}}"),
        no_data="Off: choose above how many people are compared",
    ),
]

ARE_ALL_WELL = [
    rows(
        (0, 50, 14, 8),
        "Machines with a problem",
        "Transcripts are not read, the database is damaged, samples were refused, or the clock is wrong.",
        {"user": "User", "host": "Machine", "tracker": HIDDEN},
        [
            (
                f"floor(max by ({_MACHINE}) (ingest_lag_seconds) > 900)",
                Column("Behind by", WHOLE_SPAN, steps=((None, AMBER),)),
            ),
            (
                f"max by ({_MACHINE}) (database_ok == 0) + 1",
                Column("Damaged", COUNT, mappings=mapped({"1": "Yes"}), steps=((None, RED),)),
            ),
            (f"sum by ({_MACHINE}) (TOTAL(fleet_refused_samples_total)) > 0", Column("Refused", COUNT)),
            (f"max by ({_MACHINE}) (abs(fleet_clock_skew_seconds)) > 60", Column("Clock off by", WHOLE_SPAN)),
        ],
        no_data="Every machine that sends is well",
        sort_by="Behind by",
    ),
    rows(
        (14, 50, 10, 8),
        "Versions",
        "Of the trackers that sent something in this range.",
        {"version": "Version"},
        [
            (
                "count by (version) (count by (version, tracker) (last_over_time(build_info[$__range])))",
                Column("Machines", COUNT, steps=((None, TEXT),)),
            )
        ],
        no_data=NOTHING_SENT,
        sort_by="Machines",
    ),
]
