"""The n-th change of a file fails, for n from 1 until a command passes without it: afterwards all totals are exact."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.demo import history
from support.injector import LAYOUT
from support.marked_tree import write_tree
from support.processes import run_command
from support.sampling import sample_or_all
from support.services import PROJECT
from support.snapshots import NOON
from support.upgrade_tree import restore as restored

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD")]

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EMFILE)
RUNS = sample_or_all(12, 100_000)
"""So many faults of each command at most, spread over its changes."""
VERSION7 = PROJECT / "tests" / "store" / "database" / "version7.sql"


class Place(NamedTuple):
    """Where a command works: its folder; and where that is kept as it is before each run."""

    folder: Path
    start: Path

    @property
    def options(self) -> list[str]:
        return ["--database", str(self.folder / "tracker.db"), "--config-dir", str(self.folder / "claude")]

    def ingest(self) -> list[str]:
        return ["ingest", "--no-processes", *self.options]

    def ran(self, *words: str) -> None:
        """Before the first fault."""
        done = run_command(*words)
        assert 0 == done.code, done.stderr


def first_read(place: Place) -> list[str]:
    return place.ingest()


def tail(place: Place) -> list[str]:
    later = place.folder / "claude" / "projects" / "later"
    files = sorted((place.folder / "claude" / "projects").rglob("*.jsonl"))
    shutil.copytree(files[0].parent, later)
    for file in files[: len(files) // 2]:
        file.rename(file.with_suffix(".kept"))
    place.ran(*place.ingest())
    for file in files[: len(files) // 2]:
        file.with_suffix(".kept").rename(file)
    return place.ingest()


def rebuild(place: Place) -> list[str]:
    place.ran(*place.ingest())
    return ["rebuild", "--no-processes", *place.options]


def backup(place: Place) -> list[str]:
    place.ran(*place.ingest())
    return ["backup", "--database", str(place.folder / "tracker.db"), "-o", str(place.folder / "saved.db")]


def restore(place: Place) -> list[str]:
    place.ran(*place.ingest())
    place.ran("backup", "--database", str(place.folder / "tracker.db"), "-o", str(place.folder / "saved.db"))
    return ["restore", "--database", str(place.folder / "tracker.db"), str(place.folder / "saved.db")]


def repair(place: Place) -> list[str]:
    place.ran(*place.ingest())
    return ["repair", "--force", "--no-processes", *place.options]


def migration(place: Place) -> list[str]:
    shutil.rmtree(place.folder / "claude")
    write_tree(place.folder / "claude", gone=True)
    restored(place.folder / "tracker.db", place.folder / "claude", VERSION7)
    return place.ingest()


COMMANDS: dict[str, Callable[[Place], list[str]]] = {
    one.__name__: one for one in (first_read, tail, rebuild, backup, restore, repair, migration)
}


def runs_of(tmp_path: Path, shim: Path, place: Place, words: list[str], every: int, first: int) -> list[dict[str, Any]]:
    plan = {
        "folder": str(place.folder), "start": str(place.start), "log": str(tmp_path / "log"), "words": words,
        "after": [place.ingest()], "database": "tracker.db", "errors": ERRORS, "every": every, "first": first,
    }  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "shared").write_bytes(bytes(LAYOUT.size))
    environment = os.environ | {
        "LD_PRELOAD": str(shim), "FAULT_FOLDER": str(place.folder), "FAULT_FILE": str(tmp_path / "shared"),
        "PYTHONPATH": f"{PROJECT}:{PROJECT / 'tests'}",
    }  # fmt: skip
    command = [sys.executable, "-m", "support.injector", str(tmp_path / "plan.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_fault_leaves_exact_totals(
    tmp_path: Path, shim: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    place = Place(tmp_path / "at", tmp_path / "start")
    history(place.folder / "claude", NOON, 1, working_at=(NOON,))
    words = COMMANDS[name](place)
    place.folder.rename(place.start)
    (clean,) = runs_of(tmp_path, shim, place, words, 1 << 40, -1)
    assert 0 == clean["code"], clean["said"]
    changes = clean["changes"]
    assert changes > 3
    every = max(1, changes // RUNS)
    found = runs_of(tmp_path, shim, place, words, every, changes % every)
    record_property("changes", changes)
    record_property("faults", len(found) - 1)
    assert len(found) >= min(changes, RUNS) // 2
    for run in found[1:]:
        what = f"change {run['at']} of {changes}, {errno.errorcode[run['error']]}: {run['said']}"
        assert "Traceback" not in run["said"], what
        assert run["code"] == 0 or "rror" in run["said"], what
        assert [0] == run["after"], f"{what}\nthen: {run['after_said']}"
        assert clean["totals"] == run["totals"], what
