"""The runbook as the tracker serves it: where the links of alerts lead."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from exporter.page.runbook import rendered
from exporter.web.app import create_app
from support.services import PROJECT

RUNBOOK = (PROJECT / "prometheus" / "runbook.md").read_text()


@pytest.mark.parametrize("token", [None, "secret"])
def test_it_opens_with_and_without_a_token(token: str | None) -> None:
    client = create_app(lambda: None, lambda *_: (b"", ""), (), token=token).test_client()
    answer = client.get("/runbook")
    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.content_type)
    assert "<h1>Runbook</h1>" in answer.text
    assert (200 if token is None else 401) == client.get("/").status_code


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    answer = create_app(lambda: None, lambda *_: (b"", ""), ()).test_client().get("/runbook")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        == (answer.headers["Content-Security-Policy"])
    )


def test_every_entry_is_a_section_with_its_name() -> None:
    sections = re.findall(r'<section id="(\w+)">\n<h2>(\w+)</h2>', rendered(RUNBOOK))
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [name for _, name in sections]
    assert all(name.lower() == key for key, name in sections)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        pytest.param(
            "[a](../docs/sync.md)",
            '<a href="https://github.com/claude-tracker/claude-tracker/blob/main/docs/sync.md">a</a>',
            id="a link within the repository leads to it",
        ),
        pytest.param("[a](https://b.c/)", '<a href="https://b.c/">a</a>', id="another link stays"),
        pytest.param("[a](#b)", '<a href="#b">a</a>', id="a link within the page stays"),
        pytest.param("<b>a</b>", "&lt;b&gt;a&lt;/b&gt;", id="HTML stays text"),
    ],
)
def test_what_becomes_of_links_and_html(markdown: str, html: str) -> None:
    assert f"<p>{html}</p>\n" == rendered(markdown)
