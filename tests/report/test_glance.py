"""`status` at a glance: what stands where, at every width, and in which colour."""

from __future__ import annotations

import io
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.window import Forecast
from exporter.domain.reading import FirstRead
from exporter.domain.usage.amount import Amount
from exporter.domain.usage.tokens import Tokens
from exporter.report.gauge import bar
from exporter.report.glance import fresh_text, glance
from exporter.report.session_lines import session_lines
from exporter.report.terminal import Terminal
from exporter.report.verdict import by_urgency
from exporter.snapshot.early import without_history
from exporter.snapshot.limit_parts import VerdictPart
from exporter.snapshot.parts import Snapshot
from support.golden import compare
from support.snapshots import HOUR, NOON, SESSION, busy_snapshot, two_accounts

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (40, 60, 80, 120, 200)
COSTS = {SESSION.id: Amount(Tokens(1, 2, 3, 4, 5), 5_260_000_000, 0, 7, 0)}
LONG = "a-project-with-a-name-that-is-much-longer-than-usual"


def lasting() -> Snapshot:
    """One account whose windows last."""
    found = busy_snapshot()
    account = msgspec.structs.replace(
        found.accounts[0],
        lockouts=(),
        verdict=VerdictPart(
            Forecast("lasts", projected=0.74),
            "five_hour",
            "Lasts until the reset at 16:00: about 74 % used by then",
            "about 30 % of it was used elsewhere (web, phone, another machine)",
        ),
    )
    return msgspec.structs.replace(found, accounts=(account,), lockouts=(), budgets=())


def reading() -> Snapshot:
    """In the first read."""
    found = msgspec.structs.replace(lasting(), reading=FirstRead(NOON - 26 * HOUR, 410, 1_000, NOON - 2_000, NOON))
    return without_history(found, UTC)  # type: ignore[return-value]


def many_sessions() -> Snapshot:
    """Ten, one of which waits, with long names."""
    rows = tuple(
        msgspec.structs.replace(
            SESSION,
            id=f"s{number}",
            project_path=f"/home/dev/{LONG if number % 2 else 'shop'}",
            metadata=SESSION.metadata | {"state": ("idle", "busy", "waiting")[number % 3], "waiting_for": "permission"},
            models_used=["claude-opus-4-8", "claude-haiku-4-5", "my-own-model-with-a-long-name"][number % 3 :],
        )
        for number in range(10)
    )
    since = {row.id: NOON - number * 7 * MINUTE for number, row in enumerate(rows)}
    return msgspec.structs.replace(lasting(), sessions=rows, since=since)


STATES = {
    "busy": busy_snapshot(), "two accounts": two_accounts(), "lasts": lasting(), "reading": reading(),
    "many sessions": many_sessions(), "idle": msgspec.structs.replace(lasting(), block=None, sessions=()),
    "no tracker": msgspec.structs.replace(lasting(), sessions=None),
}  # fmt: skip


def printed(snapshot: Snapshot, width: int, *, colour: bool = False) -> str:
    out = io.StringIO()
    options = {"force_terminal": True, "color_system": "standard"} if colour else {"color_system": None}
    terminal = Terminal(1, width=width, file=out, _environ={}, **options)
    notes = (
        "" if snapshot.sessions is not None else "Read just now. Start `claude-tracker run` to keep this up to date."
    )
    fresh = "live, 2 s ago" if snapshot.sessions is not None else ""
    terminal.print_report(glance(snapshot, fresh, notes, COSTS, width, UTC))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


@pytest.mark.parametrize("state", STATES)
def test_every_width(state: str) -> None:
    found = "".join(f"{width} columns\n{printed(STATES[state], width)}\n" for width in WIDTHS)
    compare(GOLDEN / f"status {state}.txt", found)


@pytest.mark.parametrize("state", STATES)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(state: str) -> None:
    words = set(printed(STATES[state], 200).split())
    for width in range(40, 201):
        lines = printed(STATES[state], width).splitlines()
        assert width >= max(map(cell_len, lines)), width
        broken = [word for line in lines for word in line.split() if word.isalpha() and word not in words]
        assert {"Week", "Month", "Today", "more"} >= set(broken), (width, broken)


def test_colours() -> None:
    compare(GOLDEN / "status in colour.txt", printed(lasting(), 80, colour=True).replace("\x1b", "ESC"))


def test_without_colours_there_is_no_escape() -> None:
    assert "\x1b" not in printed(lasting(), 80)


@pytest.mark.parametrize(
    ("used", "projected", "elapsed", "expected"),
    [
        (0.0, None, None, "··········"), (0.5, None, None, "━━━━━·····"), (0.55, None, None, "━━━━━╸····"),
        (0.5, 0.8, None, "━━━━━╌╌╌··"), (0.5, 0.8, 0.6, "━━━━━╌┃╌··"), (0.5, None, 0.0, "┃━━━━·····"),
        (0.5, 2.0, 1.0, "━━━━━╌╌╌╌┃"), (1.0, 1.0, 0.5, "━━━━━━━━━━"), (1.7, None, 0.5, "━━━━━━━━━━"),
        (0.004, None, None, "··········"), (0.5, 0.3, None, "━━━━━·····"),
    ],
)  # fmt: skip
def test_a_bar(used: float, projected: float | None, elapsed: float | None, expected: str) -> None:
    assert expected == bar(used, projected, elapsed, 10, "green").plain


def test_those_that_wait_come_first_and_the_rest_is_counted() -> None:
    lines = [line.plain for line in session_lines(many_sessions().sessions or (), {}, COSTS, NOON, 70)]
    assert ["!", "!", "!", "○", "●", "○"] == [line[0] for line in lines[:6]]
    assert "  and 4 more: `claude-tracker sessions --active`" == lines[6]


def test_the_account_that_binds_first_is_first() -> None:
    states = (Forecast("lasts", projected=0.9), Forecast("reached"), Forecast("runs_out", runs_out_at=NOON + HOUR))
    base = lasting().accounts[0]
    accounts = [
        msgspec.structs.replace(base, label=str(number), verdict=VerdictPart(state, "five_hour"))
        for number, state in enumerate(
            (*states, Forecast("runs_out", runs_out_at=NOON + 30 * MINUTE), Forecast("too_early"))
        )
    ]
    assert ["1", "3", "2", "0", "4"] == [account.label for account in by_urgency(accounts)]


@pytest.mark.parametrize(
    ("committed_at", "tracked", "expected"),
    [
        (NOON - 2_000, True, "live, 2 s ago"), (NOON - 5 * MINUTE, True, "live, last change 5 min ago"),
        (None, True, "live"), (NOON, False, ""), (NOON + 500, True, "live, 0 s ago"),
    ],
)  # fmt: skip
def test_how_fresh_it_is(committed_at: int | None, tracked: bool, expected: str) -> None:
    assert expected == fresh_text(committed_at, NOON, tracked=tracked)
