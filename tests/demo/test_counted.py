"""The tracker counts what the made-up user used, to the token: the user knows it by arithmetic of its own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from exporter.demo.events import Event, Kind
from exporter.demo.folder import Folder
from exporter.domain.calendar.timestamp import DAY
from support.demo import life
from support.snapshots import NOON
from support.tracker import Tracker

KEYS = {
    "input": "input_tokens", "output": "output_tokens", "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation_input_tokens",
}  # fmt: skip


def used(events: list[Event]) -> tuple[Counter[tuple[str, str]], int]:
    """Tokens by model and type, and responses: each by its last line, which is the whole one."""
    last: dict[str, dict[str, object]] = {}
    for event in events:
        if event.kind is Kind.APPEND:
            message = json.loads(event.content).get("message", {})
            if message.get("model", "<synthetic>") != "<synthetic>":
                last[message["id"]] = message
    counts: Counter[tuple[str, str]] = Counter()
    for message in last.values():
        usage = message["usage"]
        assert isinstance(usage, dict)
        for name, key in KEYS.items():
            counts[str(message["model"]), name] += usage[key]
    return counts, len(last)


def test_every_token_is_counted_once(tmp_path: Path) -> None:
    events = list(life(NOON - 6 * DAY, NOON, working_at=(NOON,)))
    folder = Folder(tmp_path, tmp_path / "desktop" / "history.json", lambda content: None)
    assert len(events) == folder.write_history(events)
    roots = [tmp_path / name / "projects" for name in (".claude", ".claude-side")]
    counts, responses = used(events)
    with Tracker(tmp_path / "tracker.db", *roots, now=NOON) as tracker:
        found: Counter[tuple[str, str]] = Counter()
        for (_, (model, token_type, _)), value in tracker.exact("tokens").items():
            found[model, token_type] += value
        assert {key: value for key, value in counts.items() if value} == dict(found)
        assert responses == sum(tracker.exact("responses").values())


def test_files_are_as_old_as_their_last_line(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path / "history.json", lambda content: None)
    folder.write_history(
        [Event(1_000, Kind.APPEND, "a.jsonl", b"one\n"), Event(5_000, Kind.APPEND, "a.jsonl", b"two\n")]
    )
    assert (b"one\ntwo\n", 5.0) == ((tmp_path / "a.jsonl").read_bytes(), (tmp_path / "a.jsonl").stat().st_mtime)
    folder.write(Event(9_000, Kind.APPEND, "a.jsonl", b"three\n"))
    assert (b"one\ntwo\nthree\n", 9.0) == ((tmp_path / "a.jsonl").read_bytes(), (tmp_path / "a.jsonl").stat().st_mtime)


def test_of_the_history_the_last_state_stays(tmp_path: Path) -> None:
    submitted: list[bytes] = []
    folder = Folder(tmp_path, tmp_path / "history.json", submitted.append)
    folder.write_history(
        [
            Event(1, Kind.REPLACE, "sessions/1.json", b"busy"), Event(2, Kind.REPLACE, "sessions/1.json", b"idle"),
            Event(3, Kind.REPLACE, "sessions/2.json", b"busy"), Event(4, Kind.REMOVE, "sessions/2.json"),
            Event(5, Kind.SUBMIT, "work", b"10 %"), Event(6, Kind.SUBMIT, "work", b"20 %"),
            Event(7, Kind.SAMPLE, "", b'{"t":7}'),
        ]
    )  # fmt: skip
    assert ["1.json"] == [file.name for file in (tmp_path / "sessions").iterdir()]
    assert (b"idle", [b"20 %"]) == ((tmp_path / "sessions" / "1.json").read_bytes(), submitted)
    assert {"version": 2, "samples": [{"t": 7}]} == json.loads((tmp_path / "history.json").read_text())
