"""A project whose label began at 0 again, and ones beyond the labels: one project each wherever they are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exporter.backfill.history import sums_at
from exporter.cli.commands import backfill as backfill_command
from exporter.cli.main import cli
from exporter.domain.calendar.timestamp import DAY, HOUR, to_iso
from exporter.store.backfills import LoadedHistory, load_records, save_record
from support.api import client_of
from support.tracker import Tracker
from support.transcripts import append, assistant, usage

START = 1_767_225_600_000
"""2026-01-01T00:00Z"""
LAST = 130
API = "/w/merger/api"


def write(root: Path, session: str, folder: str, day: int, output: int) -> None:
    name = f"{session}-{day}-{output}"
    used, at = usage(0, output), to_iso(START + day * DAY)
    line = assistant(f"m{name}", request=f"r{name}", uuid=f"u{name}", session=session, at=at, cwd=folder, used=used)
    append(root / "x" / f"{session}.jsonl", [line])


@pytest.fixture
def tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracker]:
    """`api` is used twice, with 120 days between. Of 101 other projects of one day, one is beyond the labels."""
    root = tmp_path / "projects"
    for session, day, output in (("first", 0, 500), ("second", 120, 70)):
        write(root, session, API, day, output)
    for number in range(101):
        write(root, f"s{number}", f"/w/p{number}", 1 if number < 99 else 2, 1_000 + number)
    with Tracker(tmp_path / "tracker.db", root, now=START + LAST * DAY) as opened:
        monkeypatch.setattr(backfill_command, "clock", lambda: opened.now)
        yield opened


def run(tracker: Tracker, *command: str) -> str:
    result = CliRunner().invoke(cli, [*command, "--database", str(tracker.database)])
    assert 0 == result.exit_code, result.stderr
    return result.stdout


def project_totals(tracker: Tracker) -> dict[tuple[str, ...], int]:
    return {labels: value for (family, labels), value in tracker.peaks().items() if family == "project_tokens"}


def loaded(tracker: Tracker) -> LoadedHistory:
    """A record of a history that was loaded until now."""
    sums = [(*label_set, value) for label_set, value in sorted(sums_at(tracker.connection, tracker.now).items())]
    record = LoadedHistory("Prometheus in data", {}, tracker.now, tracker.now, sums, "delete it")
    save_record(tracker.database, record)
    return record


def test_the_parts_are_stored_apart(tracker: Tracker) -> None:
    totals = project_totals(tracker)
    assert (500, 70, 1_000, 1_099 + 1_100) == (totals["api",], totals["api", "1"], totals["p0",], totals["other",])
    assert 102 == len(totals), "99 others have a label"


def test_the_api_has_each_project_once(tracker: Tracker) -> None:
    client = client_of(tracker.database)
    projects: list[dict[str, Any]] = client.get("/api/analytics/current").get_json()["totals"]["projects"]
    tokens = {one["project"]: one["total_tokens"] for one in projects}
    assert len(projects) == len(tokens)
    assert (570, 1_000) == (tokens["api"], tokens["p0"])


def test_the_report_has_each_project_once_also_beyond_the_labels(tracker: Tracker) -> None:
    items = json.loads(run(tracker, "report", "projects", "--json", "--timezone", "UTC"))["items"]
    tokens = {one["project"]: one["tokens"]["total"] for one in items}
    assert (102, 102) == (len(items), len(tokens))
    assert {"api": 570, "p0": 1_000, "/w/p100": 1_100} == {name: tokens[name] for name in ("api", "p0", "/w/p100")}
    assert "other" not in tokens


def test_what_differs_from_loaded_history_is_one_series(tracker: Tracker, tmp_path: Path) -> None:
    loaded(tracker)
    for day, output in ((0, 10), (120, 5)):
        write(tmp_path / "projects", "third", API, day, output)
    tracker.scan()
    found = run(tracker, "backfill", "--check")
    assert 1 == found.count("claude_tracker_project_tokens_total")
    assert 'claude_tracker_project_tokens_total{project="api"}  +15\n' in found


@pytest.mark.parametrize("named", ["api", API, f"{API}/"], ids=["label", "folder", "folder with a slash"])
def test_a_forgotten_project_is_forgotten_in_every_part(tracker: Tracker, named: str) -> None:
    before = loaded(tracker)
    assert "Forgot 2 sessions\n" == run(tracker, "sessions", "forget", "--project", named, "--yes")
    tracker.restart()
    totals = project_totals(tracker)
    assert (500, 70) == (totals["forgotten",], totals["forgotten", "1"])
    assert not any("api" in labels for labels in totals)
    tracker.rebuild()
    assert totals == project_totals(tracker)
    (record,) = load_records(tracker.connection)
    assert len(before.sums) == len(record.sums)
    assert "matches today's data" in run(tracker, "backfill", "--check")
    tracker.close()
    content = b"".join(path.read_bytes() for path in tracker.database.parent.glob("tracker.db*"))
    assert (False, False) == (b"merger" in content, b'"api"' in content)
    tracker.start()
    write(tracker.roots[0], "first", API, 121, 3)
    tracker.now += HOUR
    tracker.scan()
    assert 73 == project_totals(tracker)["forgotten", "1"]
