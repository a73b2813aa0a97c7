"""Composes a story. A response belongs to the turn of the latest prompt of its session before it.

prompt           P1                    P2
response    r       r   r                 r
tool call            t    t                 t
turn       [─)   [────────)            [────)      the first one is not typed
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from exporter.domain.blocks.block import Block
from exporter.domain.sessions.story.agents import agents_of
from exporter.domain.sessions.story.parts import Found, StoredCall, StoredResponse, StoredSession
from exporter.domain.sessions.story.story import BlockPart, Story, ToolUse, TranscriptState, Turn, total_of
from exporter.domain.usage.activity import tool_label
from exporter.domain.usage.amount import Amount, ModelAmount, by_model


def compose(stored: StoredSession, found: Found) -> Story:
    """The story of a session: sums of the store, and what the transcript says in addition."""
    responses = stored.responses
    return Story(
        head=stored.head,
        transcript=_transcript_state(stored, found),
        models=tuple(sorted(_models(responses), key=lambda used: (-used.amount.tokens.total, used.model))),
        main=_amount(one for one in responses if not one.is_subagent),
        subagents=_amount(one for one in responses if one.is_subagent),
        turns=_turns(stored, found),
        tools=_tools(stored, found, stored.calls),
        agents=agents_of(stored, found),
        compactions=found.compactions if found.says else None,
        limits=stored.limits,
        api_errors=stored.api_errors,
        interruptions=len(stored.stops),
        blocks=_blocks(stored),
        client_total=stored.client_total,
        rewritten=stored.rewritten,
    )


def _transcript_state(stored: StoredSession, found: Found) -> TranscriptState:
    return "forgotten" if stored.is_forgotten else found.state


def _models(responses: Iterable[StoredResponse]) -> tuple[ModelAmount, ...]:
    return by_model(use for response in responses for use in response.uses)


def _amount(responses: Iterable[StoredResponse]) -> Amount:
    return total_of(_models(responses))


def _tools(stored: StoredSession, found: Found, calls: Iterable[StoredCall]) -> tuple[ToolUse, ...]:
    """The calls by tool, the most first. The names of a forgotten session's tools may be private."""
    counts, errors = Counter[str](), Counter[str]()
    for call in calls:
        name = tool_label(call.tool) if stored.is_forgotten else call.tool
        counts[name] += 1
        errors[name] += call.id in found.failed
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ToolUse(name, count, errors[name] if found.says else None) for name, count in ordered)


class _Activity:
    """What happened in one turn."""

    def __init__(self) -> None:
        self.responses: list[StoredResponse] = []
        self.calls: list[StoredCall] = []
        self.stops: list[int] = []
        self.errors: list[int] = []

    @property
    def times(self) -> list[int]:
        return [*(one.at for one in self.responses), *(one.at for one in self.calls), *self.stops, *self.errors]


def _turns(stored: StoredSession, found: Found) -> tuple[Turn, ...]:
    starts = [prompt.at for prompt in stored.prompts]
    parts = [_Activity() for _ in range(len(starts) + 1)]
    for response in stored.responses:
        parts[bisect_right(starts, response.at)].responses.append(response)
    for call in stored.calls:
        parts[bisect_right(starts, call.at)].calls.append(call)
    for at in stored.stops:
        parts[bisect_right(starts, at)].stops.append(at)
    for error in stored.api_errors:
        parts[bisect_right(starts, error.at)].errors.append(error.at)
    before, *typed = parts
    turns = [_turn(stored, found, min(before.times), before, None)] if before.times else []
    turns += [_turn(stored, found, at, part, n) for n, (at, part) in enumerate(zip(starts, typed, strict=True))]
    return tuple(turns)


def _turn(stored: StoredSession, found: Found, at: int, part: _Activity, number: int | None) -> Turn:
    """`number`: of the prompt; None for what came before the first one."""
    return Turn(
        at=at,
        is_typed=number is not None,
        duration=max(part.times, default=at) - at,
        amount=_amount(part.responses),
        tools=_tools(stored, found, part.calls),
        interruptions=len(part.stops),
        api_errors=len(part.errors),
        prompt=found.prompts.get(number) if number is not None else None,
        answer=found.answers.get(number) if number is not None else None,
        context=_context(part.responses),
    )


def _context(responses: Iterable[StoredResponse]) -> int | None:
    """What the last response of the main conversation was sent, in tokens. Its extras are requests of their own."""
    sent = [one.uses[0].tokens.all_input for one in responses if not one.is_subagent]
    return sent[-1] if sent else None


def _blocks(stored: StoredSession) -> tuple[BlockPart, ...]:
    """The 5-hour blocks in which the session used up a window, the oldest first."""
    by_account: dict[int, list[Block]] = {}
    for block in stored.blocks:
        by_account.setdefault(block.account, []).append(block)
    used: dict[Block, list[StoredResponse]] = {}
    for response in stored.responses:
        own = by_account.get(response.account, ()) if response.account is not None else ()
        if (found := _block_at(own, response.at)) is not None:
            used.setdefault(found, []).append(response)
    ordered = sorted(used.items(), key=lambda one: (one[0].start, one[0].account))
    return tuple(
        BlockPart(block.start, block.end, block.basis, stored.accounts.get(block.account, ""), _amount(responses))
        for block, responses in ordered
    )


def _block_at(blocks: Sequence[Block], at: int) -> Block | None:
    place = bisect_right(blocks, at, key=lambda block: block.start)
    found = blocks[place - 1] if place else None
    return found if found is not None and found.contains(at) else None
