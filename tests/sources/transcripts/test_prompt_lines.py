"""Entries other than responses: prompts, tool calls, and the errors the client writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.tracker import Figures, figures_of
from support.transcripts import (
    ABSENT,
    Record,
    api_error,
    assistant,
    prompt,
    synthetic,
    text_part,
    tool_result,
    tool_use,
    usage,
)

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
DOCUMENT = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}

PROMPTS = [
    pytest.param(prompt("hello"), 1, id="a text"),
    pytest.param(prompt([text_part()]), 1, id="a text part"),
    pytest.param(prompt([IMAGE]), 1, id="an image alone"),
    pytest.param(prompt([IMAGE, text_part()]), 1, id="an image and a text"),
    pytest.param(prompt([text_part(), DOCUMENT]), 1, id="a document"),
    pytest.param(prompt([tool_result()]), 0, id="a tool's result"),
    pytest.param(prompt([text_part(), tool_result()]), 0, id="a tool's result with a text"),
    pytest.param(prompt([]), 0, id="no parts"),
    pytest.param(prompt(None), 0, id="null content"),
    pytest.param(prompt([{"no": "type"}]), 0, id="a part of no type"),
    pytest.param(prompt("hello", isMeta=True), 0, id="meta"),
    pytest.param(prompt("hello", isMeta=None), 1, id="null meta"),
    pytest.param(prompt("hello", isCompactSummary=True), 0, id="a summary after compaction"),
    pytest.param(prompt("hello", isSidechain=True), 0, id="a subagent's task"),
    pytest.param(prompt("<command-name>/clear</command-name>"), 0, id="a command's name"),
    pytest.param(prompt("<command-message>init</command-message>"), 0, id="a command's message"),
    pytest.param(prompt("<local-command-stdout></local-command-stdout>"), 0, id="a local command's output"),
    pytest.param(prompt("<local-command-caveat>x</local-command-caveat>"), 0, id="a local command's caveat"),
    pytest.param(prompt("[Request interrupted by user]"), 0, id="an interruption"),
    pytest.param(prompt([text_part("[Request interrupted by user for tool use]")]), 0, id="in a part"),
    pytest.param(prompt([IMAGE, text_part("<command-name>/x</command-name>")]), 0, id="in a part after an image"),
    pytest.param(prompt("why does <command-name> show?"), 1, id="the words inside a prompt"),
    pytest.param(prompt("<b>hello</b>"), 1, id="another tag"),
    pytest.param(prompt([text_part("<command-name>\ud83d")], isMeta="?"), 0, id="where it is read a second time"),
    pytest.param(prompt("hello", at=None), 0, id="without a time"),
    pytest.param(prompt("hello", uuid=None), 0, id="without a uuid"),
    pytest.param(prompt("hello", message=None), 0, id="without a message"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), PROMPTS)
def test_lines_that_are_prompts(tmp_path: Path, line: Record, expected: int) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [line]}).prompts


def test_a_skipped_prompt_has_a_reason(tmp_path: Path) -> None:
    lines = [prompt(at=ABSENT), prompt(uuid=ABSENT), prompt([tool_result()], at=ABSENT, uuid=ABSENT)]
    expected = Figures(skipped={"bad_timestamp": 1, "no_id": 1})
    assert expected == figures_of(tmp_path, {"shop/s1": lines})


def test_a_prompt_counts_once_per_uuid(tmp_path: Path) -> None:
    files = {"shop/s1": [prompt(), prompt(uuid="p2")], "shop/s2": [prompt(session="s2"), prompt("other words")]}
    assert Figures(prompts=2) == figures_of(tmp_path, files)


TOOLS = [
    pytest.param([tool_use("t1", "Bash"), tool_use("t2", "Read")], {"Bash": 1, "Read": 1}, id="built in"),
    pytest.param([tool_use("t1", "mcp__github__search"), tool_use("t2", "mcp__x__y")], {"mcp": 2}, id="servers'"),
    pytest.param([tool_use("t1", "MyOwnTool")], {"other": 1}, id="any other"),
    pytest.param([{"type": "tool_use", "id": "t1"}], {"other": 1}, id="without a name"),
    pytest.param([{"type": "tool_use", "name": "Bash"}], {}, id="without an id a copy cannot be recognized"),
    pytest.param([{"type": "server_tool_use", "id": "t1", "name": "web_search"}], {}, id="the service's own"),
    pytest.param([text_part(), {"type": "thinking", "thinking": "…"}], {}, id="no tool"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), TOOLS)
def test_tool_calls(tmp_path: Path, content: list[Record], expected: dict[str, int]) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [assistant(content=content)]}).tool_calls


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(assistant(used=ABSENT, content=[tool_use()]), id="without usage"),
        pytest.param(assistant(used=usage(-1), content=[tool_use()]), id="with broken counts"),
        pytest.param(assistant(used=usage(12.0), content=[tool_use()]), id="read a second time"),
        pytest.param(assistant(ABSENT, uuid=ABSENT, content=[tool_use()]), id="without ids of its own"),
    ],
)
def test_a_tool_call_counts_even_on_a_skipped_line(tmp_path: Path, line: Record) -> None:
    assert {"Bash": 1} == figures_of(tmp_path, {"shop/s1": [line]}).tool_calls


ERRORS = [
    pytest.param(api_error("Rate limit reached", error="rate_limit"), "rate_limit", id="the client's word"),
    pytest.param(api_error("x", error="server_error"), "server_error", id="a server's error"),
    pytest.param(api_error("x", error="overloaded_error"), "server_error", id="overloaded"),
    pytest.param(api_error("x", error="authentication_failed"), "authentication", id="authentication failed"),
    pytest.param(api_error("x", error="invalid_request"), "invalid_request", id="an invalid request"),
    pytest.param(api_error("x", error="unknown", status=529), "server_error", id="the status, where no word helps"),
    pytest.param(api_error("x", status=429), "rate_limit", id="429"),
    pytest.param(api_error("x", status=401), "authentication", id="401"),
    pytest.param(api_error("x", status=400), "invalid_request", id="400"),
    pytest.param(api_error("API Error: 503 overloaded"), "server_error", id="the status in the text"),
    pytest.param(
        api_error("", message={"model": "<synthetic>", "content": "API Error: 403 no", "usage": usage(0, 0)}),
        "authentication",
        id="in a text without parts",
    ),
    pytest.param(api_error("API Error: the socket closed"), "other", id="nothing known"),
    pytest.param(api_error("API Error: 500", error={"type": "x"}, status={}), "server_error", id="odd values"),
    pytest.param(api_error("x", error=7, status="500"), "server_error", id="a status in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind"), ERRORS)
def test_the_kind_of_an_api_error(tmp_path: Path, line: Record, kind: Any) -> None:
    expected = Figures(api_errors={kind: 1}, skipped={"synthetic": 1})
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})


def test_an_api_error_counts_once_per_uuid(tmp_path: Path) -> None:
    first, second = api_error("x", error="rate_limit"), api_error("x", uuid="e2", error="rate_limit")
    files = {"shop/s1": [first, second], "shop/s2": [first | {"sessionId": "s2"}]}
    expected = Figures(api_errors={"rate_limit": 2}, skipped={"synthetic": 3})
    assert expected == figures_of(tmp_path, files)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(synthetic(), Figures(skipped={"synthetic": 1}), id="a text of the client's is not an error"),
        pytest.param(
            api_error("x") | {"uuid": None}, Figures(skipped={"no_id": 1, "synthetic": 1}), id="without a uuid"
        ),
        pytest.param(api_error("x") | {"timestamp": "?"}, Figures(skipped={"bad_timestamp": 1}), id="without a time"),
    ],
)
def test_lines_that_are_not_api_errors(tmp_path: Path, line: Record, expected: Figures) -> None:
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})
