"""Turns by their definition, one by one: what `TurnSums` follows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from exporter.domain.usage.turns import Moment, TurnFigures


class Turn(NamedTuple):
    """`seconds`: from the prompt to the last response, 0 without one. Subagents' work counts in the turn."""

    conversation: int
    at: int
    responses: int
    tools: int
    seconds: float


def split_turns(prompts: Iterable[Moment], responses: Iterable[Moment], tools: Iterable[Moment]) -> list[Turn]:
    """Split activity into the turns started by these prompts, in the order of conversation and time.

        prompt      P1                P2
        response       r  r    r         r
        turn        [──────────)      [──)      3 responses, then 1

    Activity before a conversation's first prompt in the input belongs to an earlier turn and is ignored.
    """
    starts = sorted(set(prompts))
    counts = [[0, 0, 0] for _ in starts]
    for moments, kind in ((responses, 0), (tools, 1)):
        for conversation, at in moments:
            index = bisect_right(starts, (conversation, at)) - 1
            if index >= 0 and starts[index][0] == conversation:
                counts[index][kind] += 1
                if kind == 0:
                    counts[index][2] = max(counts[index][2], at - starts[index][1])
    return [
        Turn(conversation, at, response_count, tool_count, duration / 1000)
        for (conversation, at), (response_count, tool_count, duration) in zip(starts, counts, strict=True)
    ]


def average_turns(turns: list[Turn]) -> TurnFigures:
    """Compute the means over the turns."""
    if not turns:
        return TurnFigures(0, None, None, None)
    count = len(turns)
    return TurnFigures(
        count,
        sum(turn.responses for turn in turns) / count,
        sum(turn.tools for turn in turns) / count,
        sum(turn.seconds for turn in turns) / count,
    )
