"""What is sent on from a tracker of the test's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from exporter.cli.options.secrets import NETLIFY_TOKEN, WEBHOOK_SECRET, Secret
from exporter.cli.options.sync import SyncSettings
from exporter.cli.wiring import sync as wired
from exporter.domain.calendar.timestamp import MINUTE, to_iso
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.publish.sync import Sync
from support.netlify import SITE
from support.tracker import Tracker
from support.transcripts import append, assistant, usage

Made = Callable[..., Sync]


@dataclasses.dataclass
class World:
    """A tracker, its clock, and what is sent on from it."""

    tracker: Tracker
    claude: Path
    waited: list[float]
    number: int = 0

    def respond(self) -> None:
        """Something is used now."""
        self.number += 1
        line = assistant(
            f"mx{self.number}", request=f"rx{self.number}", uuid=f"ux{self.number}", session="s0-0",
            at=to_iso(self.tracker.now), used=usage(10, 20),
        )  # fmt: skip
        append(self.claude / "projects" / "shop" / "s0-0.jsonl", [line])
        self.tracker.scan()

    def synced(self, monkeypatch: pytest.MonkeyPatch, sync_settings: SyncSettings) -> list[Sync]:
        monkeypatch.setattr(wired, "clock", lambda: self.tracker.now)
        figures = wired.PublishedData(self.tracker.database, UTC, PlanSettings())
        return wired.build_targets(sync_settings, self.tracker.database, figures, self.waited.append)


def to_netlify(api: str, **more: Any) -> SyncSettings:
    found = SyncSettings(
        SITE, Secret(NETLIFY_TOKEN, None), api, None, Secret(WEBHOOK_SECRET, None), "totals", 5 * MINUTE
    )
    return found._replace(**more)
