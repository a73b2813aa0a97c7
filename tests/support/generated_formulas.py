"""The script of the page that has the formulas: made from the tables of docs/formulas.md.

`CLAUDE_TRACKER_UPDATE_DOCS=1 ./start.sh test tests/project/test_generated_docs.py` writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from support.services import PROJECT

SCRIPT = PROJECT / "exporter" / "page" / "assets" / "formulas.js"
SOURCE = PROJECT / "docs" / "formulas.md"
HEAD = """\
// The formulas of the page's figures. Made from docs/formulas.md by tests/support/generated_formulas.py:
// CLAUDE_TRACKER_UPDATE_DOCS=1 ./start.sh test tests/project/test_generated_docs.py

/** By figure: its name, the mark of its part of the documentation, and [figure, formula] of each row. */
"""


class Topic(NamedTuple):
    """What a "?" of the page opens: `rows` of one part of docs/formulas.md, by their first cell."""

    name: str
    part: str
    rows: tuple[str, ...]


TOPICS: Mapping[str, Topic] = {
    "cost": Topic("Cost", "Costs", ("cost",)),
    "tokens": Topic("Tokens", "Costs", ("tokens",)),
    "lasted": Topic("Lasted", "Sessions", ("lasted",)),
    "worked": Topic("Worked", "Sessions", ("worked",)),
    "prompts": Topic("Prompts", "Sessions", ("prompts",)),
    "responses": Topic("Responses", "Sessions", ("responses",)),
    "context": Topic("Context", "Sessions", ("context",)),
    "effectiveness": Topic("Effectiveness", "Sessions", ("effectiveness",)),
    "cache": Topic("Cache", "The prompt cache", ("hit ratio", "lifetime of a cache", "cached", "tokens written again")),
    "verdict": Topic("Will it last", "The forecast", ("share at the reset", "runs out at", "chance", "work left")),
    "limits": Topic("Share of a limit", "Limits", ("share now", "size", "estimated share", "left", "locked out")),
    "block": Topic(
        "5-hour block",
        "Figures of a block",
        ("burn rate", "projected tokens, cost", "efficiency score", "cache hit ratio"),
    ),
    "periods": Topic(
        "Cost of the week and the month",
        "Weeks and months",
        ("a family's share", "projected cost of the week", "projected cost of the month"),
    ),
    "budgets": Topic("Budgets", "Budgets", ("used", "expected at its end", "chance that it is used up")),
}
"""By the figure's name in the page's scripts."""


def formulas_script(source: str | None = None) -> str:
    """The script. Raises KeyError for a part or a row that the documentation does not have."""
    tables = dict(_tables(source if source is not None else SOURCE.read_text(encoding="utf-8")))
    lines = [f"  {key}: {_line(topic, tables[topic.part])}," for key, topic in TOPICS.items()]
    return "\n".join([f"{HEAD}export const FORMULAS = {{", *lines, "};", ""])


def _line(topic: Topic, rows: Mapping[str, str]) -> str:
    found = {"name": topic.name, "mark": mark_of(topic.part), "rows": [[row, rows[row]] for row in topic.rows]}
    return json.dumps(found, ensure_ascii=False)


def _tables(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of the tables of each part, without the links in them."""
    for part in re.split(r"(?m)^## ", text)[1:]:
        cells = re.findall(r"(?m)^\| (?!figure |verdict |-)(.+?) \| (.+) \|$", part)
        yield part.partition("\n")[0], {name: _plain(formula) for name, formula in cells}


def _plain(text: str) -> str:
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)


def mark_of(part: str) -> str:
    """The mark that GitHub and the site give a heading."""
    return re.sub(r"[^\w -]", "", part.lower()).replace(" ", "-")
