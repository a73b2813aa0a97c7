"""Turns: from a prompt to the last response before the next prompt of the same conversation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain
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
    """Means over some turns; None if there are none."""

    count: int
    responses_per_turn: float | None
    tools_per_turn: float | None
    seconds_per_turn: float | None


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


class TurnSums:
    """The means of turns, followed in order of time: `split_turns` of all that was taken, without the single turns."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[int, int]] = {}
        """The start and the length (ms) of the latest turn of each conversation."""
        self._count = self._responses = self._tools = self._ms = 0
        self.prompts = self.tool_calls = 0
        """How many were taken, in a turn or not."""

    def copy(self) -> TurnSums:
        """A copy that can take more."""
        other = TurnSums()
        other._open = dict(self._open)
        other._count, other._responses, other._tools, other._ms = self._count, self._responses, self._tools, self._ms
        other.prompts, other.tool_calls = self.prompts, self.tool_calls
        return other

    def take(self, prompts: Iterable[Moment], responses: Iterable[Moment], tools: Iterable[Moment]) -> None:
        """Add what is not earlier than anything taken before."""
        kinds = ((prompts, 0), (responses, 1), (tools, 2))
        moments = chain.from_iterable(((at, kind, one) for one, at in found) for found, kind in kinds)
        for at, kind, conversation in sorted(moments):
            start, length = self._open.get(conversation, (None, 0))
            self.prompts += kind == 0
            self.tool_calls += kind == 2
            if kind == 0 and start != at:
                self._open[conversation] = at, 0
                self._count += 1
            elif kind == 1 and start is not None:
                self._responses += 1
                self._ms += at - start - length
                self._open[conversation] = start, at - start
            elif kind == 2 and start is not None:
                self._tools += 1

    def figures(self) -> TurnFigures:
        """The means so far."""
        if not self._count:
            return TurnFigures(0, None, None, None)
        each = (self._responses / self._count, self._tools / self._count, self._ms / 1000 / self._count)
        return TurnFigures(self._count, *each)
