"""A tracker with something of everything, and a Netlify on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from exporter.cli.options.secrets import NETLIFY_TOKEN
from exporter.publish.sync import Sync
from support.busy import history
from support.netlify import TOKEN, FakeNetlify, on
from support.published import World, to_netlify
from support.snapshots import NOON
from support.tracker import Tracker


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
