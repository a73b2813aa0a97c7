"""The options of the tracker's own warnings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from exporter.cli.types import Hours
from exporter.domain.warning import QuietHours, Thresholds

F = TypeVar("F", bound=Callable[..., Any])


class WarningOptions(NamedTuple):
    """When is warned and how. `quiet`: None where every hour is loud."""

    thresholds: Thresholds
    quiet: QuietHours | None
    desktop: bool
    command: str | None


_OPTIONS = (
    click.option(
        "--warn-at",
        type=click.FloatRange(1, 100),
        default=80.0,
        show_default=True,
        metavar="PERCENT",
        envvar="CLAUDE_TRACKER_WARN_AT",
        help="Warn when so much of five hours or of a week is used.",
    ),
    click.option(
        "--critical-at",
        type=click.FloatRange(1, 100),
        default=95.0,
        show_default=True,
        metavar="PERCENT",
        envvar="CLAUDE_TRACKER_CRITICAL_AT",
        help="Warn again when so much is used.",
    ),
    click.option(
        "--warn-block-end",
        type=click.FloatRange(0, 300),
        default=15.0,
        show_default=True,
        metavar="MINUTES",
        envvar="CLAUDE_TRACKER_WARN_BLOCK_END",
        help="Warn so long before the end of a block in use; 0 for never.",
    ),
    click.option(
        "--warn-waiting",
        type=click.FloatRange(min=0.5),
        default=10.0,
        show_default=True,
        metavar="MINUTES",
        envvar="CLAUDE_TRACKER_WARN_WAITING",
        help="Warn when a session has waited for you so long.",
    ),
    click.option(
        "--quiet-hours",
        type=Hours(),
        envvar="CLAUDE_TRACKER_QUIET_HOURS",
        show_default="none",
        help="When nothing is told, as in '22:00-07:00'.",
    ),
    click.option(
        "--desktop/--no-desktop",
        "desktop",
        default=True,
        show_default=True,
        envvar="CLAUDE_TRACKER_DESKTOP",
        help="Whether to show warnings on the desktop; they are logged in any case.",
    ),
    click.option(
        "--warning-command",
        metavar="COMMAND",
        envvar="CLAUDE_TRACKER_WARNING_COMMAND",
        help="Run at each warning, with it as JSON on standard input.",
    ),
)


def warning_options(command: F) -> F:
    """All of them, as the parameter `warnings`."""

    @functools.wraps(command)
    def warned(
        *arguments: Any,
        warn_at: float,
        critical_at: float,
        warn_block_end: float,
        warn_waiting: float,
        quiet_hours: QuietHours | None,
        desktop: bool,
        warning_command: str | None,
        **named: Any,
    ) -> Any:
        if warn_at >= critical_at:
            raise click.UsageError(f"--warn-at {warn_at:g} has to be below --critical-at {critical_at:g}")
        thresholds = Thresholds(warn_at / 100, critical_at / 100, warn_block_end * 60, warn_waiting * 60)
        warnings = WarningOptions(thresholds, quiet_hours, desktop, warning_command)
        return command(*arguments, warnings=warnings, **named)

    decorated: Any = warned
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
