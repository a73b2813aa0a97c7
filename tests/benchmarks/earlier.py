"""The commit before as a peer: what became more than a tenth slower since then is marked."""

from __future__ import annotations

import subprocess
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import msgspec

from benchmarks import measuring
from benchmarks.bench import PROGRAM, Bench, Figure

ROOT = Path(__file__).parents[2]
SLOWER = 1.1
STATUS_LINES = 100
"""How many times Claude Code is played, for a figure of its slowest runs."""


def against_before(bench: Bench) -> Iterator[Figure]:
    """The commands that run again and again, in turn with those of an earlier commit."""
    theirs = earlier_program(bench.work, bench.before)
    tree = bench.tree()
    for name, command, prepare in (
        ("first read", ("ingest",), bench.without_database),
        ("status, nothing changed", ("status", "--json"), lambda: None),
    ):
        ours = bench.tracker(*command, tree=tree)
        pairs = measuring.in_turn(ours, [theirs, *ours[1:]], bench.environment, bench.pairs, prepare, prepare)
        yield Figure(f"{name}: wall, of the commit before", pairs.ratio, "ratio", SLOWER, pairs.ours, pairs.peer)


def status_line(bench: Bench) -> Iterator[Figure]:
    """What Claude Code waits for at each answer, in turn with an earlier commit's."""
    theirs = earlier_program(bench.work, bench.before)
    given = bench.work / "statusline.json"
    resets = int(time.time()) + 3_600
    given.write_bytes(msgspec.json.encode(_status(resets)))
    seconds: dict[str, list[float]] = {PROGRAM: [], theirs: []}
    bench.without_database()
    for _ in range(STATUS_LINES):
        for program, found in seconds.items():
            found.append(_timed_with_input([program, "statusline", "--database", str(bench.database)], given, bench))
    ours = seconds[PROGRAM]
    yield Figure("statusline: the median", measuring.percentile(ours, 50, 1e3), "ms", 40)
    yield Figure("statusline: p95", measuring.percentile(ours, 95, 1e3), "ms", 60)
    ratios = [mine / before for mine, before in zip(ours, seconds[theirs], strict=True)]
    yield Figure("statusline: wall, of the commit before", measuring.spread(ratios), "ratio", SLOWER)


def _status(resets_at: int) -> dict[str, object]:
    return {
        "session_id": "5e5510f0-0000-4000-8000-000000000000",
        "model": {"id": "claude-opus-4-5", "display_name": "Opus"},
        "rate_limits": {
            window: {"used_percentage": 42.0, "resets_at": resets_at} for window in ("five_hour", "seven_day")
        },
    }


def _timed_with_input(command: list[str], given: Path, bench: Bench) -> float:
    with given.open("rb") as stdin:
        started = time.perf_counter()
        subprocess.run(command, env=bench.environment, stdin=stdin, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - started


def earlier_program(work: Path, before: str) -> str:
    """The program of a checkout that is built, or of a commit of this repository, which is built once below `work`.

    Raises RuntimeError where it cannot be had.
    """
    built = Path(before) / ".venv" / "bin" / "claude-tracker"
    if built.exists():
        return str(built)
    try:
        name = _git("rev-parse", "--short=12", f"{before}^{{commit}}").decode().strip()
        folder = work / "before" / name
        program = folder / ".venv" / "bin" / "claude-tracker"
        if not program.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tarfile.open(fileobj=BytesIO(_git("archive", name))) as archive:
                archive.extractall(folder, filter="data")
            subprocess.run([str(folder / "start.sh"), "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        raise RuntimeError(f"cannot build {before} to compare with: {said.decode()[-500:]}") from error
    return str(program)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout
