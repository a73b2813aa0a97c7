"""Model names, steps and sums; no price list is read here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.domain.usage.pricing import Rates, cost, normalize_model, price_of, usd
from exporter.domain.usage.tokens import Tokens

LONG_CONTEXT = ((0, 3_000_000), (200_000, 6_000_000))
RATES = Rates(
    input=LONG_CONTEXT,
    output=((0, 15_000_000), (200_000, 22_500_000)),
    cache_read=((0, 300_000), (200_000, 600_000)),
    cache_write_5m=((0, 3_750_000), (200_000, 7_500_000)),
    cache_write_1h=((0, 6_000_000), (200_000, 12_000_000)),
    web_search=10_000_000_000,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("claude-opus-4-5", "claude-opus-4-5", id="a bare name stays"),
        pytest.param("claude-opus-4-5-20251101", "claude-opus-4-5", id="a date goes"),
        pytest.param("claude-opus-5-2026-07-24", "claude-opus-5", id="a date with dashes goes"),
        pytest.param(
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            "claude-opus-4-5",
            id="Bedrock: region, date, version",
        ),
        pytest.param("eu.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6", id="Bedrock in Europe"),
        pytest.param("global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6", id="Bedrock anywhere"),
        pytest.param("anthropic.claude-3-haiku-20240307-v1:0:200k", "claude-3-haiku", id="Bedrock with a context"),
        pytest.param(
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "claude-sonnet-4-5",
            id="an ARN ends in the name",
        ),
        pytest.param("anthropic/claude-haiku-4-5", "claude-haiku-4-5", id="a provider's path goes"),
        pytest.param("claude-sonnet-4-5@20250929", "claude-sonnet-4-5", id="Vertex: the date after @"),
        pytest.param("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet", id="Vertex: version and date"),
        pytest.param("claude-opus-4-6@default", "claude-opus-4-6", id="Vertex: the default"),
        pytest.param("claude-opus-4-6[1m]", "claude-opus-4-6", id="the long context's bracket goes"),
        pytest.param("us.anthropic.claude-opus-4-6-v1[1m]", "claude-opus-4-6", id="a bracket after a version"),
        pytest.param("claude-sonnet-4-20250514", "claude-sonnet-4", id="a date is not the minor version"),
        pytest.param("anthropic.claude-v2", "claude-v2", id="'v2' is the name of an old model"),
        pytest.param("  Claude-Opus-4-8 ", "claude-opus-4-8", id="spaces and capitals go"),
        pytest.param("some-other-model", "some-other-model", id="an unknown name stays"),
        pytest.param("", "unknown", id="an empty name is unknown"),
        pytest.param("   ", "unknown", id="a blank name is unknown"),
        pytest.param("anthropic/", "unknown", id="a provider without a name is unknown"),
        pytest.param("[1m]", "unknown", id="a bracket without a name is unknown"),
    ],
)
def test_names_are_reduced_to_the_model(written: str, expected: str) -> None:
    assert expected == normalize_model(written)


@given(st.lists(st.sampled_from(["us.", "anthropic.", "claude", "-4-5", "-20251101", "-v1:0", "@1", "[1m]", "/"])))
def test_a_normalized_name_is_normalized_to_itself(parts: list[str]) -> None:
    name = normalize_model("".join(parts))
    assert name == normalize_model(name)


@pytest.mark.parametrize(
    ("all_input", "expected"),
    [
        pytest.param(0, 3_000_000, id="no input pays the base"),
        pytest.param(200_000, 3_000_000, id="the threshold itself pays the base"),
        pytest.param(200_001, 6_000_000, id="one more pays the higher price"),
    ],
)
def test_the_highest_exceeded_tier_applies(all_input: int, expected: int) -> None:
    assert expected == price_of(LONG_CONTEXT, all_input)


@pytest.mark.parametrize(
    ("tokens", "searches", "expected"),
    [
        pytest.param(Tokens(), 0, 0, id="nothing costs nothing"),
        pytest.param(Tokens(input=1), 0, 3_000, id="one token of input"),
        pytest.param(Tokens(1, 1, 1, 1, 1), 0, 28_050, id="one token of each type"),
        pytest.param(Tokens(), 3, 30_000_000, id="searches cost a cent each"),
        pytest.param(Tokens(input=200_000), 0, 600_000_000, id="200,000 of input at the base price"),
        pytest.param(Tokens(input=200_001), 0, 1_200_006_000, id="above it, all of the input at the higher price"),
        pytest.param(
            Tokens(input=1, cache_read=100_000, cache_write_1h=100_000, output=10),
            0,
            60_000_000 + 1_200_000_000 + 6_000 + 225_000,
            id="cached input counts towards the threshold",
        ),
        pytest.param(Tokens(output=1_000_000), 0, 15_000_000_000, id="output does not"),
    ],
)
def test_cost_in_nano_dollars(tokens: Tokens, searches: int, expected: int) -> None:
    assert expected == cost(tokens, searches, RATES)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(1, 13, id="12.5 is rounded up"),
        pytest.param(2, 25, id="a whole sum is exact"),
        pytest.param(3, 38, id="the sum is rounded, not its parts"),
    ],
)
def test_fractions_of_a_nano_dollar_are_rounded_at_the_end(count: int, expected: int) -> None:
    free = ((0, 0),)
    rates = Rates(((0, 12_500),), free, free, free, free, 0)
    assert expected == cost(Tokens(input=count), 0, rates)


def test_dollars() -> None:
    assert usd(6_250_000_000) == 6.25
