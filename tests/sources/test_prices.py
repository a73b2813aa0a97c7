"""What the price book finds, and that it costs the same as the package it comes from says."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version as installed
from pathlib import Path

import genai_prices
import pytest
from genai_prices.data import providers
from genai_prices.types import ModelInfo, ModelPrice, Tier, TieredPrices

from exporter.domain.usage.pricing import Rates, cost, normalize_model, usd
from exporter.domain.usage.tokens import Tokens
from exporter.sources import prices
from exporter.sources.price_package import find_rates, rates_of
from exporter.sources.prices import DAY_MS, PriceList, version
from exporter.sources.shipped_prices import NONE
from support.services import PROJECT

MILLION = 1_000_000
MODELS = [model for provider in providers if provider.id == "anthropic" for model in provider.models]
OURS = ("claude-opus-4-6", "claude-opus-4-7")
"""Whose fast price the package does not know: see `exporter.domain.usage.own_prices`."""
USAGES = [
    Tokens(1, 2, 3, 4, 5),
    Tokens(input=100_000),
    Tokens(input=100_001, output=77),
    Tokens(input=3, output=203, cache_read=15_010, cache_write_5m=101, cache_write_1h=2_001),
    Tokens(output=500_000, cache_read=200_000),
    Tokens(output=1, cache_read=199_999, cache_write_5m=1, cache_write_1h=1),
    Tokens(cache_write_1h=MILLION),
    Tokens(300_000, 40_000, 500_000, 60_000, 70_000),
]


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000


def dollars(model: str, tokens: Tokens, day: str, speed: str | None = None) -> float | None:
    rates = PriceList().rates(normalize_model(model), ms(day), speed)
    return None if rates is None else usd(cost(tokens, 0, rates))


@pytest.mark.parametrize(
    ("model", "tokens", "day", "speed", "expected"),
    [
        pytest.param(
            "claude-opus-4-5",
            Tokens(cache_write_5m=MILLION),
            "2026-11-20",
            None,
            6.25,
            id="5-minute cache writes",
        ),
        pytest.param(
            "claude-opus-4-5",
            Tokens(cache_write_1h=MILLION),
            "2026-11-20",
            None,
            10.0,
            id="1-hour cache writes",
        ),
        pytest.param("claude-sonnet-4-5", Tokens(input=300_000), "2026-11-20", None, 1.80, id="a long context"),
        pytest.param("claude-sonnet-4-5", Tokens(input=200_000), "2026-11-20", None, 0.60, id="just not a long one"),
        pytest.param("claude-opus-4-6", Tokens(input=300_000), "2026-03-12", None, 3.0, id="before its price fell"),
        pytest.param("claude-opus-4-6", Tokens(input=300_000), "2026-03-13", None, 1.5, id="on the day it fell"),
        pytest.param("claude-opus-4-8", Tokens(MILLION, MILLION), "2026-11-20", "fast", 60.0, id="fast mode"),
        pytest.param("claude-opus-4-8", Tokens(MILLION, MILLION), "2026-11-20", "standard", 30.0, id="standard"),
        pytest.param("claude-opus-4-8", Tokens(MILLION, MILLION), "2026-11-20", "", 30.0, id="no speed said"),
        pytest.param("claude-opus-4-5", Tokens(MILLION), "2026-11-20", "fast", None, id="a model without fast mode"),
        pytest.param("claude-opus-4-8", Tokens(MILLION), "2026-11-20", "warp", None, id="an unknown speed"),
        pytest.param("claude-nonesuch-9", Tokens(MILLION), "2026-11-20", None, None, id="an unknown model"),
        pytest.param("gpt-5", Tokens(MILLION, MILLION), "2026-11-20", None, 11.25, id="another provider's model"),
        pytest.param("", Tokens(MILLION), "2026-11-20", None, None, id="no model"),
        pytest.param(
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            Tokens(MILLION),
            "2026-11-20",
            None,
            5.0,
            id="as on Bedrock",
        ),
        pytest.param("claude-opus-4-6[1m]", Tokens(MILLION), "2026-11-20", None, 5.0, id="with a long context's mark"),
        pytest.param("claude-sonnet-4@20250514", Tokens(MILLION), "2026-11-20", None, 3.0, id="as on Vertex"),
        pytest.param("claude-opus-4-5", Tokens(MILLION), "1960-01-01", None, 5.0, id="a date long ago"),
    ],
)
def test_prices(model: str, tokens: Tokens, day: str, speed: str | None, expected: float | None) -> None:
    assert expected == dollars(model, tokens, day, speed)


def usage_of(tokens: Tokens, searches: int) -> genai_prices.Usage:
    return genai_prices.Usage(
        input_tokens=tokens.all_input,
        output_tokens=tokens.output,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=tokens.cache_write_5m + tokens.cache_write_1h,
        cache_write_5m_tokens=tokens.cache_write_5m,
        cache_write_1h_tokens=tokens.cache_write_1h,
        web_searches=searches,
    )


def by_the_package(model: str, tokens: Tokens, searches: int, at: datetime, *, fast: bool) -> Decimal:
    price = genai_prices.calc_price(
        usage_of(tokens, searches),
        model,
        provider_id="anthropic",
        genai_request_timestamp=at,
        price_context={"speed": "fast"} if fast else None,
    )
    return price.total_price * 1_000_000_000


@pytest.mark.parametrize("model", [model.id for model in MODELS])
def test_every_model_costs_what_the_package_says(model: str) -> None:
    book, compared = PriceList(), 0
    for day in ("2024-05-01", "2026-03-12", "2026-03-13", "2026-10-13", "2026-10-14", "2026-11-22"):
        for fast in (False, True):
            rates = book.rates(model, ms(day) + DAY_MS // 2, "fast" if fast else None)
            if rates is None or (fast and model in OURS):
                assert fast, "every model has a standard price"
                continue
            at = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=12)
            for tokens in USAGES:
                for searches in (0, 7):
                    expected = by_the_package(model, tokens, searches, at, fast=fast)
                    assert expected == cost(tokens, searches, rates)
                    compared += 1
    assert compared >= 6 * len(USAGES) * 2


LONG = TieredPrices(Decimal(3), [Tier(200_000, Decimal(6)), Tier(500_000, Decimal(8))])


@pytest.mark.parametrize(
    "price",
    [
        pytest.param(ModelPrice(input_mtok=Decimal(8), output_mtok=Decimal(24)), id="no cache prices"),
        pytest.param(ModelPrice(input_mtok=LONG, output_mtok=Decimal(24)), id="no cache prices, two tiers"),
        pytest.param(
            ModelPrice(input_mtok=LONG, output_mtok=LONG, cache_write_mtok=Decimal("3.75")),
            id="one price for writes",
        ),
        pytest.param(
            ModelPrice(input_mtok=LONG, output_mtok=LONG, cache_write_mtok=Decimal(4), cache_write_1h_mtok=LONG),
            id="a price for writes, another for those of 1 hour",
        ),
        pytest.param(
            ModelPrice(input_mtok=LONG, output_mtok=LONG, cache_write_mtok=Decimal(4), cache_write_5m_mtok=LONG),
            id="a price for writes, another for those of 5 minutes",
        ),
        pytest.param(
            ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2), cache_read_mtok=LONG),
            id="no price for writes",
        ),
    ],
)
def test_a_missing_price_is_derived_as_the_package_does(price: ModelPrice) -> None:
    rates = rates_of(price)
    assert rates is not None
    for tokens in USAGES:
        expected = price.calc_price(usage_of(tokens, 2))["total_price"] * 1_000_000_000
        assert expected == cost(tokens, 2, rates)


def test_a_model_without_a_price_for_output_is_unpriced() -> None:
    assert rates_of(ModelPrice(input_mtok=Decimal(1))) is None


def test_the_models_with_fast_mode_are_those_of_the_package_and_ours() -> None:
    book, at = PriceList(), ms("2026-11-20")
    expected = [
        model.id
        for model in MODELS
        if any(variant.when == {"speed": "fast"} for variant in model.price_variants or ()) or model.id in OURS
    ]
    assert expected == [model.id for model in MODELS if book.rates(model.id, at, "fast") is not None]


@pytest.mark.parametrize("model", [model.id for model in MODELS])
def test_normalizing_a_name_finds_the_same_model(model: str) -> None:
    book, at = PriceList(), ms("2026-11-20")
    assert book.rates(model, at, None) == book.rates(normalize_model(model), at, None)


def test_equal_rates_are_one_value() -> None:
    book = PriceList()
    monday, tuesday = (book.rates("claude-opus-4-5", ms(day), None) for day in ("2026-11-16", "2026-11-17"))
    assert monday is not None
    assert monday is tuesday


def test_the_package_is_imported_at_the_first_look_up() -> None:
    program = (
        "import sys\n"
        "from exporter.sources.prices import PriceList, version\n"
        "book = PriceList(); version()\n"
        "assert 'genai_prices' not in sys.modules\n"
        "book.rates('gpt-5', 0, None)\n"
        "assert 'genai_prices' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_version_is_that_of_the_package() -> None:
    assert installed("genai-prices") == version()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the cache, which then has Claude's models as well."""
    monkeypatch.setattr(prices, "shipped_prices", lambda: NONE)
    return tmp_path / "cache" / "rates.json"


