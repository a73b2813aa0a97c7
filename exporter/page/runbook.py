"""The runbook of the alerts as a page, so that an alert's link opens wherever the tracker runs."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from exporter.page.files import runbook_style
from exporter.supplied import file_text

if TYPE_CHECKING:
    from markdown_it.token import Token

PLACE = "prometheus/runbook.md"
REPOSITORY = "https://github.com/claude-tracker/claude-tracker/blob/main"
"""Where the runbook's links to the documentation lead."""
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbook: claude-tracker</title>
<style>{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


@cache
def runbook_html() -> str:
    """The page. The entry of an alert has its name in small letters as its id."""
    return _FRAME.format(style=runbook_style(), body=rendered(file_text(PLACE)))


@cache
def runbook_policy() -> str:
    """Its Content Security Policy: only the style within it."""
    digest = base64.b64encode(hashlib.sha256(runbook_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def rendered(markdown: str) -> str:
    """HTML of the runbook: a section for each heading of the second level. HTML in it stays text."""
    from markdown_it import MarkdownIt  # heavy, and rarely needed

    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(markdown)
    _resolve_links(tokens)
    return str(parser.renderer.render(list(_in_sections(tokens)), parser.options, {}))


def _resolve_links(tokens: Sequence[Token]) -> None:
    """Links within the repository lead to it, as they do where the runbook is read there."""
    for token in tokens:
        for child in token.children or []:
            target = str(child.attrGet("href") or "")
            if target and not target.startswith(("http://", "https://", "#")):
                child.attrSet("href", f"{REPOSITORY}/{posixpath.normpath(f'prometheus/{target}')}")


def _in_sections(tokens: Sequence[Token]) -> Iterator[Token]:
    from markdown_it.token import Token

    is_open = False
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2" and after is not None:
            if is_open:
                yield Token("section_close", "section", -1, block=True)
            yield Token("section_open", "section", 1, attrs={"id": after.content.lower()}, block=True)
            is_open = True
        yield token
    if is_open:
        yield Token("section_close", "section", -1, block=True)
