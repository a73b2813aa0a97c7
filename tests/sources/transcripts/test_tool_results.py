"""Lines with a tool's result are skipped in every form that clients write, with the same result as decoding them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.sources.transcripts import lines
from exporter.sources.transcripts.collector import Collector
from exporter.sources.transcripts.tool_results import is_rejection
from support.services import shared_dir
from support.transcripts import assistant, encoded

UUID = "0b81e3d3-db88-4eac-9201-e18c0c15ed1"
HEAD = {"userType": "external", "cwd": "/home/dev/shop", "sessionId": "s1", "version": "2.1.39", "gitBranch": "main"}
TAIL = {"userType": "external", "entrypoint": "cli", "cwd": "/srv", "sessionId": "s1", "version": "2.1.197"}


def at(second: int) -> str:
    return f"2026-11-22T10:00:{second:02d}.000Z"


def result(text: str = "done") -> dict[str, Any]:
    part = {"tool_use_id": "toolu_1", "type": "tool_result", "content": text}
    return {"message": {"role": "user", "content": [part]}}


def type_first(line: dict[str, Any]) -> dict[str, Any]:
    """The same line as client 2.1.332 writes it for some tools."""
    (part,) = line["message"]["content"]
    part = {"type": "tool_result", "content": part["content"], "tool_use_id": part["tool_use_id"]}
    return line | {"message": {"role": "user", "content": [part]}}


def time_first(second: int, **more: Any) -> dict[str, Any]:
    place = {"parentUuid": UUID + "0", "isSidechain": False, **HEAD, "type": "user"}
    return {**place, "uuid": UUID + "1", "timestamp": at(second), **result(), "toolUseResult": "x", **more}


def envelope_first(second: int, text: str = "done", **more: Any) -> dict[str, Any]:
    place = {"parentUuid": UUID + "0", "isSidechain": False, **HEAD, "type": "user"}
    return {**place, **result(text), "uuid": UUID + "1", "timestamp": at(second), **more}


def envelope_last(second: int, **more: Any) -> dict[str, Any]:
    flags = {"parentUuid": UUID + "0", "isSidechain": False, "promptId": "p", "type": "user"}
    return {**flags, **result(), "uuid": UUID + "1", "timestamp": at(second), "toolUseResult": {"a": 1}, **TAIL, **more}


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The lines that were decoded, in order."""
    found: list[bytes] = []

    def noting(raw: bytes) -> Any:
        found.append(raw)
        return lines.decode(raw)

    monkeypatch.setattr("exporter.sources.transcripts.collector.decode_line", noting)
    return found


def take(*lines: dict[str, Any] | bytes) -> Collector:
    taken = Collector("fallback")
    text = b"".join(encoded(line) + b"\n" for line in lines)
    assert len(text) == taken.take(text, 0)
    return taken


def span(taken: Collector) -> tuple[int, int]:
    """Seconds of the first and last line of session s1."""
    (session,) = taken.batch(lambda *_: 0).sessions
    assert session.conversation is not None
    return session.conversation.first_at // 1000 % 60, session.conversation.last_at // 1000 % 60


FORMS = [time_first, envelope_first, envelope_last]


@pytest.mark.parametrize("form", FORMS)
def test_only_the_first_is_decoded_and_all_are_seen(form: Any, decoded: list[bytes]) -> None:
    taken = take(form(10), form(30), form(5), form(20))
    assert [encoded(form(10))] == decoded
    assert (5, 30) == span(taken)
    assert 4 == taken.batch(lambda *_: 0).lines


@pytest.mark.parametrize("form", FORMS)
def test_a_part_that_starts_with_its_type_is_seen_too(form: Any, decoded: list[bytes]) -> None:
    taken = take(form(10), type_first(form(30)), form(5), type_first(form(20)))
    assert 1 == len(decoded)
    assert (5, 30) == span(taken)


@pytest.mark.parametrize("order", [lambda line: line, type_first], ids=["id first", "type first"])
@pytest.mark.parametrize("form", FORMS)
def test_a_rejection_is_decoded(form: Any, order: Any, decoded: list[bytes]) -> None:
    rejected = result("The user doesn't want to proceed with this tool use. The tool use was rejected")
    taken = take(form(10), order(form(20) | rejected), form(30))
    assert 2 == len(decoded)
    assert 1 == len(taken.batch(lambda *_: 0).sessions[0].stops)


