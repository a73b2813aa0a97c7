"""`claude-tracker sessions`, `sessions show` and `sessions forget`."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import count, print_json, print_report, say
from exporter.cli.wiring import updates
from exporter.domain.calendar.timestamp import DAY
from exporter.errors import ConfigurationError, DatabaseError
from exporter.store.reader import Reader


@click.group(invoke_without_command=True)
@common.reading_options
@common.timezone_option
@click.option("--active", "which", flag_value="active", help="Only sessions that are running now.")
@click.option("--all", "which", flag_value="all", help="All sessions, instead of those of the last day.")
@common.json_option("Print the rows as JSON.")
@click.pass_context
def sessions(
    context: click.Context,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    which: str | None,
    as_json: bool,
) -> None:
    """Show the active sessions and those of the last day. Updates the database first, unless a tracker does."""
    if context.invoked_subcommand is not None:
        return
    worker = updates.start_worker_to_show(database)
    source = updates.scan_if_unlocked(
        database, "sessions", lambda: updates.scan_once(database, config_dirs, worker, detects=processes)
    )
    from exporter.snapshot.sessions import session_history
    from exporter.snapshot.snapshot_json import session_json
    from exporter.store.sessions.session_rows import SessionQuery

    reader = Reader(database)
    if which == "active":
        rows = session_history.active_sessions(reader)
    else:
        rows = session_history.sessions(reader, SessionQuery(since=None if which == "all" else clock() - DAY))
    if as_json:
        print_json({"items": [session_json(row) for row in rows]})
        return
    from exporter import report
    from exporter.snapshot.sessions.costs import session_costs

    source = updates.with_missing(source, reader, config_dirs)
    costs = session_costs(reader, rows, zone)
    print_report(lambda width: report.sessions(rows, costs, source, clock(), width, zone))


@sessions.command()
@common.reading_options
@common.timezone_option
@click.argument("session_id", metavar="ID")
@click.option("--texts", is_flag=True, help="Show the first line of each prompt and answer, from the transcript.")
@common.json_option("Print the story as JSON.")
@click.pass_context
def show(
    context: click.Context,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    session_id: str,
    texts: bool,
    as_json: bool,
) -> None:
    """Show everything about one session: turns, models, tools, subagents, cache, limits. Reads new entries first.

    ID: the session's id, or its first characters. What only the transcript says is shown while Claude keeps it.
    """
    given = {name: _naming(context, name) for name in ("database", "config_dirs", "zone", "processes")}
    database, config_dirs, zone, processes = (found.params[name] for name, found in given.items())
    with given["database"].scope(cleanup=False):  # the name may be mistyped there
        worker = updates.start_worker_to_show(database)
    reader = Reader(database)
    source, _ = updates.catch_up_if_unlocked(reader, "sessions show", config_dirs, worker, processes)
    from exporter.cli.wiring.stories import find_story

    story = find_story(reader, session_id, texts=texts)
    if as_json:
        from exporter.snapshot.sessions.story_json import story_json

        print_json(story_json(story, texts=texts))
        return
    from exporter.report.story import story as report

    print_report(lambda width: report(story, source, width, zone))


def _naming(context: click.Context, name: str) -> click.Context:
    """The context in which an option is given, such as that of the group: `sessions --database PATH show ID`."""
    sources = click.core.ParameterSource
    parent = context.parent
    if context.get_parameter_source(name) is sources.COMMANDLINE or parent is None or name not in parent.params:
        return context
    return parent if parent.get_parameter_source(name) is not sources.DEFAULT else context


@sessions.command()
@common.database_option
@click.argument("session_id", required=False, metavar="[ID]")
@click.option("--project", metavar="PROJECT", help="Forget all sessions of this project: its folder, or its name.")
@click.option("--yes", is_flag=True, help="Do not ask before.")
@click.pass_context
def forget(context: click.Context, database: Path, session_id: str | None, project: str | None, yes: bool) -> None:
    """Remove the names, paths and texts of a session from the database.

    Its tokens, times and models stay, so that no figure changes. It is kept under a made-up name, also when its
    transcript is read again. This cannot be undone. ID: the session's id, or its first characters.
    """
    if (session_id is None) == (project is None):
        raise ConfigurationError("choose one of ID and --project PROJECT")
    if context.parent is not None and _is_named(context.parent):  # `sessions --database PATH forget ID`
        if _is_named(context) and database != context.parent.params["database"]:
            raise ConfigurationError("--database is given twice: give it once")
        database = context.parent.params["database"]
    if updates.is_new(database):
        raise DatabaseError(f"there is no database {database}: check --database")
    from exporter.cli.wiring.forgetting import find_sessions, forget_sessions

    with updates.exclusive(database, "sessions forget"):
        found = find_sessions(database, session_id, project)
        for one in found:
            say(one, err=True)
        if not yes:
            _confirm(f"Forget {count(len(found), 'session')}? This cannot be undone.")
        forget_sessions(database, found)
    say(f"Forgot {count(len(found), 'session')}")


def _is_named(context: click.Context) -> bool:
    """Whether the command was given a database."""
    return context.get_parameter_source("database") is not click.core.ParameterSource.DEFAULT


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError("nothing was changed: no terminal to confirm on (use --yes)")
    click.confirm(question, abort=True, err=True)
