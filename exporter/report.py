"""Terminal tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain import timestamp
from exporter.domain.block import cache_hit_ratio
from exporter.domain.pricing import usd
from exporter.domain.tokens import add_up
from exporter.snapshot.form import model_totals
from exporter.snapshot.take import BlockPart, ModelUse, Snapshot, TodayPart


def status(snapshot: Snapshot, source: str) -> Group:
    """What `claude-tracker status` prints. `source`: who keeps the figures up to date, and as of when."""
    parts: list[RenderableType] = [_block(snapshot.block), Text()]
    parts += [_today(snapshot.today), Text()]
    parts += [_table("All time", model_totals(snapshot.totals)), Text()]
    parts.append(Text(_notes(snapshot) + source, style="dim"))
    return Group(*parts)


def _block(block: BlockPart | None) -> RenderableType:
    if block is None:
        return Text("No five-hour block is running.", style="bold")
    numbers = block.figures
    lines = Text()
    lines.append("Five-hour block", style="bold")
    lines.append(f" ({block.basis}), {_clock(block.start)} to {_clock(block.end)}: ")
    lines.append(f"{_duration(numbers.elapsed_s)} gone, {_duration(numbers.remaining_s)} left\n")
    ratio = cache_hit_ratio(block.tokens)
    lines.append(
        f"burning {numbers.burn_tokens_per_minute:,.0f} tokens/min, at its end about "
        f"{numbers.projected_tokens:,} tokens and {_money(numbers.projected_cost_nano)} (projection)\n"
        f"sessions {block.sessions}, efficiency {numbers.efficiency_score:.0f} %, cache hits "
        + (f"{100 * ratio:.0f} %" if ratio is not None else "unknown")
    )
    return Group(lines, _table(None, block.models))


def _today(today: TodayPart) -> RenderableType:
    turns = today.turns
    line = f"{today.prompts} prompts, {today.tool_calls} tool calls"
    if turns.count and turns.seconds_per_turn is not None:
        line += (
            f"; a turn takes {turns.responses_per_turn:.1f} responses, {turns.tools_per_turn:.1f} tool calls"
            f" and {_duration(turns.seconds_per_turn)}"
        )
    return Group(_table(f"Today, {today.day.date} ({today.timezone} time)", today.models), Text(line))


def _table(title: str | None, models: Sequence[ModelUse]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, expand=False)
    table.add_column("Model")
    for name in ("Responses", "Input", "Output", "Cache read", "Cache write", "Cost"):
        table.add_column(name, justify="right")
    for use in models:
        table.add_row(*_row(use.model, (use,)))
    table.add_section()
    table.add_row(*_row("Total", models), style="bold")
    return table


def _row(name: str, models: Sequence[ModelUse]) -> list[str]:
    tokens = add_up(use.tokens for use in models)
    unpriced = sum(use.unpriced for use in models)
    cost = _money(sum(use.cost for use in models)) + (" + ?" if unpriced else "")
    counts = (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m + tokens.cache_write_1h)
    return [name, f"{sum(use.responses for use in models):,}", *(f"{count:,}" for count in counts), cost]


def _notes(snapshot: Snapshot) -> str:
    notes = "Costs are estimates by list price.\n"
    incomplete = sum(t.exact for t in snapshot.totals if t.family == "incomplete_responses")
    if incomplete:
        notes += f"{incomplete:,} responses never told their end: their output is a lower bound.\n"
    if any(use.unpriced for use in model_totals(snapshot.totals)):
        notes += "+ ?: some tokens have no known price and are in no cost.\n"
    return notes


def _money(nano: int) -> str:
    return f"${usd(nano):,.2f}"


def _clock(ms: int) -> str:
    return timestamp.to_datetime(ms).astimezone().strftime("%H:%M")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"
