"""Labels of tools, errors, projects and models, and what is known of a conversation."""

from __future__ import annotations

import pytest

from exporter.domain.usage.activity import API_ERROR_KINDS, BUILT_IN_TOOLS, Conversation, api_error_kind, tool_label
from exporter.domain.usage.labels import MAX_MODELS, model_label, project_label


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Bash", "Bash", id="a built-in tool is itself"),
        pytest.param("mcp__github__search_code", "mcp", id="a server's tool"),
        pytest.param("bash", "other", id="another spelling is another tool"),
        pytest.param("MyTool", "other", id="any other"),
        pytest.param("", "other", id="no name"),
    ],
)
def test_tools_have_bounded_labels(name: str, expected: str) -> None:
    assert expected == tool_label(name)


def test_every_built_in_tool_is_its_own_label() -> None:
    assert BUILT_IN_TOOLS == {tool_label(name) for name in BUILT_IN_TOOLS}


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        pytest.param("rate_limit", None, "rate_limit", id="the client's word"),
        pytest.param("rate_limit_error", None, "rate_limit", id="the API's word"),
        pytest.param("server_error", None, "server_error", id="a server's error"),
        pytest.param("api_error", None, "server_error", id="the API's own error"),
        pytest.param("overloaded_error", None, "server_error", id="overloaded"),
        pytest.param("invalid_request", None, "invalid_request", id="an invalid request"),
        pytest.param("authentication_failed", None, "authentication", id="authentication failed"),
        pytest.param("permission_error", None, "authentication", id="no permission"),
        pytest.param("rate_limit", 500, "rate_limit", id="the word before the status"),
        pytest.param("unknown", 529, "server_error", id="a word that says nothing, then the status"),
        pytest.param(None, 429, "rate_limit", id="429"),
        pytest.param(None, 401, "authentication", id="401"),
        pytest.param(None, 403, "authentication", id="403"),
        pytest.param(None, 400, "invalid_request", id="400"),
        pytest.param(None, 413, "invalid_request", id="413"),
        pytest.param(None, 500, "server_error", id="500"),
        pytest.param(None, 529, "server_error", id="529"),
        pytest.param(None, 200, "other", id="no error's status"),
        pytest.param(None, None, "other", id="nothing known"),
        pytest.param("", None, "other", id="an empty word"),
    ],
)
def test_errors_have_a_kind(error: str | None, status: int | None, expected: str) -> None:
    assert expected == api_error_kind(error, status)
    assert expected in API_ERROR_KINDS


@pytest.mark.parametrize(
    ("path", "taken", "expected"),
    [
        pytest.param("/home/dev/shop", set(), "shop", id="the last part of the path"),
        pytest.param("/home/dev/shop/", set(), "shop", id="a slash at the end"),
        pytest.param("/srv/shop", {"shop"}, "srv/shop", id="a second of the name takes its parent's"),
        pytest.param("/b/srv/shop", {"shop", "srv/shop"}, "b/srv/shop", id="a third takes one more"),
        pytest.param("/srv/shop", {"shop", "srv/shop"}, "/srv/shop", id="at last the whole path"),
        pytest.param("/srv/shop", {"shop", "srv/shop", "/srv/shop"}, "/srv/shop 2", id="no more parts to take"),
        pytest.param("/", set(), "/", id="the root"),
        pytest.param(r"C:\Users\dev\shop", set(), "shop", id="Windows"),
        pytest.param(r"D:\shop", {"shop"}, r"D:\shop", id="on another drive"),
        pytest.param("/home/dev/other", set(), "dev/other", id="no project gets the label of the rest"),
        pytest.param("/home/dev/unknown", set(), "dev/unknown", id="nor that of the unknown"),
    ],
)
def test_projects_have_labels_of_their_own(path: str, taken: set[str], expected: str) -> None:
    assert expected == project_label(path, taken)


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        pytest.param("claude-opus-4-5", set(), "claude-opus-4-5", id="the name itself"),
        pytest.param("new", {str(n) for n in range(MAX_MODELS)}, "other", id="beyond the cap"),
        pytest.param("new", {str(n) for n in range(MAX_MODELS - 1)} | {"new"}, "new", id="a known one keeps its own"),
    ],
)
def test_models_have_bounded_labels(name: str, taken: set[str], expected: str) -> None:
    assert expected == model_label(name, taken)


def conversation(
    first: int, last: int, cwd: str | None = None, cwd_at: int = 0, version: str | None = None
) -> Conversation:
    return Conversation("s1", first, last, cwd, cwd_at, client_version=version)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(
            conversation(10, 20, "/a", 10, "1"),
            conversation(5, 15),
            conversation(5, 20, "/a", 10, "1"),
            id="the widest span",
        ),
        pytest.param(
            conversation(10, 20, "/a", 10),
            conversation(5, 15, "/b", 5),
            conversation(5, 20, "/b", 5),
            id="the earliest folder",
        ),
        pytest.param(
            conversation(10, 20, "/b", 10),
            conversation(10, 20, "/a", 10),
            conversation(10, 20, "/a", 10),
            id="of two at once the lesser",
        ),
        pytest.param(
            conversation(10, 20, version="1"),
            conversation(10, 30, version="2"),
            conversation(10, 30, version="2"),
            id="the latest version",
        ),
        pytest.param(
            conversation(10, 20, version="1"),
            conversation(10, 30),
            conversation(10, 30, version="1"),
            id="unless it says none",
        ),
    ],
)
def test_details_of_a_conversation_are_merged(one: Conversation, other: Conversation, expected: Conversation) -> None:
    assert expected == one.merge(other)
    assert expected == other.merge(one)
