"""Turns: from a prompt to the last response before the next prompt of the same conversation."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import msgspec

Moment = tuple[int, int]
"""A conversation and a time in ms."""


class TurnFigures(msgspec.Struct, frozen=True):
    """Means over some turns; None if there are none."""

    count: int
    responses_per_turn: float | None
    tools_per_turn: float | None
    seconds_per_turn: float | None


class TurnSums:
    """The means of turns, followed in order of time.

        prompt      P1                P2
        response       r  r    r         r
        turn        [──────────)      [──)      3 responses, then 1

    Activity before a conversation's first prompt belongs to an earlier turn and is ignored. A turn's time is from the
    prompt to the last response, 0 without one. Subagents' work counts in the turn.
    """

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
