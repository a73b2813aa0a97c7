"""The command line: the group, its configuration file, and its error messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from exporter import __version__
from exporter.cli.failure import Failure
from exporter.cli.help import config_first, examples, near, write_commands
from exporter.cli.names import NAME
from exporter.cli.options import config_file
from exporter.cli.options.types import UserPath
from exporter.cli.wiring import environment
from exporter.domain.text import visible
from exporter.errors import ConfigurationError, TrackerError, reason

COMMANDS = {
    "activate": "commands.update:activate_command",
    "backfill": "commands.backfill:backfill",
    "backup": "commands.backup:backup",
    "check": "commands.backup:check",
    "config": "setup.config_command:config",
    "completion": "commands.completion:completion",
    "dashboard": "commands.dashboard:dashboard",
    "demo": "commands.demo:demo",
    "describe": "setup.describe:describe",
    "detect": "commands.detect:detect",
    "export": "commands.export:export",
    "grafana": "commands.bundled:grafana",
    "doctor": "commands.doctor:doctor",
    "hook": "commands.limits:hook",
    "import": "commands.merge:import_command",
    "ingest": "commands.ingest:ingest",
    "limits": "commands.limits:limits",
    "merge": "commands.merge:merge",
    "open": "commands.stop:open_page",
    "prometheus": "commands.bundled:prometheus",
    "push": "commands.push:push",
    "rebuild": "commands.ingest:rebuild",
    "repair": "commands.backup:repair",
    "report": "commands.report:report",
    "reprice": "commands.ingest:reprice",
    "restore": "commands.backup:restore",
    "rollback": "commands.update:rollback",
    "run": "commands.run:run",
    "serve": "commands.serve:serve",
    "sessions": "commands.sessions:sessions",
    "service": "setup.service_command:service",
    "setup": "setup.command:setup",
    "stack": "commands.stack:stack",
    "status": "commands.status:status",
    "stop": "commands.stop:stop",
    "statusline": "commands.limits:statusline",
    "support": "commands.support:support",
    "sync": "commands.sync:sync",
    "uninstall": "setup.uninstall:uninstall",
    "watch": "commands.watch:watch",
}
"""The module of each command, which is imported when the command is used: importing all of them takes longer."""

EXAMINING = frozenset(("config", "doctor", "support"))
"""The commands that report a configuration file that cannot be used."""


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Errors are one line each, click's too: they name options and values, which can come from a file."""
    try:
        yield
    except TrackerError as error:
        raise Failure(error) from error
    except Failure:
        raise
    except BrokenPipeError:  # who reads the output has enough
        raise
    except OSError as error:  # such as a full disk, where nothing else says what it was needed for
        raise Failure(TrackerError(f"cannot use {error.filename or 'a file'}: {reason(error)}")) from error
    except click.ClickException as error:
        if isinstance(error, click.BadParameter):
            error.ctx = None  # one line: the usage does not help with a value
        error.message = visible(error.message)  # type: ignore[misc]
        raise


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module, _, name = COMMANDS[cmd_name].partition(":")
            command = getattr(import_module(f"exporter.cli.{module}"), name)
            command.epilog = examples(cmd_name)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_commands(formatter, COMMANDS)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, config_first(args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}.{near(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _readable_errors():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _readable_errors():
            return super().invoke(ctx)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name=NAME)
@click.option(
    "--config",
    type=UserPath(dir_okay=False, path_type=Path),
    envvar="CLAUDE_TRACKER_CONFIG",
    show_default="config.toml in the platform's configuration folder",
    help="TOML file with defaults for the options of the commands.",
)
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Tracks the sessions and the usage of Claude Code on this machine."""
    environment.format_log_lines()
    try:
        config_file.load_file(context, config)
    except ConfigurationError as error:
        if context.invoked_subcommand not in EXAMINING:
            raise
        context.meta[config_file.PROBLEM] = str(error)


def main() -> None:
    """Entry point of the console command."""
    cli.main(prog_name=NAME)
