"""The documentation as a site: it builds strictly, loads nothing from elsewhere, and every link leads somewhere."""

from __future__ import annotations

import functools
import html
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from support.services import PROJECT

SITE = PROJECT / "docs" / "site"
PAGES = sorted((PROJECT / "docs").glob("*.md"))
OTHERS = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", PROJECT / "prometheus" / "runbook.md"]


def build(into: Path, config: Path = SITE / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", config, "--site-dir", into],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert 0 == done.returncode, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_is_in_it(site: Path) -> None:
    built = {path.stem for path in site.glob("*.html")} - {"404"}
    assert {page.stem for page in PAGES} | {"runbook", "changelog"} == built


def test_every_page_is_in_the_navigation_once() -> None:
    named = re.findall(r"^ +- .+: (\w[\w-]*\.md)$", (SITE / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert {page.name for page in PAGES} | {"runbook.md", "changelog.md"} == {*named, "index.md"}
    assert [] == [name for name, times in Counter(named).items() if times > 1]


def test_a_link_that_does_not_hold_fails(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[there](#nowhere)\n")
    settings = (SITE / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[0]
    settings = settings.replace("docs_dir: ..", "docs_dir: docs").replace("links.py", str(SITE / "links.py"))
    (tmp_path / "mkdocs.yml").write_text(re.sub(r"(?m)^(watch|site_dir): .*\n", "", settings))
    done = build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert 1 == done.returncode
    assert "#nowhere" in done.stderr


def test_it_loads_nothing_from_other_hosts(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|iframe|source)[^>]* src=\"([^\"]+)\"|<link[^>]* href=\"([^\"]+)\"[^>]*>")
    for page in site.glob("*.html"):
        found = ["".join(groups) for groups in loaded.findall(page.read_text(encoding="utf-8"))]
        assert len(found) > 3
        assert [] == [address for address in found if urlsplit(address).netloc], page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style.name


@pytest.mark.server
def test_a_browser_asks_no_other_host_and_finds_what_one_types(site: Path, browser: Browser) -> None:
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}/"
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{here}index.html", wait_until="networkidle")
        page.locator("input[name=query]").press_sequentially("quiet hours", delay=50)  # as one types: each key asks
        page.wait_for_selector(".md-search-result__link[href*='warnings.html']", state="attached")
        page.close()
        server.shutdown()
    assert len(asked) > 5
    assert [] == [address for address in asked if not address.startswith(here)]


def test_its_search_finds_every_page(site: Path) -> None:
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    assert {page.stem for page in PAGES} <= {one["location"].partition(".html")[0] or "index" for one in found}
    assert any("503" in one["text"] for one in found)


def test_lists_and_tables_are_shown_as_such(site: Path) -> None:
    """GitHub takes a list without an empty line before it, and Python's Markdown does not."""
    for page in site.glob("*.html"):
        for paragraph in re.findall(r"<p>(.*?)</p>", page.read_text(encoding="utf-8"), re.DOTALL):
            assert not re.search(r"^(- |\d+\. |\| )", paragraph, re.MULTILINE), f"{page.name}: {paragraph[:200]}"


# --------------------------------------------------------------------------------------------------------- links


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: Counter[str] = Counter()
    names = set()
    for heading in re.findall(r"^#{1,6} (.+)$", re.sub(r"(?ms)^ *```.*?^ *```", "", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip())
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        names.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return names


def links(text: str) -> list[str]:
    without_code = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    return [*re.findall(r"\]\(([^)\s]+)\)", without_code), *re.findall(r"<(https?://[^>\s]+)>", without_code)]


def problem_of(link: str, page: Path) -> str:
    """Empty if the link leads somewhere; an address elsewhere is only looked at."""
    parts = urlsplit(link)
    if parts.scheme:
        return "" if parts.scheme in {"http", "https"} and parts.hostname else f"{link} is no address"
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists():
        return f"{link} leads nowhere"
    if parts.fragment and parts.fragment not in anchors(target.read_text(encoding="utf-8")):
        return f"{link} has no such heading"
    return ""


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [] == [problem for link in links(text) if (problem := problem_of(link, page))]


def named_in_code() -> list[tuple[str, str]]:
    """Pages that code, rules and scripts name, such as `docs/limits.md#accounts`."""
    folders = ("exporter", "grafana", "prometheus", "tests", ".ci")
    files = [
        path
        for folder in folders
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in {".py", ".yml", ".yaml", ""}
    ]
    found = []
    for file in [*filter(Path.is_file, files), PROJECT / "start.sh", PROJECT / "pyproject.toml"]:
        names = re.findall(r"\bdocs/[\w-]+\.md(?:#[\w-]+)?", file.read_text(encoding="utf-8", errors="ignore"))
        found += [(str(file.relative_to(PROJECT)), name) for name in names]
    return found


def test_every_page_that_code_names_exists() -> None:
    found = named_in_code()
    assert {"exporter/doctor/services.py", "exporter/cli/options/notifications.py"} <= {file for file, _ in found}
    assert [] == [f"{file}: {problem}" for file, name in found if (problem := problem_of(name, PROJECT / "x.md"))]


@pytest.fixture(scope="module")
def rewriting() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_links", SITE / "links.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("place", "target", "expected"),
    [
        pytest.param("docs/limits.md", "formulas.md", "formulas.md", id="a page"),
        pytest.param("docs/limits.md", "dashboard-dark.png", "dashboard-dark.png", id="a picture"),
        pytest.param("docs/alerts.md", "../prometheus/runbook.md", "runbook.md", id="a page from outside"),
        pytest.param("prometheus/runbook.md", "../docs/sync.md", "sync.md", id="from outside to a page"),
        pytest.param("docs/faq.md", "../grafana/compose.yaml", "https://x/blob/main/grafana/compose.yaml", id="a file"),
        pytest.param("docs/faq.md", "../grafana/dashboards", "https://x/tree/main/grafana/dashboards", id="a folder"),
        pytest.param(
            "docs/faq.md",
            "container/Containerfile",
            "https://x/blob/main/docs/container/Containerfile",
            id="no page in docs",
        ),
    ],
)
def test_links_out_of_the_pages(rewriting: ModuleType, place: str, target: str, expected: str) -> None:
    assert expected == rewriting.site_link(place, target, "https://x/")


def test_what_the_guarantees_name_exists() -> None:
    text = (PROJECT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 30
    for file, function in named:
        source = (PROJECT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {function}" in source, f"{file}::{function}"


def test_titles_are_unescaped(site: Path) -> None:
    """Each page has one title, and the site shows it."""
    for page in PAGES:
        titles = re.findall(r"^# (.+)$", re.sub(r"(?ms)^ *```.*?^ *```", "", page.read_text(encoding="utf-8")), re.M)
        assert 1 == len(titles), page.name
        shown = (site / f"{page.stem}.html").read_text(encoding="utf-8")
        assert re.search(rf"<h1[^>]*>{re.escape(html.escape(titles[0], quote=False))}", shown), page.name
