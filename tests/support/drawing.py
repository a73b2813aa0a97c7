"""Draws dashboards with Grafana's own components, from their JSON and a real Prometheus's answers."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from support.boards import BOARDS, Json, panel_queries, panels, run_query
from support.browser import Watched
from support.prometheus import Scraped
from support.services import PROJECT, output_of, require_program

NARROW = 769
"""Below this width in pixels Grafana shows one panel in a row."""
ORIGIN = "http://127.0.0.1:9"
"""No network is used: every address below it is answered from the packages."""
DRAWING = PROJECT / "tests" / "dashboards" / "drawing"


def installed_components() -> Path:
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


def bundled_script(components: Path, folder: Path) -> Path:
    """The script that draws, bundled into this folder, with its styles next to it."""
    script = folder / "page.js"
    options = ("--bundle", "--jsx=automatic", "--loader:.ttf=empty", "--log-level=error")
    defined = '--define:process.env.NODE_ENV="production"'
    build = components / ".bin" / "esbuild"
    output_of(build, DRAWING / "page.tsx", *options, defined, f"--outfile={script}", cwd=DRAWING)
    return script


@contextmanager
def drawing_page(browser: Browser, script: Path, components: Path) -> Iterator[Watched]:
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
    found.page.add_style_tag(path=script.with_suffix(".css"))
    found.page.add_script_tag(path=script)
    yield found
    context.close()


def one_below_the_other(panels: list[Json]) -> Iterator[Json]:
    """The panels as Grafana shows them on a phone."""
    y = 0
    for panel in sorted(panels, key=lambda one: (one["gridPos"]["y"], one["gridPos"]["x"])):
        height = panel["gridPos"]["h"]
        yield panel | {"gridPos": {"x": 0, "y": y, "w": 24, "h": height}}
        y += height


def draw(
    page: Page,
    name: str,
    scraped: Scraped,
    length: int,
    mode: str,
    chosen: Mapping[str, str] | None = None,
    *,
    faster: int = 1,
    width: int = 1_440,
) -> None:
    """Draw a dashboard that shows so many seconds up to the last scrape. `chosen`, `faster`: as of `panel_queries`."""
    end = scraped.until
    answers: dict[int, list[Json]] = {panel["id"]: [] for panel in panels(BOARDS[name])}
    for query in panel_queries(name, length, end, chosen, faster=faster):
        result = run_query(scraped.server, query, end)
        answers[query.panel["id"]].append({"target": query.target, "result": result, "step": query.step})
    shown = {"from": (end - length) * 1_000, "to": end * 1_000}
    placed = BOARDS[name]["panels"] if width >= NARROW else list(one_below_the_other(BOARDS[name]["panels"]))
    payload: Any = {"panels": placed, "answers": answers, "mode": mode, "width": width, **shown}
    height = page.evaluate("given => draw(given)", payload)
    page.set_viewport_size({"width": width, "height": height})
    page.locator("[data-panel]").last.wait_for()
    page.wait_for_timeout(500)
