"""The report of `limits`: one account without its name, several apart under theirs."""

from __future__ import annotations

import io
from datetime import UTC

import msgspec
import pytest
from rich.console import RenderableType

from exporter import report
from exporter.domain.limits.calibration import Observation
from exporter.domain.limits.changes import Change
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import Reading, window_name
from exporter.report.terminal import Terminal
from exporter.snapshot.limit_parts import ChangePart, HitPart, RaisePart, VerdictPart
from exporter.snapshot.limits.limit_history import PastHit, PastLimits, PastReading, PastWindow
from exporter.snapshot.parts import Snapshot
from exporter.store.limits.hits import StoredHit
from exporter.store.limits.window_ends import WindowEnd
from support.snapshots import ACCOUNT, HOUR, NOON, OTHER_ACCOUNT, busy_snapshot, two_accounts

NOTES = """
Costs are estimates by list price.
Read just now.
"""
ONE = """\
■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)
  5 hours     ━━━┃━━━╸╌╌╌╌╌·····    42 %  resets 16:00, in 4 h 00 min
  Week        ━━━━━━━━━━━━━━━━━━   100 %  resets Mon 12:00                 binds
              ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min left)
Credits used: 12.50 of 50.00 USD
Week by surface: Claude Code 25 %
No full 5-hour window left this week; one costs about 12.5 % of the week (11.0
to 14.0 %, from 6 windows)
Week (official), 11-20 12:00 to 11-27 12:00: $1.50, projected $4.50; opus 100 %
This month: $1.50, projected $3.00
Budget monthly: $140.00 of $200.00 this month in shop (70 %); will probably not
last: about $260 by 12-01 00:00
"""
NARROW = """\
work (in use)
  5-hour block (estimated) to 16:00: 3,345 tokens, $1.50
  ■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)
    5 hours     ━━━┃━━━╌╌╌╌╌╌····    42 %  resets 16:00, in 4 h 00 min
    Week        ━━━━━━━━━━━━━━━━━   100 %  resets Mon 12:00                binds
                ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
  Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min
  left)
  Credits used: 12.50 of 50.00 USD
  Week by surface: Claude Code 25 %
  No full 5-hour window left this week; one costs about 12.5 % of the week (11.0
  to 14.0 %, from 6 windows)
Account b6d01e5a42
  5-hour block (estimated) to 15:00: 3,345 tokens, $1.50
  ▲ Week: limit reached; working on with extra usage (3.50 EUR)
    5 hours     ━━━━━━┃━━━━━━━━╌╌    88 %  resets 15:00, in 3 h 00 min
    Week        ━━━━━━━━━━━━━━━━━   100 %  resets Mon 18:00                binds
    Opus week   ━━━━━━━━╸····┃···    50 %  resets Mon 18:00   does not apply now
                ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
  Week: limit reached 11-22 10:00, locked out until 11-23 18:00 (30 h 00 min
  left)
  Credits used: 3.50 EUR
Week of work (official), 11-20 12:00 to 11-27 12:00: $1.50, projected $4.50;
opus 100 %
This month: $1.50, projected $3.00
Budget monthly: $140.00 of $200.00 this month in shop (70 %); will probably not
last: about $260 by 12-01 00:00
"""
WIDE = """\
work (in use)
  5-hour block (estimated) to 16:00: 3,345 tokens, $1.50
  ■ Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)
    5 hours     ━━━━━━┃━━━━━━╸╌╌╌╌╌╌╌╌╌╌········    42 %  resets 16:00, in 4 h 00 min
    Week        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   100 %  resets Mon 12:00, in 24 h 00 min               binds
                ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
  Week: limit reached 11-22 11:00, locked out until 11-23 12:00 (24 h 00 min left)
  Credits used: 12.50 of 50.00 USD
  Week by surface: Claude Code 25 %
  No full 5-hour window left this week; one costs about 12.5 % of the week (11.0 to 14.0 %, from 6 windows)
Account b6d01e5a42
  5-hour block (estimated) to 15:00: 3,345 tokens, $1.50
  ▲ Week: limit reached; working on with extra usage (3.50 EUR)
    5 hours     ━━━━━━━━━━━━┃━━━━━━━━━━━━━━━╌╌╌╌    88 %  resets 15:00, in 3 h 00 min
    Week        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   100 %  resets Mon 18:00, in 30 h 00 min               binds
    Opus week   ━━━━━━━━━━━━━━━━··········┃·····    50 %  resets Mon 18:00, in 30 h 00 min  does not apply now
                ━ used  ╌ projected  ┃ time elapsed   official, 0 s ago
  Week: limit reached 11-22 10:00, locked out until 11-23 18:00 (30 h 00 min left)
  Credits used: 3.50 EUR
Week of work (official), 11-20 12:00 to 11-27 12:00: $1.50, projected $4.50; opus 100 %
This month: $1.50, projected $3.00
Budget monthly: $140.00 of $200.00 this month in shop (70 %); will probably not last: about $260 by 12-01 00:00
"""
HISTORY_NARROW = """
Limits reached, with the usage until then
Reached          Account    Window  Locked out  Block cost Week cost
2026-11-22 10:00 b6d01e5a42 Week    32 h 00 min     $21.30   $160.90
2026-11-20 08:00 work       5 hours 1 h 30 min      $21.30   $160.90

Limits raised
Raised           Account Window    Used before Used after
2026-11-21 10:00 work    Opus week        60 %        2 %

Usage reports from Claude
Reported    Account    Window    Used Resets      Source
11-22 11:00 work       Week      31 % 11-26 12:00 statusline
11-22 11:00 b6d01e5a42 Opus week 50 % ?           desktop (not used)
"""
HISTORY_OF_ONE = """
Limits reached, with the usage until then
Reached          Window  Locked out Block tokens Block cost Week tokens Week cost
2026-11-20 08:00 5 hours 1 h 30 min       24.00M     $21.30     190.00M   $160.90

Limits raised
Raised           Window    Used before Used after
2026-11-21 10:00 Opus week        60 %        2 %

Usage reports from Claude
Reported    Window Used Resets      Source
11-22 11:00 Week   31 % 11-26 12:00 statusline
"""


