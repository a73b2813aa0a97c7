"""A Prometheus that has scraped a busy tracker, and Grafana's components, once for all tests of this folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.busy import busy_tracker
from support.homes import empty_home
from support.prometheus import Prometheus
from support.services import PROJECT, require_program

DRAWING = PROJECT / "tests" / "dashboards" / "drawing"


@pytest.fixture(scope="session")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("busy")
    with pytest.MonkeyPatch.context() as monkeypatch:
        empty_home(folder / "home", monkeypatch)
        with busy_tracker(folder) as found:
            yield found


@pytest.fixture(scope="session")
def components() -> Path:
    """The folder with Grafana's packages; npm installs them, once a clone."""
    require_program("node")
    modules = DRAWING / "node_modules"
    manifest = (DRAWING / "package.json").read_text()
    installed = modules / ".installed"
    if not installed.exists() or installed.read_text() != manifest:
        options = ("--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
        command = [require_program("npm"), "install", "--loglevel=error", *options]
        done = subprocess.run(command, cwd=DRAWING, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stdout + done.stderr
        installed.write_text(manifest)
    return modules


@pytest.fixture(scope="session")
def drawing(components: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script that draws, bundled."""
    script = tmp_path_factory.mktemp("drawing") / "page.js"
    options = ("--bundle", "--minify", "--jsx=automatic", "--loader:.ttf=empty", "--log-level=error")
    defined = '--define:process.env.NODE_ENV="production"'
    command: list[str | Path] = [
        components / ".bin" / "esbuild",
        DRAWING / "page.tsx",
        *options,
        defined,
        f"--outfile={script}",
    ]
    done = subprocess.run(command, cwd=DRAWING, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return script
