"""What a session's files say for its story: read line by line, whatever lies in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from exporter.domain.sessions.story.parts import Found, FoundAgent, Wanted
from exporter.domain.sessions.story.story import Compaction
from exporter.sources.transcripts import reading
from exporter.sources.transcripts.story import read_story
from support.transcripts import (
    ABSENT,
    Record,
    api_error,
    assistant,
    encoded,
    prompt,
    queued,
    synthetic,
    text_part,
    tool_result,
    write,
)

START = 1_795_341_600_000
"""10:00, as in the builders."""


def wanted(*paths: Path, **more: Any) -> Wanted:
    values: dict[str, Any] = {
        "session_id": "s1", "paths": tuple(map(str, paths)), "agents": frozenset(), "prompts": {"p1": 0},
        "starts": (START,), "calls": frozenset(["toolu_1"]), "responses": frozenset(), "since": 0, "texts": True,
    }  # fmt: skip
    return Wanted(**values | more)


def read(folder: Path, *lines: Record | bytes, **more: Any) -> Found:
    return read_story(wanted(write(folder / "s1.jsonl", lines), **more))


def failed(tool_id: str = "toolu_1", is_error: Any = True, **more: Any) -> Record:
    return prompt([{**tool_result(tool_id), "is_error": is_error}], uuid="x1", **more)


def boundary(**more: Any) -> Record:
    line = {
        "type": "system", "subtype": "compact_boundary", "uuid": "c1", "timestamp": "2026-11-22T10:00:01.000Z",
        "sessionId": "s1", "compactMetadata": {"trigger": "manual", "preTokens": 12},
    }  # fmt: skip
    return {key: value for key, value in (line | more).items() if value is not ABSENT}


def test_the_builders_start_at_ten(tmp_path: Path) -> None:
    assert {0: "hi"} == read(tmp_path, assistant(content=[text_part("hi")])).answers
    assert {} == read(tmp_path, assistant(content=[text_part("hi")]), starts=(START + 1,)).answers


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        pytest.param(failed(), {"toolu_1"}, id="failed"),
        pytest.param(failed(is_error=False), set(), id="done"),
        pytest.param(failed(is_error="true"), set(), id="another type"),
        pytest.param(failed("unknown"), set(), id="a call that the store does not know"),
        pytest.param(failed(session="s2"), set(), id="another session's"),
        pytest.param(failed(sessionId=ABSENT), {"toolu_1"}, id="without a session"),
        pytest.param(prompt("x", is_error=True), set(), id="a text"),
        pytest.param(prompt([1, None, {"type": "tool_result", "is_error": True}]), set(), id="without an id"),
        pytest.param(b'{"is_error":true,"message":7,"type":"user"}', set(), id="no message"),
        pytest.param(b'["is_error"]', set(), id="not an object"),
        pytest.param(b"\xef\xbb\xbf" + encoded(failed()), {"toolu_1"}, id="a byte order mark"),
        pytest.param(encoded(failed()).replace(b'":', b'" : ') + b"\r", {"toolu_1"}, id="spaces and CRLF"),
        pytest.param(
            encoded(failed(cwd="x")).replace(b'"x"', b'"\xff\\ud800"'), {"toolu_1"}, id="bytes, half a character"
        ),
        pytest.param(b'{"type":"user","is_er' + encoded(failed()), {"toolu_1"}, id="a torn line before it"),
        pytest.param(encoded(failed())[:-3], set(), id="half of it"),
        pytest.param(b'{"is_error":' + b"[" * 100_000, set(), id="nested deeply"),
    ],
)
def test_failed_calls(tmp_path: Path, line: Record | bytes, calls: set[str]) -> None:
    found = read(tmp_path, line, prompt(), texts=False)
    assert ("read", calls) == (str(found.state), set(found.failed))


@pytest.mark.parametrize(
    ("line", "compactions"),
    [
        pytest.param(boundary(), [Compaction(START + 1_000, "manual", 12)], id="whole"),
        pytest.param(boundary(compactMetadata=None), [Compaction(START + 1_000)], id="no details"),
        pytest.param(
            boundary(compactMetadata={"trigger": "a\x1b\nb", "preTokens": "9"}),
            [Compaction(START + 1_000, "a\\x1b")],
            id="bad details",
        ),
        pytest.param(boundary(timestamp="soon"), [], id="no time"),
        pytest.param(boundary(uuid=ABSENT), [], id="no id"),
        pytest.param(boundary(subtype="x", content='"compact_boundary"'), [], id="another subtype"),
        pytest.param(boundary(timestamp="2026-11-22T09:00:00.000Z"), [], id="copied from another session"),
    ],
)
def test_compactions(tmp_path: Path, line: Record, compactions: list[Compaction]) -> None:
    assert compactions == list(read(tmp_path, line, line, since=START).compactions)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(prompt("one\ntwo"), {0: "one"}, id="text"),
        pytest.param(prompt([text_part("one"), text_part("two")]), {0: "one"}, id="parts"),
        pytest.param(
            prompt([text_part("<ide_opened_file>a</ide_opened_file>"), text_part("one")]), {0: "one"}, id="a notice"
        ),
        pytest.param(prompt("one", uuid="new", sentAsUuid="p1"), {0: "one"}, id="stored again"),
        pytest.param(queued("one", uuid="p1"), {0: "one"}, id="typed while Claude worked"),
        pytest.param(queued([text_part("one")], uuid="q1", source_uuid="p1"), {0: "one"}, id="the same in parts"),
        pytest.param(prompt("one", uuid="p2"), {}, id="not a prompt of the session, by the store"),
        pytest.param(prompt("one", session="s2"), {}, id="another session's"),
        pytest.param(prompt([{"type": "image"}]), {}, id="without text"),
        pytest.param(prompt(7), {}, id="a number"),
        pytest.param(
            prompt("\x1b]0;x\x07\u202e\u2066" + "y" * 100_000),
            {0: "\\x1b]0;x\\x07\\u202e\\u2066" + "y" * 175 + "…"},
            id="hostile",
        ),
    ],
)  # fmt: skip
def test_prompts(tmp_path: Path, line: Record, shown: dict[int, str]) -> None:
    assert shown == read(tmp_path, line).prompts
    assert {} == read(tmp_path, line, texts=False).prompts


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        pytest.param([assistant(content="one\ntwo")], {0: "one"}, id="a text"),
        pytest.param([assistant(content=[text_part("one"), text_part("two"), text_part(" ")])], {0: "two"}, id="parts"),
        pytest.param(
            [assistant(content="late", at="2026-11-22T10:00:09.000Z"), assistant(content="early")], {0: "late"},
            id="the latest",
        ),
        pytest.param([assistant(content="sub", side=True)], {}, id="a subagent's"),
        pytest.param([synthetic("No response requested.")], {}, id="the client's"),
        pytest.param([api_error("API Error")], {}, id="an error"),
        pytest.param([assistant(content="before", at="2026-11-22T09:59:59.000Z")], {}, id="before the first prompt"),
        pytest.param([assistant(content="x", at=7)], {}, id="no time"),
        pytest.param([assistant(content="\x1b[2J\u202e")], {0: "\\x1b[2J\\u202e"}, id="hostile"),
    ],
)  # fmt: skip
def test_answers(tmp_path: Path, lines: list[Record], shown: dict[int, str]) -> None:
    assert shown == read(tmp_path, *lines).answers
    assert {} == read(tmp_path, *lines, texts=False).answers


def test_a_line_without_an_end_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "s1.jsonl"
    path.write_bytes(encoded(failed()))
    assert {"toolu_1"} == set(read_story(wanted(path)).failed)


def test_a_line_that_is_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "CHUNK_BYTES", 1 << 16)
    found = read(tmp_path, prompt("x" * (3 << 20)), failed())
    assert ({}, {"toolu_1"}) == (dict(found.prompts), set(found.failed))


def side(message: Any = "m1", **more: Any) -> Record:
    return assistant(message, request=more.pop("request", "r1"), side=True, **more)


KEYS = frozenset([("m1", "r1", ""), ("m2", "", "u2"), ("u3", "u3", "")])


def test_a_subagent(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s1" / "subagents" / "wf" / "agent-a1.jsonl",
        [
            prompt("find it", at="2026-11-22T10:00:00.000Z", isSidechain=True),
            side(at="2026-11-22T10:00:02.000Z", content="secret"),
            side("m2", request=ABSENT, uuid="u2", at="2026-11-22T10:00:05.000Z"),
            side(ABSENT, request=ABSENT, uuid="u3", at="2026-11-22T10:00:04.000Z"),
            side("unknown"),
            failed(),
        ],
    )
    path.with_name("agent-a1.meta.json").write_text(
        '{"agentType":"Explore","description":"x\\u202e\\ny","parentAgentId":"b2","spawnDepth":"?"}'
    )
    found = read_story(wanted(path, responses=KEYS))
    assert [FoundAgent("a1", "b2", "Explore", "x\\u202e", START, START + 5_000, KEYS)] == list(found.agents)
    assert ({"toolu_1"}, {}, {}) == (set(found.failed), dict(found.prompts), dict(found.answers))


@pytest.mark.parametrize(
    "meta",
    [
        b"", b"{", b"[]", b"\xff", b'{"agentType":7,"description":[],"parentAgentId":{}}', b"[" * 100_000,
        b" " * (2 << 20), None,
    ],
)  # fmt: skip
def test_bad_metadata(tmp_path: Path, meta: bytes | None) -> None:
    path = write(tmp_path / "s1" / "subagents" / "agent-acompact-a1.jsonl", [side()])
    if meta is not None:
        path.with_name("agent-acompact-a1.meta.json").write_bytes(meta)
    (found,) = read_story(wanted(path)).agents
    assert ("acompact-a1", None, "compaction", None) == (found.id, found.parent, found.kind, found.description)


def test_which_files_are_the_sessions(tmp_path: Path) -> None:
    """Before 2.1, a subagent's file lay next to its session's; the client keeps what it shortened."""
    own = write(tmp_path / "s1.jsonl", [failed(), boundary()])
    kept = write(tmp_path / "s1" / "before-cleanup" / "1-a.jsonl.replaced", [failed("toolu_2"), boundary()])
    old = write(tmp_path / "agent-old.jsonl", [side()])
    other = write(tmp_path / "s1" / "agent-new.jsonl", [side()])
    copy = write(tmp_path / "s10.jsonl", [failed("toolu_3")])
    found = read_story(
        wanted(
            own, kept, old, other, copy, agents=frozenset(["old"]), calls=frozenset(["toolu_1", "toolu_2", "toolu_3"])
        )
    )
    assert (["old"], {"toolu_1", "toolu_2"}, 1) == (
        [a.id for a in found.agents],
        set(found.failed),
        len(found.compactions),
    )


def test_links_are_followed_and_pipes_are_not_read(tmp_path: Path) -> None:
    target = write(tmp_path / "elsewhere" / "x.jsonl", [failed()])
    link, pipe = tmp_path / "s1.jsonl", tmp_path / "s1" / "subagents" / "agent-p.jsonl"
    link.symlink_to(target)
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    found = read_story(wanted(link, pipe))
    assert ("incomplete", {"toolu_1"}, ()) == (str(found.state), set(found.failed), found.agents)
    assert "unreadable" == read_story(wanted(pipe)).state


def test_states(tmp_path: Path) -> None:
    own, agent = tmp_path / "s1.jsonl", tmp_path / "s1" / "subagents" / "agent-a.jsonl"
    assert ("none", "gone") == (read_story(wanted()).state, read_story(wanted(own, agent)).state)
    write(agent, [side()])
    assert "incomplete" == read_story(wanted(own, agent)).state
    write(own, [])
    assert "read" == read_story(wanted(own, agent)).state
