from __future__ import annotations

import io
from datetime import UTC

import msgspec
import pytest
from rich.console import Console

from exporter import report
from exporter.domain.usage.tokens import Tokens
from exporter.snapshot.parts import Snapshot
from support.snapshots import OPUS, busy_snapshot, two_accounts

BUSY = """\
5-hour block (estimated), 11:00 to 16:00: 4 h 00 min left (1 h 00 min elapsed)
112 tokens/min; about 30,105 tokens and $13.50 by 16:00
sessions 1, efficiency 2 %, cache hits 95 %
Model           Responses Input Output Cache read Cache write  Cost
claude-opus-4-5         2   100    200      3,000          45 $1.50
Total                   2   100    200      3,000          45 $1.50

{limits}
Today, 2026-11-22 (UTC time)
Model           Responses Input Output Cache read Cache write  Cost
claude-opus-4-5         2   100    200      3,000          45 $1.50
Total                   2   100    200      3,000          45 $1.50
1 prompt, 3 tool calls; average turn: 2.0 responses, 3.0 tool calls, 1 min

All time
Model Responses Input Output Cache read Cache write      Cost
x            10     0      0          0           0 $0.00 + ?
Total        10     0      0          0           0 $0.00 + ?

Costs are estimates by list price.
10 responses were cut off in the transcript, so their output is a minimum.
+ ?: plus tokens whose price is not known.
{unwritten}netlify: It is away; retrying (sent 2026-11-22 11:59 UTC).
{store}
Read just now.
"""


def printed(snapshot: Snapshot, width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(report.status(snapshot, "Read just now.", width, UTC))
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


NARROW = """\
■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)
  5 hours     ━━━┃━━━╸╌╌╌╌╌·····    42 %  resets 16:00, in 4 h 00 min
  Week        ━━━━━━━━━━━━━━━━━━   100 %  resets Mon 12:00                 binds
              ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min left)
Week (official), 11-20 12:00 to 11-27 12:00: $1.50, projected $4.50; opus 100 %
This month: $1.50, projected $3.00
Budget monthly: $140.00 of $200.00 this month in shop (70 %); will probably not
last: about $260 by 12-01 00:00
"""
WIDE = """\
■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)
  5 hours     ━━━━━━━┃━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌·········    42 %  resets 16:00, in 4 h 00 min
  Week        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   100 %  resets Mon 12:00, in 24 h 00 min                       binds
              ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min left)
Week (official), 11-20 12:00 to 11-27 12:00: $1.50, projected $4.50; opus 100 %
This month: $1.50, projected $3.00
Budget monthly: $140.00 of $200.00 this month in shop (70 %); will probably not last: about $260 by 12-01 00:00
"""
UNWRITTEN = (
    "Not in the transcripts, and in no figure: 10 tokens, $0.01, by Claude Code's own{}totals of 3 of 4 sessions.\n"
)


@pytest.mark.parametrize(("width", "limits", "gap"), [(80, NARROW, "\n"), (120, WIDE, " ")])
def test_the_tables_of_a_busy_hour(width: int, limits: str, gap: str) -> None:
    has = f"it has everything{gap}until 2026-11-22 11:59 UTC."
    store = f"Figures are sent to store.example since 2026-11-21 12:00 UTC: {has}"
    expected = BUSY.format(limits=limits, unwritten=UNWRITTEN.format(gap), store=store)
    assert expected == printed(busy_snapshot(), width)


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_show_windows_lockouts_and_blocks_of_all_accounts(width: int) -> None:
    found = " ".join(printed(two_accounts(), width).split())
    assert found.startswith("5-hour block of work (estimated), 11:00 to 16:00: 4 h 00 min left (1 h 00 min elapsed)")
    work, _, other = found.partition("work (in use) ")[2].partition("Account b6d01e5a42 ")
    locked = "■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min) 5 hours"
    assert f"5-hour block (estimated) to 16:00: 3,345 tokens, $1.50 {locked}" in work
    assert "Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min left)" in work
    goes_on = "▲ Week: limit reached; working on with extra usage (3.50 EUR) 5 hours"
    assert f"5-hour block (estimated) to 15:00: 3,345 tokens, $1.50 {goes_on}" in other
    assert "Week: limit reached 11-22 10:00, locked out until 11-23 18:00 (30 h 00 min left)" in other
    assert "Week of work (official)" in other
    assert width >= max(map(len, printed(two_accounts(), width).splitlines()))


def test_the_tables_without_a_block() -> None:
    idle = msgspec.structs.replace(busy_snapshot(), block=None)
    assert "No active 5-hour block." == printed(idle, 80).splitlines()[0]


def test_large_counts_are_shown_in_full_if_they_fit_and_never_cut() -> None:
    use = msgspec.structs.replace(OPUS, tokens=Tokens(9_999_999, 10_000_000, 6_420_457_525, 0, 147_576_698))
    snapshot = busy_snapshot()
    large = msgspec.structs.replace(snapshot, today=msgspec.structs.replace(snapshot.today, models=(use,)))
    for width, expected in (
        (80, "claude-opus-4-5         2 9,999,999 10,000,000 6,420,457,525 147,576,698 $1.50"),
        (75, "claude-opus-4-5         2 10.00M 10.00M  6,420.46M     147.58M $1.50"),
        (60, "claude-opus-4-5         2 10.00M  6,420.46M $1.50"),
        (40, "claude-opus-4-5         2 $1.50"),
    ):
        assert expected in printed(large, width).splitlines(), width
