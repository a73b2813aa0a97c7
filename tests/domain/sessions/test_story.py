"""A story's turns, tools, subagents and blocks, from what the store and the transcript say."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.domain.blocks.block import Block
from exporter.domain.sessions.story.compose import compose
from exporter.domain.sessions.story.parts import (
    NOTHING_FOUND,
    Found,
    FoundAgent,
    StoredCall,
    StoredPrompt,
    StoredResponse,
    StoredSession,
)
from exporter.domain.sessions.story.story import ApiError, Head, ToolUse
from exporter.domain.usage.projects import UNKNOWN_PROJECT
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import UsageSum

HEAD = Head("s1", "claude_code", "ended")


def response(
    name: str, at: int, tokens: int = 1, *, model: str = "a", side: bool = False, account: int | None = 1
) -> StoredResponse:
    used = UsageSum(model, "main", UNKNOWN_PROJECT, 1, 0, Tokens(tokens), tokens, 0)
    return StoredResponse((name, name, ""), at, side, account, (used,))


def stored(*responses: StoredResponse, prompts: tuple[int, ...] = (), **more: Any) -> StoredSession:
    return StoredSession(HEAD, responses, tuple(StoredPrompt(at, f"p{at}") for at in prompts), **more)


def test_a_response_belongs_to_the_latest_prompt_before_it() -> None:
    found = compose(
        stored(response("x", 5), response("y", 10, 2), response("z", 19, 4), response("w", 20, 8), prompts=(10, 20)),
        NOTHING_FOUND,
    )
    assert [(5, False, 0, 1), (10, True, 9, 6), (20, True, 0, 8)] == [
        (turn.at, turn.is_typed, turn.duration, turn.amount.tokens.total) for turn in found.turns
    ]
    assert (2, 15, 15) == (found.prompts, found.amount.tokens.total, sum(t.amount.tokens.total for t in found.turns))


def test_a_turn_lasts_until_its_last_entry() -> None:
    found = compose(
        stored(
            response("x", 12), prompts=(10, 50), calls=(StoredCall(15, "t1", "Bash"),), stops=(17,),
            api_errors=(ApiError("other", 19), ApiError("other", 55)),
        ),
        NOTHING_FOUND,
    )  # fmt: skip
    assert [(9, 1, 1), (5, 0, 1)] == [(turn.duration, turn.interruptions, turn.api_errors) for turn in found.turns]


def test_a_session_without_anything() -> None:
    found = compose(stored(), NOTHING_FOUND)
    assert ((), (), None, None, "none") == (
        found.turns, found.models, found.compactions, found.cache_hit_ratio, found.transcript,
    )  # fmt: skip


def test_models_are_ordered_by_tokens_and_split_by_chain() -> None:
    found = compose(stored(response("x", 1, 3), response("y", 2, 5, model="b", side=True)), NOTHING_FOUND)
    assert [("b", 5), ("a", 3)] == [(model, amount.tokens.total) for model, amount in found.models]
    assert (3, 5) == (found.main.cost, found.subagents.cost)


@pytest.mark.parametrize(
    ("state", "errors"),
    [("read", 1), ("incomplete", 1), ("gone", None), ("unreadable", None)],
)
def test_failed_calls_are_known_from_the_transcript_only(state: Any, errors: int | None) -> None:
    calls = (StoredCall(1, "t1", "Bash"), StoredCall(2, "t2", "Bash"), StoredCall(3, "t3", "Read"))
    found = compose(stored(calls=calls), Found(state, frozenset(["t1", "other"])))
    assert (ToolUse("Bash", 2, errors), ToolUse("Read", 1, 0 if errors else None)) == found.tools


def test_a_forgotten_session_has_no_names() -> None:
    calls = (StoredCall(1, "t1", "mcp__acme__find"), StoredCall(2, "t2", "acme"), StoredCall(2, "t3", "Bash"))
    found = compose(stored(calls=calls, agents=("a1",), is_forgotten=True), NOTHING_FOUND)
    assert (["Bash", "mcp", "other"], (), "forgotten") == (
        [tool.name for tool in found.tools], found.agents, found.transcript,
    )  # fmt: skip


def agent(name: str, at: int | None, parent: str | None = None, *responses: str) -> FoundAgent:
    return FoundAgent(name, parent, started_at=at, responses=frozenset((one, one, "") for one in responses))


@pytest.mark.parametrize(
    ("agents", "tree"),
    [
        pytest.param([agent("b", 2), agent("a", 1)], [("a", 0), ("b", 0)], id="the earliest first"),
        pytest.param(
            [agent("a", 1), agent("b", 2), agent("c", 3, "a"), agent("d", 4, "c")],
            [("a", 0), ("c", 1), ("d", 2), ("b", 0)],
            id="children follow their parent",
        ),
        pytest.param([agent("a", 1, "lost")], [("a", 0)], id="an unknown parent"),
        pytest.param([agent("a", 1, "a")], [("a", 0)], id="its own parent"),
        pytest.param([agent("a", 1, "b"), agent("b", 2, "a")], [("a", 0), ("b", 1)], id="a circle"),
        pytest.param([agent("a", None)], [("a", 0)], id="an empty file"),
    ],
)
def test_subagents_are_a_tree(agents: list[FoundAgent], tree: list[tuple[str, int]]) -> None:
    found = compose(stored(), Found("read", agents=tuple(agents)))
    assert tree == [(one.id, one.depth) for one in found.agents]


def test_a_response_counts_for_one_subagent() -> None:
    """A fork of a subagent has copies of its lines; a main conversation's response is nobody else's."""
    session = stored(response("x", 1, 3, side=True), response("y", 2, 5, side=True), response("m", 3, 7))
    files = (agent("late", 2, None, "x", "y"), agent("early", 1, None, "x", "m"))
    found = compose(session, Found("read", agents=files))
    assert [("early", 3), ("late", 5)] == [(one.id, one.amount.tokens.total) for one in found.agents if one.amount]


def test_two_files_of_one_subagent_are_one() -> None:
    session = stored(response("x", 1, 3, side=True), response("y", 2, 5, side=True))
    found = compose(session, Found("read", agents=(agent("a", 1, None, "x", "y"), agent("a", 1, None, "x"))))
    assert [("a", 8)] == [(one.id, one.amount.tokens.total) for one in found.agents if one.amount]


def test_subagents_without_a_file_are_named() -> None:
    found = compose(stored(agents=("a", "b")), Found("incomplete", agents=(agent("b", 1),)))
    assert [("b", True), ("a", False)] == [(one.id, one.amount is not None) for one in found.agents]


def test_blocks_are_those_of_the_account_at_the_time() -> None:
    session = stored(
        response("x", 1), response("y", 12, 2), response("z", 13, 4, account=2), response("o", 14, 8, account=None),
        blocks=(Block(0, 10, "official"), Block(10, 20, "estimated"), Block(5, 13, "official", 2)),
        accounts={1: "one", 2: "two"},
    )  # fmt: skip
    found = compose(session, NOTHING_FOUND)
    assert [(0, "one", 1), (10, "one", 2)] == [
        (part.start, part.account, part.amount.tokens.total) for part in found.blocks
    ]


def test_the_context_is_what_the_last_response_of_the_main_conversation_was_sent() -> None:
    found = compose(
        stored(response("x", 10, 3), response("y", 11, 8), response("z", 12, 90, side=True), prompts=(10, 20)),
        NOTHING_FOUND,
    )
    assert [8, None] == [turn.context for turn in found.turns]
