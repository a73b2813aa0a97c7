"""The active sessions: which one needs you, what each does, its model and its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from exporter.domain.calendar.clock import duration
from exporter.domain.sessions.session import SessionRow
from exporter.domain.text import visible
from exporter.domain.usage.amount import Amount
from exporter.domain.usage.model_title import by_title, model_title, title_family
from exporter.domain.usage.projects import project_folder
from exporter.report.formatting import format_money

Costs = Mapping[str, Amount]
"""What each session used, by its id."""

SHOWN = 6
LEAST_NAME = 10
HUES = {"opus": "magenta", "fable": "bright_magenta", "sonnet": "blue", "haiku": "cyan"}
"""One hue per model family, as on the page; none is a state's."""
SQUARE = "■"
_SIGNS = {"waiting": ("!", "bold yellow"), "busy": ("●", "green"), "idle": ("○", "dim")}
_SAID = {"busy": "working", "idle": "idle"}
_MODEL, _COST = 16, 9
"""Columns of the model and the cost, where there is room for them."""


def session_lines(
    rows: Sequence[SessionRow],
    since: Mapping[str, int],
    costs: Costs,
    now: int,
    width: int,
) -> list[Text]:
    """A line for each, those that wait for you first; at most `SHOWN`, and how many more there are.

    `since`: when each entered its state (ms), by its id; without those of which it is not known.
    """
    ordered = sorted(rows, key=lambda row: row.state != "waiting")
    shown = ordered if len(ordered) <= SHOWN + 1 else ordered[:SHOWN]
    model = _MODEL if width >= 64 else 0
    cost = _COST if width >= 36 else 0
    rest = width - 2 - (model + 2 if model else 0) - cost
    longest = max((cell_len(session_name(row)) for row in shown), default=0)
    most = rest - 2 - min(longest, max(LEAST_NAME, rest // 3))
    states = [_state(row, since.get(row.id), now, most) for row in shown]
    state = min(max(map(cell_len, states), default=0), most)
    room = min(longest, rest - state - 2)
    lines = []
    for row, said in zip(shown, states, strict=True):
        sign, style = _SIGNS.get(row.state, _SIGNS["idle"])
        line = Text.assemble((sign, style), " ", (_fitted(session_name(row), room), "bold"))
        line.append("  ")
        line.append(_fitted(said, state), style if row.state == "waiting" else "")
        if model:
            line.append("  ").append_text(_model(row, model))
        line.append(cost_of(row, costs).rjust(cost) if cost else "")
        lines.append(line)
    if len(ordered) > len(shown):
        more = f"  and {len(ordered) - len(shown)} more"
        command = ": `claude-tracker sessions --active`"
        lines.append(Text(more + (command if cell_len(more + command) <= width else ""), "dim"))
    return lines


def session_name(row: SessionRow) -> str:
    """Its project: the last part of the folder, of a worktree's repository."""
    if not row.project_path:
        return "Claude Desktop" if row.session_type == "claude_desktop" else "?"
    folder = project_folder(row.project_path)
    return visible(folder.replace("\\", "/").rstrip("/").rpartition("/")[2] or folder)


def _state(row: SessionRow, since: int | None, now: int, width: int) -> str:
    """`waits for permission, 4 min`, `working, 12 min`; in few columns `waits, 4 min`."""
    lasts = f", {duration(now - since)}" if since is not None else ""
    if row.state != "waiting":
        return _SAID.get(row.state, "state not known") + lasts
    what = row.metadata.get("waiting_for")
    said = f"waits for {visible(str(what))}" if what else "waits for you"
    return f"{said if cell_len(said + lasts) <= width else 'waits'}{lasts}"


def _model(row: SessionRow, width: int) -> Text:
    models = by_title(row.models_used)
    if not models:
        return Text(" " * width)
    more = f" +{len(models) - 1}" if len(models) > 1 else ""
    name = _fitted(visible(model_title(models[0])), width - 2 - len(more), pads=False)
    found = Text.assemble((SQUARE, HUES.get(title_family(models[0]) or "", "dim")), f" {name}", (more, "dim"))
    found.pad_right(max(0, width - cell_len(found.plain)))
    return found


def cost_of(row: SessionRow, costs: Costs) -> str:
    """≥ where its transcript is cut off, – where it is not known."""
    used = costs.get(row.id)
    if used is None:
        return "–" if row.estimated_tokens or row.session_type == "claude_desktop" else format_money(0)
    sign = "≥" if row.metadata.get("tokens") == "lower_bound" else ""
    return f"{sign}{format_money(used.cost)}{'+?' if used.unpriced else ''}"


def _fitted(text: str, width: int, *, pads: bool = True) -> str:
    """Cut with an ellipsis, or filled up."""
    found = Text(text)
    found.truncate(max(1, width), overflow="ellipsis", pad=pads)
    return found.plain
