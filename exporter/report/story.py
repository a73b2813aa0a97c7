"""The report of `sessions show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.sessions.story.story import Agent, BlockPart, Head, Story
from exporter.domain.text import visible
from exporter.domain.usage.amount import NamedUsage
from exporter.domain.usage.client_total import SessionTotal
from exporter.report import usage
from exporter.report.fitting import fitting
from exporter.report.formatting import (
    format_clock,
    format_cost,
    format_count,
    format_date_and_clock,
    format_duration,
    format_exact,
    format_money,
    format_short,
)
from exporter.report.story_events import amount_text, cost_text, timeline, tools_text
from exporter.snapshot.usage.groupings import Grouped

MAX_DEPTH = 4
"""Deeper subagents are not indented more."""
MIN_NAME_WIDTH = 12
_TRANSCRIPT = {
    "read": "",
    "incomplete": "some of its files are missing: failed calls, compactions and subagents may be, too",
    "gone": "gone: which calls failed, compactions, what subagents did, and texts are not known any more",
    "unreadable": "cannot be read: which calls failed, compactions, what subagents did, and texts are not known",
    "none": "none of its files is known",
    "forgotten": "forgotten: names, folders and texts of this session were removed",
}


def story(found: Story, source: str, width: int, zone: tzinfo | None = None) -> Group:
    """The output of `claude-tracker sessions show`, with times in `zone` (None: the machine's)."""
    parts: list[RenderableType] = [Text(f"Session {visible(found.head.session_id)}, {found.head.state}", style="bold")]
    parts += [_facts(found, zone), Text()]
    if found.turns or found.limits or found.compactions:
        parts += [Text("Turns", style="bold"), timeline(found, width, zone), Text()]
    if found.agents:
        parts += [_agents(found.agents, width, zone), Text()]
    models = tuple(NamedUsage(used.model, (used,)) for used in found.models)
    return Group(*parts, usage.used("model", Grouped(models, None), source, width))


def _facts(found: Story, zone: tzinfo | None) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in (*_head_facts(found.head), *_sum_facts(found, zone)):
        if value:
            table.add_row(name, Text(visible(value)))
    return table


def _head_facts(head: Head) -> Iterator[tuple[str, str]]:
    yield "Project", _with(head.project, f"branch {head.branch}" if head.branch else "")
    yield "Folder", head.folder or ""
    client = "Claude Desktop" if head.session_type == "claude_desktop" else "Claude Code"
    yield "Client", _with(" ".join(filter(None, (client, head.client_version))), head.entrypoint or "")
    yield "Account", ", ".join(head.accounts) if set(head.accounts) - {"unknown"} else ""
    yield "Repository", head.repository or ""
    yield "Pull request", head.pull_request or ""


def _sum_facts(found: Story, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    head = found.head
    if head.first_at is not None:
        ended = "" if head.last_at is None else f" to {format_date_and_clock(head.last_at, zone)}"
        yield "Entries", f"{format_date_and_clock(head.first_at, zone)}{ended}"
    if len(head.runs) > 1:
        yield "Runs", f"{len(head.runs):,}"
    if found.turns:
        yield "Worked", f"{format_duration(found.worked / 1000)} for {format_count(found.prompts, 'prompt')}"
    yield "Main", amount_text(found.main)
    if found.subagents.responses:
        yield "Subagents", amount_text(found.subagents)
    yield "Tools", tools_text(found.tools)
    if found.interruptions:
        yield "Interruptions", f"{found.interruptions:,}"
    if (ratio := found.cache_hit_ratio) is not None:
        again = f", {format_short(found.rewritten)} of them again" if found.rewritten else ""
        written = f"{format_short(found.cache_written)} tokens written{again}"
        yield "Cache", f"{100 * ratio:.0f} % of the input read from it; {written}"
    for part in found.blocks:
        yield "5-hour window", _block(part, zone)
    if found.client_total is not None:
        yield "Client", _client_total(found.client_total)
    yield "Transcript", _TRANSCRIPT[found.transcript]


def _block(part: BlockPart, zone: tzinfo | None) -> str:
    hours = f"{format_date_and_clock(part.start, zone)} to {format_clock(part.end, zone)}"
    return f"{hours}: {amount_text(part.amount)}"


def _client_total(total: SessionTotal) -> str:
    """What the client reports, and what the transcript has less."""
    held = format_cost(total.held, lacks=not total.is_priced)
    said = f"reports {format_money(total.reported)}; the transcript holds {held}"
    parts = [f"{format_exact(sum(use.tokens))} tokens of {model}" for model, use in total.unwritten.items()]
    return f"{said}; not written: {', '.join(parts) or 'nothing'}"


def _with(first: str | None, second: str) -> str:
    return ", ".join(filter(None, (first, second)))


_AGENT_COLUMNS: tuple[str, ...] = ("ID", "Start", "Time", "Responses", "Tokens", "Cost")


def _agents(agents: Sequence[Agent], width: int, zone: tzinfo | None) -> RenderableType:
    """The tree; only the ids, if the transcript does not say more. Names are cut, ids and numbers never."""
    if all(agent.amount is None for agent in agents):
        return Text(f"Subagents: {', '.join(visible(agent.id) for agent in agents)}")
    rows = [
        {"Subagent": f"{'  ' * min(agent.depth, MAX_DEPTH)}{_name(agent)}"} | _agent_cells(agent, zone)
        for agent in agents
    ]
    layouts = (
        _AGENT_COLUMNS,
        tuple(title for title in _AGENT_COLUMNS if title != "Start"),
        ("ID", "Responses", "Tokens", "Cost"),
        ("ID", "Cost"),
        ("Cost",),
    )
    return fitting("Subagent", layouts, rows, width, left=frozenset(("ID",)), name=MIN_NAME_WIDTH)


def _name(agent: Agent) -> str:
    return visible(": ".join(filter(None, (agent.kind, agent.description))) or "?")


def _agent_cells(agent: Agent, zone: tzinfo | None) -> dict[str, str]:
    """By the columns' titles; empty where nothing is known."""
    start, end, amount = agent.started_at, agent.ended_at, agent.amount
    cells = dict.fromkeys(_AGENT_COLUMNS, "") | {"ID": visible(agent.id)}
    if start is not None and end is not None:
        cells |= {"Start": format_clock(start, zone), "Time": format_duration((end - start) / 1000)}
    if amount is not None:
        tokens = f"{'≥' if amount.incomplete else ''}{format_short(amount.tokens.total)}"
        cells |= {"Responses": f"{amount.responses:,}", "Tokens": tokens, "Cost": cost_text(amount)}
    return cells
