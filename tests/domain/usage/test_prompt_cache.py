"""What is written to the prompt cache again, and the misses in the running totals of status lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.usage.prompt_cache import (
    CacheLine,
    CacheTotals,
    CacheUse,
    lives_long,
    misses_of,
    processes,
    written_again,
)

OPUS, HAIKU = "claude-opus-4-5", "claude-haiku-4-5"


def used(minutes: float, read: int, written_5m: int = 0, written_1h: int = 0, model: str = OPUS) -> CacheUse:
    return CacheUse(int(minutes * MINUTE), model, read, written_5m, written_1h)


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        pytest.param([used(0, 0, 900)], [0], id="the first writes"),
        pytest.param([used(0, 500, 400), used(5, 0, 950)], [0, 0], id="within five minutes: a miss for another cause"),
        pytest.param([used(0, 500, 400), used(5.001, 0, 950)], [0, 900], id="after them all that was cached"),
        pytest.param([used(0, 500, 400), used(6, 300, 950)], [0, 600], id="less what was still read"),
        pytest.param([used(0, 500, 400), used(6, 0, 200)], [0, 200], id="not more than was written"),
        pytest.param([used(0, 500, 400), used(6, 950, 10)], [0, 0], id="everything was still there"),
        pytest.param([used(0, 0, 0, 900), used(60, 0, 950)], [0, 0], id="an hour, if it was written for an hour"),
        pytest.param([used(0, 0, 0, 900), used(60.001, 0, 950)], [0, 900], id="after the hour"),
        pytest.param(
            [used(0, 0, 0, 900), used(30, 900, 50), used(80, 0, 950)], [0, 0, 0], id="an hour, renewed by each use"
        ),
        pytest.param(
            [used(0, 0, 0, 900), used(70, 0, 950), used(80, 0, 990)], [0, 900, 950], id="the hour ends with the cache"
        ),
        pytest.param([used(0, 0, 900), used(9, 0, 900, model=HAIKU)], [0, 0], id="another model has its own cache"),
        pytest.param([used(0, 0, 900), used(6, 0, 900), used(12, 0, 900)], [0, 900, 900], id="again and again"),
    ],
)
def test_what_is_written_again(uses: list[CacheUse], expected: list[int]) -> None:
    found: list[int] = []
    for number, use in enumerate(uses):
        before = uses[:number][::-1]
        found.append(written_again(before[0] if before else None, use, lambda before=before: lives_long(before)))  # type: ignore[misc]
    assert expected == found


def line(
    answered: int, requests: int, misses: int = 0, tokens: int = 0, *, seen: int = 0, start: int | None = None,
    **causes: int,
) -> CacheLine:  # fmt: skip
    totals = CacheTotals(requests, misses, tokens, tuple(sorted(causes.items())))
    return CacheLine(answered, seen or answered, totals, start)


DAY = [
    line(100, 1),
    line(200, 2),
    line(300, 3, 1, 5_000, tools_changed=1),
    line(400, 9, 3, 12_000, tools_changed=1, ttl_expired_5m=1),
    line(500, 2, 1, 7_000, tools_changed=1),  # resumed: it starts from 0
    line(600, 12, 4, 20_000, tools_changed=2, model_changed=1),
]
"""9 requests with 3 misses, one of them without a cause, then 12 with 4, also one."""


def summed(lines: list[CacheLine]) -> tuple[int, int, int, dict[str, int]]:
    found = misses_of(process[-1].totals for process in processes(lines))
    return found.requests, found.misses, found.rewritten, dict(found.by_cause)


@given(st.permutations(DAY * 2))
def test_the_last_of_each_process_counts_in_any_order(lines: list[CacheLine]) -> None:
    causes = {"tools_changed": 3, "ttl_expired_5m": 1, "model_changed": 1, "unknown": 2}
    assert (21, 7, 32_000, causes) == summed(lines)


def test_a_repeated_line_of_an_idle_session_is_no_new_process() -> None:
    later = [line(400, 9, 3, 12_000, seen=one) for one in (450, 520, 700)]
    assert (21, 7, 32_000) == summed([*DAY, *later])[:3]


def test_two_terminals_of_one_session_are_told_apart_by_their_start() -> None:
    here = [line(at, at // 100, at // 200, start=5 + at % 3) for at in range(100, 1_100, 100)]
    there = [line(at, at // 200, at // 400, start=60_000 + at % 7) for at in range(250, 1_250, 100)]
    found = [(len(process), process[-1].totals.requests) for process in processes([*here, *there])]
    assert [(10, 10), (10, 5)] == found


def test_a_miss_with_several_causes_counts_under_each() -> None:
    totals = CacheTotals(5, 2, 800, (("effort_changed", 1), ("model_changed", 2)))
    assert {"effort_changed": 1, "model_changed": 2} == misses_of([totals]).by_cause
