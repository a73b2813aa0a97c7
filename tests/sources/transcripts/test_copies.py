"""A response written several times: streamed, forked, replayed, reported by a subagent, in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

from support.tracker import Figures, Tracker
from support.transcripts import (
    ABSENT,
    SONNET,
    Record,
    agent_progress,
    append,
    assistant,
    prompt,
    tool_result,
    tool_use,
    usage,
)

Files = Mapping[str, Sequence[Record]]

ONE = Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000)
TWO = Figures({"claude-opus-4-5": (20, 40)}, responses=2, cost=1_100_000)
SUB = Figures({"claude-opus-4-5/subagent": (10, 20)}, responses=1, cost=550_000)
SUBAGENT = "s1/subagents/agent-1"


def opus(*tokens: int, cost: int) -> Figures:
    return Figures({"claude-opus-4-5": tokens}, responses=1, cost=cost)


def block(number: int, output: int, stop: str | None = None, **sides: object) -> Record:
    """The n-th line of one streamed response."""
    at = f"2026-11-22T10:00:0{number}.000Z"
    line: Record = {"uuid": f"b{number}", "at": at, "used": usage(10, output), "stop": stop, **sides}
    return assistant(**line)


def bare(uuid: str, session: str = "s1", **sides: object) -> Record:
    """A line without request id."""
    return assistant(request=ABSENT, uuid=uuid, session=session, **sides)  # type: ignore[arg-type]


NUL = assistant("m\0", request="r\0", uuid="u\0v", content=[tool_use("t\0")])

STREAMS = [
    pytest.param({"s1": [block(1, 1), block(2, 1), block(3, 7, "end_turn")]}, opus(10, 7, cost=225_000), id="1-1-7"),
    pytest.param({"s1": [block(1, 7), block(2, 1, "end_turn")]}, opus(10, 1, cost=75_000), id="7-1: the stop decides"),
    pytest.param(
        {"s1": [block(1, 7), block(2, 1)]},
        replace(opus(10, 7, cost=225_000), incomplete=1),
        id="without any stop the larger sum",
    ),
    pytest.param(
        {"s1": [block(1, 1, used=usage(10, 20)), block(2, 1, used=usage(20, 10))]},
        replace(opus(20, 10, cost=350_000), incomplete=1),
        id="of equal sums the later",
    ),
    pytest.param(
        {"s1": [assistant(uuid="u1", used=usage(10, 20)), assistant(uuid="u2", used=usage(20, 10))]},
        opus(20, 10, cost=350_000),
        id="of equal times the greater uuid",
    ),
    pytest.param(
        {"s1": [block(1, 1, used=usage(500, 1)), block(2, 20, "end_turn", model=SONNET)]},
        Figures({"claude-sonnet-4-5": (10, 20)}, responses=1, cost=330_000),
        id="another model in mid-stream: the winner whole, nothing of the other",
    ),
    pytest.param(
        {"s1": [block(1, 1, costUSD=9), block(2, 20, "end_turn")]}, ONE, id="a price on a losing line is not used"
    ),
    pytest.param(
        {
            "s1": [
                block(1, 1, content=[tool_use("t1")]),
                block(2, 1, content=[tool_use("t2", "Edit")]),
                block(3, 20, "tool_use", content=[tool_use("t3"), tool_use("t1")]),
            ]
        },
        replace(ONE, tool_calls={"Bash": 2, "Edit": 1}),
        id="the tool calls of all its lines, each id once",
    ),
    pytest.param({"s1": [assistant(), assistant(request="req_2")]}, TWO, id="two requests of one message id"),
    pytest.param(
        {"s1": [NUL, prompt(uuid="p\0q"), prompt(uuid="p\0r")], "s2": [NUL, prompt(uuid="p\0q"), prompt(uuid="p\0r")]},
        replace(ONE, prompts=2, tool_calls={"Bash": 1}),
        id="NUL characters in ids",
    ),
]

FORKS = [
    pytest.param(
        {
            "s1": [prompt(), block(1, 1, content=[tool_use()]), block(2, 20, "end_turn")],
            "s2": [
                prompt(session="s2"),
                block(1, 1, session="s2", content=[tool_use()]),
                block(2, 20, "end_turn", session="s2"),
                prompt(uuid="p2", session="s2"),
            ],
        },
        replace(ONE, prompts=2, tool_calls={"Bash": 1}),
        id="a fork copies, then goes on",
    ),
    pytest.param({"s1": [bare("u1")], "s2": [bare("u1", "s2")]}, ONE, id="a fork without request ids"),
    pytest.param({"s1": [bare("u1")], "s2": [bare("u2", "s2")]}, TWO, id="nothing links them: two responses"),
    pytest.param(
        {"s1": [bare("u1")], "s2": [bare("u2", "s2")], "s3": [bare("u1", "s3"), bare("u2", "s3")]},
        ONE,
        id="two already counted become one when a line links them",
    ),
    pytest.param(
        {"s1": [bare("u1"), bare("u2")], "s2": [bare("u2", "s2"), bare("u3", "s2")], "s3": [bare("u3", "s3")]},
        ONE,
        id="linked from one to the next",
    ),
    pytest.param(
        {"s1": [assistant(), bare("u2")]}, ONE, id="without request id it joins that of its message and session"
    ),
    pytest.param({"s1": [assistant(), bare("u2")], "s2": [bare("u2", "s2")]}, ONE, id="and its fork comes with it"),
    pytest.param({"s1": [assistant()], "s2": [bare("u2", "s2")]}, TWO, id="but not that of another session"),
    pytest.param(
        {"s1": [assistant(), assistant(request="req_2", at="2026-11-22T11:00:00.000Z"), bare("u2")]},
        TWO,
        id="of two requests it joins the earlier",
    ),
    pytest.param(
        {"s1": [assistant(ABSENT)], "s2": [assistant(ABSENT, session="s2")]}, ONE, id="a fork without message ids"
    ),
    pytest.param(
        {"s1": [assistant(ABSENT, uuid="u1"), assistant(ABSENT, uuid="u2")]}, TWO, id="without message id: by uuid"
    ),
    pytest.param({"s1": [assistant(None)], "s2": [assistant("msg_1")]}, TWO, id="a null message id is none"),
]

SUBAGENTS = [
    pytest.param({SUBAGENT: [assistant(side=True)]}, SUB, id="a subagent's response counts as its own"),
    pytest.param(
        {"s1": [assistant()], SUBAGENT: [assistant(side=True, request="req_2", uuid="r1")]},
        ONE,
        id="a replay under another request",
    ),
    pytest.param({"s1": [assistant()], SUBAGENT: [bare("r1", side=True)]}, ONE, id="a replay under none"),
    pytest.param({"s1": [bare("u1")], SUBAGENT: [bare("r1", side=True)]}, ONE, id="a replay where none has any"),
    pytest.param(
        {"s1": [bare("u1")], SUBAGENT: [assistant(side=True, uuid="r1")]}, ONE, id="only the replay has a request"
    ),
    pytest.param(
        {"s1": [assistant()], "s2/subagents/agent-1": [bare("r1", "s2", side=True)]}, ONE, id="in another session"
    ),
    pytest.param(
        {"s1": [assistant(stop=None)], SUBAGENT: [assistant(side=True, used=usage(900, 900))]},
        replace(ONE, incomplete=1),
        id="the main chain wins, whatever the sidechain says",
    ),
    pytest.param(
        {SUBAGENT: [assistant(side=True)], "s1": [agent_progress(assistant())]},
        SUB,
        id="progress repeats the subagent's own file",
    ),
    pytest.param(
        {SUBAGENT: [assistant(side=True, costUSD=3.5)], "s1": [agent_progress(assistant())]},
        replace(SUB, cost=3_500_000_000),
        id="the client's own price, which progress leaves out, stays in any order",
    ),
    pytest.param({"s1": [agent_progress(assistant())]}, SUB, id="progress alone is a subagent's, not main"),
    pytest.param(
        {"s1": [agent_progress(assistant(content=[tool_use()])), agent_progress(assistant(content=[tool_use()]))]},
        replace(SUB, tool_calls={"Bash": 1}),
        id="a tool call in progress records",
    ),
    pytest.param(
        {"s1": [agent_progress(prompt()), agent_progress(prompt([tool_result()]))]},
        Figures(),
        id="a user record in progress is not a prompt",
    ),
    pytest.param(
        {"s1": [agent_progress(assistant(at=None))]},
        Figures(skipped={"bad_timestamp": 1}),
        id="the time is the nested record's, not the envelope's",
    ),
]


def all_at_once(root: Path, files: Files) -> Figures:
    return _counted(root, [files])


def file_by_file(root: Path, files: Files) -> Figures:
    return _counted(root, [{name: lines} for name, lines in files.items()])


def the_last_file_first(root: Path, files: Files) -> Figures:
    return _counted(root, [{name: files[name]} for name in reversed(list(files))])


def line_by_line(root: Path, files: Files) -> Figures:
    """The first line of each file, the second of each, and so on."""
    rounds = zip_longest(*([(name, line) for line in lines] for name, lines in files.items()))
    return _counted(root, [{name: [line]} for turn in rounds for name, line in filter(None, turn)])


def the_last_line_first(root: Path, files: Files) -> Figures:
    return line_by_line(root, {name: files[name][::-1] for name in reversed(list(files))})


def _counted(root: Path, arrivals: Sequence[Files]) -> Figures:
    """What a tracker counts that looks after each of these arrivals."""
    with Tracker(root / "tracker.db", root / "projects") as tracker:
        for arrival in arrivals:
            for name, lines in arrival.items():
                append(root / "projects" / "shop" / f"{name}.jsonl", lines)
            tracker.scan()
        return tracker.figures()


@pytest.mark.parametrize(
    "arriving", [all_at_once, file_by_file, the_last_file_first, line_by_line, the_last_line_first]
)
@pytest.mark.parametrize(("files", "expected"), [*STREAMS, *FORKS, *SUBAGENTS])
def test_copies_are_one_response_in_whatever_order_they_arrive(
    tmp_path: Path, files: Files, expected: Figures, arriving: Callable[[Path, Files], Figures]
) -> None:
    assert expected == arriving(tmp_path, files)
