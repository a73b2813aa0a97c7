"""The pages made from the code, and the page's script made from the documentation, are what is committed."""

from __future__ import annotations

import os

import pytest

from support.generated_docs import PAGES
from support.generated_formulas import SCRIPT, formulas_script
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


def test_the_page_has_the_formulas_of_the_documentation() -> None:
    text = formulas_script()
    if UPDATE:
        SCRIPT.write_text(text, encoding="utf-8")
    assert text == SCRIPT.read_text(encoding="utf-8"), "write it again: CLAUDE_TRACKER_UPDATE_DOCS=1"


def test_a_formula_is_the_row_of_its_part() -> None:
    assert (
        '  tokens: {"name": "Tokens", "mark": "costs", "rows": '
        '[["tokens", "input + output + cache reads + cache writes"]]},'
    ) in formulas_script()
    with pytest.raises(KeyError, match="Costs"):
        formulas_script("## Blocks\n\n| figure | formula |\n")
