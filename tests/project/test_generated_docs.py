"""The pages made from the code are what is committed."""

from __future__ import annotations

import os

import pytest

from support.generated_docs import PAGES
from support.services import PROJECT

pytestmark = pytest.mark.no_cover
UPDATE = os.environ.get("CLAUDE_TRACKER_UPDATE_DOCS") == "1"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    page = PROJECT / "docs" / name
    text = PAGES[name]()
    if UPDATE:
        page.write_text(text, encoding="utf-8")
    assert text == page.read_text(encoding="utf-8"), "write it again: CLAUDE_TRACKER_UPDATE_DOCS=1"
