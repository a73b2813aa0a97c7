"""Snapshots built manually, with something in every part."""

from __future__ import annotations

import functools

import msgspec

from exporter.domain.blocks.block import Block
from exporter.domain.blocks.figures import compute_figures
from exporter.domain.calendar.day import Day
from exporter.domain.fleet.state import StoreHealth
from exporter.domain.forecast.window import BEYOND, REACHED, Forecast
from exporter.domain.health import CollectorHealth, FolderCounts, Health, Load
from exporter.domain.limits.budget import Budget, BudgetUse
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.reading import Credits, SurfaceShare
from exporter.domain.limits.window_cost import WindowCost
from exporter.domain.notifications.facts import WaitingSession
from exporter.domain.periods import FamilyUse, Week
from exporter.domain.sessions.session import SessionRow
from exporter.domain.sync import SyncState
from exporter.domain.usage.client_total import Unwritten, Use
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import LABELS, ModelUse, Total
from exporter.domain.usage.turns import TurnFigures
from exporter.snapshot.limit_parts import HitPart, LimitPart, TokenLimit, VerdictPart
from exporter.snapshot.parts import AccountPart, BlockPart, HealthPart, MonthPart, Snapshot, TodayPart, WeekPart
from exporter.store.limits.hits import StoredHit

NOON = 1_795_348_800_000
"""2026-11-22T12:00:00Z, ms."""
HOUR = 3_600_000
ACCOUNT, OTHER_ACCOUNT = "3f2a91c07d", "b6d01e5a42"
SIZE = Calibration(3_000_000_000, 2_700_000_000, 3_300_000_000, 12)
LASTS = Forecast("lasts", 0.1, projected=0.74)
RUNS_OUT = Forecast("runs_out", 0.83, NOON + 20 * 60_000, projected=1.3)
VERDICT = VerdictPart(REACHED, "seven_day", "Week: limit reached. Available again at Mon 12:00 (in 24 h 00 min)")
OPUS = ModelUse("claude-opus-4-5", 2, Tokens(100, 200, 3_000, 40, 5), 1_500_000_000, 0)

SESSION = SessionRow(
    "0b81e3d3-db88-4eac-9201-e18c0c15ed1b",
    "claude_code",
    "2026-11-22T11:30:00.000Z",
    None,
    4711,
    "/home/dev/shop",
    "0b81e3d3-db88-4eac-9201-e18c0c15ed1b",
    3,
    ["claude-opus-4-5"],
    3_345,
    True,
    {"source": "registered", "tokens": "exact", "state": "waiting", "waiting_for": "permission"},
    "2026-11-22T11:00:00.000Z",
)


