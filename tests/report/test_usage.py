"""The tables of `report` show every figure whole, with as many columns as the terminal has room for."""

from __future__ import annotations

import io
from datetime import UTC

import msgspec
import pytest
from rich.console import Console, RenderableType

from exporter.domain.blocks.block import Block
from exporter.domain.usage.amount import Amount, ModelAmount, NamedUsage
from exporter.domain.usage.tokens import Tokens
from exporter.report import usage
from exporter.snapshot.usage.groupings import Grouped
from exporter.snapshot.usage.usage_history import BlockUsed
from support.snapshots import ACCOUNT, HOUR, NOON, OTHER_ACCOUNT

FIRST = Amount(Tokens(1_200, 34_000, 9_876_543, 210_000, 5_000), 12_345_678_900, 0, 120, 0)
SECOND = Amount(Tokens(900, 41_000, 123_456_789, 310_000, 0), 1_234_500_000_000, 70, 95, 2)
DAYS = [NamedUsage("2026-11-21", (ModelAmount("a", FIRST),)), NamedUsage("2026-11-22", (ModelAmount("a", SECOND),))]

WIDE = """\
Date       Responses Input  Output  Cache read Cache write       Tokens           Cost
2026-11-21       120 1,200  34,000   9,876,543     215,000   10,126,743         $12.35
2026-11-22        95   900 ≥41,000 123,456,789     310,000 ≥123,808,689 ≥$1,234.50 + ?
Total            215 2,100 ≥75,000 133,333,332     525,000 ≥133,935,432 ≥$1,246.85 + ?
"""
MIDDLE = """\
Date       Responses Input  Output Cache read Cache write   Tokens           Cost
2026-11-21       120 1,200  34,000      9.88M     215,000   10.13M         $12.35
2026-11-22        95   900 ≥41,000    123.46M     310,000 ≥123.81M ≥$1,234.50 + ?
Total            215 2,100 ≥75,000    133.33M     525,000 ≥133.94M ≥$1,246.85 + ?
"""
NARROW = """\
Date       Responses   Tokens           Cost
2026-11-21       120   10.13M         $12.35
2026-11-22        95 ≥123.81M ≥$1,234.50 + ?
Total            215 ≥133.94M ≥$1,246.85 + ?
"""
NOTES = """
Costs are estimates by list price.
≥: a minimum; a response was cut off in the transcript.
+ ?: plus tokens whose price is not known.
Read just now.
"""


MODELS = [
    NamedUsage("claude-opus-4-5", (ModelAmount("claude-opus-4-5", FIRST),)),
    NamedUsage("glm-5.2", (ModelAmount("glm-5.2", FIRST),), "zhipuai"),
]
WITH_PROVIDERS = """\
Model           Provider Responses Tokens   Cost
claude-opus-4-5                120 10.13M $12.35
glm-5.2         zhipuai        120 10.13M $12.35
Total                          240 20.25M $24.69
"""


def printed(report: RenderableType, width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(report)
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize(("width", "table"), [(60, NARROW), (80, NARROW), (81, MIDDLE), (120, WIDE)])
def test_days(width: int, table: str) -> None:
    assert table + NOTES == printed(usage.used("date", Grouped(tuple(DAYS), None), "Read just now.", width), width)


def test_a_long_name_has_an_ellipsis_and_no_figure_is_cut() -> None:
    name = "a-project-whose-name-is-longer-than-the-table-has-room-for"
    found = Grouped((NamedUsage(name, DAYS[1].models),), None)
    table = printed(usage.used("project", found, "", 60), 60).splitlines()
    assert "a-project-whose-name-is-longer-than… ≥123.81M ≥$1,234.50 + ?" == table[1]


@pytest.mark.parametrize("width", range(40, 201, 7))
def test_lines_fit_and_costs_are_not_cut(width: int) -> None:
    lines = printed(usage.used("date", Grouped(tuple(DAYS), None), "", width), width).splitlines()
    assert all(len(line) <= width for line in lines)
    for line, cost in zip(lines[1:4], [" $12.35", " ≥$1,234.50 + ?", " ≥$1,246.85 + ?"], strict=True):
        assert line.endswith(cost)


def test_an_empty_report() -> None:
    assert "No usage in this period.\nRead just now.\n" == printed(
        usage.used("date", Grouped((), None), "Read just now.", 80), 80
    )


BLOCKS = [
    BlockUsed(Block(NOON - 24 * HOUR, NOON - 19 * HOUR, "official"), "unknown", False, 2, 61.4, DAYS[0].models),
    BlockUsed(Block(NOON - HOUR, NOON + 4 * HOUR, "estimated"), "unknown", True, 1, 7.6, DAYS[1].models),
]
WIDE_BLOCKS = """\
Block                       Basis     Sessions Efficiency Responses       Tokens           Cost
2026-11-21 12:00 to 17:00   official         2       61 %       120   10,126,743         $12.35
2026-11-22 11:00 to 16:00 * estimated        1        8 %        95 ≥123,808,689 ≥$1,234.50 + ?
Total                                                           215 ≥133,935,432 ≥$1,246.85 + ?
"""
NARROW_BLOCKS = """\
Block                         Tokens           Cost
2026-11-21 12:00 to 17:00     10.13M         $12.35
2026-11-22 11:00 to 16:00 * ≥123.81M ≥$1,234.50 + ?
Total                       ≥133.94M ≥$1,246.85 + ?
"""


BLOCKS_OF_TWO = """\
Block                       Account    Basis     Sessions Efficiency Responses   Tokens           Cost
2026-11-21 12:00 to 17:00   3f2a91c07d official         2       61 %       120   10.13M         $12.35
2026-11-22 11:00 to 16:00 * b6d01e5a42 estimated        1        8 %        95 ≥123.81M ≥$1,234.50 + ?
Total                                                                      215 ≥133.94M ≥$1,246.85 + ?
"""
NARROW_BLOCKS_OF_TWO = """\
Block                       Account    Efficiency   Tokens           Cost
2026-11-21 12:00 to 17:00   3f2a91c07d       61 %   10.13M         $12.35
2026-11-22 11:00 to 16:00 * b6d01e5a42        8 % ≥123.81M ≥$1,234.50 + ?
Total                                             ≥133.94M ≥$1,246.85 + ?
"""


@pytest.mark.parametrize(("width", "table"), [(60, NARROW_BLOCKS), (120, WIDE_BLOCKS)])
def test_blocks(width: int, table: str) -> None:
    running = "* Active now.\n"
    notes = NOTES.replace("Read just", running + "Read just")
    assert table + notes == printed(usage.blocks(BLOCKS, "Read just now.", width, UTC), width)


@pytest.mark.parametrize(("width", "table"), [(80, NARROW_BLOCKS_OF_TWO), (104, BLOCKS_OF_TWO)])
def test_blocks_of_several_accounts_name_them(width: int, table: str) -> None:
    labels = (ACCOUNT, OTHER_ACCOUNT)
    items = [msgspec.structs.replace(block, account=label) for block, label in zip(BLOCKS, labels, strict=True)]
    assert table in printed(usage.blocks(items, "Read just now.", width, UTC), width)


def test_models_of_other_providers_are_named() -> None:
    assert printed(usage.used("model", Grouped(tuple(MODELS), None), "Read just now.", 60), 60).startswith(
        WITH_PROVIDERS
    )
    alone = printed(usage.used("model", Grouped(tuple(MODELS[:1]), None), "Read just now.", 60), 60)
    assert "Provider" not in alone
