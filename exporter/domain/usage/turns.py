"""Turns: from a prompt to the last response before the next prompt of the same conversation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

Moment = tuple[int, int]
"""A conversation and a time in ms."""


class Turn(NamedTuple):
    """`seconds`: from the prompt to the last response, 0 without one. Subagents' work counts in the turn."""

    conversation: int
    at: int
    responses: int
    tools: int
    seconds: float


class TurnFigures(msgspec.Struct, frozen=True):
    """Means over some turns; None without any."""

    count: int
    responses_per_turn: float | None
    tools_per_turn: float | None
    seconds_per_turn: float | None


def turns(prompts: Iterable[Moment], responses: Iterable[Moment], tools: Iterable[Moment]) -> list[Turn]:
    """The turns that these prompts begin, in the order of conversation and time.

        prompt      P1                P2
        response       r  r    r         r
        turn        [──────────)      [──)      3 responses, then 1

    What comes before a conversation's first prompt here belongs to an earlier turn and is left out.
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
        Turn(conversation, at, answered, tooled, duration / 1000)
        for (conversation, at), (answered, tooled, duration) in zip(starts, counts, strict=True)
    ]


def figures(of: list[Turn]) -> TurnFigures:
    """The means over `of`."""
    if not of:
        return TurnFigures(0, None, None, None)
    count = len(of)
    return TurnFigures(
        count,
        sum(turn.responses for turn in of) / count,
        sum(turn.tools for turn in of) / count,
        sum(turn.seconds for turn in of) / count,
    )
