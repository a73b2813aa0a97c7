"""What a story is made of: what the store keeps of a session, and what its transcript says in addition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from exporter.domain.blocks.block import Block
from exporter.domain.sessions.story.story import ApiError, Compaction, Head, LimitMet
from exporter.domain.usage.client_total import SessionTotal
from exporter.domain.usage.totals import UsageSum

ResponseKey = tuple[str, str, str]
"""(message id, request id, uuid of the line if it has no request id), as stored."""


FoundState = Literal["read", "incomplete", "gone", "unreadable", "none"]


class StoredResponse(msgspec.Struct, frozen=True):
    """A counted response. `account`: its id; None for another provider's, which uses up no window.

    `uses`: its own usage, then that of its extras.
    """

    key: ResponseKey
    at: int
    is_subagent: bool
    account: int | None
    uses: tuple[UsageSum, ...]


class StoredPrompt(msgspec.Struct, frozen=True):
    at: int
    uuid: str


class StoredCall(msgspec.Struct, frozen=True):
    """A tool call. `tool`: as written."""

    at: int
    id: str
    tool: str


class StoredSession(msgspec.Struct, frozen=True):
    """Everything that the store keeps of a session, each in the order of time.

    `blocks`: those of its accounts at its time. `accounts`: labels by id. `since`: its first own entry (ms): what is
    earlier in its transcript was copied. `agents`: the ids of its subagents. `paths`: of files that may be its own.
    `rewritten`: tokens written to the prompt cache again.
    """

    head: Head
    responses: tuple[StoredResponse, ...] = ()
    prompts: tuple[StoredPrompt, ...] = ()
    calls: tuple[StoredCall, ...] = ()
    api_errors: tuple[ApiError, ...] = ()
    stops: tuple[int, ...] = ()
    limits: tuple[LimitMet, ...] = ()
    blocks: tuple[Block, ...] = ()
    accounts: Mapping[int, str] = {}
    agents: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    since: int = 0
    is_forgotten: bool = False
    client_total: SessionTotal | None = None
    rewritten: int = 0


class Wanted(msgspec.Struct, frozen=True):
    """What to find in a session's files. Only what the store knows is kept, which bounds the memory.

    `prompts`: the number of the turn by the prompt's uuid. `starts`: when the turns start (ms), in order. `calls`: ids
    of tool calls. `responses`: those of subagents. `since`: see `StoredSession`. `texts`: whether to read first lines.
    """

    session_id: str
    paths: tuple[str, ...]
    agents: frozenset[str]
    prompts: Mapping[str, int]
    starts: tuple[int, ...]
    calls: frozenset[str]
    responses: frozenset[ResponseKey]
    since: int
    texts: bool


class FoundAgent(msgspec.Struct, frozen=True):
    """A subagent's file. `responses`: its keys of `Wanted.responses`. `kind`, `description`: shortened and visible.

    `id`: from the file's name, as stored.
    """

    id: str
    parent: str | None = None
    kind: str | None = None
    description: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    responses: frozenset[ResponseKey] = frozenset()


class Found(msgspec.Struct, frozen=True):
    """What the session's files say. `failed`: ids of tool calls. `prompts`, `answers`: first lines by number of turn,
    shortened and visible.
    """

    state: FoundState
    failed: frozenset[str] = frozenset()
    agents: tuple[FoundAgent, ...] = ()
    compactions: tuple[Compaction, ...] = ()
    prompts: Mapping[int, str] = {}
    answers: Mapping[int, str] = {}

    @property
    def says(self) -> bool:
        """Whether any file was read."""
        return self.state in ("read", "incomplete")


NOTHING_FOUND = Found("none")


def wanted_of(stored: StoredSession, *, texts: bool) -> Wanted:
    """What to find for a stored session."""
    return Wanted(
        stored.head.session_id,
        stored.paths,
        frozenset(stored.agents),
        {prompt.uuid: number for number, prompt in enumerate(stored.prompts)},
        tuple(prompt.at for prompt in stored.prompts),
        frozenset(call.id for call in stored.calls),
        frozenset(response.key for response in stored.responses if response.is_subagent),
        stored.since,
        texts,
    )
