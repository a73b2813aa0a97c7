"""A full screen in a terminal: entered, drawn as a whole, and left as it was."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from exporter.report.terminal import Terminal


class Screen:
    """The alternate screen, without a cursor."""

    def __init__(self) -> None:
        self._terminal = Terminal(1)
        self._drawn: list[str] = []
        self.resize()

    def resize(self) -> None:
        """Take over the terminal's size. What was drawn is drawn again."""
        size = Terminal(1).size
        self.width, self.height = size.width, size.height
        self._terminal.width = self.width
        self._drawn = []

    def __enter__(self) -> Self:
        self._terminal.set_alt_screen(True)
        self._terminal.show_cursor(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._terminal.show_cursor(True)
        self._terminal.set_alt_screen(False)

    def show(self, lines: Sequence[Text]) -> None:
        """Draw the lines that changed."""
        if not self._drawn:
            self._terminal.control(Control((ControlType.CLEAR,), (ControlType.HOME,)))
        found = [line.markup for line in lines[: self.height]]
        for at, (line, text) in enumerate(zip(lines, found, strict=False)):
            if at < len(self._drawn) and self._drawn[at] == text:
                continue
            self._terminal.control(Control.move_to(0, at), Control((ControlType.ERASE_IN_LINE, 2)))
            shown = line.copy()
            shown.end = ""  # a line break in the last line would scroll
            self._terminal.print_report(shown)
        self._drawn = found
