"""`usage.iterations`: what is billed besides the response's own counts, and requests that are priced one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.tracker import Figures, Tracker, figures_of
from support.transcripts import HAIKU, OPUS, SONNET, assistant, cache, iteration, usage, write

OWN = Figures({"claude-opus-4-5": (10, 20)}, responses=1, cost=550_000)
"""$5 and $25 a million."""


def with_opus(uncached: int, output: int, cost: int) -> Figures:
    return replace(OWN, tokens={"claude-opus-4-5": (10 + uncached, 20 + output)}, cost=550_000 + cost)


def with_other(model: str, *counts: int, cost: int) -> Figures:
    return replace(OWN, tokens={"claude-opus-4-5": (10, 20), model: counts}, cost=550_000 + cost)


PARTS = [
    pytest.param([iteration("message", 4, 15), iteration("message", 6, 5)], OWN, id="messages that add up are inside"),
    pytest.param([iteration("message", 9, 9), iteration("message", 1, 1)], OWN, id="or do not, for no known reason"),
    pytest.param(
        [iteration("message", 7, 8), iteration("message", 10, 20)], with_opus(7, 8, 235_000),
        id="the last alone is inside, as clients before 2.1.219 wrote it: the one before is billed",
    ),
    pytest.param(
        [iteration("compaction", 1000, 100), iteration("message", 10, 20)], with_opus(1000, 100, 7_500_000),
        id="a compaction, under the response's model",
    ),
    pytest.param(
        [iteration("compaction", 1000, 100, model=HAIKU), iteration("message", 10, 20)],
        with_other("claude-haiku-4-5", 1000, 100, cost=1_500_000),
        id="a compaction of another model",
    ),
    pytest.param(
        [iteration("message", 50, 7, 30, model=SONNET), iteration("fallback_message", 10, 20, model=OPUS)],
        with_other("claude-sonnet-4-5", 50, 7, 30, cost=264_000),
        id="an attempt with output before a fallback",
    ),
    pytest.param(
        [iteration("message", 50, 0, model=SONNET), iteration("fallback_message", 10, 20, model=OPUS)], OWN,
        id="an attempt without output is free",
    ),
    pytest.param(
        [iteration("message", 50, 7, model=SONNET), iteration("fallback_message", 9, 9, model=OPUS)],
        with_other("claude-sonnet-4-5", 50, 7, cost=255_000),
        id="a fallback that does not add up is still what the counts are of",
    ),
    pytest.param(
        [iteration("message", 5, 1, model=SONNET), iteration("fallback_message", 6, 2, model=HAIKU),
         iteration("fallback_message", 4, 15), iteration("message", 6, 5)],
        replace(
            OWN,
            tokens={"claude-opus-4-5": (10, 20), "claude-sonnet-4-5": (5, 1), "claude-haiku-4-5": (6, 2)},
            cost=550_000 + 30_000 + 16_000,
        ),
        id="two attempts, then two messages that add up",
    ),
    pytest.param(
        [iteration("message", 4, 8), iteration("fallback_message", 5, 1, model=SONNET), iteration("message", 6, 12)],
        with_other("claude-sonnet-4-5", 5, 1, cost=30_000),
        id="messages around another model's attempt that add up",
    ),
    pytest.param([iteration("message", 10, 20), iteration("message", 7, 8)], with_opus(7, 8, 235_000), id="the first"),
    pytest.param(
        [iteration("fallback_message", 10, 20), iteration("message", 5, 1, model=SONNET)],
        with_other("claude-sonnet-4-5", 5, 1, cost=30_000),
        id="the fallback alone, before a message",
    ),
    pytest.param([iteration("message", 10, 20), iteration("somebody's", 7, 7)], OWN, id="others are left out"),
    pytest.param(
        [iteration("compaction", -1, 5), iteration("message", 10, 20)], replace(OWN, skipped={"bad_tokens": 1}),
        id="counts that are none",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("iterations", "expected"), PARTS)
def test_what_the_top_level_does_not_hold_is_counted(tmp_path: Path, iterations: list[Any], expected: Figures) -> None:
    line = assistant(used=usage(iterations=iterations))
    assert expected == figures_of(tmp_path, {"shop/s1": [line]})


def test_all_kinds_at_once(tmp_path: Path) -> None:
    """Two attempts with output and one without, a compaction, an advisor, two messages inside, in one response."""
    iterations = [
        iteration("message", 5000, 40, 1000, model="claude-fable-5"),
        iteration("fallback_message", 700, 0, model=HAIKU),
        iteration("compaction", 2000, 300, model=OPUS, cache_creation=cache(0, 50)),
        iteration("fallback_message", 100, 200, 30, 10, model=OPUS),
        iteration("message", 300, 400, 60, 20, model=OPUS),
        iteration("advisor_message", 11, 22, model=SONNET),
    ]
    top = usage(400, 600, cache_read_input_tokens=90, cache_creation_input_tokens=30, iterations=iterations)
    expected = Figures(
        {
            "claude-opus-4-5": (2400, 900, 90, 30, 50),
            "claude-fable-5": (5000, 40, 1000),
            "claude-sonnet-4-5": (11, 22),
        },
        responses=1,
        cost=(400 * 5_000 + 600 * 25_000 + 90 * 500 + 30 * 6_250)
        + (2000 * 5_000 + 300 * 25_000 + 50 * 10_000)
        + (5000 * 10_000 + 40 * 50_000 + 1000 * 1_000)
        + (11 * 3_000 + 22 * 15_000),
    )
    assert expected == figures_of(tmp_path, {"shop/s1": [assistant(used=top)]})


LONG = [
    pytest.param([(150_000, 10), (150_000, 10)], 2 * (450_000_000 + 150_000), id="two requests of 150,000: ordinary"),
    pytest.param(
        [(250_000, 10), (50_000, 10)], 250_000 * 6_000 + 10 * 22_500 + 50_000 * 3_000 + 10 * 15_000,
        id="the one above 200,000 pays the long-context price",
    ),
    pytest.param([(300_000, 20)], 300_000 * 6_000 + 20 * 22_500, id="one request of 300,000"),
]  # fmt: skip


@pytest.mark.parametrize(("requests", "cost"), LONG)
def test_long_context_prices_are_judged_by_request(tmp_path: Path, requests: list[tuple[int, int]], cost: int) -> None:
    iterations = [iteration("message", *counts) for counts in requests]
    used = usage(*map(sum, zip(*requests, strict=True)), iterations=iterations)
    write(tmp_path / "projects" / "shop" / "s1.jsonl", [assistant(model="claude-sonnet-4-5", used=used)])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        assert cost == tracker.figures().cost
        tracker.rebuild()
        assert cost == tracker.figures().cost


def test_cache_writes_are_priced_for_as_long_as_the_response_says(tmp_path: Path) -> None:
    """The parts do not say that 60 of the 100 tokens were written for an hour."""
    parts = [iteration("message", 5, 10, 0, 40), iteration("message", 5, 10, 0, 60)]
    used = usage(10, 20, cache_creation_input_tokens=100, cache_creation=cache(40, 60), iterations=parts)
    expected = Figures({"claude-opus-4-5": (10, 20, 0, 40, 60)}, 1, 550_000 + 40 * 6_250 + 60 * 10_000)
    assert expected == figures_of(tmp_path, {"shop/s1": [assistant(used=used)]})
