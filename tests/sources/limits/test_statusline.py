"""The status line's input: every window in it, whose it is, and which answer brought it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from exporter.domain.accounts import Origin
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.limits.reading import Credits, Reading
from exporter.domain.usage.activity import SessionFacts
from exporter.sources.limits.statusline import parse_statusline
from support.services import shared_dir
from support.snapshots import NOON

RESET = 1_795_358_271
PATH = "/home/me/.claude/projects/p/s1.jsonl"


def payload(limits: Any, **more: Any) -> bytes:
    return json.dumps({"session_id": "s1", "transcript_path": PATH, "rate_limits": limits, **more}).encode()


def line(**limits: Any) -> bytes:
    return payload(limits)


def readings(content: bytes) -> list[Reading]:
    return [one.reading for one in parse_statusline(content, NOON).readings]


def model(name: Any, percent: Any, resets_at: Any = None) -> dict[str, Any]:
    return {"display_name": name, "utilization": percent, "resets_at": resets_at}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            line(five_hour={"used_percentage": 42, "resets_at": RESET}), [("five_hour", 0.42, RESET * 1000)], id="epoch"
        ),
        pytest.param(
            line(five_hour={"used_percentage": 42.5, "resets_at": "2026-11-22T14:37:51Z"}),
            [("five_hour", 0.425, RESET * 1000)],
            id="ISO",
        ),
        pytest.param(
            line(five_hour={"used_percentage": 42, "resets_at": RESET * 1000}),
            [("five_hour", 0.42, RESET * 1000)],
            id="ms",
        ),
        pytest.param(line(seven_day={"used_percentage": 17}), [("seven_day", 0.17, None)], id="one window, no reset"),
        pytest.param(
            line(seven_day=None, five_hour={"used_percentage": 0}), [("five_hour", 0.0, None)], id="null and 0"
        ),
        pytest.param(line(five_hour={"used_percentage": 101}), [("five_hour", 1.01, None)], id="101"),
        pytest.param(line(five_hour={"used_percentage": 102}), [], id="102 is a known bug"),
        pytest.param(line(five_hour={"used_percentage": -1}), [], id="negative"),
        pytest.param(line(five_hour={"used_percentage": "42"}), [], id="no number"),
        pytest.param(line(nimbus_quill={"used_percentage": 42}), [("nimbus_quill", 0.42, None)], id="its own name"),
        pytest.param(line(**{"5 hours": {"used_percentage": 42}}), [], id="no plain name"),
        pytest.param(line(**{"x" * 41: {"used_percentage": 42}}), [], id="no short name"),
        pytest.param(
            line(spend_limit={"used_percentage": 131.5, "resets_at": RESET}),
            [("spend", 1.315, RESET * 1000)],
            id="spending may exceed its limit",
        ),
        pytest.param(line(spend_limit={"used_percentage": 10_001}), [], id="but not as far as that"),
        pytest.param(
            line(model_scoped=[model("Saga 2", 61, "2026-11-22T14:37:51Z"), model("Opus", 0)]),
            [("seven_day_saga", 0.61, RESET * 1000), ("seven_day_opus", 0.0, None)],
            id="weeks of models",
        ),
        pytest.param(
            line(model_scoped=[None, 7, model(None, 5), model("5.5", 5), model("Fable", "x"), model("Opus", 3)]),
            [("seven_day_opus", 0.03, None)],
            id="one broken entry costs no other",
        ),
        pytest.param(
            line(seven_day_opus={"used_percentage": 1}, model_scoped=[model("Opus", 2)]),
            [("seven_day_opus", 0.02, None)],
            id="one window named twice",
        ),
        pytest.param(line(model_scoped={"display_name": "Opus"}), [], id="no list"),
        pytest.param(b"{}", [], id="no limits"),
        pytest.param(b'{"rate_limits":null}', [], id="null"),
    ],
)
def test_statusline(content: bytes, expected: list[tuple[str, float, int | None]]) -> None:
    assert [Reading(w, "statusline", NOON, share, reset) for w, share, reset in expected] == readings(content)


@pytest.mark.parametrize("content", [b"", b"[]", b'"x"', b"{", b'{"rate_limits":7}', b"\xff"])
def test_garbage_raises(content: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        parse_statusline(content, NOON)


def test_the_corpus_statuslines() -> None:
    lines = (shared_dir() / "corpus" / "own-2.1.197" / "statusline-stdin.jsonl").read_bytes().splitlines()
    found = {(r.window, r.utilization, r.resets_at) for text in lines for r in readings(text)}
    assert {
        ("five_hour", 0.42, 1_795_358_271_000),
        ("seven_day", 0.17, 1_795_444_671_000),
        ("five_hour", 0.42, 1_795_358_275_000),
        ("seven_day", 0.17, 1_795_444_675_000),
        ("five_hour", 0.42, 1_795_358_281_000),
        ("seven_day", 0.17, 1_795_444_681_000),
        ("five_hour", 1.0, 1_795_358_287_000),
        ("five_hour", 1.0, 1_795_358_292_000),
        ("five_hour", 1.0, 1_795_358_298_000),
    } == found


def test_a_reset_beyond_the_windows_length_is_ignored() -> None:
    content = line(
        five_hour={"used_percentage": 1, "resets_at": (NOON + 6 * HOUR) // 1000},
        seven_day={"used_percentage": 1, "resets_at": (NOON + 8 * DAY) // 1000},
        spend_limit={"used_percentage": 1, "resets_at": (NOON + 20 * DAY) // 1000},
        moonfall={"used_percentage": 1, "resets_at": (NOON + 20 * DAY) // 1000},
        sunrise={"used_percentage": 1, "resets_at": (NOON + 40 * DAY) // 1000},
    )
    resets = {reading.window: reading.resets_at for reading in readings(content)}
    far = NOON + 20 * DAY
    assert {"five_hour": None, "seven_day": None, "spend": far, "moonfall": far, "sunrise": None} == resets


def test_it_names_its_session_and_transcript() -> None:
    (found,) = parse_statusline(line(five_hour={"used_percentage": 4}), NOON).readings
    assert Origin(transcript=PATH, session="s1") == found.origin


@pytest.mark.parametrize("value", [7, None, "", "x" * 5_000, "a\0b", ["s1"]])
def test_a_place_that_is_none_costs_no_reading(value: Any) -> None:
    content = payload({"five_hour": {"used_percentage": 4}}, session_id=value, transcript_path=value)
    (found,) = parse_statusline(content, NOON).readings
    assert Origin() == found.origin


def test_the_money_of_a_gateway() -> None:
    limit = {"used_percentage": 12.5, "used_usd": 25.0, "limit_usd": 200, "period": "month"}
    origin = Origin(transcript=PATH, session="s1")
    assert [Credits(NOON, "USD", 25.0, 200, origin)] == parse_statusline(line(spend_limit=limit), NOON).credits
    unlimited = limit | {"limit_usd": None}
    assert [Credits(NOON, "USD", 25.0, None, origin)] == parse_statusline(line(spend_limit=unlimited), NOON).credits
    assert [] == parse_statusline(line(spend_limit=limit | {"used_usd": "25"}), NOON).credits


FIVE = {"five_hour": {"used_percentage": 4, "resets_at": RESET}}


WEEK = {"seven_day": {"used_percentage": 30, "resets_at": RESET}}
COST = {"total_api_duration_ms": 9_000, "total_cost_usd": 0.5}


def answers(limits: Any, *, session: Any = "s1", **cost: Any) -> dict[str, str | None]:
    """By window."""
    content = payload(limits, cost=cost, session_id=session)
    return {one.reading.window: one.answer for one in parse_statusline(content, NOON).readings}


def answer(limits: Any = FIVE, *, session: Any = "s1", **cost: Any) -> str | None:
    (found,) = answers(limits, session=session, **cost).values()
    return found


def test_an_answer_is_the_same_until_there_is_a_newer_one() -> None:
    known = answer(**COST, total_duration_ms=1)
    assert known == answer(**COST, total_duration_ms=99_999), "time alone passed"
    assert known == answer({"five_hour": {"resets_at": RESET, "used_percentage": 4}}, **COST), "another order"
    assert known != answer(**COST | {"total_api_duration_ms": 9_001})
    assert known != answer(**COST | {"total_cost_usd": 0.6})
    assert known != answer({"five_hour": {"used_percentage": 5, "resets_at": RESET}}, **COST)
    assert known != answer({"five_hour": {"used_percentage": 4, "resets_at": RESET + 1}}, **COST) is not None


def test_each_window_has_an_answer_of_its_own() -> None:
    """An idle session drops a window that has ended: what it still says of the others is a repeat."""
    both = answers(FIVE | WEEK, **COST)
    assert both["five_hour"] != both["seven_day"]
    assert both["seven_day"] == answer(WEEK, **COST)
    changed = answers({"five_hour": {"used_percentage": 0, "resets_at": None}} | WEEK, **COST)
    assert (True, False) == (both["seven_day"] == changed["seven_day"], both["five_hour"] == changed["five_hour"])


def test_a_session_after_clear_repeats_the_one_before() -> None:
    assert answer(session="s1", **COST) == answer(session="s2", **COST)


@pytest.mark.parametrize(
    "cost",
    [
        pytest.param({}, id="no totals"),
        pytest.param({"total_api_duration_ms": 0, "total_cost_usd": 0}, id="no answer yet"),
        pytest.param({"total_api_duration_ms": True, "total_cost_usd": 0.5}, id="no number"),
        pytest.param({"total_cost_usd": 0.5}, id="the money alone"),
    ],
)
def test_without_totals_each_session_has_its_own(cost: dict[str, Any]) -> None:
    assert answer(session="s1", **cost) == answer(session="s1", **cost)
    assert answer(session="s1", **cost) != answer(session="s2", **cost)


@pytest.mark.parametrize("cost", [None, 7, {}, {"total_cost_usd": None}, {"total_api_duration_ms": 10**30}])
def test_an_answer_without_its_totals(cost: Any) -> None:
    (found,) = parse_statusline(payload(FIVE, cost=cost), NOON).readings
    assert found.answer is not None
    assert 32 >= len(found.answer) > 0
    assert set("0123456789abcdef") >= set(found.answer)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(
            {"workspace": {"repo": {"host": "github.com", "owner": "ada", "name": "shop"}}},
            SessionFacts((), "github.com/ada/shop"),
            id="a repository",
        ),
        pytest.param(
            {"pr": {"number": 7, "url": "https://x.org/7"}}, SessionFacts((), None, "https://x.org/7"), id="a PR"
        ),
        pytest.param({"workspace": {"repo": {"owner": "ada", "name": "shop"}}}, None, id="without a host"),
        pytest.param({"workspace": {"repo": {"host": "a", "owner": "\x1b", "name": "c"}}}, None, id="controls"),
        pytest.param({"workspace": [], "pr": "7"}, None, id="other shapes"),
    ],
)
def test_what_it_says_of_the_session(more: dict[str, Any], expected: SessionFacts | None) -> None:
    found = parse_statusline(payload({}, **more), NOON).sessions
    assert ([("s1", expected)] if expected is not None else []) == found
