"""Prometheus: reads its data folder and adds blocks to it, using `promtool`.

A running Prometheus writes to its folder all the time, and `promtool tsdb dump` was seen to repair what it opens. So it
gets a sandbox: links to the blocks, which never change, and copies of the write-ahead log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import msgspec

from exporter.backfill.finding import build_info, target_labels
from exporter.backfill.gaps import BOUNDARY_MS, in_order
from exporter.backfill.retention import DEFAULT_PROMETHEUS, Flags, keeps, prometheus_flags
from exporter.backfill.sandbox import sandbox
from exporter.backfill.target import NOW, Step
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import HOUR
from exporter.domain.text import visible
from exporter.errors import TargetError, reason
from exporter.files import read_file
from exporter.metrics.history_text import ALWAYS, EOF, Sample, parse_dumped_line, series, with_time

DEFAULT_URL = "http://127.0.0.1:9090"
BLOCK_HOURS = 1458
"""The maximum block length: about two months, one of promtool's lengths (two hours times a power of three)."""
BLOCK_MS = BLOCK_HOURS * HOUR
LATEST = 1 << 62
MAX_META_BYTES = 1 << 20
TRIES = 5
AGAIN_SECONDS = 0.2
PREFIX = "claude-tracker-backfill-"
"""Prefix of our temporary folders in a data folder. Prometheus ignores everything that is not named like a block."""


class _Meta(msgspec.Struct, rename="camel"):
    min_time: int
    max_time: int


