"""A real Prometheus and a real VictoriaMetrics with samples of past times, instead of a tracker to scrape."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.prometheus import Prometheus, running_prometheus, running_victoria
from support.services import free_port, output_of

STORES = ("prometheus", "victoriametrics")

Samples = Mapping[str, Sequence[tuple[int, float]]]
"""Times in s and values, by metric name and labels in the text format."""


@contextmanager
def store_with(kind: str, folder: Path, samples: Samples) -> Iterator[Prometheus]:
    """One of `STORES` that holds these."""
    if kind == "prometheus":
        (folder / "series.om").write_text(as_text(samples) + "# EOF\n")
        command = ("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1458h")
        output_of("promtool", *command, folder / "series.om", folder / "data")
        with running_prometheus(folder, "{}", "--storage.tsdb.retention.time=100y") as server:
            yield server
    else:
        with running_victoria(folder, free_port()) as server:
            text = as_text(samples, 1_000).encode()
            for path, data in (("api/v1/import/prometheus", text), ("internal/force_flush", None)):
                urllib.request.urlopen(f"{server.url}/{path}", data=data).close()
            yield server


def scrape_once(folder: Path, data: Path, tracker: str, at: int) -> None:
    """Make the data folder of a Prometheus that has scraped the tracker with this id at `at` (ms)."""
    name = f'claude_tracker_build_info{{instance="127.0.0.1:3001",job="claude-tracker",tracker="{tracker}"}}'
    (folder / "one.om").write_text(f"{name} 1 {at / 1000}\n# EOF\n")
    output_of("promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "one.om", data)
    (data / "wal").mkdir()


def as_text(samples: Samples, per_second: int = 1) -> str:
    """Lines of samples, without the mark of the end. `per_second`: the unit of times."""
    return "".join(f"{name} {value!r} {at * per_second}\n" for name, found in samples.items() for at, value in found)
