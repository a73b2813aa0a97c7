"""No face contradicts another one about several accounts, and each reset is one time everywhere: on strange courses."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import pytest
from playwright.sync_api import Browser
from rich.console import Console, RenderableType

from exporter import report
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.clock import moment, whole_minute
from exporter.domain.forecast.sentence import share_text
from exporter.domain.health import Health
from exporter.domain.limits.reading import window_name
from exporter.domain.notifications.due import due_notifications
from exporter.domain.notifications.warning import Thresholds
from exporter.report.verdict import by_urgency
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.parts import AccountPart, Snapshot
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take
from support.page_server import tracker_like
from support.sampling import sample_or_all
from support.strange_courses import Course

pytestmark = [pytest.mark.server, pytest.mark.long]

ROW = re.compile(r"^([A-Za-z0-9 ]+?)  +[━╸╌┃·]+ +((?:about |over )?\d+ %)(?:  resets (.+), in [^,]+?)?(?:  .*)?$")
LOCKED = re.compile(r"^([A-Za-z0-9 ]+): limit reached .*, locked out until (\d\d-\d\d \d\d:\d\d)")
SAYS = re.compile(r"Lasts|lasts|uns out|imit reached[.;] |Limits not known yet")
Shown = dict[str, tuple[str, str | None]]


@pytest.fixture(scope="module", params=range(sample_or_all(8, 50)))
def snapshot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    course = Course(tmp_path_factory.mktemp("course"), request.param)
    with course.machine as machine:
        for at in course.times():
            course.step(at)
        found = take(machine.reader, machine.now, UTC, Health(detects=True))
        assert found is not None
        yield found


def day_and_clock(ms: int) -> str:
    return timestamp.to_datetime(whole_minute(ms)).strftime("%m-%d %H:%M")


def on_the_page(ms: int, now: int) -> str:
    """As in the verdict, but for days that are far."""
    at = timestamp.to_datetime(whole_minute(ms))
    said = moment(whole_minute(ms), now, UTC)
    return f"{at.strftime('%b')} {at.day}, {said[-5:]}" if "-" in said else said


def share(limit: LimitPart) -> str:
    return share_text(limit.utilization, is_official=limit.basis == "official")


def title(account: AccountPart) -> str:
    return account.name if account.name != account.label else f"Account {account.label}"


def groups(snapshot: Snapshot, text: str) -> dict[str, list[str]]:
    """The lines of each account in a report."""
    lines = [line.strip() for line in text.splitlines()]
    if len(snapshot.accounts) == 1:
        return {snapshot.accounts[0].label: lines}
    starts = [
        next(number for number, line in enumerate(lines) if line.removesuffix(" (in use)") == title(account))
        for account in snapshot.accounts
    ]
    ends = [
        *starts[1:],
        next(
            number
            for number in range(starts[-1], len(lines))
            if lines[number].startswith(("Week of account", "Last seven", "Week ("))
        ),
    ]
    return {
        account.label: lines[start:end] for account, start, end in zip(snapshot.accounts, starts, ends, strict=True)
    }


def printed(found: RenderableType) -> str:
    console = Console(width=250, file=io.StringIO())
    console.print(found)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal(snapshot: Snapshot) -> None:
    for text in (
        printed(report.status(snapshot, "Now.", 250, UTC)),
        printed(report.limits(snapshot, None, "Now.", UTC)),
    ):
        found = groups(snapshot, text)
        for account in snapshot.accounts:
            own = found[account.label]
            assert [account.verdict.sentence] == [line[2:] for line in own if SAYS.search(line)]
            assert rows_of(account, snapshot.as_of) == rows_in(own)
            resets = {
                window_name(limit.window): day_and_clock(limit.resets_at) for limit in account.limits if limit.resets_at
            }
            for window, until in (match.groups() for line in own if (match := LOCKED.match(line))):
                assert resets.get(window, until) == until


def rows_in(lines: Iterable[str]) -> Shown:
    """The windows that a report shows as bars: share and reset."""
    return {match[1]: (match[2], match[3]) for line in lines if (match := ROW.match(line.strip()))}


def rows_of(account: AccountPart, now: int) -> Shown:
    """What they are: also limits of which only a text said that they are reached."""
    known = {window_name(limit.window): (share(limit), ahead(limit.resets_at, now)) for limit in account.limits}
    said = {
        window_name(part.hit.window): ("100 %", ahead(part.hit.resets_at, now))
        for part in account.lockouts
        if window_name(part.hit.window) not in known
    }
    return known | said


def ahead(reset: int | None, now: int) -> str | None:
    """A reset to come, as in sentences."""
    if reset is None or whole_minute(reset) <= now:
        return None
    return moment(whole_minute(reset), now, UTC)


def test_the_terminal_at_a_glance(snapshot: Snapshot) -> None:
    lines = printed(report.glance(snapshot, "", "", {}, 200, UTC)).splitlines()
    first, *others = by_urgency(snapshot.accounts)
    names = [f"{title(account)[:1].lower()}{title(account)[1:]}: " if others else "" for account in (first, *others)]
    said = [line.strip()[2:] for line in lines if SAYS.search(line)]
    assert [
        f"{name}{account.verdict.sentence}".casefold()
        for name, account in zip(names, (first, *others), strict=True)
        if SAYS.search(account.verdict.sentence)
    ] == [line.casefold() for line in said]
    assert rows_of(first, snapshot.as_of) == rows_in(lines)


def test_the_sentence(snapshot: Snapshot) -> None:
    """It names the share and the reset of the window that binds."""
    for account in snapshot.accounts:
        said = account.verdict
        own = next((limit for limit in account.limits if limit.window == said.window), None)
        if own is None:
            continue
        assert own.forecast == said.forecast
        reset = moment(whole_minute(own.resets_at), snapshot.as_of, UTC) if own.resets_at is not None else None
        if said.forecast.state in ("lasts", "runs_out"):
            assert f"the reset at {reset}" in said.sentence
        elif said.forecast.state == "reached":
            assert (f"at {reset} (" if reset else "is not known") in said.sentence
        elif said.forecast.state == "too_early":
            assert f"{share(own)} used; too early" in said.sentence


def test_the_notifications(snapshot: Snapshot) -> None:
    by_subject = {
        limit.window + account.suffix: (limit, account) for account in snapshot.accounts for limit in account.limits
    }
    for notice in due_notifications(warning_facts(snapshot, UTC), Thresholds(), (), UTC):
        if notice.key.subject not in by_subject:
            continue
        limit, account = by_subject[notice.key.subject]
        resets = re.findall(r"(?:resets|reset) at ((?:\w{3} |\d\d-\d\d )?\d\d:\d\d)", notice.text)
        known = limit.resets_at
        assert set(resets) <= ({moment(whole_minute(known), snapshot.as_of, UTC)} if known is not None else set())
        assert all(part == share(limit) for part in re.findall(r"((?:about |over )?\d+ %) used", notice.title))
        if notice.key.kind == "limit_before_reset":
            assert "runs_out" == limit.forecast.state
        if account.verdict.window == limit.window and SAYS.search(notice.text):
            assert f"{account.verdict.sentence}." == notice.text


def test_the_page(snapshot: Snapshot, browser: Browser) -> None:
    current = json.loads(json.dumps(to_json(snapshot)))
    with tracker_like() as served:
        served.answers["current"] = current | {"sequence": 1}
        context = browser.new_context(timezone_id="UTC", locale="en-US")
        page = context.new_page()
        page.clock.set_fixed_time(timestamp.to_datetime(snapshot.as_of))
        page.goto(served.url)
        page.locator("#verdict h1").wait_for()
        shown, verdicts = [], []
        for account in snapshot.accounts:
            if len(snapshot.accounts) > 1:
                page.locator(f'#accounts [data-key="{account.label}"]').click()
            verdicts.append(page.locator("#verdict h1").get_attribute("title"))
            shown.append(limits_in(page.locator("#windows [data-window]").all()))
        context.close()
    assert [account.verdict.sentence for account in snapshot.accounts] == verdicts
    for account, found in zip(snapshot.accounts, shown, strict=True):
        assert found == {
            window_name(limit.window): (
                share(limit),
                on_the_page(limit.resets_at, snapshot.as_of) if limit.resets_at is not None else None,
            )
            for limit in account.limits
        }


def limits_in(elements: list[Any]) -> Shown:
    """Of each window on the page: the used share and the reset."""
    found: Shown = {}
    for element in elements:
        name = element.locator(".n").evaluate("part => part.firstChild.data")
        part = " ".join(element.locator(".p").inner_text().split())
        reset = re.search(r"resets (.*)$", element.get_attribute("title"))
        found[name] = (part, reset[1] if reset else None)
    return found
