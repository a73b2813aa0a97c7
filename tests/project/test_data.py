"""`docs/data.md` names every exported table and column, with unit, privacy level and meaning, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from exporter.store.exporting.tables import TABLES

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_tables_are_those_that_are_exported() -> None:
    sections = re.split(r"^### ", TEXT.partition("## The tables")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]
    documented = {
        section.partition("\n")[0]: re.findall(r"^\| `(\w+)` \| ([^|]+) \| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
        for section in sections
    }
    assert documented == {
        table.name: [
            (column.name, column.unit, table.level if table.level == "full" else column.level, column.meaning)
            for column in table.columns
        ]
        for table in TABLES
    }
    assert all(table.meaning in TEXT for table in TABLES)
