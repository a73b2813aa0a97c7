"""A report's answer as rows for other programs: CSV with plain numbers, or a Markdown table for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exporter.domain.text import visible

Row = Mapping[str, Any]
_LEFT_OUT = frozenset(("models", "breakdown", "cost_basis"))
"""What the rows of a breakdown say, or what is the same in each row."""


def flat_rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of an answer, each as one row, or with a breakdown a row for each of its parts.

    What is inside an object gets its own column: `tokens` of `{"input": 1}` is `input_tokens`.
    """
    rows: list[dict[str, Any]] = []
    for item in answer["items"]:
        own = _flat(item)
        if parts := item.get("breakdown"):
            names = {key: value for key, value in own.items() if not isinstance(value, (int, float)) or key == "block"}
            rows += [names | _flat(part) for part in parts]
        else:
            rows.append(own)
    return rows


def _flat(item: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in item.items():
        if key in _LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            found |= {f"{name}_{key}": one for name, one in _flat(value).items()}
        else:
            found[key] = value
    return found


def as_csv(rows: Sequence[Row]) -> str:
    """RFC 4180, with a heading; numbers as they are, nothing for what is not known."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns_of(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """A table of GitHub's Markdown. Numbers to the right, with thousands separators; costs to the cent."""
    columns = columns_of(rows)
    if not columns:
        return "No usage in this period.\n"
    numbers = {column for column in columns if any(isinstance(row.get(column), (int, float)) for row in rows)}
    lines = [_line(column.replace("_", " ") for column in columns)]
    lines.append(_line("---:" if column in numbers else "---" for column in columns))
    lines += [_line(_cell(column, row.get(column)) for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns of all rows, in the order of their first use."""
    return list(dict.fromkeys(column for row in rows for column in row))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,.2f}" if column.endswith("_usd") else f"{value:,}"
    return visible(str(value)).replace("|", "\\|")
