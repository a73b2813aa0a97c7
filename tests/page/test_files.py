"""What the page is made of, and what a server may serve."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import exporter.page
from exporter.page import CONTENT_SECURITY_POLICY, asset, dashboard_html, offline_html
from exporter.page.bundle import bundled
from exporter.page.files import assets

ASSETS = Path(exporter.page.__file__).parent / "assets"
MODULES = sorted(ASSETS.glob("*.js"))


@pytest.mark.parametrize(
    "name",
    [
        "dashboard.html", "../live.py", "assets/dashboard.js", "/etc/passwd", "..", "", "dashboard.JS", "nothing.js",
        "..\\live.py", "dashboard.js\0",
    ],
)  # fmt: skip
def test_other_file_names_are_not_served(name: str) -> None:
    assert asset(name) is None


def test_served_files_have_their_content_type() -> None:
    assert {"text/css"} == {
        kind for name in ("dashboard.css", "parts.css", "views.css") for _, kind in [asset(name) or (b"", "")]
    }
    for module in MODULES:
        assert (module.read_bytes(), "text/javascript") == asset(module.name)


def test_the_page_loads_existing_files_and_has_no_inline_script() -> None:
    page = dashboard_html()
    named = re.findall(r'(?:src|href)="/assets/([^"]+)"', page)
    assert {"dashboard.css", "parts.css", "views.css", *(module.name for module in MODULES)} == set(named)
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/assets/dashboard.js">']
    assert "<style" not in page
    assert " on" not in "".join(re.findall(r"<[^>]+>", page))
    assert "script-src 'self';" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_stay_short_and_make_no_markup(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert 250 > len(source.splitlines())
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)


def test_the_first_view_is_light() -> None:
    """Everything that the page loads before it asks for data, as a server that compresses would send it."""
    parts = [dashboard_html().encode(), *(content for name in assets() for content, _ in [asset(name) or (b"", "")])]
    assert 100_000 > sum(len(gzip.compress(part)) for part in parts)


def test_every_import_is_bundled() -> None:
    script = bundled("dashboard.js")
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    starts = [script.index(f'modules["{module.name}"] = ') for module in MODULES]
    for module, at in zip(MODULES, starts, strict=True):
        for imported in re.findall(r'from "\./([\w.]+)"', module.read_text(encoding="utf-8")):
            assert at > script.index(f'modules["{imported}"] = ')


def test_nothing_in_the_data_is_markup() -> None:
    page = offline_html({"current": "</script><!--<script>"}, '2026"><script>')
    assert '{"current":"\\u003c/script>\\u003c!--\\u003cscript>"}' in page
    assert 'data-made-at="2026&quot;&gt;&lt;script&gt;"' in page
    assert 2 == len(re.findall("<script", page)) == len(re.findall("</script", page))
