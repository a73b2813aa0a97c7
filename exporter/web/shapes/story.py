"""The story of a session."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.domain.sessions.story.story import TranscriptState
from exporter.web.shapes.shape import Shape
from exporter.web.shapes.unwritten import ClientTotal
from exporter.web.shapes.usage import Amount, ModelAmount


class StoryRun(Shape, frozen=True, kw_only=True):
    """A time during which the session ran. `end`: null while it runs."""

    start: str
    end: str | None


class StorySession(Shape, frozen=True, kw_only=True):
    """What the session is. `state`: of an active session, else `ended`. `first_at`, `last_at`: its own entries."""

    id: str
    session_type: str | None
    state: str
    project: str | None
    folder: str | None
    git_branch: str | None
    client_version: str | None
    entrypoint: str | None
    accounts: list[str]
    first_at: str | None
    last_at: str | None
    repository: str | None
    pull_request: str | None
    runs: list[StoryRun]


class StoryCache(Shape, frozen=True, kw_only=True):
    """How much of the input was read from the cache, and how many tokens were written to it, some of them again."""

    hit_ratio: float | None
    written_tokens: int
    rewritten_tokens: int


class StoryTool(Shape, frozen=True, kw_only=True):
    """The calls of one tool. `errors`: null if the transcript does not say."""

    tool: str
    calls: int
    errors: int | None


class StoryTurn(Amount, frozen=True, kw_only=True):
    """From a prompt to the last entry before the next one. `is_typed`: false for what came before the first prompt.

    `context_tokens`: sent with the last response of the main conversation; null without one.
    `prompt`, `answer`: first lines, only with `texts=true`; null if the transcript does not say.
    """

    at: str
    is_typed: bool
    duration_seconds: float
    context_tokens: int | None
    tools: list[StoryTool]
    interruptions: int
    api_errors: int
    prompt: str | msgspec.UnsetType | None = msgspec.UNSET
    answer: str | msgspec.UnsetType | None = msgspec.UNSET


class StoryAgent(Shape, frozen=True, kw_only=True):
    """A subagent, in the order of the tree. What the transcript does not say is null.

    `description`: only with `texts=true`.
    """

    id: str
    parent: str | None
    depth: int
    type: str | None
    description: str | None
    first_at: str | None
    last_at: str | None
    usage: Amount | None


class StoryCompaction(Shape, frozen=True, kw_only=True):
    """When the context was compacted."""

    at: str
    trigger: str | None
    tokens_before: int | None


class StoryLimit(Shape, frozen=True, kw_only=True):
    """A limit that stopped the session."""

    window: str
    at: str
    resets_at: str | None


class StoryError(Shape, frozen=True, kw_only=True):
    """A request that failed."""

    kind: str
    at: str


class StoryBlock(Amount, frozen=True, kw_only=True):
    """What the session used in one 5-hour block."""

    start: str
    end: str
    basis: Literal["official", "estimated"]
    account: str


class Story(Shape, frozen=True, kw_only=True):
    """Everything about one session. `compactions`: null if the transcript does not say.

    `client_total`: null if the client wrote none, or while the session is not over.
    """

    session: StorySession
    transcript: TranscriptState
    totals: Amount
    main: Amount
    subagents: Amount
    models: list[ModelAmount]
    cache: StoryCache
    client_total: ClientTotal | None
    worked_seconds: float
    interruptions: int
    turns: list[StoryTurn]
    tools: list[StoryTool]
    agents: list[StoryAgent]
    compactions: list[StoryCompaction] | None
    limits: list[StoryLimit]
    api_errors: list[StoryError]
    blocks: list[StoryBlock]
