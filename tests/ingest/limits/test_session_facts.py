"""What a status line says of a session is kept with it."""

from __future__ import annotations

import json
from pathlib import Path

from support.machine import Machine
from support.snapshots import NOON
from support.transcripts import assistant, write


def test_the_repository_and_pull_request_of_a_session(tmp_path: Path) -> None:
    on = Machine(tmp_path, "claude", now=NOON)
    repo = {"host": "github.com", "owner": "ada", "name": "shop"}
    line = {"session_id": "s1", "workspace": {"repo": repo}, "pr": {"url": "https://github.com/ada/shop/pull/7"}}
    on.spool(json.dumps(line).encode())
    on.read()
    assert {} == on.tracker.sessions(), "a session without a transcript is none yet"
    write(tmp_path / "claude" / "projects" / "shop" / "s1.jsonl", [assistant()])
    on.read()
    on.spool(json.dumps(line).encode())
    on.read()
    metadata = on.tracker.sessions()["s1"].metadata
    assert ("github.com/ada/shop", "https://github.com/ada/shop/pull/7") == (
        metadata["repository"],
        metadata["pull_request"],
    )
    sequence = on.tracker.sequence
    on.spool(json.dumps(line).encode())
    on.read()
    assert sequence == on.tracker.sequence, "the same again is no commit"
