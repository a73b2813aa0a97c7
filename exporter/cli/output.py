"""How commands print what they found: as JSON for programs, or as a report that fits the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:  # a light command prints JSON without it
    from rich.console import RenderableType


def print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_report(render: Callable[[int], RenderableType], narrowest: int | None = None) -> None:
    """`render` makes it for a width in columns; `narrowest`: those it needs, by itself `report.NARROWEST`."""
    from rich.console import Console

    from exporter import report

    console = Console(width=max(Console().width, narrowest or report.NARROWEST))
    console.print(render(console.width))
