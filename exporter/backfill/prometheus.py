"""Prometheus: what its data folder holds, and blocks for it, by its own `promtool`.

A Prometheus that runs writes its folder all the time, and `promtool tsdb dump` was seen to mend what it opens. So it is
shown a folder of our own: links to the blocks, which never change, and copies of the write-ahead log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import msgspec

from exporter.backfill.gaps import BOUNDARY_MS, in_order
from exporter.backfill.target import NOW, Step
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR
from exporter.errors import TargetError
from exporter.metrics.history_text import ALWAYS, EOF, Sample, dumped, series, with_time

BLOCK_HOURS = 1458
"""The longest block to make: of promtool's lengths (two hours times a power of three) that of about two months."""
BLOCK_MS = BLOCK_HOURS * HOUR
LATEST = 1 << 62
TRIES = 5
AGAIN_SECONDS = 0.2
PREFIX = "claude-tracker-backfill-"
"""Our temporary folders in a data folder. Prometheus looks at nothing there that is not named as its blocks are."""


class _Meta(msgspec.Struct, rename="camel"):
    min_time: int
    max_time: int


class Prometheus:
    """The data folder of a Prometheus, running or not."""

    def __init__(self, data: Path, target: dict[str, str], promtool: str) -> None:
        self._data = data
        self._target = target
        self._promtool = promtool
        self._opened = ExitStack()
        self._sandbox: Path | None = None

    def __str__(self) -> str:
        return f"Prometheus in {self._data}"

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def times(self) -> Iterable[int]:
        return in_order(at for _, at in self._dump(series(ALWAYS, self._target.items())))

    def others(self, since: int) -> list[str]:
        found = {series("", sample.labels.items()) for sample, _ in self._dump(ALWAYS, since, LATEST)}
        return sorted(found)

    def samples(self, at: int) -> Iterator[Sample]:
        return (sample for sample, _ in self._dump(all_of(self._target), at, at))

    def end(self, wanted: int) -> int:
        """Not beyond what it still holds in its log alone: at its next start it would take our blocks for all of that.

        Prometheus drops of its log what is older than the end of its last block (tsdb/db.go, `minValidTime`).
        """
        written = max((meta.max_time for meta in self._blocks().values()), default=0)
        if written >= wanted:
            return wanted
        in_log = (at for _, at in self._dump('{__name__=~".+"}', written, wanted - 1))
        return min(in_log, default=wanted) // BOUNDARY_MS * BOUNDARY_MS

    def take(self, steps: Iterable[Step], head: str) -> str:
        for left_over in self._data.glob(f"{PREFIX}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        try:
            with TemporaryDirectory(prefix=PREFIX, dir=self._data) as folder:
                made = Path(folder) / "blocks"
                made.mkdir()
                self._make_blocks(steps, head, Path(folder) / "history.om", made)
                blocks = [path for path in sorted(made.iterdir()) if (path / "meta.json").exists()]
                for block in blocks:
                    self._give_to_owner(block)
                    block.rename(self._data / block.name)
        except OSError as error:
            raise TargetError(f"{self._data} cannot be written: {error.strerror}; run this as its owner") from error
        self._opened.close()  # what was copied is of before
        self._sandbox = None
        blocks_were = "1 block was" if len(blocks) == 1 else f"{len(blocks)} blocks were"
        return f"{blocks_were} moved into {self._data}; a Prometheus that runs shows them within a minute."

    def advice(self, oldest: int) -> str:
        day = timestamp.to_iso(oldest)[:10]
        return (
            "Prometheus deletes what is older than its --storage.tsdb.retention.time, by itself 15 days: start it with"
            f" a longer one, such as 400d, to keep what was since {day}."
        )

    def load_again(self) -> str:
        url = "http://127.0.0.1:9090/api/v1/admin/tsdb"
        return (
            "start its Prometheus with --web.enable-admin-api, take out all until now, what was scraped too, load it"
            " again, and once more in five hours:\n"
            f"  curl -X POST {url}/delete_series -d end={NOW} --data-urlencode 'match[]={all_of(self._target)}'\n"
            f"  curl -X POST {url}/clean_tombstones"
        )

    def _make_blocks(self, steps: Iterable[Step], head: str, file: Path, made: Path) -> None:
        """A block for each stretch of their length: promtool reads its whole input anew for each one."""
        for _, stretch in groupby(steps, key=lambda step: step[0] // BLOCK_MS):
            with file.open("w", encoding="utf-8") as text:
                text.write(head)
                for at, samples in stretch:
                    text.write(with_time(samples, seconds(at)))
                text.write(EOF)
            command = ["tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={BLOCK_HOURS}h"]
            with self._running([*command, str(file), str(made)]) as lines:
                for _ in lines:
                    pass

    def _give_to_owner(self, block: Path) -> None:
        """Made by root in another's folder, a block is to be theirs."""
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            owner = self._data.stat()
            for path in (block, *block.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)

    def _blocks(self) -> dict[Path, _Meta]:
        """The blocks in the folder."""
        found = {}
        for path in self._data.glob("*/meta.json"):
            with suppress(OSError, msgspec.DecodeError):  # one that was just deleted, or another's
                found[path.parent] = msgspec.json.decode(path.read_bytes(), type=_Meta)
        return found

    def _dump(self, selector: str, start: int | None = None, end: int | None = None) -> Iterator[tuple[Sample, int]]:
        """The samples of a selector in `[start, end]` (ms) with their times."""
        if self._sandbox is None:
            self._sandbox = self._copied()
        span = [f"--min-time={start}", f"--max-time={end}"] if start is not None else []
        with self._running(["tsdb", "dump", f"--match={selector}", *span, str(self._sandbox)]) as lines:
            yield from filter(None, map(dumped, lines))

    def _copied(self) -> Path:
        """A sandbox that promtool can read: a log that was copied while it was written may end in half a record."""
        for is_last in [False] * TRIES + [True]:
            sandbox = self._opened.enter_context(_sandbox(self._data, self._blocks()))
            try:
                with self._running(["tsdb", "dump", f"--match={ALWAYS}", "--max-time=0", str(sandbox)]) as lines:
                    for _ in lines:
                        pass
            except TargetError as error:
                if is_last:
                    raise TargetError(f"{error}; if this Prometheus was killed, start it: it mends its log") from error
                time.sleep(AGAIN_SECONDS)
            else:
                break
        return sandbox

    @contextmanager
    def _running(self, arguments: list[str]) -> Iterator[Iterator[str]]:
        """What promtool prints. Raises TargetError where it fails."""
        command = [self._promtool, *arguments]
        with TemporaryFile("w+") as complaints:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as process:
                assert process.stdout is not None
                try:
                    yield process.stdout
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                complaints.seek(0)
                said = complaints.read().strip().splitlines() or [f"it ended with {process.returncode}"]
                raise TargetError(f"promtool {arguments[1]} failed: {said[-1]}")


def all_of(target: dict[str, str]) -> str:
    """The selector of everything of ours that a target with these labels was scraped for."""
    return series("", target.items()).replace("{", '{__name__=~"claude_tracker_.+",', 1)


def seconds(at: int) -> str:
    """A time as OpenMetrics writes it."""
    return f"{at / 1000:.3f}" if at % 1000 else str(at // 1000)


@contextmanager
def _sandbox(data: Path, blocks: Iterable[Path]) -> Iterator[Path]:
    """A folder that promtool may open: links to the blocks' files, and copies of what is written all the time."""
    with TemporaryDirectory(prefix="claude-tracker-") as folder:
        sandbox = Path(folder)
        for block in blocks:
            (sandbox / block.name).mkdir()
            for file in block.iterdir():
                (sandbox / block.name / file.name).symlink_to(file.absolute())
        for name in ("wal", "chunks_head"):
            (sandbox / name).mkdir()  # promtool wants the first also where there is nothing
            if (data / name).is_dir():
                _copied(data / name, sandbox / name)
        yield sandbox


def _copied(folder: Path, to: Path) -> None:
    """What can be copied: segments end and vanish meanwhile."""
    to.mkdir(exist_ok=True)
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):
            if path.is_dir():
                _copied(path, to / path.name)
            else:
                shutil.copy(path, to / path.name)
