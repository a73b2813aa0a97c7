"""One demo's samples as the users a dashboard is made for: nothing, no limits, one account, two, twenty machines."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from support.prometheus import Prometheus, Scraped

LENGTH = 600
"""So many seconds of what was scraped, at most."""
MACHINES = 20
WORK, SIDE = "6bd630db4a", "09b39f2cac"
"""The demo's accounts."""
VARIANTS = ("nothing", "no limits", "one account", "two accounts", "twenty machines")
OF_LIMITS = ("verdict", "window_", "locked_out", "limit_", "account_info", "credits_", "week_surface", "week_window",
             "overage")  # fmt: skip
CLAUDE = "claude_tracker_"
Metric = Mapping[str, str]


def load_variants(scraped: Scraped, store: Prometheus) -> None:
    """Put them into a VictoriaMetrics, each under a job of its own name; and the demo as it is, under its own job."""
    everything = scraped.server.everything(LENGTH, scraped.until)
    scrapes = {one["metric"]["job"]: one["values"][-1][0] for one in everything if one["metric"]["__name__"] == "up"}
    found = [one for one in everything if _is_there(one, scrapes.get(one["metric"].get("job"), 0))]
    lines = [
        json.dumps(
            {
                "metric": dict(metric),
                "timestamps": [round(1_000 * at) for at, _ in one["values"]],
                "values": [float(value) for _, value in one["values"]],
            }
        )
        for one in found
        if one["metric"]["__name__"].startswith(CLAUDE)
        or one["metric"]["__name__"] in {"up", "scrape_duration_seconds"}
        for metric in (one["metric"], *_varied(one["metric"]))
    ]
    for path, data in (("api/v1/import", "\n".join(lines).encode()), ("internal/force_flush", None)):
        urllib.request.urlopen(f"{store.url}/{path}", data=data).close()


def _is_there(series: Any, scrape: float) -> bool:
    """Whether a series has a value at its job's last scrape: its end, which Prometheus has marked, cannot be copied."""
    name, (last, _) = series["metric"]["__name__"], series["values"][-1]
    return name.endswith(("_total", "_bucket")) or float(last) >= scrape


def _varied(metric: Metric) -> Iterator[dict[str, str]]:
    """The series of the variants that this one of the demo becomes."""
    name, account = metric["__name__"].removeprefix(CLAUDE), metric.get("account")
    is_of_limits = name.startswith(OF_LIMITS)
    if not is_of_limits:
        yield {**metric, "job": "no limits"}
    if account in (None, WORK):
        yield {**metric, "job": "one account"}
    if account in (None, WORK, SIDE):
        yield {**metric, "job": "two accounts"}
        for number in range(MACHINES):
            instance = f"10.0.0.{number + 1}:3001"
            tracker = {"tracker": f"{number:032x}"} if "tracker" in metric else {}
            yield {**metric, **tracker, "job": "twenty machines", "instance": instance}
