"""What sessions cost: the same one by one and of many at once."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from exporter.domain.calendar.timestamp import MINUTE, to_iso
from exporter.snapshot.sessions import costs, session_history
from exporter.snapshot.sessions.costs import session_costs
from exporter.store.reader import Reader
from exporter.store.sessions.session_rows import SessionQuery
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import assistant, prompt, usage, write


@pytest.mark.parametrize("few", [0, 50], ids=["many at once", "one by one"])
def test_the_cost_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """With its subagent; a session without a response has none."""
    monkeypatch.setattr(costs, "FEW", few)
    own = usage(1_000, 200, cache_creation_input_tokens=0, cache_read_input_tokens=0)
    for session, outputs in (("s1", (False, True)), ("s2", (False,))):
        lines = [
            assistant(
                f"{session}{side}", request=f"{session}{side}", uuid=f"{session}{side}", session=session,
                at=to_iso(NOON - 30 * MINUTE), side=side, used=own,
            )
            for side in outputs
        ]  # fmt: skip
        write(tmp_path / "projects" / "p" / f"{session}.jsonl", lines)
    write(tmp_path / "projects" / "p" / "s3.jsonl", [prompt(session="s3", at=to_iso(NOON - 20 * MINUTE))])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as tracker:
        reader = Reader(tracker.database)
        rows = session_history.sessions(reader, SessionQuery())
        assert {"s1", "s2", "s3"} == {row.id for row in rows}
        found = session_costs(reader, rows, UTC)
    one = 1_000 * 5_000 + 200 * 25_000
    assert {"s1": (2, 2 * one), "s2": (1, one)} == {name: (used.responses, used.cost) for name, used in found.items()}
