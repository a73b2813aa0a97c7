"""A sound installation, with a tracker, a Prometheus and a Grafana that answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from support.installation import Installation


@pytest.fixture
def sound(tmp_path: Path, httpserver: HTTPServer) -> Iterator[Installation]:
    installation = Installation(tmp_path / "sound", httpserver)
    yield installation
    installation.close()
