"""`claude-tracker status`: will I make it, until when, which session needs me, what did it cost; in that order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from exporter.domain.calendar import timestamp
from exporter.domain.text import visible
from exporter.report.budgets import budget_lines
from exporter.report.formatting import format_about, format_cost, format_count, format_money, format_short
from exporter.report.gauge import IN_SECONDS_MS, ago, share_of
from exporter.report.sending import store_line
from exporter.report.session_lines import Costs, session_lines
from exporter.report.verdict import MOST_WIDTH, account_title, by_urgency, verdict_line, windows
from exporter.snapshot.parts import BlockPart, Snapshot

LABEL = 11
_UNPRICED_NOTE = "+ ?: plus tokens whose price is not known; `claude-tracker status --full` names their models."
WIDE = 60
"""Columns from which lines have a label."""


def glance(snapshot: Snapshot, fresh: str, notes: str, costs: Costs, width: int, zone: tzinfo | None = None) -> Group:
    """The output of `claude-tracker status`, with times in `zone` (None: the machine's).

    `fresh`: how old the figures are, such as `live, 2 s ago`. `notes`: sentences at the end. `costs`: of the active
    sessions. `width`: columns, from 40 on.
    """
    width, now = min(width, MOST_WIDTH), snapshot.as_of
    first, *others = by_urgency(snapshot.accounts)
    parts: list[RenderableType] = [verdict_line(first, fresh, now, width, named=bool(others))]
    if first.verdict.elsewhere is not None:
        parts.append(_indented(Text(first.verdict.elsewhere, "dim")))
    if rows := windows(first, now, zone, width):
        parts += [Text(), *rows]
    parts.append(Text())
    parts += [verdict_line(account, "", now, width, named=True) for account in others]
    if others:
        parts.append(Text())
    parts += [*sessions(snapshot, costs, width), Text()]
    parts += sums(snapshot, width, zone)
    pressing = [one for one in snapshot.budgets if one.state in ("reached", "runs_out")]
    parts += map(_indented, budget_lines(pressing, zone))
    failed = [f"{one.target}: {one.problem}." for one in snapshot.syncs if one.problem is not None]
    if snapshot.store is not None:
        failed.append(store_line(snapshot.store))
    notes = " ".join([*failed, notes])
    if _has_unpriced(snapshot):
        notes = f"{_UNPRICED_NOTE} {notes}"
    if notes := notes.strip():
        parts += [Text(), Text(visible(notes), "dim")]
    return Group(*parts)


def sessions(snapshot: Snapshot, costs: Costs, width: int) -> list[Text]:
    """A line for each active session."""
    if snapshot.sessions is None:
        return [labelled("Sessions", Text("not known: no tracker runs", "dim"))]
    if not snapshot.sessions:
        return [labelled("Sessions", Text("none are active", "dim"))]
    room = width - 2 - (LABEL if width >= WIDE else 0)
    lines = session_lines(snapshot.sessions, snapshot.since, costs, snapshot.as_of, room)
    return [labelled("Sessions" if at == 0 else "", line, width) for at, line in enumerate(lines)]


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2), expand=False)


def sums(snapshot: Snapshot, width: int, zone: tzinfo | None) -> list[Text]:
    """The block, and what today, the week and the month cost."""
    today = sum(use.cost for use in snapshot.today.models)
    lines: list[Text] = []
    whose = visible(account_title(snapshot.accounts[0])) if len(snapshot.accounts) > 1 else ""
    if snapshot.block is not None:
        cost, *more = block_parts(snapshot.block)
        lines.append(labelled("Block", _joined([f"{whose}: {cost}" if whose else cost, *more], width)))
    parts = [format_cost(today, lacks=any(use.unpriced for use in snapshot.today.models))]
    if snapshot.reading is not None:
        left = snapshot.reading.seconds_left
        soon = f", about {max(1, round(left))} s left" if left is not None else ""
        lines.append(labelled("Today", Text(parts[0])))
        text = f"{share_of(snapshot.reading.ratio)} read{soon}; week, month and forecasts follow"
        return [*lines, labelled("History", Text(text, "dim"))]
    week, month = snapshot.week, snapshot.month
    used = sum(use.cost for use in week.families)
    of_week = format_cost(used, lacks=any(use.unpriced for use in week.families))
    parts.append(f"Week of {whose} {of_week}" if whose else f"Week {of_week}")
    end = timestamp.to_datetime(month.end - 1).astimezone(zone)
    projected = f", about {format_about(month.projected_cost)} by {end:%b} {end.day}"
    parts.append(f"Month {format_cost(month.cost, lacks=month.unpriced)}")
    for line in ("    ".join(parts) + projected, "    ".join(parts)):
        if 2 + LABEL + cell_len(line) <= width:
            return [*lines, labelled("Today", Text(line))]
    named = zip(("Today", "Week", "Month"), parts, strict=True)
    return [*lines, *(labelled(name, Text(part.removeprefix(f"{name} "))) for name, part in named)]


def block_parts(block: BlockPart) -> list[str]:
    """What the running block used, and at which pace."""
    cost = sum(use.cost for use in block.models)
    hours = block.figures.remaining_s / 3_600
    pace = (block.figures.projected_cost_nano - cost) / hours if hours > 0 else 0
    found = [
        format_cost(cost, lacks=any(use.unpriced for use in block.models)),
        format_count(sum(use.responses for use in block.models), "response"),
        f"{format_short(block.tokens.total)} tokens",
    ]
    return [*found, f"{format_money(round(pace))} an hour"] if pace > 0 else found


def _joined(parts: Sequence[str], width: int) -> Text:
    """As many as there is room for."""
    found = list(parts)
    while len(found) > 1 and 2 + LABEL + cell_len(" · ".join(found)) > width:
        found.pop()
    return Text(" · ".join(found))


def labelled(label: str, text: Text, width: int = MOST_WIDTH) -> Text:
    """A line with its label before it; in a narrow terminal a session has none."""
    if width < WIDE and label in ("Sessions", ""):
        return Text("  ").append_text(text)
    return Text.assemble((f"  {label:<{LABEL}}", "dim"), text)


def _has_unpriced(snapshot: Snapshot) -> bool:
    """Whether any figure that is shown has tokens without a price."""
    uses = [*snapshot.today.models, *(snapshot.block.models if snapshot.block is not None else ())]
    if any(use.unpriced for use in uses):
        return True
    if snapshot.reading is not None:
        return False
    return bool(snapshot.month.unpriced) or any(use.unpriced for use in snapshot.week.families)


def fresh_text(committed_at: int | None, now: int, *, tracked: bool) -> str:
    """`live, 2 s ago` while a tracker runs; empty without one."""
    if not tracked:
        return ""
    if committed_at is None:
        return "live"
    age = now - committed_at
    return f"live, {ago(age)}" if age < IN_SECONDS_MS else f"live, last change {ago(age)}"
