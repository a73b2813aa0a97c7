"""Runs a command again and again in children of one process, each time with another fault in its files.

    LD_PRELOAD=shim.so FAULT_FOLDER=… FAULT_FILE=… python -m support.injector PLAN

The plan (JSON) names the command, how its folder is laid out before each run, the errors, and which runs. What came out
is printed as JSON: for each run its exit code, what it said, and whether it got as far as the fault.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import shutil
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LAYOUT = struct.Struct("lll")
"""How often a file was changed, the change that fails (0: none), and with which error."""


def run_forked(words: list[str], log: Path) -> int:
    """A command in a child, which has all imports already. Its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(fd, 1)
            os.dup2(fd, 2)
            sys.argv = ["claude-tracker", *words]
            from exporter.__main__ import main

            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:  # noqa: BLE001 - it is what the test looks for
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def laid_out(folder: Path, start: Path) -> None:
    """The folder as before each run; with the same transcripts, not with copies."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        start, folder, copy_function=lambda old, new: (shutil.copy2, os.link)[old.endswith(".jsonl")](old, new)
    )


def runs(plan: Mapping[str, Any], shared: mmap.mmap) -> Iterator[dict[str, Any]]:
    """The first without a fault, to know how many changes there are; then one for each fault."""
    folder, log = Path(plan["folder"]), Path(plan["log"])
    start = Path(plan["start"])

    def run(at: int, error: int) -> dict[str, Any]:
        shared[:] = LAYOUT.pack(0, 0, 0)
        laid_out(folder, start)
        shared[:] = LAYOUT.pack(0, at, error)
        code = run_forked(plan["words"], log)
        count, _, _ = LAYOUT.unpack(shared[:])
        shared[:] = LAYOUT.pack(0, 0, 0)
        said = log.read_text(errors="replace")
        after = [run_forked(words, log) for words in plan["after"]]
        return {
            "at": at,
            "error": error,
            "code": code,
            "said": said,
            "changes": count,
            "after": after,
            "after_said": log.read_text(errors="replace"),
            "totals": totals_of(folder / plan["database"]),
        }

    clean = run(0, 0)
    yield clean
    for number in range(1, clean["changes"] + 1):
        if number % plan["every"] == plan["first"]:
            yield run(number, plan["errors"][number // plan["every"] % len(plan["errors"])])


def totals_of(database: Path) -> dict[str, int]:
    """The exact totals but those about the tracker's own reading."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT family || labels, exact FROM tracker_totals WHERE exact AND family NOT LIKE 'ingest%'"
        return dict(connection.execute(query).fetchall())


def warm_up() -> None:
    """Import what the commands do, so that each child starts at once."""
    import exporter.cli.commands.backup
    import exporter.cli.commands.ingest
    import exporter.cli.main
    import exporter.ingest.catch_up
    import exporter.ingest.rebuilding
    import exporter.store.damage.saving  # noqa: F401


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    with open(os.environ["FAULT_FILE"], "r+b") as file:
        memory = mmap.mmap(file.fileno(), LAYOUT.size)
    warm_up()
    gc.freeze()
    for found in runs(given, memory):
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
