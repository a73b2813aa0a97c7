"""Prints messages, and results as JSON for programs or as a report that fits the terminal.

Nothing else in the commands prints. Every text passes `exporter.domain.text`, since any of them can contain a name, a
path or a message from outside.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec

from exporter.cli.names import as_called
from exporter.domain.text import visible, visible_json, visible_lines

if TYPE_CHECKING:  # a light command prints JSON without it
    from rich.console import RenderableType


PIPE_WIDTH = 120
UNWRAPPED = 10_000
_UTF8 = ("utf-8", "utf8")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def say(text: str, *, err: bool = False) -> None:
    """Print a message: in a pipe on one line, on a terminal in as many as it takes. `err`: to standard error."""
    import click

    click.echo(fitted(visible(as_called(text)), sys.stderr if err else sys.stdout), err=err)


def fitted(text: str, stream: IO[str]) -> str:
    """A line as it fits the terminal that the stream is, broken between words only; itself in a pipe."""
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)) or text


def say_lines(text: str, *, err: bool = False) -> None:
    """Print a message of several lines. Names and paths in it must be `visible` already, so that they forge no line."""
    import click

    click.echo(visible_lines(as_called(text)), err=err)


def print_bytes(content: bytes) -> None:
    """Print JSON exactly; on a terminal with escapes for what would control it, equal when parsed."""
    sys.stdout.buffer.write(visible_json(content.decode()).encode() if sys.stdout.isatty() else content)
    sys.stdout.buffer.flush()


def standard_output() -> IO[str]:
    """For a long text: standard output itself, or on a terminal one that makes every line visible."""
    return cast("IO[str]", _VisibleOutput(sys.stdout)) if sys.stdout.isatty() else sys.stdout


class _VisibleOutput:
    def __init__(self, out: IO[str]) -> None:
        self._out = out  # a progress bar replaces sys.stdout by one that wraps lines

    def write(self, text: str) -> int:
        return self._out.write(visible_lines(text))


def print_json(value: Any) -> None:
    text = visible_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    if sys.stdout.encoding.lower() in _UTF8:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        return
    import click

    click.echo(text)  # in UTF-8, if the output's encoding is ASCII


def print_report(render: Callable[[int], RenderableType]) -> None:
    """Print `render(width in columns)`, which is `report.MIN_WIDTH` at least.

    In a pipe tables are `PIPE_WIDTH` wide, and no line is wrapped.
    """
    from exporter import report
    from exporter.report.terminal import Terminal

    terminal = Terminal(report.MIN_WIDTH)
    width = terminal.width
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:  # with FORCE_COLOR, too
        width, terminal.width = PIPE_WIDTH, UNWRAPPED
    terminal.print_report(render(width))
