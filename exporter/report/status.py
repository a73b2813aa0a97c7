"""The report of `status --full`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.text import visible
from exporter.domain.usage.client_total import Unwritten
from exporter.domain.usage.tokens import add_up
from exporter.domain.usage.totals import ModelUse
from exporter.report.fitting import Cells, Row, counted
from exporter.report.formatting import (
    Count,
    format_clock,
    format_cost,
    format_count,
    format_duration,
    format_exact,
    format_money,
)
from exporter.report.limits import limit_lines
from exporter.report.prices import pricing_help
from exporter.report.sending import store_line, sync_line
from exporter.report.verdict import account_title
from exporter.snapshot.parts import BlockPart, Snapshot, TodayPart
from exporter.snapshot.snapshot_json import model_totals


def status(
    snapshot: Snapshot, source: str, width: int, zone: tzinfo | None = None, config: str = "config.toml"
) -> Group:
    """The output of `claude-tracker status --full`, with times in `zone` (None: the machine's).

    `source`: a sentence about what keeps the database up to date. `config`: the configuration file.
    """
    whose = f" of {visible(account_title(snapshot.accounts[0]))}" if len(snapshot.accounts) > 1 else ""
    parts: list[RenderableType] = [_block(snapshot.block, whose, width, zone), Text()]
    parts += [limit_lines(snapshot, zone, width), Text()]
    parts += [_today(snapshot.today, width), Text()]
    parts += [_table("All time", model_totals(snapshot.totals), width), Text()]
    parts.append(Text(_notes(snapshot, config) + visible(source), style="dim"))
    return Group(*parts)


def _block(block: BlockPart | None, whose: str, width: int, zone: tzinfo | None) -> RenderableType:
    if block is None:
        return Text(f"No active 5-hour block{whose}.", style="bold")
    numbers = block.figures
    lines = Text()
    lines.append(f"5-hour block{whose}", style="bold")
    lines.append(f" ({block.basis}), {format_clock(block.start, zone)} to {format_clock(block.end, zone)}: ")
    lines.append(f"{format_duration(numbers.remaining_s)} left ({format_duration(numbers.elapsed_s)} elapsed)\n")
    ratio = cache_hit_ratio(block.tokens)
    lines.append(
        f"{numbers.burn_tokens_per_minute:,.0f} tokens/min; about {numbers.projected_tokens:,} tokens and "
        f"{format_money(numbers.projected_cost_nano)} by {format_clock(block.end, zone)}\n"
        f"sessions {block.sessions}, efficiency {numbers.efficiency_score:.0f} %, cache hits "
        + (f"{100 * ratio:.0f} %" if ratio is not None else "unknown")
    )
    return Group(lines, _table(None, block.models, width))


def _today(today: TodayPart, width: int) -> RenderableType:
    turns = today.turns
    line = f"{format_count(today.prompts, 'prompt')}, {format_count(today.tool_calls, 'tool call')}"
    if turns.count and turns.seconds_per_turn is not None:
        line += (
            f"; average turn: {turns.responses_per_turn:.1f} responses, {turns.tools_per_turn:.1f} tool calls"
            f", {format_duration(turns.seconds_per_turn)}"
        )
    return Group(_table(f"Today, {today.day.date} ({today.timezone} time)", today.models, width), Text(line))


_FULL = ("Responses", "Input", "Output", "Cache read", "Cache write", "Cost")
_LAYOUTS = (_FULL, ("Responses", "Output", "Cache read", "Cost"), ("Responses", "Cost"), ("Cost",))


def _table(title: str | None, models: Sequence[ModelUse], width: int) -> Table:
    rows = [*(_row(use.model, (use,)) for use in models), _row("Total", models)]
    return counted("Model", _LAYOUTS, rows, width, title=title)


def _row(name: str, models: Sequence[ModelUse]) -> Row:
    tokens = add_up(use.tokens for use in models)
    cost = format_cost(sum(use.cost for use in models), lacks=any(use.unpriced for use in models))

    def cells(count: Count) -> Cells:
        return {
            "Model": name,
            "Responses": count(sum(use.responses for use in models)),
            "Input": count(tokens.input),
            "Output": count(tokens.output),
            "Cache read": count(tokens.cache_read),
            "Cache write": count(tokens.cache_write_5m + tokens.cache_write_1h),
            "Cost": cost,
        }

    return cells


def _notes(snapshot: Snapshot, config: str) -> str:
    notes = "Costs are estimates by list price.\n"
    incomplete = sum(t.exact for t in snapshot.totals if t.family == "incomplete_responses")
    if incomplete:
        notes += f"{_cut_off(incomplete)}\n"
    if any(use.unpriced for use in model_totals(snapshot.totals)):
        notes += "+ ?: plus tokens whose price is not known.\n"
        notes += pricing_help(snapshot.unpriced, config)
    notes += _unwritten(snapshot.unwritten)
    notes += "".join(f"{visible(sync_line(state))}\n" for state in snapshot.syncs)
    notes += f"{visible(store_line(snapshot.store))}\n" if snapshot.store is not None else ""
    return notes


def _cut_off(responses: int) -> str:
    was, its = ("was", "its") if responses == 1 else ("were", "their")
    return f"{format_count(responses, 'response')} {was} cut off in the transcript, so {its} output is a minimum."


def _unwritten(found: Unwritten) -> str:
    total = found.total
    if not sum(total.tokens):
        return ""
    return (
        f"Not in the transcripts, and in no figure: {format_exact(sum(total.tokens))} tokens, "
        f"{format_money(total.cost or 0)}, by Claude Code's own totals of {found.with_total:,} of "
        f"{format_count(found.sessions, 'session')}.\n"
    )
