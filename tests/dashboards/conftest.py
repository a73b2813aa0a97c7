"""A Prometheus that has scraped the demo, a copy of it, and Grafana's components, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.browser import Watched
from support.demo import Demo, scraped_demo
from support.drawing import bundled_script, drawing_page, installed_components
from support.homes import empty_home
from support.prometheus import Prometheus, Scraped, running_victoria
from support.services import free_port
from support.variants import load_variants


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Scraped]]:
    """A demo that has lived ten days in a minute, and the Prometheus that scraped it meanwhile."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as monkeypatch:
        empty_home(folder / "home", monkeypatch)
        with scraped_demo(folder) as (demo, server):
            yield demo, Scraped.now(server)


@pytest.fixture
def demo(lived: tuple[Demo, Scraped]) -> Demo:
    return lived[0]


@pytest.fixture(scope="session")
def scraped(lived: tuple[Demo, Scraped]) -> Scraped:
    return lived[1]


@pytest.fixture(scope="session")
def copied(scraped: Scraped, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """A VictoriaMetrics with the same samples, and with the variants of them, each under a job of its own."""
    with running_victoria(tmp_path_factory.mktemp("victoria"), free_port()) as store:
        load_variants(scraped, store)
        yield Scraped(store, scraped.until)


@pytest.fixture(params=["prometheus", "victoriametrics"])
def store(request: pytest.FixtureRequest) -> Prometheus:
    """Each of the two that has the demo's samples."""
    found: Scraped = request.getfixturevalue("scraped" if request.param == "prometheus" else "copied")
    return found.server


@pytest.fixture(scope="session")
def components() -> Path:
    return installed_components()


@pytest.fixture(scope="session")
def drawing(components: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundled_script(components, tmp_path_factory.mktemp("drawing"))


@pytest.fixture(scope="module")
def page(browser: Browser, drawing: Path, components: Path) -> Iterator[Watched]:
    with drawing_page(browser, drawing, components) as found:
        yield found
