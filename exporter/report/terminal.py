"""The terminal on which reports are printed. Cells are texts, never markup, and nothing in them can control it."""

from __future__ import annotations

from typing import Any

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.text import Text

from exporter.domain.text import visible, visible_lines


class Terminal(Console):
    """A console that makes every text visible. `min_width`: columns that are needed, if it has fewer."""

    def __init__(self, min_width: int, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)
        self.width = max(self.width, min_width)

    def render_str(self, text: str, **options: Any) -> Text:
        """A cell or a title: one line, measured as it is shown."""
        return super().render_str(visible(text), **(options | {"markup": False, "emoji": False}))

    def print_report(self, report: RenderableType) -> None:
        """Print a report. Also makes visible what is in its `Text`s."""
        segments = (
            part if part.control else Segment(visible_lines(part.text), part.style) for part in self.render(report)
        )
        self.print(Segments(segments), end="")
