"""`claude-tracker status`. Modules that are needed for tables are imported only then."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.options import common
from exporter.cli.options.by_hand import StatusOptions
from exporter.cli.output import print_json, print_report
from exporter.cli.wiring import environment, retention, updates
from exporter.cli.wiring.history_check import messages_about_history
from exporter.cli.wiring.status import taken_now
from exporter.domain.limits.plan_settings import PlanSettings


@click.command()
@common.reading_options
@common.display_options
@click.option("--full", is_flag=True, help="Also show the tables: block, today and all time by model.")
@common.json_option("Print the snapshot as JSON.")
def status(
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    full: bool,
    as_json: bool,
    plan: PlanSettings,
) -> None:
    """Show whether your limits last, which session needs you, and what the block, today, week and month cost.

    Reads new transcript entries first, unless a tracker does.
    """
    is_named, prices = environment.is_database_named(), environment.user_prices()
    found = taken_now(StatusOptions(database, is_named, config_dirs, zone, processes, plan, prices))
    snapshot, reader, early, source, tracked, kept = found
    if as_json:
        from exporter.snapshot.snapshot_json import to_json

        print_json(to_json(snapshot))
        return
    from exporter import report
    from exporter.snapshot.sessions.costs import session_costs

    missing = updates.with_missing("", reader, config_dirs).strip()
    history = [f"{text[0].upper()}{text[1:]}." for text in messages_about_history(reader)]
    notes = [*retention.sentences(kept), *history]
    if full:
        message = f"{source} {updates.last_change(snapshot.health.committed_at, snapshot.as_of)}"
        text = " ".join(filter(None, [missing, message, *notes]))
        config = str(environment.config_file_in_use())
        print_report(lambda width: report.status(snapshot, text, width, zone, config))
        return
    fresh = report.fresh_text(snapshot.health.committed_at, snapshot.as_of, tracked=tracked)
    text = " ".join(filter(None, [missing, "" if tracked else source, *notes]))
    costs = session_costs(early if snapshot.reading is not None else reader, snapshot.sessions or (), zone)
    print_report(lambda width: report.glance(snapshot, fresh, text, costs, width, zone))
