"""A page that is left open for a simulated day: its memory stays flat, and its figures are those of the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from support.browser import Open, Watched
from support.page_data import LASTS, NOW, Json, consistent, hit, limit, said, snapshot, use, verdict
from support.page_server import Tracker
from support.processes import wait_until
from support.sampling import sample_or_all

pytestmark = [pytest.mark.server, pytest.mark.long]

HOURS = 24
MESSAGES = sample_or_all(1, 6)
"""Changes in an hour."""
GROWTH = 1.5
"""A heap that leaks every drawing grows by far more."""


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Day:
    """The tracker's state, hour by hour from noon: resets, a limit, a break in the night."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.sequence = 7

    def at(self, now: datetime, *, used: float, is_reached: bool = False) -> Json:
        """The snapshot at `now`, in a window that started at the last hour that is divisible by five."""
        start = now.replace(minute=0, second=0) - timedelta(hours=(now.hour + 24 * now.day) % 5)
        end = start + timedelta(hours=5)
        self.sequence += 1
        cost = round(10 + used * 50 + now.hour, 2)
        forecast = said("reached") if is_reached else LASTS
        text = f"Lasts until the reset at {end:%H:%M}: about 74 % used by then"
        if is_reached:
            text = f"Limit reached. Available again at {end:%H:%M} (in 1 h 00 min)"
        lockout = hit("five_hour", 0, 1, is_locked_out=True) | {"at": iso(now), "resets_at": iso(end)}
        current = snapshot()
        window = limit("five_hour", 1.0 if is_reached else used, hours=None, forecast=forecast) | {
            "resets_at": iso(end), "observed_at": iso(now),
        }  # fmt: skip
        current |= {
            "as_of": iso(now), "sequence": self.sequence, "limits": [window],
            "block": current["block"] | {"start": iso(start), "end": iso(end)} | use(int(1e6 * (1 + used)), cost),
            "today": current["today"] | use(int(1e6 * (1 + used)), cost)
            | {"date": now.strftime("%Y-%m-%d"), "start": iso(now.replace(hour=0, minute=0, second=0))},
            "verdict": verdict("five_hour", forecast, text), "lockouts": [lockout] if is_reached else [],
        }  # fmt: skip
        found = consistent(current)
        self.tracker.answers["current"] = found
        return found


def shown(watched: Watched) -> tuple[str, str, str]:
    """The verdict's headline, the share of the five hours, and today's cost."""
    return (
        watched.text("#verdict h1"), watched.text('#windows [data-window="five_hour"] .p'),
        watched.text("#cost-body .fig >> nth=0"),
    )  # fmt: skip


def expected(current: Json) -> tuple[str, str, str]:
    """The same by the API."""
    sentence: str = current["verdict"]["sentence"].split(": about")[0].split(" (")[0]
    share = f"{int(100 * current['limits'][0]['utilization_ratio'] + 0.5)} %"
    return sentence, share, f"${current['today']['cost_usd']:,.2f}"


def await_figures(watched: Watched, current: Json, what: str) -> None:
    wait_until(lambda: shown(watched) == expected(current), f"{what}: {expected(current)}, not {shown(watched)}")


def heap(watched: Watched, session: Any) -> float:
    """Bytes in use after a collection, and the page's nodes."""
    session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(found["JSHeapUsedSize"])


def nodes(watched: Watched) -> int:
    count: int = watched.page.evaluate("document.querySelectorAll('*').length")
    return count


def test_a_day(tracker: Tracker, open_page: Open) -> None:
    day = Day(tracker)
    tracker.is_ready = False
    watched = open_page(tracker.url, viewport={"width": 1440, "height": 900})
    watched.page.clock.install(time=NOW)
    watched.page.reload()
    watched.wait_for("#state-title", "Reading the transcripts")
    tracker.is_ready = True
    current = day.at(NOW, used=0.1)
    watched.page.clock.run_for(6_000)
    await_figures(watched, current, "after the first read")
    session = watched.page.context.new_cdp_session(watched.page)
    session.send("Performance.enable")
    sizes, counts = [], []
    for hour in range(1, HOURS + 1):
        for step in range(MESSAGES):
            now = NOW + timedelta(hours=hour - 1, minutes=60 / MESSAGES * (step + 1))
            is_reached = hour == 4 and step >= MESSAGES // 2
            current = day.at(now, used=0.1 + 0.1 * (hour % 5) + 0.01 * step, is_reached=is_reached)
            if hour == 9 and step == 0:
                tracker.stop()
                watched.wait_for("#link-text", "Disconnected")
                tracker.start()
                watched.page.clock.run_for(12_000)
                watched.wait_for("#link-text", "Live")
            watched.page.clock.fast_forward(3_600_000 // MESSAGES - 2_000)  # asleep
            watched.page.clock.run_for(2_000)
            tracker.send({"type": "snapshot", "sequence": day.sequence, "data": current})
            await_figures(watched, current, f"{now:%H:%M}")
        sizes.append(heap(watched, session))
        counts.append(nodes(watched))
    assert counts[1] * 1.05 > counts[-1], "the page does not grow"
    assert max(sizes[-4:]) < GROWTH * max(sizes[1:5])
    failed = ("error: ", "warning: ")  # what Chromium says of requests while the tracker was stopped
    assert [] == [text for text in watched.complaints if not text.startswith(failed)]