DIFFERENT = [
    pytest.param(envelope_first(20) | {"cwd": "/elsewhere"}, id="another folder"),
    pytest.param(envelope_first(20) | {"gitBranch": "else"}, id="another branch"),
    pytest.param(envelope_first(20) | {"parentUuid": None}, id="no parent"),
    pytest.param(envelope_first(20) | {"isSidechain": True}, id="a sidechain"),
    pytest.param(envelope_first(20) | {"uuid": "short"}, id="a short uuid"),
    pytest.param(envelope_first(20) | {"timestamp": "2026-11-22T10:00:20Z"}, id="another form of time"),
    pytest.param(envelope_first(20) | {"message": {"role": "user", "content": "hello"}}, id="a prompt"),
    pytest.param(encoded(envelope_first(20)).replace(b",", b", "), id="with spaces"),
    pytest.param(encoded(envelope_first(20)) + b"\r", id="CRLF"),
]


@pytest.mark.parametrize("line", DIFFERENT)
def test_a_line_that_differs_is_decoded(line: dict[str, Any] | bytes, decoded: list[bytes]) -> None:
    taken = take(envelope_first(10), line)
    assert 2 == len(decoded)
    assert (10, 20) == span(taken)


LONGER_TIMES = ["2026-11-22T12:00:20.000456+02:00", "2026-11-22T10:00:20.0004Z", "2026-11-22T10:00:20.000+00:00"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("time", LONGER_TIMES)
def test_a_longer_timestamp_is_read_completely(form: Any, time: str, decoded: list[bytes]) -> None:
    taken = take(form(10), form(20) | {"timestamp": time})
    assert 2 == len(decoded)
    assert (10, 20) == span(taken)


def test_a_line_unclear_from_its_envelope_is_decoded(decoded: list[bytes]) -> None:
    take(*(envelope_first(second, entrypoint="cli") for second in (1, 2)))  # not where the envelope is
    assert 2 == len(decoded)


def test_a_short_line_before_a_result_is_separate(decoded: list[bytes]) -> None:
    taken = take(envelope_first(10), b"{}", envelope_first(20), b"", b'{"type":"user"}', envelope_first(30))
    assert 4 == len(decoded)
    assert (10, 30) == span(taken)


def test_a_line_cut_short_is_malformed() -> None:
    taken = take(envelope_first(10), encoded(envelope_first(20, "word " * 50))[:-40])
    assert {"malformed": 1} == taken.batch(lambda *_: 0).skipped


def test_text_that_looks_like_an_end_is_text(decoded: list[bytes]) -> None:
    trap = '}]},"uuid":"' + UUID + '9","timestamp":"' + at(59) + '"'
    taken = take(envelope_first(10), envelope_first(20, trap))
    assert 1 == len(decoded)
    assert (10, 20) == span(taken)


def test_results_around_a_response(decoded: list[bytes]) -> None:
    take(envelope_first(10), assistant(), envelope_first(20), envelope_first(30))
    assert 2 == len(decoded)


def test_lines_of_the_real_client_are_skipped(decoded: list[bytes]) -> None:
    """Where a real conversation has several results in a row under one prompt, the later ones are not decoded.

    But for rejections, which are counted.
    """
    results = passed = 0
    for path in sorted(shared_dir().glob("corpus/*/projects/**/*.jsonl")):
        lines = [line for line in path.read_bytes().splitlines() if b'"type":"tool_result"' in line]
        for line in (line for line in lines if json.loads(line)["type"] == "user" and not is_rejection(line)):
            results += 1
            decoded.clear()
            take(line, line)
            passed += len(decoded) == 1
    assert results > 20
    assert passed == results


@pytest.mark.parametrize("form", [time_first, envelope_first, envelope_last])
def test_a_response_after_a_truncated_result_counts_as_lost(form: Any) -> None:
    cut = encoded(form(2)).partition(b'"done')[0] + b'"do'
    glued = cut + encoded({"parentUuid": UUID + "9", **assistant(at=at(3))})
    assert {"malformed": 1} == take(form(1), glued, form(4)).batch(lambda *_: 0).skipped