class Prometheus:
    """The data folder of a Prometheus, which may be running."""

    def __init__(self, data: Path, target: dict[str, str], promtool: str, urls: Sequence[str] = (DEFAULT_URL,)) -> None:
        """`urls`: where it may run."""
        self._urls = urls
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

    def labels_of(self, tracker: str, since: int | None) -> list[dict[str, str]]:
        span = (since, LATEST) if since is not None else ()
        found = (target_labels(sample.labels) for sample, _ in self._dump(build_info(tracker), *span))
        return list({tuple(one.items()): one for one in found}.values())

    def use(self, labels: dict[str, str]) -> None:
        self._target = labels

    def samples(self, at: int) -> Iterator[Sample]:
        return (sample for sample, _ in self._dump(target_selector(self._target), at, at))

    def end(self, requested: int) -> int:
        """Before the samples that only its log contains: our blocks would replace them at its next start.

        Prometheus drops log entries that are older than the end of its last block (tsdb/db.go, `minValidTime`).
        """
        written = max((meta.max_time for meta in self._blocks().values()), default=0)
        if written >= requested:
            return requested
        in_log = (at for _, at in self._dump('{__name__=~".+"}', written, requested - 1))
        return min(in_log, default=requested) // BOUNDARY_MS * BOUNDARY_MS

    def take(self, steps: Iterable[Step], head: str) -> str:
        for left_over in self._data.glob(f"{PREFIX}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        try:
            with TemporaryDirectory(prefix=PREFIX, dir=self._data) as folder:
                output = Path(folder) / "blocks"
                output.mkdir()
                self._make_blocks(steps, head, Path(folder) / "history.om", output)
                blocks = [path for path in sorted(output.iterdir()) if (path / "meta.json").exists()]
                for block in blocks:
                    self._give_to_owner(block)
                    block.rename(self._data / block.name)
        except OSError as error:
            raise TargetError(f"cannot write to {self._data}: {reason(error)}; run this as its owner") from error
        self._opened.close()  # the copies are outdated
        self._sandbox = None
        blocks_were = "1 block was" if len(blocks) == 1 else f"{len(blocks)} blocks were"
        return f"{blocks_were} moved into {visible(self._data)}; a running Prometheus picks them up within a minute."

    def advice(self, oldest: int, now: int) -> str:
        _, flags = self._running_at
        if flags is not None and keeps(flags.retention, oldest, now):
            return ""
        length = f"{flags.retention} here" if flags is not None else f"by default {DEFAULT_PROMETHEUS}"
        return (
            f"Prometheus deletes samples that are older than --storage.tsdb.retention.time, {length}: start it"
            f" with a longer one, such as 400d, to keep the history since {timestamp.to_iso(oldest)[:10]}."
        )

    @cached_property
    def _running_at(self) -> tuple[str, Flags | None]:
        """Where the Prometheus with this folder runs, and its flags; the usual place and None if it is not found."""
        for url in self._urls:
            flags = prometheus_flags(url)
            if flags is not None and flags.path == self._data.resolve():
                return url, flags
        return self._urls[0], None

    def reload_instructions(self) -> str:
        url, selector = f"{self._running_at[0]}/api/v1/admin/tsdb", target_selector(self._target)
        return (
            "start its Prometheus with --web.enable-admin-api, delete all series, including scraped samples, with these"
            " commands, load the history again, and once more in five hours:\n"
            f"  curl -X POST {url}/delete_series -d end={NOW} --data-urlencode 'match[]={selector}'\n"
            f"  curl -X POST {url}/clean_tombstones"
        )

    def _make_blocks(self, steps: Iterable[Step], head: str, file: Path, output: Path) -> None:
        """Create each block separately: promtool reads its complete input again for each block."""
        for _, stretch in groupby(steps, key=lambda step: step[0] // BLOCK_MS):
            with file.open("w", encoding="utf-8") as text:
                text.write(head)
                for at, samples in stretch:
                    text.write(with_time(samples, seconds(at)))
                text.write(EOF)
            command = ["tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={BLOCK_HOURS}h"]
            with self._running([*command, str(file), str(output)]) as lines:
                for _ in lines:
                    pass

    def _give_to_owner(self, block: Path) -> None:
        """Give a block that root created to the owner of the folder."""
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            owner = self._data.stat()
            for path in (block, *block.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)

    def _blocks(self) -> dict[Path, _Meta]:
        """The blocks in the folder."""
        found = {}
        for path in self._data.glob("*/meta.json"):
            # Just deleted, or not a block.
            with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                found[path.parent] = msgspec.json.decode(read_file(path, MAX_META_BYTES), type=_Meta)
        return found

    def _dump(self, selector: str, start: int | None = None, end: int | None = None) -> Iterator[tuple[Sample, int]]:
        """The samples of a selector in `[start, end]` (ms) with their times."""
        if self._sandbox is None:
            self._sandbox = self._copy_sandbox()
        span = [f"--min-time={start}", f"--max-time={end}"] if start is not None else []
        with self._running(["tsdb", "dump", f"--match={selector}", *span, str(self._sandbox)]) as lines:
            yield from filter(None, map(parse_dumped_line, lines))

    def _copy_sandbox(self) -> Path:
        """A sandbox that promtool can read: a log copied during a write may end with half a record."""
        for is_last in [False] * TRIES + [True]:
            folder = self._opened.enter_context(sandbox(self._data, self._blocks()))
            try:
                with self._running(["tsdb", "dump", f"--match={ALWAYS}", "--max-time=0", str(folder)]) as lines:
                    for _ in lines:
                        pass
            except TargetError as error:
                if is_last:
                    raise TargetError(
                        f"{error}; if this Prometheus was killed, start it once to repair its log"
                    ) from error
                time.sleep(AGAIN_SECONDS)
            else:
                break
        return folder

    @contextmanager
    def _running(self, arguments: list[str]) -> Iterator[Iterator[str]]:
        """Yields the output of promtool. Raises TargetError if it fails."""
        command = [self._promtool, *arguments]
        with TemporaryFile("w+") as errors:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
                assert process.stdout is not None
                try:
                    yield process.stdout
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                errors.seek(0)
                lines = errors.read().strip().splitlines() or [f"exit code {process.returncode}"]
                raise TargetError(f"promtool {arguments[1]} failed: {lines[-1]}")


def target_selector(target: dict[str, str]) -> str:
    """The selector of all our series of a target with these labels."""
    return series("", target.items()).replace("{", '{__name__=~"claude_tracker_.+",', 1)


def seconds(at: int) -> str:
    """A time in the format of OpenMetrics."""
    return f"{at / 1000:.3f}" if at % 1000 else str(at // 1000)
