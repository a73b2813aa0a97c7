"""A Prometheus that has scraped the demo, and Grafana's components, once for all tests of this folder."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from support.browser import Watched
from support.demo import Demo, scraped_demo
from support.homes import empty_home
from support.prometheus import Scraped
from support.services import PROJECT, output_of, require_program

ORIGIN = "http://127.0.0.1:9"
"""No network is used: every address below it is answered from the packages."""
DRAWING = PROJECT / "tests" / "dashboards" / "drawing"


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Scraped]]:
    """A demo that has lived ten days in a minute, and the Prometheus that scraped it meanwhile."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as monkeypatch:
        empty_home(folder / "home", monkeypatch)
        with scraped_demo(folder) as (demo, server):
            yield demo, Scraped(server, int(time.time()))


@pytest.fixture
def demo(lived: tuple[Demo, Scraped]) -> Demo:
    return lived[0]


@pytest.fixture(scope="session")
def scraped(lived: tuple[Demo, Scraped]) -> Scraped:
    return lived[1]


@pytest.fixture(scope="session")
def components() -> Path:
    """The folder with Grafana's packages; npm installs them, once a clone."""
    require_program("node")
    modules = DRAWING / "node_modules"
    manifest = (DRAWING / "package.json").read_text()
    installed = modules / ".installed"
    if not installed.exists() or installed.read_text() != manifest:
        options = ("--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
        output_of("npm", "install", "--loglevel=error", *options, cwd=DRAWING)
        installed.write_text(manifest)
    return modules


@pytest.fixture(scope="session")
def drawing(components: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script that draws, bundled."""
    script = tmp_path_factory.mktemp("drawing") / "page.js"
    options = ("--bundle", "--jsx=automatic", "--loader:.ttf=empty", "--log-level=error")
    defined = '--define:process.env.NODE_ENV="production"'
    build = components / ".bin" / "esbuild"
    output_of(build, DRAWING / "page.tsx", *options, defined, f"--outfile={script}", cwd=DRAWING)
    return script


@pytest.fixture
def page(browser: Browser, drawing: Path, components: Path) -> Iterator[Watched]:
    """A page with the script that draws."""
    public = components / "@grafana" / "ui" / "dist" / "public"

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        file = public / path.removeprefix("/public/").removeprefix("build/")
        if path.startswith("/public/fonts/"):
            route.abort()
        elif path == "/":
            route.fulfill(body="<!doctype html><body></body>", content_type="text/html")
        elif path.startswith("/public/") and file.is_file():
            route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0] or "text/plain")
        else:
            route.fulfill(status=404)

    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="UTC", locale="en-GB")
    found = Watched(context.new_page())
    found.page.route("**/*", answer)
    found.page.goto(ORIGIN + "/")
    found.page.add_style_tag(path=drawing.with_suffix(".css"))
    found.page.add_script_tag(path=drawing)
    yield found
    context.close()