def printed(found: RenderableType, width: int) -> str:
    console = Terminal(1, width=width, file=io.StringIO())
    console.print_report(found)
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def past_hit(stored: StoredHit, label: str) -> PastHit:
    return PastHit(HitPart(stored, label), 24_000_000, 21_300_000_000, 190_000_000, 160_900_000_000)


def past(*, several: bool) -> PastLimits:
    """A limit reached, one raised, and a reading; with several accounts also of the other one."""
    own = Hit("five_hour", NOON - 52 * HOUR, NOON - 50 * HOUR, account=2)
    other = Hit("seven_day", NOON - 2 * HOUR, NOON + 30 * HOUR, account=3)
    ended, running = StoredHit(own, 5_400_000, None, False), StoredHit(other, 0, NOON - 2 * HOUR, False)
    raised = Raise(2, "seven_day_opus", NOON - 26 * HOUR, None, 0.6, 0.02, "statusline")
    readings = (
        PastReading(Reading("seven_day", "statusline", NOON - HOUR, 0.31, NOON + 96 * HOUR), ACCOUNT, NOON, True),
        PastReading(Reading("seven_day_opus", "desktop", NOON - HOUR, 0.5), OTHER_ACCOUNT, NOON, False),
    )
    hits = (past_hit(running, OTHER_ACCOUNT), past_hit(ended, ACCOUNT))
    found = PastLimits(hits, readings, (RaisePart(raised, ACCOUNT),))
    return found if several else msgspec.structs.replace(found, hits=hits[1:], readings=readings[:1])


