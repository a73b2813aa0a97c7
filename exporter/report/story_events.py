"""The time line of a session's story: its turns, and what happened between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from exporter.domain.limits.reading import window_name
from exporter.domain.sessions.story.story import Story, ToolUse, Turn
from exporter.domain.text import visible
from exporter.domain.usage.amount import Amount
from exporter.report.formatting import (
    format_cost,
    format_count,
    format_day_and_clock,
    format_duration,
    format_short,
)

TIME_WIDTH = len("11-22 14:05")
GAP = 2


class Event(NamedTuple):
    """`text`: one or more lines about what happened at a time (ms)."""

    at: int
    text: Text


def timeline(story: Story, width: int, zone: tzinfo | None) -> Table:
    """Each turn, compaction, limit and API error with its time. First lines of texts take one line each."""
    table = Table(box=None, show_header=False, padding=(0, GAP, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for event in sorted(_events(story, width - TIME_WIDTH - GAP, zone), key=lambda event: event.at):
        table.add_row(format_day_and_clock(event.at, zone), event.text)
    return table


def _events(story: Story, width: int, zone: tzinfo | None) -> Iterator[Event]:
    for turn in story.turns:
        yield Event(turn.at, _turn_text(turn, width))
    for compaction in story.compactions or ():
        before = compaction.tokens_before
        details = [compaction.trigger or "", f"{before:,} tokens before" if before is not None else ""]
        yield Event(compaction.at, _marked("context compacted", ", ".join(filter(None, details))))
    for met in story.limits:
        resets = f"resets {format_day_and_clock(met.resets_at, zone)}" if met.resets_at is not None else ""
        yield Event(met.at, _marked(f"limit reached: {visible(window_name(met.window))}", resets))
    limits = {met.at for met in story.limits}
    for error in story.api_errors:
        if error.at in limits:
            continue
        yield Event(error.at, _marked("API error", error.kind.replace("_", " ")))


def _marked(what: str, details: str) -> Text:
    text = Text(what, style="italic")
    return text.append(f" ({details})" if details else "")


def _turn_text(turn: Turn, width: int) -> Text:
    lines = [Text(_facts(turn))]
    if turn.tools:
        lines.append(Text(tools_text(turn.tools), style="dim"))
    lines += [_one_line(f"> {turn.prompt}", width, "bold")] if turn.prompt else []
    lines += [_one_line(f"< {turn.answer}", width, "")] if turn.answer else []
    return Text("\n").join(lines)


def _facts(turn: Turn) -> str:
    parts = [format_duration(turn.duration / 1000), amount_text(turn.amount)]
    if turn.interruptions:
        parts.append(format_count(turn.interruptions, "interruption"))
    if turn.api_errors:
        parts.append(format_count(turn.api_errors, "API error"))
    return f"{'' if turn.is_typed else 'before the first prompt: '}{', '.join(parts)}"


def _one_line(text: str, width: int, style: str) -> Text:
    line = Text(visible(text), style=style)
    line.truncate(width, overflow="ellipsis")
    return line


def amount_text(amount: Amount) -> str:
    """`4 responses, ≥4,216 tokens, ≥$0.01 + ?`."""
    at_least = "≥" if amount.incomplete else ""
    return (
        f"{format_count(amount.responses, 'response')}, {at_least}{format_short(amount.tokens.total)} tokens,"
        f" {cost_text(amount)}"
    )


def cost_text(amount: Amount) -> str:
    return f"{'≥' if amount.incomplete else ''}{format_cost(amount.cost, lacks=amount.unpriced)}"


def tools_text(tools: Sequence[ToolUse]) -> str:
    """`Bash 2 (1 failed), Read 1`."""
    return ", ".join(_tool_texts(tools))


def _tool_texts(tools: Iterable[ToolUse]) -> Iterator[str]:
    for tool in tools:
        yield f"{visible(tool.name)} {tool.calls:,}{f' ({tool.errors:,} failed)' if tool.errors else ''}"
