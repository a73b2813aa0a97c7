"""The page by Chromium's own tracing: when it is painted, what moves afterwards, and how long its frames take."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks import measuring
from benchmarks.bench import PROGRAM, Bench, Figure
from benchmarks.live import Tracker, wait_ready
from support.services import free_port, require_program

BUSY = 600
"""Ten minutes of the made-up user's life in a second: the page changes several times a second."""
VIEWPORTS = {"1440 px": (1_440, 900), "390 px": (390, 844)}
CATEGORIES = ["loading", "blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline"]
FIRST_PAINT = "firstContentfulPaint"
_TASKS = ("RunTask", "ThreadControllerImpl::RunTask")


class Load(msgspec.Struct, frozen=True):
    """One load: seconds to the first contentful paint, the layout shift score (https://web.dev/articles/cls), and the
    bytes of all answers, each compressed by gzip.
    """

    painted: float
    shift: float
    weight: int


def page(bench: Bench) -> Iterator[Figure]:
    """The demo's page: loaded in new windows, then left open while the made-up user works."""
    for name, (width, height) in VIEWPORTS.items():
        size = {"width": width, "height": height}
        with _demo(bench, speed=1) as url, _chromium() as browser:
            loads = [_load(browser, url, size) for _ in range(bench.pairs)]
            weights = measuring.spread([load.weight / 1e3 for load in loads])
            yield Figure(f"page, {name}: all of the first view, compressed", weights, "kB", 300)
            painted = measuring.spread([1e3 * load.painted for load in loads])
            yield Figure(f"page, {name}: first contentful paint", painted, "ms", None)
            yield Figure(f"page, {name}: layout shift", measuring.spread([load.shift for load in loads]), "score", 0)
        with _demo(bench, speed=BUSY) as url, _chromium() as browser:
            frames = _frames(browser, url, size, bench.sizes.busy_seconds)
            yield Figure(f"page, {name}: frame while it changes, p99", measuring.percentile(frames, 99, 1e3), "ms", 16)
            yield Figure(f"page, {name}: the longest frame", measuring.percentile(frames, 100, 1e3), "ms", 16)


@contextmanager
def _demo(bench: Bench, *, speed: int) -> Iterator[str]:
    """The address of its page. Raises RuntimeError where it does not get ready."""
    folder, port = bench.work / "demo", free_port()
    shutil.rmtree(folder, ignore_errors=True)
    process = subprocess.Popen(
        [PROGRAM, "demo", f"--port={port}", f"--folder={folder}", f"--speed={speed}"],
        env=bench.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_ready(Tracker(process, port))
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=require_program("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )


def _load(browser: Browser, url: str, size: Any) -> Load:
    """In a new window without a cache, until five seconds after its last chart."""
    context = browser.new_context(viewport=size)
    opened = context.new_page()
    answers: list[Response] = []

    def answered(answer: Response) -> None:
        answers.append(answer)

    opened.on("response", answered)
    browser.start_tracing(page=opened, categories=CATEGORIES)
    opened.goto(url)
    _wait_drawn(opened)
    opened.wait_for_timeout(5_000)
    events = _trace(browser)
    weight = sum(len(gzip.compress(answer.body())) for answer in answers)
    context.close()
    began = min(event["ts"] for event in events if event["name"] == "navigationStart" and _is_of(event, url))
    painted = min(event["ts"] for event in events if event["name"] == FIRST_PAINT and event["ts"] > began)
    shifts = [event["args"]["data"] for event in events if event["name"] == "LayoutShift"]
    return Load((painted - began) / 1e6, sum(shift["weighted_score_delta"] for shift in shifts), weight)


def _is_of(event: dict[str, Any], url: str) -> bool:
    found: str = event["args"].get("data", {}).get("documentLoaderURL", "")
    return found.startswith(url)


def _frames(browser: Browser, url: str, size: Any, seconds: float) -> list[float]:
    """Seconds of work on the page's main thread for each frame, its script included, while the page is open: of its
    own processor time, which other programs do not lengthen.
    """
    context = browser.new_context(viewport=size)
    opened = context.new_page()
    opened.goto(url)
    _wait_drawn(opened)
    opened.wait_for_timeout(1_000)
    browser.start_tracing(page=opened, categories=CATEGORIES)
    time.sleep(seconds)
    events = _trace(browser)
    context.close()
    mains = {(event["pid"], event["tid"]) for event in events if _is_main_thread(event)}
    tasks = sorted(
        (event["ts"], event["tdur"])
        for event in events
        if event["name"] in _TASKS and (event["pid"], event["tid"]) in mains and "tdur" in event
    )
    drawn = sorted(event["ts"] for event in events if event["name"] == "Commit")
    return _work_by_frame(tasks, drawn)


def _is_main_thread(event: dict[str, Any]) -> bool:
    return bool(event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain")


def _work_by_frame(tasks: list[tuple[int, int]], drawn: list[int]) -> list[float]:
    """Seconds by frame. `tasks`: start and length, and `drawn`: the ends of frames, µs."""
    result, work = [], 0
    ends = iter(drawn)
    end = next(ends, None)
    for start, length in tasks:
        while end is not None and start > end:
            result.append(work / 1e6)
            work, end = 0, next(ends, None)
        if end is None:
            break
        work += length
    return result


def _wait_drawn(opened: Page) -> None:
    for place in ("#burnup", "#usage-chart"):
        opened.locator(f"{place} .frame[data-drawn]").first.wait_for(state="attached")


def _trace(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(browser.stop_tracing())["traceEvents"]
    return found
