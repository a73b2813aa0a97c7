"""The pictures of the README and the documentation, all of the demo. `./start.sh pictures` writes them into docs/.

In CI only those of the page are made, into a temporary folder: tests/dashboards draws the dashboards of the same demo.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.browser import Watched
from support.demo import Demo
from support.drawing import bundled_script, draw, drawing_page, installed_components
from support.homes import empty_home
from support.processes import wait_until
from support.prometheus import Scraped, prometheus

pytestmark = pytest.mark.server

TARGET = os.environ.get("CLAUDE_TRACKER_PICTURES")  # read before the tests' own environment is cleared
BEGIN, SEED = "2026-11-26T14:30", 1
"""A user who has been at work for two hours."""
GRAFANA = {"overview": "grafana-overview", "limits": "grafana-limits", "usage": "grafana-history",
           "sessions": "grafana-sessions", "health": "grafana-health"}  # fmt: skip
SHOWN_DAYS = 30
HISTORY_DAYS = 62
"""The range before is shown too."""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return Path(TARGET) if TARGET else tmp_path


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The same demo each time."""
    folder = tmp_path_factory.mktemp("still")
    with pytest.MonkeyPatch.context() as monkeypatch:
        empty_home(folder / "home", monkeypatch)
        with Demo(folder, f"--at={BEGIN}", f"--seed={SEED}", f"--days={60 if TARGET else 10}") as demo:
            wait_until(demo.is_ready, "the demo has read its history", 60)
            yield demo


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_page(still: Demo, browser: Browser, pictures: Path, scheme: Any) -> None:
    options: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "UTC", "locale": "en-GB"}
    context = browser.new_context(color_scheme=scheme, **options)
    watched = Watched(context.new_page())
    watched.page.goto(f"http://127.0.0.1:{still.port}/")
    watched.page.get_by_text("side").first.wait_for()
    watched.page.wait_for_timeout(1_500)  # charts are drawn
    file = pictures / f"dashboard-{scheme}.png"
    watched.page.screenshot(path=file)
    context.close()
    assert [] == watched.complaints
    assert 30_000 < file.stat().st_size, "an empty page is smaller"


if TARGET:

    @pytest.fixture(scope="module")
    def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
        """A demo that lives in real time, with its history in a Prometheus that scrapes it."""
        folder = tmp_path_factory.mktemp("scraped")
        with pytest.MonkeyPatch.context() as monkeypatch:
            empty_home(folder / "home", monkeypatch)
            with (
                Demo(folder, f"--days={HISTORY_DAYS}") as demo,
                prometheus(folder / "prometheus", demo.port, "--storage.tsdb.retention.time=400d") as server,
            ):
                demo.wait_present()
                wait_until(lambda: server.value("count(claude_tracker_cost_usd_total)"), "it is scraped", 60)
                data = folder / "prometheus" / "data"
                loaded = demo.run("backfill", "--load=prometheus", f"--data={data}", f"--url={server.url}")
                assert 0 == loaded.code, loaded.stderr
                past = "sum(last_over_time(claude_tracker_responses_total[1h] offset 20d))"
                wait_until(lambda: server.value(past), "the history is there", 120)
                time.sleep(30)
                yield Scraped.now(server)

    @pytest.mark.parametrize("name", GRAFANA)
    def test_a_dashboard(browser: Browser, scraped: Scraped, tmp_path: Path, pictures: Path, name: str) -> None:
        components = installed_components()
        with drawing_page(browser, bundled_script(components, tmp_path), components) as watched:
            draw(watched.page, name, scraped, SHOWN_DAYS * 86_400, "dark")
            watched.page.screenshot(path=pictures / f"{GRAFANA[name]}.png")
