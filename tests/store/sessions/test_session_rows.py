"""The rows of `real_sessions`, as other programs read them."""

from __future__ import annotations

import json
from pathlib import Path

from support.tracker import Tracker
from support.transcripts import assistant, usage, write

ADVISOR = {"type": "advisor_message", "model": "claude-haiku-4-5", **usage(1000, 0)}


def test_a_session_has_its_advisors_tokens_and_models(tmp_path: Path) -> None:
    write(tmp_path / "projects" / "s1.jsonl", [assistant(used=usage(10, 20, iterations=[ADVISOR]))])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        row = tracker.connection.execute("SELECT estimated_tokens, models_used FROM real_sessions").fetchone()
    assert (1030, '["claude-haiku-4-5","claude-opus-4-5"]') == tuple(row)


def test_values_of_another_program_stay_in_the_row(tmp_path: Path) -> None:
    transcript = write(tmp_path / "projects" / "s1.jsonl", [assistant()])
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects") as tracker:
        tracker.connection.execute("UPDATE real_sessions SET is_active = 1, metadata = '{\"mykey\":1}'")
        write(transcript, [assistant(), assistant("msg_2", uuid="a2")])
        tracker.scan()
        active, metadata = tracker.connection.execute("SELECT is_active, metadata FROM real_sessions").fetchone()
    assert 0 == active
    assert {"mykey": 1, "source": "transcript", "tokens": "exact"}.items() <= json.loads(metadata).items()
