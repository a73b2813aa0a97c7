"""The figures of one block, at every stage of its life."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.blocks.block import HOUR_MS, MINUTE_MS, Block
from exporter.domain.blocks.figures import BlockFigures, Use, active_ms, cache_hit_ratio, compute_figures
from exporter.domain.usage.tokens import Tokens

DAY = 1_795_305_600_000  # 2026-11-22T00:00Z


def at(clock: str) -> int:
    hours, minutes, *seconds = clock.split(":")
    return DAY + int(hours) * HOUR_MS + int(minutes) * MINUTE_MS + round(1000 * float((seconds or ["0"])[0]))


BLOCK = Block(at("10:00"), at("15:00"), "estimated")


def figures_of(uses: list[Use], now: int) -> BlockFigures:
    """The block's figures from its responses."""
    tokens, cost = sum(use[1] for use in uses), sum(use[2] for use in uses)
    return compute_figures(BLOCK, tokens, cost, uses, [use[0] for use in uses], now)


USES: list[Use] = [(at("10:20"), 6_000, 60_000), (at("10:22"), 3_000, 30_000), (at("12:00"), 1_500, 45_000)]


@pytest.mark.parametrize(
    ("uses", "now", "expected"),
    [
        #  [10:00 ...                                now is the start
        pytest.param(
            [(at("10:00"), 600, 3_000)],
            "10:00",
            BlockFigures(600, 3_000, 0.0, 18_000.0, 0.0, 20.0, 100.0, 6_600, 33_000, 0.0),
            id="at the very start no time has passed",
        ),
        #  [10:00:00 x · now 10:00:01                active 1 s of 1 s
        pytest.param(
            [(at("10:00"), 600, 3_000)],
            "10:00:01",
            BlockFigures(600, 3_000, 1.0, 17_999.0, 1 / 18_000, 20.0, 100.0, 6_600, 32_998, 100.0),
            id="in the first second all of it was active",
        ),
        #  [10:00   10:20x 10:22x · now 10:40        active 10:20 ─ 10:27, 7 of 40 minutes
        pytest.param(
            USES[:2],
            "10:40",
            BlockFigures(9_000, 90_000, 2_400.0, 15_600.0, 40 / 300, 300.0, 3_000.0, 87_000, 870_000, 17.5),
            id="spans that overlap count once",
        ),
        #  [10:00   10:20x 10:22x        12:00x · now 12:02    active 7 + 2 of 122 minutes
        pytest.param(
            USES,
            "12:02",
            BlockFigures(10_500, 135_000, 7_320.0, 10_680.0, 122 / 300, 50.0, 1_500.0, 19_400, 402_000, 100 * 9 / 122),
            id="in the middle, a span is cut by now and old responses no longer burn",
        ),
        #  now 12:30: (12:00, 12:30] is open at its start
        pytest.param(
            USES,
            "12:30",
            BlockFigures(10_500, 135_000, 9_000.0, 9_000.0, 0.5, 0.0, 0.0, 10_500, 135_000, 8.0),
            id="after half an hour of idling nothing burns",
        ),
        #  14:58x ... 15:00)                         active 7 + 5 + 2 of 300 minutes
        pytest.param(
            [*USES, (at("14:58"), 300, 3_000)],
            "15:00",
            BlockFigures(10_800, 138_000, 18_000.0, 0.0, 1.0, 10.0, 100.0, 10_800, 138_000, 100 * 14 / 300),
            id="at the end nothing remains, and the last span is cut by the end",
        ),
        pytest.param(
            [*USES, (at("14:58"), 300, 3_000)],
            "23:00",
            BlockFigures(10_800, 138_000, 18_000.0, 0.0, 1.0, 0.0, 0.0, 10_800, 138_000, 100 * 14 / 300),
            id="once over, the score is that of its whole length",
        ),
        #  now 10:40        12:00x
        pytest.param(
            USES,
            "10:40",
            BlockFigures(10_500, 135_000, 2_400.0, 15_600.0, 40 / 300, 300.0, 3_000.0, 88_500, 915_000, 17.5),
            id="a response of another clock's future counts, but not over time",
        ),
        pytest.param(
            [],
            "12:30",
            BlockFigures(0, 0, 9_000.0, 9_000.0, 0.5, 0.0, 0.0, 0, 0, 0.0),
            id="a window without responses",
        ),
        pytest.param([], "09:00", BlockFigures(0, 0, 0.0, 18_000.0, 0.0, 0.0, 0.0, 0, 0, 0.0), id="before its start"),
    ],
)
def test_figures(uses: list[Use], now: str, expected: BlockFigures) -> None:
    assert expected == figures_of(uses, at(now))


@pytest.mark.parametrize(
    ("times", "now", "expected"),
    [
        pytest.param("", "12:00", 0, id="no response, no span"),
        pytest.param("10:20", "12:00", 5, id="one response, five minutes"),
        pytest.param("10:20 10:30", "12:00", 10, id="two apart, ten"),
        pytest.param("10:20 10:25", "12:00", 10, id="two that touch, ten"),
        pytest.param("10:25 10:20 10:22", "12:00", 10, id="in any order"),
        pytest.param("10:20 10:20", "12:00", 5, id="two at once, five"),
    ],
)
def test_active_minutes(times: str, now: str, expected: int) -> None:
    assert expected * MINUTE_MS == active_ms(BLOCK, [at(time) for time in times.split()], at(now))


@given(st.lists(st.integers(at("10:00"), at("15:00") - 1)), st.integers(at("09:00"), at("17:00")))
def test_the_score_lies_between_0_and_100(times: list[int], now: int) -> None:
    found = figures_of([(time, 1, 1) for time in times], now)
    assert 0 <= found.efficiency_score <= 100
    assert found.elapsed_s + found.remaining_s == pytest.approx(18_000)
    assert found.projected_tokens >= found.tokens == len(times)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param(Tokens(), None, id="without input there is no ratio"),
        pytest.param(Tokens(output=5), None, id="output is not input"),
        pytest.param(Tokens(input=100), 0.0, id="nothing from the cache"),
        pytest.param(Tokens(10, 7, 60, 20, 10), 0.6, id="a part of all input, cached or not"),
        pytest.param(Tokens(cache_read=3), 1.0, id="all from the cache"),
    ],
)
def test_cache_hit_ratio(tokens: Tokens, expected: float | None) -> None:
    assert expected == cache_hit_ratio(tokens)
