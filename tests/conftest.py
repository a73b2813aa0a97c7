"""What every test gets: an empty home, so that it sees no Claude data but its own, and shared fixtures."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test, settings
from playwright.sync_api import Browser, sync_playwright
from pytest_httpserver import HTTPServer

from exporter.cli.options.secrets import NETLIFY_TOKEN
from exporter.publish.sync import Sync
from support.homes import empty_home
from support.named_use import history
from support.netlify import TOKEN, FakeNetlify, on
from support.published import World, to_netlify
from support.sampling import LONG
from support.scheduling import FileScheduling
from support.services import require_program
from support.snapshots import NOON
from support.tracker import Tracker

settings.register_profile("seeded", derandomize=True, deadline=None)  # a slow machine makes no example fail
settings.load_profile("seeded")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("claude-tracker")
    group.addoption(
        "--quick", action="store_true", help="only tests that start no server, browser or tracker and are not long"
    )
    group.addoption("--long", action="store_true", help="long tests run whole, not as a sample")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.long:
        os.environ[LONG] = "1"
    for number in (signal.SIGHUP, signal.SIGINT):  # ignored under nohup or in the background; programs would inherit it
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_xdist_auto_num_workers() -> int:
    """Three more than cores, since many tests wait for a server."""
    return 3 + (os.cpu_count() or 1)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    return FileScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that fork come first, before others leave threads; then those that start servers or are long: at the end no
    worker waits for the last of them.
    """
    if config.option.quick:
        config.hook.pytest_deselected(items=[item for item in items if not _is_quick(item)])
        items[:] = [item for item in items if _is_quick(item)]
    traced: set[str] = set()
    for item in items:
        function = item.nodeid.partition("[")[0]
        is_repeated = function in traced or is_hypothesis_test(getattr(item, "obj", None))
        if is_repeated or item.get_closest_marker("long") is not None:
            item.add_marker("no_cover")  # tracing makes it two or three times as slow; the first case covers the code
        traced.add(function)
    items.sort(key=lambda item: (item.get_closest_marker("forks") is None, _is_quick(item)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """pytest-cov heeds `no_cover` in the call alone."""
    tracer = Coverage.current()
    if tracer is None or item.get_closest_marker("no_cover") is None:
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()


def _is_quick(item: pytest.Item) -> bool:
    return not _needs_server(item) and item.get_closest_marker("long") is None


def _needs_server(item: pytest.Item) -> bool:
    return item.get_closest_marker("server") is not None


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, also for the programs a test starts."""
    return empty_home(tmp_path / "home", monkeypatch)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, preferably without its window, which takes half of its time. It ends with the module: what
    forks does not, beside the browser's threads.
    """
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=require_program("chromium-headless-shell"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


@pytest.fixture
def netlify(httpserver: HTTPServer) -> FakeNetlify:
    return on(httpserver)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv(NETLIFY_TOKEN, TOKEN)
    claude = tmp_path / "claude"
    history(claude, Path("/home/ada/secret-work"), NOON, days=8)
    with Tracker(tmp_path / "tracker.db", claude / "projects", now=NOON) as tracker:
        yield World(tracker, claude, [])


@pytest.fixture
def site(world: World, netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sync]:
    """The sync to the Netlify on loopback, with options of the test's."""

    def made(**more: object) -> Sync:
        (found,) = world.synced(monkeypatch, to_netlify(netlify.url, **more))
        return found

    return made
