"""Transcripts with all that the version before accounts for otherwise: its database of them is `version3.sql`."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from support.pool import at
from support.transcripts import (
    ABSENT,
    HAIKU,
    OPUS,
    SONNET,
    Record,
    assistant,
    encoded,
    iteration,
    prompt,
    queued,
    tool_result,
    usage,
    written,
)

SCRIPT = Path(__file__).parents[1] / "store" / "database" / "version3.sql"
EXPOSED = SCRIPT.with_suffix(".prom")
"""What the version before exposed of that database."""
HOME = "/home/ada/.claude"
"""Where the files lay."""
READ_AT = 1_795_600_000_000
"""2026-11-25T09:46:40Z: when it read them."""
_WRITTEN_AT = READ_AT - 86_400_000
OFFERED = [prompt("what can you do?", uuid="o1", at=at(8)), assistant("o1", request="o1", uuid="o2", at=at(8.1))]


def _relay() -> list[Record | bytes]:
    lines: list[Record | bytes] = []
    for turn in range(3):
        lines.append(prompt(f"question {turn}", uuid=f"rp{turn}", session="relay", at=at(9 + turn)))
        for part in range(2):
            used = usage(10 + turn, 100 * (turn + 1))
            uuid, time = f"r{turn}{part}", at(9.1 + turn, part)
            lines.append(
                assistant("same", request=ABSENT, uuid=uuid, session="relay", at=time, used=used, model=SONNET)
            )
    return lines


def _nobody_typed() -> list[Record | bytes]:
    return [
        prompt("<task-notification>done", uuid="n1", at=at(10)),
        prompt("<bash-input>ls</bash-input>", uuid="n2", at=at(10.1)),
        prompt("from a session", uuid="n3", at=at(10.2), origin={"kind": "peer"}, promptSource="system"),
        prompt("once more", uuid="n4", sentAsUuid="o1", at=at(10.3)),
        queued(uuid="q1", at=at(10.4)),
        prompt([tool_result()], uuid="t1", at=at(10.5)),
    ]


def _parts() -> list[Record | bytes]:
    compaction = usage(10, 20, iterations=[iteration("compaction", 900, 90), iteration("message", 10, 20)])
    refused = [iteration("message", 50, 60, model=HAIKU), iteration("fallback_message", 5, 6, model=OPUS)]
    return [
        assistant("c1", request="c1", uuid="c1", at=at(11), used=compaction, details=None),
        assistant("c2", request="c2", uuid="c2", at=at(11.1), used=usage(5, 6, iterations=refused), details={}),
        assistant("c3", request="c3", uuid="c3", at=at(11.2), used=usage(7, 1)),
        assistant("c4", request="c4", uuid="c4", at=at(11.3), used=usage(100, 100), model="glm-5.2", details=None),
        assistant("c5", request="c5", uuid="c5", at=at(11.4), used=usage(100, 100, inference_geo="us"), details=None),
    ]


def _torn() -> bytes:
    one, two, three = (
        encoded(assistant(f"b{n}", request=f"b{n}", uuid=f"b{n}", session="torn", at=at(12, n))) for n in range(3)
    )
    return one[:80] + two + b"\n" + three  # the last one without a newline


def _worktree(name: str, number: int) -> list[Record | bytes]:
    folder = f"/w/shop/.claude/worktrees/{name}"
    return [assistant(f"w{number}", request=f"w{number}", uuid=f"w{number}", session=name, at=at(13), cwd=folder)]


def write_tree(home: Path, *, gone: bool = False) -> None:
    """The files below a configuration folder. `gone`: with one that was deleted since."""
    files = {
        "-home-dev-shop/s1": written([*OFFERED, *_nobody_typed(), *_parts()]),
        "-home-dev-shop/relay": written(_relay()),
        "-home-dev-shop/torn": _torn(),
        "-w-shop-1/calm-fox": written(_worktree("calm-fox", 1)),
        "-w-shop-2/wild-owl": written(_worktree("wild-owl", 2)),
    }
    if gone:
        old = assistant("g1", request="g1", uuid="g1", session="gone", at=at(5), cwd="/home/dev/old/")
        files["-home-dev-old/gone"] = written([old])
    for name, content in files.items():
        path = home / "projects" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(_WRITTEN_AT * 1_000_000, _WRITTEN_AT * 1_000_000))


def restore(database: Path, home: Path, script: Path = SCRIPT) -> None:
    """The old version's database, of the files as they are now below `home`."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(script.read_text(encoding="utf-8").replace(HOME, str(home)))
        for (name,) in connection.execute("SELECT path FROM tracker_files").fetchall():
            if Path(name).exists():
                found = Path(name).stat()
                connection.execute(
                    "UPDATE tracker_files SET device = ?, inode = ?, mtime_ns = ?, size = ? WHERE path = ?",
                    (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size, name),
                )
        connection.commit()
