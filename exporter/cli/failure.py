"""A failure as click prints it."""

from __future__ import annotations

import click

from exporter.cli.names import as_called
from exporter.domain.text import visible, visible_lines
from exporter.errors import TrackerError


class Failure(click.ClickException):
    """An error that the user can fix, printed on one line, with its own exit code."""

    def __init__(self, error: TrackerError) -> None:
        lines = f"\n\n{visible_lines(error.lines)}" if error.lines else ""
        super().__init__(visible(as_called(str(error))) + lines)
        self.exit_code = error.exit_code  # type: ignore[misc]
