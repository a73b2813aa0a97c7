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
    """What a "?" of the page opens: rows of parts of docs/formulas.md, by their first cell.

    The first part is linked.
    """

    name: str
    parts: Mapping[str, tuple[str, ...]]


_SESSION = ("lasted", "worked", "prompts", "responses", "context")
TOPICS: Mapping[str, Topic] = {
    "cost": Topic("Cost", {"Costs": ("cost",)}),
    "tokens": Topic("Tokens", {"Costs": ("tokens",)}),
    **{name: Topic(name.capitalize(), {"Sessions": (name,)}) for name in _SESSION},
    "effectiveness": Topic("Undisturbed responses", {"Sessions": ("effectiveness",)}),
    "cache": Topic(
        "Cache", {"The prompt cache": ("hit ratio", "lifetime of a cache", "cached", "tokens written again")}
    ),
    "verdict": Topic(
        "Will it last",
        {
            "The forecast": ("share at the reset", "runs out at", "chance", "work left"),
            "Limits": ("share now", "size", "estimated share", "left"),
        },
    ),
    "limits": Topic("Limits reached", {"Limits": ("locked out", "raised limit", "size")}),
    "block": Topic(
        "5-hour block",
        {"Figures of a block": ("burn rate", "projected tokens, cost", "efficiency score", "cache hit ratio")},
    ),
    "periods": Topic(
        "Cost, and what is projected",
        {
            "Weeks and months": ("projected cost of the week", "projected cost of the month"),
            "Costs": ("cost",),
            "Budgets": ("used", "expected at its end", "chance that it is used up"),
        },
    ),
}
"""By the figure's name in the page's scripts."""


def formulas_script(source: str | None = None) -> str:
    """The script. Raises KeyError for a part or a row that the documentation does not have."""
    tables = dict(_tables(source if source is not None else SOURCE.read_text(encoding="utf-8")))
    lines = [f"  {key}: {_line(topic, tables)}," for key, topic in TOPICS.items()]
    return "\n".join([f"{HEAD}export const FORMULAS = {{", *lines, "};", ""])


def _line(topic: Topic, tables: Mapping[str, Mapping[str, str]]) -> str:
    rows = [[row, tables[part][row]] for part, names in topic.parts.items() for row in names]
    return json.dumps({"name": topic.name, "mark": mark_of(next(iter(topic.parts))), "rows": rows}, ensure_ascii=False)


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
