"""A Prometheus that has scraped a busy tracker, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.busy import busy_tracker
from support.homes import empty_home
from support.prometheus import Prometheus


@pytest.fixture(scope="session")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("busy")
    with pytest.MonkeyPatch.context() as monkeypatch:
        empty_home(folder / "home", monkeypatch)
        with busy_tracker(folder) as found:
            yield found
