"""VictoriaMetrics: reads its samples and loads history over HTTP (https://docs.victoriametrics.com/url-examples/)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import msgspec
import requests

from exporter.backfill.finding import build_info, target_labels
from exporter.backfill.gaps import in_order
from exporter.backfill.prometheus import target_selector
from exporter.backfill.retention import MONTH, keeps, victoria_retention
from exporter.backfill.target import Step
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.text import printable
from exporter.errors import TargetError
from exporter.metrics.history_text import ALWAYS, Sample, series, with_time
from exporter.sources.http_session import Answer, answering, fetch, lines_of, session, without_credentials

CHUNK_MS = 12 * HOUR
"""Time span of one POST."""
FAR_MS = 365 * DAY
ROWS = 10_000
"""Maximum number of samples in one line of an export."""
TIMEOUTS = (10.0, 300.0)
"""Seconds to connect, and between bytes."""
TOTAL_SECONDS = 3_600.0
"""For one request with its answer."""
MAX_LINE_BYTES = 16 << 20
"""Of an export: far more than `ROWS` samples."""
MAX_MESSAGE_BYTES = 64 << 10


class _Exported(msgspec.Struct):
    metric: dict[str, str]
    values: list[float | None]
    timestamps: list[int]

    def samples(self) -> Iterator[tuple[int, float]]:
        """Without staleness markers, which have no value."""
        return ((at, value) for at, value in zip(self.timestamps, self.values, strict=True) if value is not None)


class VictoriaMetrics:
    """A VictoriaMetrics at a URL."""

    def __init__(self, url: str, target: dict[str, str]) -> None:
        self._session = session(url)
        self._url = without_credentials(url).rstrip("/")
        self._target = target

    def __str__(self) -> str:
        return f"VictoriaMetrics at {self._url}"

    def times(self) -> Iterable[int]:
        self._ask("/internal/force_flush")  # makes recent samples visible
        return in_order(at for part in self._export(series(ALWAYS, self._target.items())) for at, _ in part.samples())

    def labels_of(self, tracker: str, since: int | None) -> list[dict[str, str]]:
        self._ask("/internal/force_flush")
        span = (since, since + FAR_MS) if since is not None else ()
        found = (target_labels(part.metric) for part in self._export(build_info(tracker), *span))
        return list({tuple(one.items()): one for one in found}.values())

    def use(self, labels: dict[str, str]) -> None:
        self._target = labels

    def samples(self, at: int) -> Iterator[Sample]:
        for part in self._export(target_selector(self._target), at, at):
            for _, value in part.samples():
                yield Sample(part.metric.pop("__name__", ""), part.metric, value)

    def end(self, requested: int) -> int:
        return requested

    def take(self, steps: Iterable[Step], head: str) -> str:
        """Load in chunks. The series that `times` reads comes last, so that a chunk is either complete or missing."""
        mark = series(ALWAYS, self._target.items())
        for _, chunk in groupby(steps, key=lambda step: step[0] // CHUNK_MS):
            self._post(self._missing(list(chunk)), mark)
        self._ask("/internal/force_flush")
        self._ask("/internal/resetRollupResultCache")  # its cached query results are outdated
        return f"Loaded into {self._url}."

    def advice(self, oldest: int, now: int) -> str:
        retention = victoria_retention(self._url)
        if keeps(retention, oldest, now, unit=MONTH):
            return ""
        length = f"{retention} here" if retention is not None else "by default a month"
        return (
            f"VictoriaMetrics deletes samples that are older than -retentionPeriod, {length}: start it with a"
            f" longer one, such as 2y, to keep the history since {timestamp.to_iso(oldest)[:10]}."
        )

    def reload_instructions(self) -> str:
        selector = target_selector(self._target)
        return (
            "delete all series, including scraped samples, with this command, load the history again, and once more in"
            " five hours:\n"
            f"  curl -g '{self._url}/api/v1/admin/tsdb/delete_series' --data-urlencode 'match[]={selector}'"
        )

    def _missing(self, chunk: list[Step]) -> list[Step]:
        """The chunk without existing samples, as after an interrupted upload."""
        there: dict[int, set[str]] = {}
        for part in self._export(target_selector(self._target), chunk[0][0], chunk[-1][0]):
            name = series(part.metric.pop("__name__", ""), part.metric.items())
            for at, _ in part.samples():
                there.setdefault(at, set()).add(name)
        if not there:
            return chunk
        return [
            (at, [sample for sample in samples if sample.rpartition(" ")[0] not in there.get(at, ())])
            for at, samples in chunk
        ]

    def _post(self, chunk: list[Step], mark: str) -> None:
        def text(*, marks: bool) -> Iterator[bytes]:
            for at, samples in chunk:
                chosen = [sample for sample in samples if sample.startswith(mark) == marks]
                yield with_time(chosen, str(at)).encode()

        for marks in (False, True):
            with self._answers():
                url = f"{self._url}/api/v1/import/prometheus"
                answer = self._fetch("POST", url, data=text(marks=marks))
                self._check(answer.status_code, answer.content)

    def _ask(self, path: str) -> None:
        """A request that only speeds up visibility. Versions without this endpoint show samples later."""
        with self._answers():
            self._fetch("GET", self._url + path)

    def _export(self, selector: str, start: int | None = None, end: int | None = None) -> Iterator[_Exported]:
        # Without reduce_mem_usage=1, with which VictoriaMetrics 1.79 mixes up the values of series.
        span = {} if start is None or end is None else {"start": f"{start / 1000:.3f}", "end": f"{end / 1000:.3f}"}
        parameters = {"match[]": selector, "max_rows_per_line": str(ROWS), **span}
        with self._answers():
            url = f"{self._url}/api/v1/export"
            exchange = answering(self._session, "POST", url, data=parameters, timeout=TIMEOUTS, total_s=TOTAL_SECONDS)
            with exchange as answer:
                lines = lines_of(answer, MAX_LINE_BYTES)
                self._check(answer.status_code, b"" if answer.ok else next(lines, b""))
                for line in lines:
                    yield msgspec.json.decode(line, type=_Exported)

    def _fetch(self, method: str, url: str, **request: Any) -> Answer:
        return fetch(
            self._session,
            method,
            url,
            timeout=TIMEOUTS,
            total_s=TOTAL_SECONDS,
            max_bytes=MAX_MESSAGE_BYTES,
            whole=False,
            **request,
        )

    def _check(self, status: int, content: bytes) -> None:
        """Raises TargetError unless the answer is a success."""
        if status < 300:
            return
        lines = content.decode("utf-8", "replace").strip().splitlines()[:1]
        message = f"answered {status}" + (f": {printable(lines[0])}" if lines else "")
        raise TargetError(f"{self._url} {message}; is it VictoriaMetrics?")

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Wraps a request. Raises TargetError if it fails."""
        try:
            yield
        except requests.RequestException as error:
            raise TargetError(f"{self._url} did not answer; is VictoriaMetrics running?") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TargetError(f"{self._url} sent an unexpected answer; is it VictoriaMetrics?") from error
