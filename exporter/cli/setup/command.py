"""`claude-tracker setup`: a guide through everything, and each part by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from exporter.cli.options import common
from exporter.cli.options.sync import SyncSettings, sync_options
from exporter.cli.options.types import Label, UserPath
from exporter.cli.setup import claude, settings_file, skill
from exporter.cli.setup.places import record_of, service_of
from exporter.domain.limits.plan_settings import PlanSettings

F = TypeVar("F", bound=Callable[..., Any])

undo_option = click.option("--undo", is_flag=True, help="Undo the setup, and restore what was there before.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show the change without making it.")
yes_option = click.option("--yes", is_flag=True, help="Make the change without confirmation.")
settings_option = click.option(
    "--settings",
    "file",
    type=UserPath(dir_okay=False, path_type=Path),
    default=settings_file.default_file,
    show_default="settings.json in Claude's folder",
    help="Claude Code's settings file.",
)


@click.group(invoke_without_command=True)
@common.database_option
@settings_option
@click.option("--dry-run", is_flag=True, help="Show every change without making it.")
@click.option("--yes", is_flag=True, help="Make every change without confirmation.")
@click.pass_context
def setup(context: click.Context, database: Path, file: Path, dry_run: bool, yes: bool) -> None:
    """Set up what makes the tracker useful: each change is shown first, and can be skipped.

    Without a part: status line, hook, service, notifications, Prometheus and Grafana, Netlify, one after the other.
    """
    if context.invoked_subcommand is not None:
        return
    from exporter.cli.setup import guide

    config = context.find_root().params.get("config")
    context.exit(guide.guide(database, file, config, dry_run=dry_run, yes=yes))


@setup.command()
@common.database_option
@settings_option
@undo_option
@dry_run_option
@yes_option
def statusline(database: Path, file: Path, undo: bool, dry_run: bool, yes: bool) -> None:
    """Add the status line to Claude Code's settings: it makes the official limits known."""
    _do(claude.change("statusline", database, file, record_of(database), undo=undo, dry_run=dry_run, yes=yes))


@setup.command()
@common.database_option
@settings_option
@undo_option
@dry_run_option
@yes_option
def hooks(database: Path, file: Path, undo: bool, dry_run: bool, yes: bool) -> None:
    """Add the hook to Claude Code's settings: it reports limits that no transcript has."""
    _do(claude.change("hooks", database, file, record_of(database), undo=undo, dry_run=dry_run, yes=yes))


@setup.command("skill")
@common.database_option
@settings_option
@undo_option
@dry_run_option
@yes_option
def skill_part(database: Path, file: Path, undo: bool, dry_run: bool, yes: bool) -> None:
    """Add a skill to Claude Code, so that it can answer how much is left. It only reads."""
    _do(skill.change(file, record_of(database), undo=undo, dry_run=dry_run, yes=yes))


@setup.command()
@common.database_option
@undo_option
@dry_run_option
@yes_option
def service(database: Path, undo: bool, dry_run: bool, yes: bool) -> None:
    """Start the tracker at each login. The same as `service install`."""
    from exporter.cli.setup import service as services

    found, record = service_of(database), record_of(database)
    if undo:
        _do(services.remove(found, record, dry_run=dry_run, yes=yes))
    else:
        _do(services.install(found, database, record, dry_run=dry_run, yes=yes))


@setup.command()
def notifications() -> None:
    """Show a test notification on the desktop."""
    from exporter.cli.setup import guide

    guide.show_test_notification()


@setup.command()
@common.database_option
@common.display_options
@sync_options
@undo_option
@dry_run_option
@yes_option
@click.pass_context
def netlify(
    context: click.Context,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    sync_settings: SyncSettings,
    undo: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Ask for your site, check it, show what would be sent, and save it to the configuration file."""
    from exporter.cli.setup import netlify as publishing

    config = context.find_root().params.get("config")
    if undo:
        publishing.take_out(config, database, dry_run=dry_run, yes=yes)
    else:
        publishing.set_up(config, database, zone, plan, sync_settings, dry_run=dry_run, yes=yes)


@setup.command()
@common.database_option
@common.display_options
@click.option("--url", metavar="URL", help="Address of the store's remote write, such as https://host/api/v1/write.")
@click.option("--label", "labels", multiple=True, type=Label(), help="A label of every series, such as team=payments.")
@click.option(
    "--token-file",
    type=UserPath(dir_okay=False, path_type=Path),
    help="File with the bearer token that only you can read.",
)
@undo_option
@dry_run_option
@yes_option
@click.pass_context
def fleet(
    context: click.Context,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    url: str | None,
    labels: tuple[tuple[str, str], ...],
    token_file: Path | None,
    undo: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Send to a store of many machines: test its address, show what leaves, and save it to the configuration file."""
    from exporter.cli.setup import fleet as sending

    config = context.find_root().params.get("config")
    if undo:
        sending.take_out(config, database, dry_run=dry_run, yes=yes)
        return
    if url is None:
        raise click.UsageError("--url is needed: the address of the store's remote write")
    values = {"url": url, "token-file": str(token_file) if token_file is not None else None, "labels": dict(labels)}
    given = {key: value for key, value in values.items() if value}
    sending.set_up(config, database, zone, plan, given, dry_run=dry_run, yes=yes)


def _do(done: bool) -> None:
    if not done:
        raise click.Abort
