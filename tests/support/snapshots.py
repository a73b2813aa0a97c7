"""Snapshots built by hand, with something in every part."""

from __future__ import annotations

from exporter.domain.block import Block, figures
from exporter.domain.day import Day
from exporter.domain.health import CollectorHealth, Health, Load
from exporter.domain.session import SessionRow
from exporter.domain.tokens import Tokens
from exporter.domain.totals import LABELS, ModelUse, Total
from exporter.domain.turn import TurnFigures
from exporter.snapshot.take import BlockPart, HealthPart, LimitPart, Snapshot, TodayPart

NOON = 1_795_348_800_000
"""2026-11-22T12:00:00Z, ms."""
HOUR = 3_600_000
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
    numbers = figures(block, 3_345, 1_500_000_000, [(NOON - 60_000, 3_345, 1_500_000_000)], [NOON - 60_000], NOON)
    return Snapshot(
        as_of=NOON,
        sequence=7,
        block=BlockPart(block.start, block.end, block.basis, numbers, (OPUS,), 1),
        today=TodayPart(
            Day("2026-11-22", NOON - 12 * HOUR, NOON + 12 * HOUR), "UTC", (OPUS,), 1, 3, TurnFigures(1, 2.0, 3.0, 60.0)
        ),
        totals=tuple(Total(family, tuple("x" for _ in names), 10, 12, 0) for family, names in LABELS.items()),
        sessions=(SESSION,),
        limits=(LimitPart("five_hour", 0.42, "statusline", NOON, NOON + 4 * HOUR),),
        health=HealthPart(
            Health(
                (CollectorHealth("transcripts", True, 0.25),),
                NOON,
                0.0,
                True,
                detects=True,
                loads=(Load("claude_code", 1, 300_000_000, 12.5),),
            ),
            NOON,
            NOON - HOUR,
            3,
            4096,
        ),
    )
