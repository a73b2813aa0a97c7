"""A session with everything in it: its story is literal while its transcript exists, and after it was deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from exporter.domain.calendar.day import span_of
from exporter.domain.calendar.timestamp import parse
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process
from exporter.domain.sessions.story.story import (
    Agent,
    ApiError,
    BlockPart,
    Compaction,
    Head,
    LimitMet,
    Run,
    Story,
    ToolUse,
    Turn,
)
from exporter.domain.usage.amount import Amount, ModelAmount
from exporter.domain.usage.client_total import SessionTotal, Use
from exporter.domain.usage.tokens import Tokens
from exporter.snapshot.sessions.story import read_nothing, session_story
from exporter.snapshot.usage import usage_history
from exporter.sources.transcripts.story import read_story
from exporter.store.reader import Reader
from support.story import FORK, SESSION, TEXTS, UNKNOWN_MODEL, everything, remove
from support.tracker import Tracker


def at(clock: str) -> int:
    found = parse(f"2026-11-22T{clock}.000Z")
    assert found is not None
    return found


OPUS, SONNET = "claude-opus-4-5", "claude-sonnet-4-5"
TOTAL = Amount(Tokens(152, 154, 3_000, 0, 1_000), 15_320_000, 10, 7, 1)
FIRST_TURN = Turn(
    at=at("10:00:00"),
    is_typed=True,
    duration=360_000,
    amount=Amount(Tokens(140, 150, 3_000, 0, 1_000), 15_290_000, 0, 5, 0),
    tools=(ToolUse("Agent", 2, 0), ToolUse("Bash", 2, 2), ToolUse("Read", 1, 0)),
    prompt="Add saved cards",
    answer="The table is there.",
    context=3_010,
)
SECOND_TURN = Turn(
    at=at("10:30:00"),
    is_typed=True,
    duration=60_000,
    amount=Amount(Tokens(5, 1), 30_000, 0, 1, 1),
    interruptions=1,
    prompt="Build the form. \\x1b[31mRed\\u202e",
    answer="Half of",
    context=5,
)
THIRD_TURN = Turn(
    at=at("10:50:00"),
    is_typed=True,
    duration=120_000,
    amount=Amount(Tokens(7, 3), 0, 10, 1, 0),
    tools=(ToolUse("mcp__acme__find", 1, 1),),
    api_errors=2,
    prompt="Go on",
    answer="All is well.",
    context=7,
)
WITH_TEXTS = Story(
    head=Head(
        session_id=SESSION,
        session_type="claude_code",
        state="ended",
        project="shop",
        folder="/home/dev/shop",
        branch="main",
        client_version="2.1.197",
        entrypoint="cli",
        accounts=("unknown",),
        first_at=at("10:00:00"),
        last_at=at("10:52:00"),
        repository="github.com/acme/shop",
        pull_request="https://github.com/acme/shop/pull/482",
        runs=(Run(at("10:00:00"), at("10:52:00")),),
    ),
    transcript="read",
    models=(
        ModelAmount(OPUS, Amount(Tokens(110, 90, 3_000, 0, 1_000), 14_300_000, 0, 2, 0)),
        ModelAmount(SONNET, Amount(Tokens(35, 61), 1_020_000, 0, 4, 1)),
        ModelAmount(UNKNOWN_MODEL, Amount(Tokens(7, 3), 0, 10, 1, 0)),
    ),
    main=Amount(Tokens(122, 94, 3_000, 0, 1_000), 14_330_000, 10, 4, 1),
    subagents=Amount(Tokens(30, 60), 990_000, 0, 3, 0),
    turns=(FIRST_TURN, SECOND_TURN, THIRD_TURN),
    tools=(ToolUse("Agent", 2, 0), ToolUse("Bash", 2, 2), ToolUse("Read", 1, 0), ToolUse("mcp__acme__find", 1, 1)),
    agents=(
        Agent(
            id="a1",
            kind="Explore",
            description="readers of the payment",
            amount=Amount(Tokens(20, 40), 660_000, 0, 2, 0),
            started_at=at("10:01:00"),
            ended_at=at("10:05:00"),
        ),
        Agent(
            id="b2",
            parent="a1",
            depth=1,
            kind="Explore",
            description="tests",
            amount=Amount(Tokens(10, 20), 330_000, 0, 1, 0),
            started_at=at("10:02:00"),
            ended_at=at("10:02:00"),
        ),
    ),
    compactions=(Compaction(at("10:40:00"), "auto", 170_251),),
    limits=(LimitMet("five_hour", at("10:52:00"), at("14:00:00")),),
    api_errors=(ApiError("server_error", at("10:51:00")), ApiError("rate_limit", at("10:52:00"))),
    interruptions=1,
    blocks=(BlockPart(at("09:00:00"), at("14:00:00"), "official", "unknown", TOTAL),),
    client_total=SessionTotal(10_000_000, 15_320_000, False, {"claude-opus-4-5": Use((13, 4, 0, 0), 0)}),
)


def without_texts(story: Story) -> Story:
    return replace(story, turns=tuple(replace(turn, prompt=None, answer=None) for turn in story.turns))


def without_transcript(story: Story) -> Story:
    """What the store keeps."""

    def unknown(tools: tuple[ToolUse, ...]) -> tuple[ToolUse, ...]:
        return tuple(replace(tool, errors=None) for tool in tools)

    return replace(
        without_texts(story),
        transcript="gone",
        turns=tuple(replace(turn, tools=unknown(turn.tools)) for turn in without_texts(story).turns),
        tools=unknown(story.tools),
        agents=(Agent("a1"), Agent("b2")),
        compactions=None,
    )


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    everything(tmp_path / "projects")
    return tmp_path / "projects"


@pytest.fixture
def reader(tmp_path: Path, projects: Path) -> Reader:
    with Tracker(tmp_path / "tracker.db", projects):
        return Reader(tmp_path / "tracker.db")


def test_with_everything(reader: Reader) -> None:
    assert WITH_TEXTS == session_story(reader, SESSION, read_story, texts=True)
    assert without_texts(WITH_TEXTS) == session_story(reader, SESSION, read_story)


@pytest.mark.parametrize("texts", [True, False])
def test_after_the_transcript_was_deleted(reader: Reader, projects: Path, texts: bool) -> None:
    remove(projects)
    assert without_transcript(WITH_TEXTS) == session_story(reader, SESSION, read_story, texts=texts)
    with Tracker(reader.path, projects):  # it notices
        assert without_transcript(WITH_TEXTS) == session_story(reader, SESSION, read_story, texts=texts)


def test_after_a_part_of_it_was_deleted(reader: Reader, projects: Path) -> None:
    next(projects.rglob("agent-b2.jsonl")).unlink()
    found = session_story(reader, SESSION, read_story, texts=True)
    assert found == replace(WITH_TEXTS, transcript="incomplete", agents=(WITH_TEXTS.agents[0], Agent("b2")))


def test_copies_in_a_fork_are_not_its_own(reader: Reader) -> None:
    found = session_story(reader, FORK, read_story, texts=True)
    assert found is not None
    assert (at("12:00:00"), 1, 30, (), ()) == (
        found.head.first_at, len(found.turns), found.amount.tokens.total, found.tools, found.compactions,
    )  # fmt: skip
    assert ("Fork it", "Forked.") == (found.turns[0].prompt, found.turns[0].answer)


def test_a_fork_without_anything_of_its_own(tmp_path: Path) -> None:
    file = everything(tmp_path / "projects")
    fork = file.with_name(f"{FORK}.jsonl")
    fork.write_bytes(b"".join(line for line in fork.read_bytes().splitlines(keepends=True) if b"12:00:00" not in line))
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects"):
        found = session_story(Reader(tmp_path / "tracker.db"), FORK, read_story, texts=True)
    assert found is not None
    assert (0, (), ()) == (found.amount.responses, found.turns, found.compactions)


def test_an_unknown_session(reader: Reader, tmp_path: Path) -> None:
    assert None is session_story(reader, "7c1f", read_story)
    assert None is session_story(Reader(tmp_path / "none.db"), SESSION, read_story)


@pytest.mark.parametrize("deleted", [False, True])
def test_all_figures_agree_to_the_token(tmp_path: Path, projects: Path, deleted: bool) -> None:
    with Tracker(tmp_path / "tracker.db", projects) as tracker:
        if deleted:
            remove(projects)
            tracker.scan()
        reader = Reader(tracker.database)
        stories = [story for id_ in (SESSION, FORK) if (story := session_story(reader, id_, read_story))]
        rows, figures = tracker.sessions(), tracker.figures()
        reported = usage_history.models(reader, span_of(None, None, None))
    for story in stories:
        assert story.amount.tokens.total == rows[story.head.session_id].estimated_tokens
        parts = [turn.amount for turn in story.turns], [used.amount for used in story.models]
        blocks = [part.amount for part in story.blocks]
        assert [story.amount] * 3 == [sum(part, start=Amount()) for part in (*parts, blocks)]
        assert story.prompts + story.amount.responses == rows[story.head.session_id].total_messages
    counted = sum((story.amount for story in stories), start=Amount())
    assert counted == sum((used.amount for used in reported), start=Amount())
    assert (counted.cost, counted.unpriced, counted.responses, counted.incomplete) == (
        figures.cost, figures.unpriced, figures.responses, figures.incomplete,
    )  # fmt: skip
    assert counted.tokens.total == sum(sum(tokens) for tokens in figures.tokens.values())
    assert sum(tool.calls for story in stories for tool in story.tools) == sum(figures.tool_calls.values())
    assert sum(len(story.api_errors) for story in stories) == sum(figures.api_errors.values())


def test_the_sum_of_the_subagents_is_the_stores(reader: Reader) -> None:
    found = session_story(reader, SESSION, read_story)
    assert found is not None
    assert found.subagents == sum((agent.amount for agent in found.agents if agent.amount), start=Amount())


def test_nothing_of_the_texts_is_stored(reader: Reader, tmp_path: Path) -> None:
    session_story(reader, SESSION, read_story, texts=True)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("tracker.db*") if path.is_file())
    assert [] == [text for text in (*TEXTS, "readers of the payment") if text.encode() in content]


def test_a_session_without_entries(tmp_path: Path) -> None:
    """As Claude Desktop's, of which only the process is known."""
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        tracker.see(Process(9, at("10:00:00"), Kind.DESKTOP))
        found = session_story(Reader(tracker.database), f"desktop-9-{at('10:00:00')}", read_nothing)
    assert found is not None
    assert ("claude_desktop", "unknown", at("10:00:00"), None, "none", ()) == (
        found.head.session_type, found.head.state, found.head.first_at, found.head.last_at, found.transcript,
        found.turns,
    )  # fmt: skip
