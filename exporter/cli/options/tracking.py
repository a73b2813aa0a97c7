"""The options of the commands that keep a database up to date: `run` and `detect`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from exporter.cli.options.common import add_options, display_options, names_option, reading_options, sample_option
from exporter.cli.options.notifications import notification_options, threshold_options
from exporter.cli.options.sync import sync_options

F = TypeVar("F", bound=Callable[..., Any])


def tracking_options(command: F) -> F:
    """`reading_options` and `display_options`, plus sampling, names, notifications and sync."""
    decorated: F = add_options(
        command,
        reading_options,
        display_options,
        sample_option,
        names_option,
        threshold_options,
        notification_options,
        sync_options,
    )
    return decorated
