"""The prices of Claude's models that are shipped: those of the package, and only while that version is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.sources import prices, shipped_prices
from exporter.sources.prices import PriceList, version
from exporter.sources.shipped_prices import FILE, NONE, installed_version
from support import golden
from support.services import PROJECT
from support.shipped_prices import shipped_now

CLAUDE = "claude-opus-4-5"
NOW = 1_795_348_800_000
"""2026-11-22T12:00Z."""


def test_they_are_those_of_the_package() -> None:
    """`CLAUDE_TRACKER_UPDATE_GOLDEN=1` makes them again."""
    if golden.UPDATES:
        FILE.write_bytes(shipped_now())
    made_of = shipped_prices.shipped_prices()
    if made_of is NONE:
        pytest.skip(f"another version of genai-prices is installed: {version()}")
    assert FILE.read_bytes() == shipped_now()


def test_the_version_is_read_without_an_import() -> None:
    assert version() == installed_version()


def test_claudes_models_need_no_import_of_the_package(tmp_path: Path) -> None:
    if shipped_prices.shipped_prices() is NONE:
        pytest.skip(f"another version of genai-prices is installed: {version()}")
    code = (
        "import sys; from pathlib import Path; from exporter.sources.prices import PriceList\n"
        f"book, model = PriceList(Path({str(tmp_path / 'cache' / 'rates.json')!r})), {CLAUDE!r}\n"
        f"print(book.rates(model, {NOW}, None).input, book.provider(model), book.depends_on_hour(model))\n"
        "book.save(); print('genai_prices' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert "((0, 5000000),) None False\nFalse\n" == done.stdout
    assert not (tmp_path / "cache").exists(), "nothing is cached of them"


def test_another_version_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_prices, "installed_version", lambda: "0.0.1")
    shipped_prices.shipped_prices.cache_clear()
    asked = []

    def find_provider(model: str) -> None:
        asked.append(model)

    monkeypatch.setattr(prices, "find_provider", find_provider)
    try:
        assert None is PriceList().provider(CLAUDE)
    finally:
        shipped_prices.shipped_prices.cache_clear()
    assert [CLAUDE] == asked
