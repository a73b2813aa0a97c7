"""The report of `sessions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group
from rich.text import Text

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.clock import moment
from exporter.domain.sessions.session import SessionRow
from exporter.domain.text import visible
from exporter.domain.usage.model_title import by_title, model_title
from exporter.report.fitting import Cells, fitting
from exporter.report.formatting import format_duration, format_short
from exporter.report.session_lines import Costs, cost_of, session_name

MAX_STATE_WIDTH = 30
MAX_BRANCH_WIDTH = 24
_SIGNS = {"lower_bound": "≥", "estimated": "≈"}
_NOTES = {
    "lower_bound": "≥: a minimum; a response was cut off in the transcript.",
    "estimated": "≈: an estimate of an earlier tracker, in no total.",
}
"""By what the tokens of a session are."""
_LAYOUTS = (
    ("State", "Branch", "Model", "Started", "Time", "Messages", "Tokens", "Cost", "Pid"),
    ("State", "Model", "Started", "Time", "Messages", "Tokens", "Cost"),
    ("State", "Model", "Started", "Time", "Cost"),
    ("State", "Started", "Time", "Cost"),
    ("State", "Time", "Cost"),
    ("State", "Cost"),
)
_TEXTS = frozenset(("State", "Branch", "Model", "Started"))


def sessions(
    rows: Sequence[SessionRow], costs: Costs, source: str, now: int, width: int, zone: tzinfo | None = None
) -> Group:
    """The output of `claude-tracker sessions`. `now`: ms; `width`: columns."""
    if not rows:
        return Group(Text("No sessions.", style="bold"), Text(visible(source), style="dim"))
    cells = [_cells(row, costs, now, zone) for row in rows]
    styles = ["bold yellow" if row.state == "waiting" else "bold" if row.is_active else None for row in rows]
    table = fitting("Project", _LAYOUTS, cells, width, left=_TEXTS, styles=styles)
    notes = [visible(source)]
    kinds = {str(row.metadata.get("tokens")) for row in rows}
    notes[:0] = [note for kind, note in _NOTES.items() if kind in kinds]
    return Group(table, Text(), Text("\n".join(notes), style="dim"))


def _shortened(text: str, width: int) -> str:
    """A text that others wrote must not take the place of the other columns."""
    shown = visible(text[: 2 * width])
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def _cells(row: SessionRow, costs: Costs, now: int, zone: tzinfo | None) -> Cells:
    started, ended = timestamp.parse(row.start_time), timestamp.parse(row.end_time) if row.end_time else now
    state = row.state if row.is_active else "imported" if row.metadata.get("imported") else "ended"
    if waiting_for := row.metadata.get("waiting_for"):
        state += f" ({_shortened(str(waiting_for), MAX_STATE_WIDTH)})"
    sign = _SIGNS.get(str(row.metadata.get("tokens")), "")
    models = by_title(row.models_used)
    more = f" +{len(models) - 1}" if len(models) > 1 else ""
    return {
        "Project": session_name(row),
        "State": state,
        "Branch": _shortened(str(row.metadata.get("git_branch") or ""), MAX_BRANCH_WIDTH),
        "Model": _shortened(model_title(models[0]), MAX_BRANCH_WIDTH) + more if models else "",
        "Started": moment(started, now, zone) if started is not None else "?",
        "Time": format_duration((ended - started) / 1000) if started is not None and ended is not None else "?",
        "Messages": f"{row.total_messages:,}",
        "Tokens": f"{sign}{format_short(row.estimated_tokens)}",
        "Cost": cost_of(row, costs),
        "Pid": str(row.process_id) if row.process_id is not None and row.is_active else "",
    }
