"""What `--help` shows: commands and options in groups, and examples; and near words for a mistyped command."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import click

from exporter.cli.names import called_as


class Command(NamedTuple):
    """A line in the list of commands, and what to type, below the command's options."""

    summary: str
    examples: tuple[str, ...] = ()


SECTIONS: dict[str, dict[str, Command]] = {
    "See": {
        "status": Command("Limits, block, today, week, month", ("status", "status --json")),
        "watch": Command("The same, full screen and live", ("watch",)),
        "limits": Command("Every limit: used, reset, forecast, limits reached", ("limits", "limits --json")),
        "sessions": Command("Sessions: active, recent, one in full", ("sessions", "sessions show 1b2c")),
        "report": Command("Usage by day, week, project, model, skill and more", ("report daily --since 2026-11-01",)),
        "open": Command("Open the dashboard in the browser", ("open",)),
        "demo": Command("Show everything with a made-up user", ("demo", "demo --speed 600", "demo status")),
        "dashboard": Command("Write the dashboard to one file", ("dashboard --output usage.html",)),
    },
    "Set up": {
        "setup": Command("Status line, hook, service and more, step by step", ("setup", "setup statusline --dry-run")),
        "config": Command("Show and change the configuration", ("config list", "config set timezone Europe/Berlin")),
        "service": Command("Start at login", ("service install", "service logs")),
        "stack": Command("Run with Prometheus, Alertmanager and Grafana", ("stack",)),
        "grafana": Command("Write the Grafana dashboards to a folder", ("grafana -o boards",)),
        "prometheus": Command("Write the Prometheus rules to a folder", ("prometheus -o rules",)),
        "describe": Command("Print as JSON how a program uses and sets this up", ("describe",)),
        "completion": Command("Complete commands in your shell", ("completion bash",)),
        "uninstall": Command("Undo what setup and service changed", ("uninstall --dry-run",)),
    },
    "Keep": {
        "run": Command("Track and serve until stopped", ("run", "run --listen 3102 --quiet-hours 22:00-07:00")),
        "stop": Command("Stop the running tracker", ("stop",)),
        "serve": Command("Serve a database that another process writes", ("serve --listen 3102",)),
        "detect": Command("Track without serving", ("detect --no-desktop",)),
        "sync": Command("Publish to Netlify or your webhook once", ("sync --dry-run",)),
        "push": Command("Send to a store of many machines", ("push --dry-run", "push --once")),
        "backfill": Command("Import the history into Prometheus", ("backfill --dry-run",)),
        "backup": Command("Write the database to one checked file", ("backup -o saved.db",)),
        "restore": Command("Put a backup in the database's place", ("restore saved.db",)),
        "ingest": Command("Read new transcript entries once", ("ingest",)),
        "export": Command("Write a spreadsheet, JSON lines or SQLite", ("export -o usage --since 2026-11-01",)),
        "import": Command("Take in an export, or an earlier database", ("import usage.sqlite --dry-run",)),
        "merge": Command("Take in another machine's database", ("merge laptop.db --dry-run",)),
    },
    "Repair": {
        "doctor": Command("What is wrong, and what to do", ("doctor", "doctor --json")),
        "check": Command("Read the whole database for damage", ("check", "check --json")),
        "repair": Command("Save what can be read of a damaged database", ("repair",)),
        "support": Command("Write a bundle for a bug report", ("support",)),
        "rollback": Command("Go back to the version before the last update", ("rollback",)),
        "rebuild": Command("Compute all figures again", ("rebuild",)),
        "reprice": Command("Apply new prices to what is stored", ("reprice",)),
    },
    "Called by Claude Code": {
        "statusline": Command("Print the status line, record its limits"),
        "hook": Command("Record the input of a hook"),
    },
}
"""The commands by what one wants."""
_COMMANDS = {name: command for section in SECTIONS.values() for name, command in section.items()}

_WHERE = "Where"
_OPTION_SECTIONS: dict[str, tuple[str, ...]] = {
    _WHERE: ("--listen", "--database", "--config-dir", "--timezone", "--token", "--allow-host"),
    "Warnings": (
        "--warn-at", "--critical-at", "--warn-block-end", "--warn-waiting", "--quiet-hours", "--desktop",
        "--warning-command", "--threshold",
    ),
    "Publishing": (
        "--netlify-site", "--netlify-token-file", "--netlify-api", "--webhook-url", "--webhook-secret-file",
        "--privacy", "--sync-minutes",
    ),
}  # fmt: skip
_ADVANCED, _OTHER = "Advanced", "Other"


class ManyOptions(click.Command):
    """A command whose `--help` shows its options in groups, the everyday ones first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = {param.opts[0]: row for param in self.get_params(ctx) if (row := param.get_help_record(ctx)) is not None}
        known = {name for names in _OPTION_SECTIONS.values() for name in names}
        help_names = set(self.get_help_option_names(ctx))
        sections = {title: [rows[name] for name in names if name in rows] for title, names in _OPTION_SECTIONS.items()}
        sections[_ADVANCED] = [row for name, row in rows.items() if name not in known and name not in help_names]
        sections[_OTHER] = [row for name, row in rows.items() if name in help_names]
        for title, section in sections.items():
            _write(formatter, title, section)


def write_commands(formatter: click.HelpFormatter, commands: Collection[str]) -> None:
    """The commands by section."""
    for title, section in SECTIONS.items():
        _write(formatter, title, [(name, one.summary) for name, one in section.items() if name in commands])


def _write(formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def examples(name: str) -> str | None:
    """Lines for the end of a command's help, as the user would type them."""
    found = _COMMANDS.get(name)
    if found is None or not found.examples:
        return None
    return "\n".join(["\b", "Examples:", *(f"  {called_as()} {example}" for example in found.examples)])


def near(word: str, known: Iterable[str]) -> str:
    """A question at the end of a message, such as ` Did you mean status?`; empty if nothing is near."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(found)}?" if found else ""


def config_first(arguments: list[str]) -> list[str]:
    """The arguments with `--config FILE` and `--version` before the command, wherever they stand.

    What follows `--` stays as it is.
    """
    ours: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--config":
            ours += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument == "--version" or argument.startswith("--config="):
            ours.append(argument)
        else:
            rest.append(argument)
    return ours + rest
