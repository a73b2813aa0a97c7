"""The options of the tracker's own warnings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from exporter.cli.options.types import Hours, Threshold
from exporter.domain.notifications.warning import QuietHours, Thresholds

F = TypeVar("F", bound=Callable[..., Any])


class NotificationOptions(NamedTuple):
    """How warnings are told. `quiet`: None where every hour is loud."""

    quiet: QuietHours | None
    desktop: bool
    command: str | None


_THRESHOLDS = (
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
        "--threshold",
        "for_rules",
        type=Threshold(),
        multiple=True,
        envvar="CLAUDE_TRACKER_THRESHOLD",
        show_default="see docs/warnings.md",
        help="What Prometheus's rules compare with, as in daily_cost_usd=50.",
    ),
)
_TELLING = (
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


def threshold_options(command: F) -> F:
    """From where on is warned, as the parameter `thresholds`."""

    @functools.wraps(command)
    def warned(
        *arguments: Any,
        warn_at: float,
        critical_at: float,
        warn_block_end: float,
        warn_waiting: float,
        for_rules: Sequence[tuple[str, float]],
        **named: Any,
    ) -> Any:
        if warn_at >= critical_at:
            raise click.UsageError(f"--warn-at {warn_at:g} has to be below --critical-at {critical_at:g}")
        own = (warn_at / 100, critical_at / 100, warn_block_end * 60, warn_waiting * 60)
        thresholds = Thresholds(*own, for_rules=dict(for_rules))
        return command(*arguments, thresholds=thresholds, **named)

    decorated: F = _with(_THRESHOLDS, warned)
    return decorated


def notification_options(command: F) -> F:
    """How warnings are told, as the parameter `telling`."""

    @functools.wraps(command)
    def told(
        *arguments: Any, quiet_hours: QuietHours | None, desktop: bool, warning_command: str | None, **named: Any
    ) -> Any:
        return command(*arguments, telling=NotificationOptions(quiet_hours, desktop, warning_command), **named)

    decorated: F = _with(_TELLING, told)
    return decorated


def _with(options: tuple[Callable[[Any], Any], ...], command: Any) -> Any:
    for option in reversed(options):
        command = option(command)
    return command
