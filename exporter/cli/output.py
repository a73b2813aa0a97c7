"""Prints results: as JSON for programs, or as a report that fits the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:  # a light command prints JSON without it
    from rich.console import RenderableType


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_report(render: Callable[[int], RenderableType], min_width: int | None = None) -> None:
    """Print `render(width in columns)`. `min_width`: columns that it needs, by default `report.MIN_WIDTH`."""
    from rich.console import Console

    from exporter import report

    console = Console(width=max(Console().width, min_width or report.MIN_WIDTH))
    console.print(render(console.width))
