"""Prices that the package lacks, the user's own, and whose model a name means."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import genai_prices
import pytest

from exporter.domain.usage.own_prices import ENTRIES, own_prices
from exporter.domain.usage.price_table import ModelRates, Table, rates_from
from exporter.domain.usage.pricing import cost, normalize_model, usd
from exporter.domain.usage.tokens import Tokens
from exporter.ingest.pricer import Pricer
from exporter.sources import prices
from exporter.sources.price_package import Span
from exporter.sources.prices import PriceList
from exporter.sources.shipped_prices import NONE

M = 1_000_000
NOW = 1_795_348_800_000
"""2026-11-22T12:00Z."""


def dollars(model: str, tokens: Tokens, speed: str | None = None, book: PriceList | None = None) -> float | None:
    rates = (book or PriceList()).rates(normalize_model(model), NOW, speed)
    return usd(cost(tokens, 0, rates)) if rates is not None else None


@pytest.mark.parametrize(
    ("model", "tokens", "speed", "expected"),
    [
        ("claude-mythos-5", Tokens(M, M, M), None, 61.0),
        ("claude-mythos-5", Tokens(cache_write_5m=M), None, 12.5),
        ("claude-mythos-5-20260901", Tokens(cache_write_1h=M), None, 20.0),
        ("claude-mythos-5-1", Tokens(M, M, M), None, 60.25),
        ("claude-opus-4-6", Tokens(M, M, M), "fast", 183.0),
        ("claude-opus-4-7[1m]", Tokens(M, M, M), "fast", 183.0),
        ("claude-opus-4-7", Tokens(cache_write_5m=M, cache_write_1h=M), "fast", 97.5),
        ("claude-opus-4-8", Tokens(M, M, M), "fast", 61.0),
        ("claude-opus-5", Tokens(M, M, M), "fast", 61.0),
        ("claude-opus-5-5", Tokens(M, M, M), "fast", 48.4),
        ("claude-haiku-5-5", Tokens(100_000, M), None, 0.51),
        ("claude-haiku-5-5", Tokens(100_001), None, 0.0500005),
        ("claude-haiku-5-5", Tokens(60_000, 0, 50_000), None, 0.0325),
        ("claude-mythos-5", Tokens(M), "fast", None),
        ("claude-mythos-6", Tokens(M), None, None),
    ],
)
def test_gaps_are_filled(model: str, tokens: Tokens, speed: str | None, expected: float | None) -> None:
    assert expected == pytest.approx(dollars(model, tokens, speed))


def test_where_the_package_knows_a_price_ours_is_the_same() -> None:
    """Both read the same source; a difference is a mistake in one of them."""
    for entry in ENTRIES:
        ours = own_prices()[entry.model]
        listed = PriceList()._listed(entry.model, NOW, fast=entry.fast)
        assert listed in (None, ours.fast if entry.fast else ours.standard), entry.model
        assert (entry.date, True) == ("2026-11-24", "2.1.332" in entry.source)


def test_what_the_package_learns_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = rates_from([(0, {"input": Decimal(7), "output": Decimal(8)})], "claude-mythos-5")
    monkeypatch.setattr(prices, "shipped_prices", lambda: NONE)
    monkeypatch.setattr(prices, "find_spans", lambda model, fast: (Span(0, None if fast else newer),))
    assert 15.0 == dollars("claude-mythos-5", Tokens(M, M))
    assert 180.0 == dollars("claude-opus-4-6", Tokens(M, M), "fast")


USER: Table = {
    "claude-opus-4-5": ModelRates(rates_from([(0, {"input": Decimal(1), "output": Decimal(2)})], "claude-opus-4-5")),
    "my-model": ModelRates(None, rates_from([(0, {"input": Decimal(3), "output": Decimal(4)})], "my-model")),
}


def test_the_users_prices_win_and_stay_out_of_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    book = PriceList(file, USER)
    assert (3.0, 30.0) == (
        dollars("claude-opus-4-5", Tokens(M, M), None, book),
        dollars("claude-sonnet-4-5", Tokens(0, 2 * M), None, book),
    )
    assert (None, 7.0) == (
        dollars("my-model", Tokens(M, M), None, book),
        dollars("my-model", Tokens(M, M), "fast", book),
    )
    book.save()
    assert 30.0 == dollars("claude-opus-4-5", Tokens(M, M), None, PriceList(file))
    assert None is dollars("my-model", Tokens(M, M), "fast", PriceList(file))
    assert 3.0 == dollars("claude-opus-4-5", Tokens(M, M), None, PriceList(file, USER)), "after the list's was cached"


@pytest.mark.parametrize(
    ("written", "provider"),
    [
        ("claude-opus-4-5", None), ("us.anthropic.claude-opus-4-5-20251101-v1:0", None), ("claude-nonesuch-9", None),
        ("openrouter/anthropic/claude-opus-4.5", None), ("opus", None), ("my-claude-proxy", None), ("", None),
        ("default", None), ("auto", None), ("openrouter/auto", None), ("router", None), ("coder-large", None),
        ("my-model-7b", None), ("glm-5.2", "zhipuai"), ("z-ai/glm-5.2", "zhipuai"), ("glm-4.6", "zai"),
        ("glm-4.5-air:free", "zhipuai"), ("moonshotai/kimi-k2", "moonshotai"), ("kimi-k2-thinking", "moonshotai"),
        ("openrouter/moonshotai/kimi-k2:free", "moonshotai"), ("deepseek-v4-pro", "deepseek"),
        ("deepseek-v3", "deepseek"), ("deepseek-v3.1:671b-cloud", "deepseek"), ("MiniMax-M2.1", "minimax"),
        ("gpt-5.2-codex", "openai"), ("o3", "openai"), ("gpt-oss:120b", "openai"), ("qwen/qwen3-coder", "qwen"),
        ("qwen3-coder-plus", "qwen"), ("qwen3-coder:480b-cloud", "qwen"), ("gemini-3-pro-preview", "google"),
        ("grok-code-fast-1", "x-ai"), ("mistral-large", "mistral"), ("mimo-v2-flash", "xiaomi"),
        ("kimi-k2[1m]", "moonshotai"),
    ],
)  # fmt: skip
def test_the_name_says_the_provider(written: str, provider: str | None) -> None:
    assert provider == PriceList().provider(normalize_model(written))


def test_normalizing_keeps_other_providers_versions() -> None:
    found = [normalize_model(name) for name in ("deepseek-v3", "mimo-v2", "kimi-k2:free", "meta.llama3-70b-v1:0")]
    assert ["deepseek-v3", "mimo-v2", "kimi-k2:free", "meta.llama3-70b"] == found


@pytest.mark.parametrize("name", ["z-ai/glm-4.5-air:free", "kimi-k2:free", "gpt-oss:120b", "qwen3-max", "gpt-9"])
def test_what_is_free_or_cannot_be_told_has_no_price(name: str) -> None:
    assert None is dollars(name, Tokens(M, M))


@pytest.mark.parametrize(
    "name", ["glm-5.2", "kimi-k2-thinking", "deepseek-v4-pro", "MiniMax-M2", "gpt-5", "gemini-2.5-pro", "grok-4"]
)
@pytest.mark.parametrize("hour", [0, 1, 3, 4, 6, 10, 12, 16, 17, 23])
def test_others_cost_what_the_package_says_at_that_time(name: str, hour: int) -> None:
    """Some cost less, or more, at some hours of the day."""
    price = Pricer(PriceList())
    at = datetime(2026, 11, 22, hour, 45, tzinfo=UTC)
    for tokens in (Tokens(10, 20), Tokens(300_000, 7), Tokens(1_000, 100, 50_000)):
        used = genai_prices.Usage(
            input_tokens=tokens.all_input, output_tokens=tokens.output, cache_read_tokens=tokens.cache_read
        )
        expected = genai_prices.calc_price(used, name, genai_request_timestamp=at).total_price * 10**9
        counts = (tokens.input, tokens.output, tokens.cache_read, 0, 0)
        assert round(expected) == price(name, int(at.timestamp() * 1000), None, counts, 0)


def test_providers_are_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = PriceList(tmp_path / "rates.json")
    found = [book.provider(name) for name in ("glm-5.2", "claude-opus-5", "my-model")]
    book.save()
    monkeypatch.setattr(prices, "find_provider", lambda name: pytest.fail(f"{name} is not in the cache"))
    again = PriceList(tmp_path / "rates.json")
    assert (
        ["zhipuai", None, None] == found == [again.provider(name) for name in ("glm-5.2", "claude-opus-5", "my-model")]
    )


@pytest.mark.parametrize(
    ("model", "geo", "searches", "expected"),
    [
        pytest.param("claude-opus-4-6", None, 0, 550_000, id="no geography"),
        pytest.param("claude-opus-4-6", "us", 0, 605_000, id="in the US"),
        pytest.param("claude-opus-4-6", "eu", 0, 550_000, id="one without a price of its own"),
        pytest.param("claude-opus-4-6", "us", 2, 605_000 + 20_000_000, id="web searches cost the same"),
        pytest.param("claude-haiku-4-5", "us", 0, 121_000, id="another model"),
        pytest.param("gpt-5", "us", 0, 212_500, id="another provider"),
        pytest.param("my-model", "us", 0, None, id="no price"),
    ],
)
def test_inference_in_the_us(model: str, geo: str | None, searches: int, expected: int | None) -> None:
    assert expected == Pricer(PriceList())(model, NOW, None, (10, 20, 0, 0, 0), searches, geo)
