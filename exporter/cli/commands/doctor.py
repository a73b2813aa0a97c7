"""`claude-tracker doctor`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.options import common
from exporter.cli.options.examining import ExaminingCommand, examining_options
from exporter.cli.options.sync import SyncSettings
from exporter.cli.output import print_json, print_report


@click.command(cls=ExaminingCommand)
@examining_options
@click.option("--all", "lists_all", is_flag=True, help="Also list what is fine.")
@common.json_option("Print the checks as JSON.")
@click.pass_context
def doctor(
    context: click.Context,
    database: Path,
    config_dirs: tuple[Path, ...],
    listen: tuple[str, int],
    token: str | None,
    zone: tzinfo | None,
    sync_settings: SyncSettings,
    prometheus_url: str,
    grafana_url: str,
    lists_all: bool,
    as_json: bool,
) -> None:
    """Check the installation, and say what is wrong and how to correct it.

    Only reads, with or without a running tracker. Exits with 1 if there is an error.
    """
    from exporter.cli.wiring.doctor import addresses_of, place_of
    from exporter.doctor.check import has_error, to_json
    from exporter.doctor.examine import examine

    addresses = addresses_of(context, listen, token, prometheus_url, grafana_url)
    checks = examine(place_of(database, config_dirs, addresses, zone, sync_settings))
    if as_json:
        print_json(to_json(checks))
    else:
        from exporter.report.doctor import doctor as report

        print_report(lambda width: report(checks, width, lists_all=lists_all))
    context.exit(1 if has_error(checks) else 0)
