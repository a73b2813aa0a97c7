"""The configuration as a table: each value, and the place it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.text import visible

NARROW = 60
"""In fewer columns the place stands below its value."""


class Shown(Protocol):
    """What a row needs. See `exporter.cli.options.config_values.Value`."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> object: ...
    @property
    def source(self) -> str: ...
    @property
    def where(self) -> str | None: ...
    @property
    def default(self) -> str | None: ...
    @property
    def problem(self) -> str | None: ...


def configuration(values: Sequence[Shown], file: str, exists: bool, width: int) -> RenderableType:
    """A row for each value. `file`: its path for the user."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for title in ("Key", "Value", "From"):
        table.add_column(title, overflow="fold", no_wrap=title == "Key" and width >= NARROW)
    for value in values:
        table.add_row(Text(value.key), _value(value), _place(value, file))
    return Group(table, Text(""), Text(f"File: {file}{'' if exists else ' (does not exist)'}"))


def _value(shown: Shown) -> Text:
    if shown.value is None or shown.value == []:
        return Text(visible(shown.default or "–"), style="dim")
    text = Text(visible(_words(shown.value)), style="dim" if shown.source == "default" else "")
    if shown.problem is not None:
        text.append(f"  not valid: {visible(shown.problem)}", style="bold red")
    return text


def _place(shown: Shown, file: str) -> Text:
    if shown.source == "default":
        return Text("default", style="dim")
    return Text(file if shown.source == "file" else visible(shown.where or shown.source))


def _words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