def busy_snapshot() -> Snapshot:
    """At noon, an hour into a block, with one label set in every kept family."""
    block = Block(NOON - HOUR, NOON + 4 * HOUR, "estimated")
    limit = TokenLimit(1_000_000, "official_calibrated", 500_000, SIZE)
    numbers = compute_figures(
        block, 3_345, 1_500_000_000, [(NOON - 60_000, 3_345, 1_500_000_000)], [NOON - 60_000], NOON
    )
    running = BlockPart(block.start, block.end, block.basis, numbers, (OPUS,), 1, limit)
    limits = (
        LimitPart(
            "five_hour",
            "five_hour",
            0.42,
            "official",
            "statusline",
            NOON,
            NOON + 4 * HOUR,
            SIZE,
            forecast=LASTS,
            elsewhere=0.3,
        ),
    )
    reached = StoredHit(Hit("seven_day", NOON - HOUR, NOON + 24 * HOUR, account=2), 0, NOON - HOUR, went_on=False)
    lockouts = (HitPart(reached, ACCOUNT, "seven_day"),)
    return Snapshot(
        as_of=NOON,
        sequence=7,
        block=running,
        today=TodayPart(
            Day("2026-11-22", NOON - 12 * HOUR, NOON + 12 * HOUR), "UTC", (OPUS,), 1, 3, TurnFigures(1, 2.0, 3.0, 60.0)
        ),
        totals=tuple(Total(family, tuple("x" for _ in names), 10, 12, 0) for family, names in LABELS.items()),
        hidden=frozenset(),
        reading=None,
        unwritten=Unwritten({"opus": Use((1, 2, 3, 4), 5_000_000)}, 3, 4),
        sessions=(SESSION,),
        waiting=(WaitingSession(SESSION.id, "/home/dev/shop", "permission", NOON - 60_000),),
        since={SESSION.id: NOON - 60_000},
        limits=limits,
        lockouts=lockouts,
        accounts=(
            AccountPart(
                2,
                ACCOUNT,
                "work",
                "default_claude_max_20x",
                "0f1e2d3c4b5a6978",
                running,
                limits,
                ("five_hour", "seven_day"),
                lockouts,
                credits=(Credits(NOON, "USD", 12.5, 50.0),),
                surfaces=(SurfaceShare(NOON, "claude_code", 0.25),),
                is_current=True,
                verdict=VERDICT,
                window_cost=WindowCost(0.125, 0.11, 0.14, 6),
            ),
        ),
        week=WeekPart(
            Week(NOON - 48 * HOUR, NOON + 120 * HOUR, "official"),
            (FamilyUse("opus", 3_345, 1_500_000_000, 1.0, 4_500_000_000),),
        ),
        month=MonthPart(NOON - 516 * HOUR, NOON + 204 * HOUR, 1_500_000_000, 3_000_000_000),
        effectiveness=0.75,
        warnings=(),
        budgets=(
            BudgetUse(
                Budget("monthly", 200_000_000_000, "month", "shop"),
                NOON - 516 * HOUR,
                NOON + 204 * HOUR,
                140_000_000_000,
                0.84,
                260_000_000_000,
            ),
        ),
        syncs=(SyncState("netlify", 9, 1, NOON - 60_000, failed=1, retry_at=NOON + 60_000, problem="It is away"),),
        store=StoreHealth(
            "https://store.example",
            NOON - 24 * HOUR,
            NOON - 60_000,
            NOON - 50_000,
            {"too_old": 7},
            2,
            None,
            None,
            is_stopped=False,
            skew_s=0.4,
        ),
        health=HealthPart(
            Health(
                (CollectorHealth("transcripts", True, 0.25),),
                NOON,
                0.0,
                True,
                FolderCounts(2, 1),
                detects=True,
                loads=(Load("claude_code", 1, 300_000_000, 12.5),),
            ),
            NOON,
            NOON - HOUR,
            3,
            4096,
            "00112233aabbccdd",
        ),
    )


def two_accounts() -> Snapshot:
    """The same with a second account, without a name: three windows, one of which does not bind, and a lockout."""
    first = busy_snapshot()
    assert first.block is not None
    sample = functools.partial(LimitPart, basis="official", source="statusline", observed_at=NOON, size=SIZE)
    reached = StoredHit(Hit("seven_day", NOON - 2 * HOUR, NOON + 30 * HOUR, account=3), 0, NOON - 2 * HOUR, False)
    other = AccountPart(
        3,
        OTHER_ACCOUNT,
        OTHER_ACCOUNT,
        None,
        None,
        msgspec.structs.replace(first.block, start=NOON - 2 * HOUR, end=NOON + 3 * HOUR),
        (
            sample("five_hour", "five_hour", 0.88, resets_at=NOON + 3 * HOUR, forecast=RUNS_OUT),
            sample("seven_day", "seven_day", 1.0, resets_at=NOON + 30 * HOUR, forecast=BEYOND),
            sample("seven_day_opus", "seven_day_opus", 0.5, resets_at=NOON + 30 * HOUR, binds=False),
        ),
        ("five_hour", "seven_day", "seven_day_opus"),
        (HitPart(reached, OTHER_ACCOUNT, "seven_day"),),
        uses_overage=True,
        credits=(Credits(NOON, "EUR", 3.5, None),),
        suffix=f"~{OTHER_ACCOUNT}",
        verdict=VerdictPart(BEYOND, "seven_day", "Week: limit reached; working on with extra usage (3.50 EUR)"),
    )
    return msgspec.structs.replace(first, accounts=(*first.accounts, other))