def prices_of(file: Path) -> list[Rates | None]:
    """A book's answers: an ordinary model over a change of its price, fast mode, a model that is not listed."""
    book = PriceList(file)
    days = ("2026-01-01", "2026-11-20", "1960-01-01")
    answers = [book.rates("claude-sonnet-4-5", ms(day), None) for day in days]
    answers += [book.rates("claude-opus-4-8", ms(days[1]), "fast"), book.rates("gpt-9", ms(days[1]), None)]
    answers += [book.rates("gpt-5", ms(days[1]), None)]
    book.save()
    return answers


def test_cached_prices_equal_the_packages_prices(file: Path) -> None:
    first = prices_of(file)
    assert first == prices_of(file) == prices_of(file.with_name("another.json"))
    assert all(first[:3])
    assert first[4] is None


def test_with_cached_prices_the_package_is_not_imported(file: Path) -> None:
    prices_of(file)
    program = (
        "import sys; from pathlib import Path; from exporter.sources.prices import PriceList\n"
        f"book = PriceList(Path({str(file)!r}))\n"
        f"print(book.rates('gpt-5', {ms('2027-03-01')}, None) is not None, 'genai_prices' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=PROJECT)
    assert "True False\n" == done.stdout


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut short"),
        pytest.param('{"form":2,"list":"of another installation","models":{},"providers":{}}', id="another list's"),
        pytest.param('{"form":0,"list":"","models":{},"providers":{}}', id="another form's"),
        pytest.param('{"form":2,"list":"","models":{"claude-sonnet-4-5":[]},"providers":{}}', id="without prices"),
        pytest.param('{"form":2,"models":' + "[" * 100_000, id="nested without end"),
    ],
)
def test_an_unusable_cache_file_is_rewritten(file: Path, text: str) -> None:
    expected = prices_of(file)
    original = file.read_bytes()
    file.write_text(text)
    assert expected == prices_of(file)
    assert original == file.read_bytes()