@pytest.mark.parametrize(
    ("snapshot", "width", "expected"),
    [
        pytest.param(busy_snapshot(), 80, ONE, id="one account, 80 columns"),
        pytest.param(two_accounts(), 80, NARROW, id="two accounts, 80 columns"),
        pytest.param(two_accounts(), 120, WIDE, id="two accounts, 120 columns"),
    ],
)
def test_limits(snapshot: Snapshot, width: int, expected: str) -> None:
    assert expected + NOTES == printed(report.limits(snapshot, None, "Read just now.", UTC, width), width)


def test_the_history_names_the_account() -> None:
    found = printed(report.limits(two_accounts(), past(several=True), "Read just now.", UTC, 80), 80)
    assert NARROW + HISTORY_NARROW + NOTES == found


def test_the_history_of_one_account_does_not() -> None:
    found = printed(report.limits(busy_snapshot(), past(several=False), "Read just now.", UTC, 120), 120)
    assert HISTORY_OF_ONE in found
    assert [] == [text for text in ("Account", "work", ACCOUNT) if text in found]


def test_the_history_names_an_account_that_is_no_longer_in_use() -> None:
    found = printed(report.limits(busy_snapshot(), past(several=True), "Read just now.", UTC, 80), 80)
    assert HISTORY_NARROW in found


CHANGED = """
Limits changed, in dollars of list price
Since            Window            Before         After    By
2026-11-20 12:00 5 hours about $40.00  about $60.00 +50 %

Windows that are over
Ended       Window     Used Spent here       Elsewhere
11-20 12:00 5 hours 58 %     $16.24 about 30 % of it
11-20 17:00 5 hours 20 %      $8.00
"""


def test_changes_and_windows_are_in_the_history() -> None:
    change = ChangePart(Change(NOON - 48 * HOUR, 40_000_000_000, 60_000_000_000), "five_hour", ACCOUNT)
    windows = tuple(
        PastWindow("five_hour", ACCOUNT, WindowEnd(end - 5 * HOUR, end, Observation(share, spent)), elsewhere)
        for end, share, spent, elsewhere in (
            (NOON - 48 * HOUR, 0.58, 16_240_000_000, 0.3), (NOON - 43 * HOUR, 0.2, 8_000_000_000, None),
        )
    )  # fmt: skip
    past = PastLimits((), (), (), (change,), windows)
    found = printed(report.limits(busy_snapshot(), past, "Read just now.", UTC), 80)
    assert " ".join(CHANGED.split()) in " ".join(found.split())


def test_without_limits_it_says_how_to_get_them() -> None:
    first, other = (
        msgspec.structs.replace(account, limits=(), lockouts=(), uses_overage=False, verdict=VerdictPart())
        for account in two_accounts().accounts
    )
    hint = "○ Limits not known yet. Turn on the status line: `claude-tracker setup statusline`"
    for accounts in ((first,), (first, other)):
        none = msgspec.structs.replace(two_accounts(), accounts=accounts)
        found = printed(report.limits(none, None, "Read just now.", UTC), 100).splitlines()
        assert hint in [line.strip() for line in found]


def test_a_name_controls_no_terminal() -> None:
    first, other = two_accounts().accounts
    named = msgspec.structs.replace(first, name="wo\x1b[31mrk")
    snapshot = msgspec.structs.replace(two_accounts(), accounts=(named, other))
    found = printed(report.limits(snapshot, past(several=True), "Read just now.", UTC), 120)
    assert "\x1b" not in found
    assert "wo\\x1b[31mrk (in use)" in found.splitlines()


@pytest.mark.parametrize(
    ("window", "name"),
    [
        ("five_hour", "5 hours"),
        ("seven_day", "Week"),
        ("seven_day_opus", "Opus week"),
        ("seven_day_oauth_apps", "Oauth apps week"),
        ("spend", "Spending"),
        ("monthly_grant", "Monthly grant"),
    ],
)
def test_names_of_windows(window: str, name: str) -> None:
    assert name == window_name(window)
