"""An application that answers from a small store of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.domain.health import Health
from exporter.domain.limits.hit import Hit
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import Reading
from exporter.store.database.early_place import early_path
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext, examine_nothing
from exporter.web.app import create_app
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, prompt, write

OPUS, SONNET = "claude-opus-4-5", "claude-sonnet-4-5"


def small_store(folder: Path) -> Path:
    """Three sessions of two projects over three days, one block with an official reading, a hit."""
    for number, (session, project, model, hours) in enumerate(
        [("s1", "/home/dev/shop", OPUS, 50), ("s2", "/home/dev/site", SONNET, 26), ("s3", "/home/dev/shop", OPUS, 1)]
    ):
        at = to_iso(NOON - hours * HOUR)
        lines = [
            prompt(uuid=f"p{number}", session=session, at=at, cwd=project),
            assistant(
                f"m{number}", request=f"r{number}", uuid=f"u{number}", session=session, at=at, cwd=project, model=model
            ),
        ]
        write(folder / "projects" / "p" / f"{session}.jsonl", lines)
    with Tracker(folder / "tracker.db", folder / "projects", now=NOON) as tracker:
        tracker.see()
        tracker.store.take_readings([Reading("five_hour", "statusline", NOON, 0.25, NOON + 2 * HOUR)], NOON)
        tracker.store.take_hits([Hit("seven_day", NOON - 26 * HOUR, NOON - 2 * HOUR)], NOON)
    return folder / "tracker.db"


def client_of(
    database: Path,
    *allowed: str,
    token: str | None = None,
    runs: bool = True,
    examine: Callable[[], Mapping[str, Any]] = examine_nothing,
) -> FlaskClient:
    """`runs`: whether a tracker does. `examine`: the checks of the installation."""
    health = Health(detects=True)
    early = Reader(early_path(database))
    served = ApiContext(
        Reader(database), lambda: NOON, UTC, PlanSettings(), lambda: health, examine=examine, early=early
    )
    submitted: list[bytes] = []

    def take(content: bytes, *, may_wait: bool) -> bool:
        if runs or may_wait:
            submitted.append(content)
        return runs

    app = create_app(lambda: None, lambda *_: (b"", ""), allowed, served, submit=take, token=token)
    app.extensions["submitted"] = submitted
    return app.test_client()