@pytest.mark.parametrize(
    ("original", "damaged"),
    [
        pytest.param("[[0,15000000],[200000,22500000]]", "[]", id="no price"),
        pytest.param("15000000", "-15000000", id="a negative price"),
        pytest.param("15000000", str(1 << 62), id="a price beyond the database"),
    ],
)
def test_impossible_prices_are_rejected(file: Path, original: str, damaged: str) -> None:
    expected = prices_of(file)
    text = file.read_text()
    assert original in text
    file.write_text(text.replace(original, damaged))
    assert expected == prices_of(file)


def test_a_pipe_in_place_of_the_cache_does_not_block(file: Path) -> None:
    file.parent.mkdir()
    os.mkfifo(file)
    assert prices_of(file)[0] is not None


def test_a_read_only_folder_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert prices_of(tmp_path / "cache" / "rates.json")[0] is not None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.id))
def test_the_price_periods_of_a_model_start_with_its_prices(model: ModelInfo, file: Path) -> None:
    """Every day of two years, from the package and from the periods."""
    book = PriceList(file)
    for day in range(ms("2025-12-01") // DAY_MS, ms("2027-12-01") // DAY_MS, 5):
        at = datetime.fromtimestamp(day * DAY_MS / 1000, UTC)
        assert find_rates(model.id, at, fast=False) == book.rates(model.id, day * DAY_MS, None)
