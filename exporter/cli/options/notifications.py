"""The options of notifications: when they are sent, and how."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import click

from exporter.cli.options.common import add_options
from exporter.cli.options.types import Hours, Threshold
from exporter.domain.notifications.warning import QuietHours, Thresholds

F = TypeVar("F", bound=Callable[..., Any])


class NotificationOptions(NamedTuple):
    """How notifications are sent. `quiet`: None without quiet hours."""

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
        help="Warn when this much of a 5-hour or weekly limit is used.",
    ),
    click.option(
        "--critical-at",
        type=click.FloatRange(1, 100),
        default=95.0,
        show_default=True,
        metavar="PERCENT",
        envvar="CLAUDE_TRACKER_CRITICAL_AT",
        help="Warn again, as critical, when this much is used.",
    ),
    click.option(
        "--warn-block-end",
        type=click.FloatRange(0, 300),
        default=15.0,
        show_default=True,
        metavar="MINUTES",
        envvar="CLAUDE_TRACKER_WARN_BLOCK_END",
        help="Warn this long before the end of a 5-hour block in use; 0 to turn it off.",
    ),
    click.option(
        "--warn-waiting",
        type=click.FloatRange(min=0.5),
        default=10.0,
        show_default=True,
        metavar="MINUTES",
        envvar="CLAUDE_TRACKER_WARN_WAITING",
        help="Warn when a session has been waiting for you this long.",
    ),
    click.option(
        "--threshold",
        "for_rules",
        type=Threshold(),
        multiple=True,
        envvar="CLAUDE_TRACKER_THRESHOLD",
        show_default="see docs/warnings.md",
        help="Threshold of a Prometheus alerting rule, such as cost_spike_usd=10. Repeatable.",
    ),
)
_NOTIFICATIONS = (
    click.option(
        "--quiet-hours",
        type=Hours(),
        envvar="CLAUDE_TRACKER_QUIET_HOURS",
        show_default="none",
        help="Hours without notifications, such as '22:00-07:00'.",
    ),
    click.option(
        "--desktop/--no-desktop",
        "desktop",
        default=True,
        show_default=True,
        envvar="CLAUDE_TRACKER_DESKTOP",
        help="Whether to show notifications on the desktop. They are always logged.",
    ),
    click.option(
        "--warning-command",
        metavar="COMMAND",
        envvar="CLAUDE_TRACKER_WARNING_COMMAND",
        help="Command to run for each notification, which it gets as JSON on standard input.",
    ),
)


def threshold_options(command: F) -> F:
    """When to notify, as the parameter `thresholds`."""

    @functools.wraps(command)
    def decorated_command(
        *arguments: Any,
        warn_at: float,
        critical_at: float,
        warn_block_end: float,
        warn_waiting: float,
        for_rules: Sequence[tuple[str, float]],
        **named: Any,
    ) -> Any:
        if warn_at >= critical_at:
            raise click.UsageError(f"--warn-at {warn_at:g} must be below --critical-at {critical_at:g}")
        own = (warn_at / 100, critical_at / 100, warn_block_end * 60, warn_waiting * 60)
        thresholds = Thresholds(*own, for_rules=dict(for_rules))
        return command(*arguments, thresholds=thresholds, **named)

    decorated: F = add_options(decorated_command, *_THRESHOLDS)
    return decorated


def notification_options(command: F) -> F:
    """How to notify, as the parameter `notifications`."""

    @functools.wraps(command)
    def decorated_command(
        *arguments: Any, quiet_hours: QuietHours | None, desktop: bool, warning_command: str | None, **named: Any
    ) -> Any:
        return command(*arguments, notifications=NotificationOptions(quiet_hours, desktop, warning_command), **named)

    decorated: F = add_options(decorated_command, *_NOTIFICATIONS)
    return decorated
