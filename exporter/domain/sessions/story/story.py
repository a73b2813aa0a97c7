"""The story of a session, as it is shown. Times are ms, costs nano-dollars.

What only the transcript says is None as long as it is not known: it is never 0 instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from exporter.domain.blocks.block import Basis
from exporter.domain.blocks.figures import cache_hit_ratio
from exporter.domain.usage.amount import Amount, ModelAmount, add_up
from exporter.domain.usage.client_total import SessionTotal

TranscriptState = Literal["read", "incomplete", "gone", "unreadable", "none", "forgotten"]
"""`read`: all of it. `incomplete`: some of its files are missing. `none`: no file of the session is known."""


class Run(msgspec.Struct, frozen=True):
    """A time during which the session ran. `ended_at`: None while it runs."""

    started_at: int
    ended_at: int | None


class Head(msgspec.Struct, frozen=True):
    """What the session is. `state`: of an active session, else `ended`. `first_at`, `last_at`: its own entries.

    `accounts`: the labels of those that it used, in the order of time.
    """

    session_id: str
    session_type: str
    state: str
    project: str | None = None
    folder: str | None = None
    branch: str | None = None
    client_version: str | None = None
    entrypoint: str | None = None
    accounts: tuple[str, ...] = ()
    first_at: int | None = None
    last_at: int | None = None
    repository: str | None = None
    pull_request: str | None = None
    runs: tuple[Run, ...] = ()


class ToolUse(msgspec.Struct, frozen=True):
    """The calls of one tool. `errors`: how many failed, None if not known."""

    name: str
    calls: int
    errors: int | None = None


class Turn(msgspec.Struct, frozen=True):
    """From a prompt to the last entry before the next one, including subagents' work.

    `is_typed`: False for what came before the session's first prompt. `duration`: ms, to the last response, tool call,
    API error or interruption. `prompt`, `answer`: the first line of the prompt and of the last answer, if they are
    shown and known. `context`: tokens sent with the last response of the main conversation; None without one.
    """

    at: int
    is_typed: bool
    duration: int
    amount: Amount
    tools: tuple[ToolUse, ...] = ()
    interruptions: int = 0
    api_errors: int = 0
    prompt: str | None = None
    answer: str | None = None
    context: int | None = None


class Agent(msgspec.Struct, frozen=True):
    """A subagent, in the order of the tree. `depth`: 0 if the main conversation started it.

    `amount`: of its own responses, without its subagents'.
    """

    id: str
    parent: str | None = None
    depth: int = 0
    kind: str | None = None
    description: str | None = None
    amount: Amount | None = None
    started_at: int | None = None
    ended_at: int | None = None


class Compaction(msgspec.Struct, frozen=True, order=True):
    """When the context was compacted. `trigger`: such as `auto` or `manual`. `tokens_before`: of the context."""

    at: int
    trigger: str | None = None
    tokens_before: int | None = None


class LimitMet(msgspec.Struct, frozen=True):
    """A limit that stopped the session. `at`: its first request that was refused."""

    window: str
    at: int
    resets_at: int | None


class ApiError(msgspec.Struct, frozen=True):
    """A request that failed."""

    kind: str
    at: int


class BlockPart(msgspec.Struct, frozen=True):
    """What the session used in one 5-hour block. `account`: its label."""

    start: int
    end: int
    basis: Basis
    account: str
    amount: Amount


class Story(msgspec.Struct, frozen=True):
    """The story of a session. Its sums are the store's, whether or not the transcript is there.

    `compactions`: None if not known. `agents`: only their ids if the transcript does not say more. `client_total`: None
    if the client wrote none, or the session is not over. `rewritten`: tokens written to the prompt cache again.
    """

    head: Head
    transcript: TranscriptState
    models: tuple[ModelAmount, ...]
    main: Amount
    subagents: Amount
    turns: tuple[Turn, ...]
    tools: tuple[ToolUse, ...]
    agents: tuple[Agent, ...]
    compactions: tuple[Compaction, ...] | None
    limits: tuple[LimitMet, ...]
    api_errors: tuple[ApiError, ...]
    interruptions: int
    blocks: tuple[BlockPart, ...]
    client_total: SessionTotal | None = None
    rewritten: int = 0

    @property
    def amount(self) -> Amount:
        return self.main + self.subagents

    @property
    def prompts(self) -> int:
        return sum(turn.is_typed for turn in self.turns)

    @property
    def worked(self) -> int:
        """The sum of the turns' durations, ms."""
        return sum(turn.duration for turn in self.turns)

    @property
    def cache_hit_ratio(self) -> float | None:
        """Tokens read from the cache ÷ all tokens sent; None if none were sent."""
        return cache_hit_ratio(self.amount.tokens)

    @property
    def cache_written(self) -> int:
        """Tokens written to the cache."""
        return self.amount.tokens.cache_write_5m + self.amount.tokens.cache_write_1h


def total_of(parts: Iterable[ModelAmount]) -> Amount:
    """The sum over the models."""
    return add_up(amount for _, amount in parts)
