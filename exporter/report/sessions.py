"""The report of `sessions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.session import SessionRow
from exporter.domain.text import visible
from exporter.report.formatting import format_day_and_clock, format_duration, format_short

MAX_STATE_WIDTH = 30
_SIGNS = {"lower_bound": "≥", "estimated": "≈"}
_NOTES = {
    "lower_bound": "≥: a minimum; a response was cut off in the transcript.",
    "estimated": "≈: an estimate of an earlier tracker, in no total.",
}
"""By what the tokens of a session are."""


def sessions(rows: Sequence[SessionRow], source: str, now: int, zone: tzinfo | None = None) -> Group:
    """The output of `claude-tracker sessions`. `now`: ms."""
    if not rows:
        return Group(Text("No sessions.", style="bold"), Text(visible(source), style="dim"))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("State", no_wrap=True)
    table.add_column("Project", overflow="fold")
    table.add_column("Started", no_wrap=True)
    for name in ("Time", "Messages", "Tokens", "Pid"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_session_cells(row, now, zone), style="bold" if row.is_active else None)
    notes = [visible(source)]
    kinds = {str(row.metadata.get("tokens")) for row in rows}
    notes[:0] = [note for kind, note in _NOTES.items() if kind in kinds]
    return Group(table, Text(), Text("\n".join(notes), style="dim"))


def _shortened(text: str) -> str:
    """A text that others wrote must not take the place of the other columns."""
    shown = visible(text[: 2 * MAX_STATE_WIDTH])
    return shown if len(shown) <= MAX_STATE_WIDTH else f"{shown[: MAX_STATE_WIDTH - 1]}…"


def _session_cells(row: SessionRow, now: int, zone: tzinfo | None) -> list[str]:
    started, ended = timestamp.parse(row.start_time), timestamp.parse(row.end_time) if row.end_time else now
    state = row.state if row.is_active else "imported" if row.metadata.get("imported") else "ended"
    if waiting_for := row.metadata.get("waiting_for"):
        state += f" ({_shortened(str(waiting_for))})"
    sign = _SIGNS.get(str(row.metadata.get("tokens")), "")
    desktop = "Claude Desktop" if row.session_type == "claude_desktop" else "?"
    return [
        state,
        row.project_path.replace("\\", "/").rstrip("/").rpartition("/")[2] if row.project_path else desktop,
        format_day_and_clock(started, zone) if started is not None else "?",
        format_duration((ended - started) / 1000) if started is not None and ended is not None else "?",
        f"{row.total_messages:,}",
        f"{sign}{format_short(row.estimated_tokens)}",
        str(row.process_id) if row.process_id is not None and row.is_active else "",
    ]
