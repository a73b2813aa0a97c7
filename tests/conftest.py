"""What every test gets: an empty home, so that it sees no Claude data and no settings but its own; and shared fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_httpserver import HTTPServer

from exporter.cli.options.secrets import NETLIFY_TOKEN
from exporter.publish.sync import Sync
from support.busy import history
from support.homes import empty_home
from support.netlify import TOKEN, FakeNetlify, on
from support.published import World, to_netlify
from support.services import require_program
from support.snapshots import NOON
from support.tracker import Tracker


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, also for the programs a test starts."""
    return empty_home(tmp_path / "home", monkeypatch)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. It ends with the module: what forks does not, beside the browser's threads."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=require_program("chromium"),
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
    history(claude, Path("/home/ada/secret-work"), NOON)
    with Tracker(tmp_path / "tracker.db", claude / "projects", now=NOON) as tracker:
        yield World(tracker, claude, [])


@pytest.fixture
def site(world: World, netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sync]:
    """The sync to the Netlify on loopback, with options of the test's."""

    def made(**more: object) -> Sync:
        (found,) = world.synced(monkeypatch, to_netlify(netlify.url, **more))
        return found

    return made
