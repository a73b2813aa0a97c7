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
from exporter.cli.options.sync import NETLIFY_API, SyncSettings
from exporter.cli.output import say, say_lines
from exporter.cli.setup import settings_file, toml_edit
from exporter.cli.setup.prompts import ask_to_write, difference
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.sync import PRIVACY
from exporter.errors import DatabaseError, SettingsError, SyncError, reason
from exporter.store import sync_states

LEVELS = {
    "totals": "totals: tokens, costs, blocks, limits and times; no project names, paths or session IDs",
    "projects": "projects: the same with project names; no paths",
    "full": "full: everything on the dashboard, including paths, branches and session IDs",
}
TOKEN_FILE = "netlify-token"
MAX_PREVIEW = 2_000


def set_up(
    config: Path | None,
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    sync_settings: SyncSettings,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Ask for missing values, check them with Netlify, show what will be sent, and write the configuration."""
    file = config or config_file.default_config_file()
    is_interactive = sys.stdin.isatty()
    site = sync_settings.site or (_ask("Site ID (app.netlify.com, Project configuration)") if is_interactive else None)
    if site is None:
        raise SettingsError("no site configured, and no terminal to ask on: set --netlify-site")
    token, kept_in = _token(sync_settings.token, file, is_interactive=is_interactive)
    found = _check_site(site, token, sync_settings.api)
    say(f"Site: {found}.")
    privacy = _privacy(sync_settings.privacy) if is_interactive and not yes else sync_settings.privacy
    content = _build_document(database, zone, plan, privacy)
    _show(content, privacy)
    values: dict[str, str | None] = {"netlify-site": site, "privacy": privacy}
    if sync_settings.api != NETLIFY_API:
        values["netlify-api"] = sync_settings.api
    if kept_in is not None:
        values["netlify-token-file"] = str(kept_in)
    elif sync_settings.token.file is not None:
        values["netlify-token-file"] = str(sync_settings.token.file)
    _write(file, values, token if kept_in is not None else None, kept_in, dry_run=dry_run, yes=yes)
    if not dry_run:
        say("Run `claude-tracker sync` to publish now. Restart a running tracker to publish continuously.")


def take_out(config: Path | None, database: Path, *, dry_run: bool, yes: bool) -> None:
    """Remove the configuration and the token file again."""
    file = config or config_file.default_config_file()
    keys = ("netlify-site", "netlify-token-file", "netlify-api", "privacy")
    _write(file, dict.fromkeys(keys), None, None, dry_run=dry_run, yes=yes)
    token_file = file.parent / TOKEN_FILE
    if not dry_run:
        sync_states.forget(database, "netlify")
    if not dry_run and token_file.exists():
        token_file.unlink()
        say(f"Deleted {token_file}.")
    say("The published site still exists: delete it, and the token, at app.netlify.com.")


def _ask(text: str, *, hide: bool = False) -> str:
    answer: str = click.prompt(text, hide_input=hide, err=True)
    return answer.strip()


def _token(secret: Secret, config: Path, *, is_interactive: bool) -> tuple[str, Path | None]:
    """The token, and the file to save it to if the user typed it in."""
    found = secret.read()
    if found is not None:
        return found, None
    if not is_interactive:
        raise SettingsError(f"no token configured, and no terminal to ask on: set ${secret.variable}")
    text = "Personal access token (app.netlify.com, User settings, Applications; input is hidden)"
    return _ask(text, hide=True), config.parent / TOKEN_FILE


def _check_site(site: str, token: str, api: str) -> str:
    """The site's name and URL. Raises SyncError if Netlify does not know it."""
    from exporter.publish.http import PermanentFailure, TransientFailure
    from exporter.publish.netlify import Netlify

    try:
        found = Netlify(site, lambda: token, time.sleep, api).site()
    except (TransientFailure, PermanentFailure) as error:
        raise SyncError(f"{error}. Nothing was written") from error
    return f"{found.name} at {found.url}"


def _privacy(default: str) -> str:
    for level in PRIVACY:
        say(f"  {LEVELS[level]}", err=True)
    chosen: str = click.prompt("How much to send", type=click.Choice(PRIVACY), default=default, err=True)
    return chosen


def _build_document(database: Path, zone: tzinfo | None, plan: PlanSettings, privacy: str) -> bytes:
    from exporter.cli.wiring.sync import PublishedData
    from exporter.publish.document import document

    data = PublishedData(database, zone, plan).data(clock())
    if data is None:
        raise DatabaseError(f"{database} contains no data yet: run `claude-tracker ingest`")
    return document(data, privacy)


def _show(content: bytes, privacy: str) -> None:
    """Print the start of what will be sent, and how to see everything."""
    text = json.dumps(json.loads(content), indent=1, ensure_ascii=False)
    say(f"Each sync replaces this data ({len(content):,} bytes now):")
    say_lines(text[:MAX_PREVIEW])
    if len(text) > MAX_PREVIEW:
        say("…")
        say(f"`claude-tracker sync --dry-run --privacy {privacy}` prints everything.")


def _write(
    file: Path, values: dict[str, str | None], token: str | None, kept_in: Path | None, *, dry_run: bool, yes: bool
) -> None:
    before = settings_file.read(file)
    try:
        text = before.decode("utf-8")
        after = toml_edit.set_keys(text, values)
    except ValueError as error:
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None)
        raise SettingsError(f"{file} was not changed: {reason(error)}; add this by hand:", lines) from error
    if after != text:
        say_lines(difference(file, text, after))
    if token is not None:
        say(f"The token will be saved to {kept_in}, which only you can read.")
    if after == text and token is None:
        say(f"{file} is already up to date.")
        return
    if dry_run:
        say("Dry run: nothing was written.")
        return
    if not ask_to_write(file, yes=yes):
        raise click.Abort
    if token is not None and kept_in is not None:
        _write_secret(kept_in, token)
    if after != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        settings_file.replace(file, before, after.encode("utf-8"))
    say(f"Wrote {file}.")


def _write_secret(file: Path, secret: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:
            opened.write(f"{secret}\n")
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {reason(error)}") from error
