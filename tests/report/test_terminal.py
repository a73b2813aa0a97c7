"""What a report shows is text: no markup, no control, and each cell as wide as it is shown."""

from __future__ import annotations

import io

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporter.report.terminal import Terminal


def printed(*parts: object, width: int = 60) -> str:
    out = io.StringIO()
    terminal = Terminal(width, file=out, width=width)
    terminal.print_report(Group(*parts))  # type: ignore[arg-type]
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def table(*cells: str, title: str | None = None) -> Table:
    made = Table(title=title, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for number in range(len(cells)):
        made.add_column(f"C{number}")
    made.add_row(*cells)
    return made


def test_cells_are_not_markup() -> None:
    assert "C0                            C1\n[bold red]y[/] :smile: [link] z\n" == printed(
        table("[bold red]y[/] :smile: [link]", "z")
    )


def test_cells_are_one_line_and_as_wide_as_they_are_shown() -> None:
    assert "C0            C1\na\\nb\\x1b[2J\\t z\n" == printed(table("a\nb\x1b[2J\t", "z"))


def test_titles_and_texts_are_made_visible() -> None:
    shown = printed(Text("a\x1b]0;x\u202e\x9b"), table("a wide cell", title="[b]\x9b"))
    assert ["a\\x1b]0;x\\u202e\\x9b", "[b]\\x9b"] == [line.strip() for line in shown.splitlines()[:2]]


def test_a_narrow_terminal_gets_the_least_width() -> None:
    assert (80, 100) == (Terminal(80, width=20).width, Terminal(80, width=100).width)
