"""`claude-tracker setup netlify`."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import config_file
from exporter.cli.options.secrets import Secret
from exporter.cli.options.sync import NETLIFY_API, Syncing
from exporter.cli.setup import settings_file, toml_edit
from exporter.cli.setup.prompts import ask_to_write, difference
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.sync import PRIVACY
from exporter.errors import DatabaseError, SettingsError, SyncError
from exporter.store import sync_states

LEVELS = {
    "totals": "totals: tokens, costs, blocks, limits and times; no project, path or session id",
    "projects": "projects: the same with names of projects; no path",
    "full": "full: all that the dashboard shows, with paths, branches and session ids",
}
TOKEN_FILE = "netlify-token"
SHOWN = 2_000


def set_up(
    config: Path | None,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    syncing: Syncing,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Ask for what is missing, check it at Netlify, show what will be sent, and write the configuration."""
    file = config or config_file.default_config_file()
    is_asked = sys.stdin.isatty()
    site = syncing.site or (_ask("The site's id (app.netlify.com, Project configuration)") if is_asked else None)
    if site is None:
        raise SettingsError("nobody can be asked here: name the site with --netlify-site")
    token, kept_in = _token(syncing.token, file, is_asked=is_asked)
    found = _checked(site, token, syncing.api)
    click.echo(f"The site is {found}.")
    privacy = _privacy(syncing.privacy) if is_asked and not yes else syncing.privacy
    content = _document(database, zone, plan, privacy)
    _show(content, privacy)
    values: dict[str, str | None] = {"netlify-site": site, "privacy": privacy}
    if syncing.api != NETLIFY_API:
        values["netlify-api"] = syncing.api
    if kept_in is not None:
        values["netlify-token-file"] = str(kept_in)
    elif syncing.token.file is not None:
        values["netlify-token-file"] = str(syncing.token.file)
    _write(file, values, token if kept_in is not None else None, kept_in, dry_run=dry_run, yes=yes)
    if not dry_run:
        click.echo("`claude-tracker sync` sends it now; a tracker that runs has to be started again to go on sending.")


def take_out(config: Path | None, database: Path, *, dry_run: bool, yes: bool) -> None:
    """Take the configuration out again, and the token file that was made."""
    file = config or config_file.default_config_file()
    keys = ("netlify-site", "netlify-token-file", "netlify-api", "privacy")
    _write(file, dict.fromkeys(keys), None, None, dry_run=dry_run, yes=yes)
    made = file.parent / TOKEN_FILE
    if not dry_run:
        sync_states.forget(database, "netlify")
    if not dry_run and made.exists():
        made.unlink()
        click.echo(f"{made} was deleted.")
    click.echo("What was published stays: delete the site, and the token, at app.netlify.com.")


def _ask(text: str, *, hide: bool = False) -> str:
    answer: str = click.prompt(text, hide_input=hide, err=True)
    return answer.strip()


def _token(given: Secret, config: Path, *, is_asked: bool) -> tuple[str, Path | None]:
    """The token, and the file to keep it in where it was typed in."""
    found = given.read()
    if found is not None:
        return found, None
    if not is_asked:
        raise SettingsError(f"nobody can be asked here: put the token into ${given.variable}")
    text = "A personal access token (app.netlify.com, User settings, Applications), which is not shown"
    return _ask(text, hide=True), config.parent / TOKEN_FILE


def _checked(site: str, token: str, api: str) -> str:
    """What the site is. Raises SyncError where Netlify does not know it."""
    from exporter.publish.http import PermanentFailure, TransientFailure
    from exporter.publish.netlify import Netlify

    try:
        found = Netlify(site, lambda: token, time.sleep, api).site()
    except (TransientFailure, PermanentFailure) as error:
        raise SyncError(f"{error}. Nothing was written") from error
    return f"{found.name} at {found.url}"


def _privacy(given: str) -> str:
    for level in PRIVACY:
        click.echo(f"  {LEVELS[level]}", err=True)
    chosen: str = click.prompt("How much is sent", type=click.Choice(PRIVACY), default=given, err=True)
    return chosen


def _document(database: Path, zone: tzinfo | None, plan: PlanSettings, privacy: str) -> bytes:
    from exporter.cli.wiring.sync import Figures
    from exporter.publish.document import document

    data = Figures(database, zone, plan).data(clock())
    if data is None:
        raise DatabaseError(f"there are no figures in {database} yet: read the transcripts with claude-tracker ingest")
    return document(data, privacy)


def _show(content: bytes, privacy: str) -> None:
    """The beginning of what will be sent, and how to see all of it."""
    text = json.dumps(json.loads(content), indent=1, ensure_ascii=False)
    click.echo(f"At each sync these {len(content):,} bytes, as they are now, replace the ones before:\n{text[:SHOWN]}")
    if len(text) > SHOWN:
        click.echo(f"…\n`claude-tracker sync --dry-run --privacy {privacy}` prints all of it.")


def _write(
    file: Path, values: dict[str, str | None], token: str | None, kept_in: Path | None, *, dry_run: bool, yes: bool
) -> None:
    before = settings_file.read(file)
    try:
        text = before.decode("utf-8")
        after = toml_edit.changed(text, values)
    except ValueError as error:
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None)
        raise SettingsError(f"{file} was left untouched: {error}; put this into it:\n\n{lines}") from error
    if after != text:
        click.echo(difference(file, text, after))
    if token is not None:
        click.echo(f"The token goes into {kept_in}, which only you can read.")
    if after == text and token is None:
        click.echo(f"{file} needs no change.")
        return
    if dry_run:
        click.echo("Nothing was written.")
        return
    ask_to_write(file, yes=yes)
    if token is not None and kept_in is not None:
        _write_secret(kept_in, token)
    if after != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        settings_file.replace(file, before, after.encode("utf-8"))
    click.echo(f"{file} was written.")


def _write_secret(file: Path, secret: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:
            opened.write(f"{secret}\n")
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}") from error
