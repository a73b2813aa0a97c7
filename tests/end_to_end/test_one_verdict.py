"""No face contradicts another one: every text and number about a window, at one instant, on generated states."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from rich.console import Console

from exporter import report
from exporter.cli.commands.statusline import format_line
from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.sentence import share_text
from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.limits.reading import window_name
from exporter.domain.notifications.due import due_notifications, withdrawn
from exporter.domain.notifications.warning import Thresholds
from exporter.metrics.collector import Exposition
from exporter.snapshot.limit_parts import LimitPart
from exporter.snapshot.notifications.facts import warning_facts
from exporter.snapshot.parts import AccountPart, Snapshot
from exporter.snapshot.snapshot_json import to_json
from exporter.snapshot.take import take
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext
from exporter.web.app import create_app
from support.generated_states import State
from support.page_server import tracker_like
from support.processes import samples_of
from support.sampling import sample_or_all
from support.snapshots import NOON
from support.tracker import Tracker

pytestmark = [pytest.mark.server, pytest.mark.long]

STATES = range(sample_or_all(6, 50))
SAYS = re.compile(
    r"Lasts until|lasts until|Runs out|runs out|imit reached\. Available|working on with extra usage|too early to say"
    r"|imit reached\. When|Limits not known yet"
)
"""What begins a verdict in a text, or is in one."""
USED = re.compile(r"^ *([A-Za-z0-9 ]+?)  +[━╸╌┃·]+ +((?:about |over )?\d+ %)", re.M)


@pytest.fixture(scope="module", params=STATES)
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = State(tmp_path_factory.mktemp("state") / "s", request.param).database
    before = take(Reader(database), NOON - SENT_BEFORE, UTC, Health(detects=True))
    assert before is not None
    with Tracker(database, now=NOON - SENT_BEFORE) as tracker:
        tracker.store.save_warnings(due_notifications(warning_facts(before, UTC), Thresholds(), (), UTC), before.as_of)
        now = take(Reader(database), NOON, UTC, Health(detects=True))
        assert now is not None
        sent = tracker.store.sent_warnings(0)
        tracker.store.withdraw_warnings(withdrawn(warning_facts(now, UTC), Thresholds(), sent), NOON)
    return database


SENT_BEFORE = 5 * MINUTE
"""When warnings were sent that may still hold."""


@pytest.fixture(scope="module")
def snapshot(state: Path) -> Snapshot:
    found = take(Reader(state), NOON, UTC, Health(detects=True))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def account(snapshot: Snapshot) -> AccountPart:
    (found,) = snapshot.accounts
    return found


def shares(account: AccountPart) -> dict[str, str]:
    """The used share of each window, as texts have it; of one that only a text names as reached, all of it."""
    reached = {window_name(part.hit.window): "100 %" for part in account.lockouts}
    return reached | {
        window_name(limit.window): share_text(limit.utilization, is_official=limit.basis == "official")
        for limit in account.limits
    }


def printed(found: Any) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(found)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal(snapshot: Snapshot, account: AccountPart) -> None:
    for text in (
        printed(report.status(snapshot, "Now.", 200, UTC)),
        printed(report.limits(snapshot, None, "Now.", UTC)),
    ):
        lines = text.splitlines()
        assert [account.verdict.sentence] == [line.strip()[2:] for line in lines if SAYS.search(line)]
        assert (account.verdict.elsewhere or "nothing") in [*(line.strip() for line in lines), "nothing"]
        assert shares(account) == dict(USED.findall(text))


def test_the_api(snapshot: Snapshot, account: AccountPart, state: Path) -> None:
    served = ApiContext(Reader(state), lambda: NOON, UTC, PlanSettings(), lambda: Health(detects=True))
    client = create_app(lambda: None, lambda *_: (b"", ""), (), served).test_client()
    current = client.get("/api/analytics/current", headers={"Host": "localhost"}).get_json()
    limits = client.get("/api/limits", headers={"Host": "localhost"}).get_json()
    assert current == json.loads(json.dumps(to_json(snapshot)))
    verdicts = [current["verdict"], current["accounts"][0]["verdict"], limits["accounts"][0]["verdict"]]
    assert [account.verdict.sentence] * 3 == [one["sentence"] for one in verdicts]
    assert [account.verdict.forecast.state] * 3 == [one["state"] for one in verdicts]
    assert current["limits"] == limits["items"] == current["accounts"][0]["limits"]
    by_window = {one["window"]: one for one in current["limits"]}
    for limit in account.limits:
        found = by_window[limit.window]
        assert (limit.utilization, limit.forecast.state) == (found["utilization_ratio"], found["forecast"]["state"])
    if account.verdict.window in by_window:
        binding = by_window[account.verdict.window]["forecast"]
        assert binding == {name: current["verdict"][name] for name in binding}


def test_the_metrics(snapshot: Snapshot, account: AccountPart) -> None:
    text = Exposition("1", "1", Thresholds()).expose(snapshot, "")[0].decode()
    samples = samples_of(text)
    own = account.label
    states = {labels[-1]: value for (name, labels), value in samples.items() if name == "verdict" and labels[0] == own}
    assert {account.verdict.forecast.state} == {state for state, value in states.items() if value}
    assert 6 == len(states)

    def of(name: str) -> dict[str, float]:
        return {labels[-1]: value for (found, labels), value in samples.items() if found == name and labels[0] == own}

    bound = [limit for limit in account.limits if limit.binds]
    assert {account.verdict.window} - {None} >= {window for window, value in of("window_binding").items() if value}
    assert {one.label: one.utilization for one in account.limits if one.basis == "official"} == of(
        "window_utilization_ratio"
    )
    assert {one.label: one.forecast.runs_out_at / 1000 for one in bound if one.forecast.runs_out_at is not None} == of(
        "window_runs_out_timestamp_seconds"
    )
    assert {one.label: one.forecast.projected for one in bound if one.forecast.projected is not None} == of(
        "window_projected_ratio"
    )


def test_the_notifications(snapshot: Snapshot, account: AccountPart) -> None:
    """What is sent at this instant says the shares and times of the windows, and nothing of one that is not said so."""
    for notice in due_notifications(warning_facts(snapshot, UTC), Thresholds(), (), UTC):
        key = notice.key
        limit = next((one for one in account.limits if one.window == key.subject), None)
        if key.kind in ("usage_warning", "usage_critical", "usage_pace"):
            assert limit is not None
            assert f"{shares(account)[window_name(limit.window)]} used" in str(notice)
        if key.kind == "limit_before_reset":
            assert limit is not None
            assert "runs_out" == limit.forecast.state
            if account.verdict.window == limit.window:
                assert notice.text == f"{account.verdict.sentence}."
        if key.kind == "limit_hit":
            assert account.verdict.forecast.state == "reached"


def test_what_was_sent_before_and_holds(snapshot: Snapshot, account: AccountPart) -> None:
    for sent in snapshot.warnings:
        notice = sent.notification
        limit = next((one for one in account.limits if one.window == notice.key.subject), None)
        if notice.key.kind in ("usage_warning", "usage_critical", "usage_pace") and limit is not None:
            assert f"{shares(account)[window_name(limit.window)]} used" in notice.title
        if notice.key.kind == "limit_before_reset" and limit is not None:
            assert limit.forecast.state in ("runs_out", "reached", "beyond")
            if limit.forecast.state == "runs_out" and account.verdict.window == limit.window:
                assert f"{account.verdict.sentence}." == notice.text
        if notice.key.kind == "limit_hit":
            assert any(part.hit.window == notice.key.subject for part in account.lockouts)
    topics = [sent.notification.key.topic for sent in snapshot.warnings]
    assert len(set(topics)) == len(topics), "one for each window"


def test_the_status_line(account: AccountPart) -> None:
    """It shows what it was given, which is what the reading says."""
    known = {"five_hour": "5h", "seven_day": "week"}
    official = [one for one in account.limits if one.window in known and one.resets_at is not None]
    official = [one for one in official if one.basis == "official"]
    payload = {
        "rate_limits": {
            one.window: {"used_percentage": 100 * one.utilization, "resets_at": (one.resets_at or 0) / 1000}
            for one in official
        }
    }
    line = format_line(json.dumps(payload).encode(), NOON / 1000)
    for one in official:
        assert f"{known[one.window]} {100 * one.utilization:.0f}%" in line


def test_no_figure_is_impossible(account: AccountPart) -> None:
    for limit in account.limits:
        said = limit.forecast
        assert said.chance is None or 0 <= said.chance <= 1
        assert (said.state == "runs_out") is (said.runs_out_at is not None)
        assert said.projected is None or (said.projected >= limit.utilization - 0.005)
        if said.state == "lasts":
            assert (said.projected or 0) <= 0.995
        if said.runs_out_at is not None:
            assert NOON <= said.runs_out_at <= (limit.resets_at or 0)
        assert limit.elsewhere is None or 0 < limit.elsewhere <= 1
        assert said.state not in ("lasts", "runs_out") or _has_ground(limit)


def _has_ground(limit: LimitPart) -> bool:
    return limit.size is not None and limit.size.size > 0 and limit.size.error <= 0.25


def test_the_page(snapshot: Snapshot, account: AccountPart, browser: Browser) -> None:
    with tracker_like() as served:
        served.answers["current"] = json.loads(json.dumps(to_json(snapshot)))
        served.answers["current"]["sequence"] = 1
        context = browser.new_context(timezone_id="UTC", locale="en-US")
        page = context.new_page()
        page.clock.set_fixed_time(timestamp.to_datetime(NOON))
        page.goto(served.url)
        page.locator("#verdict h1").wait_for()
        sentence = page.locator("#verdict h1").get_attribute("title")
        verdict = " ".join(page.locator("#verdict").inner_text().split())
        rows = page.locator("#windows [data-window]").all()
        shown = {row.locator(".n").evaluate("part => part.firstChild.data"): share_in(row) for row in rows}
        said_of = {row.get_attribute("data-window"): " ".join(row.inner_text().split()) for row in rows}
        page.locator("#verdict, #windows, #notices").evaluate_all("parts => parts.forEach(part => part.remove())")
        rest = " ".join(page.locator("body").inner_text().split())
        context.close()
    said = account.verdict
    assert said.sentence == sentence
    expected = words(f"{said.sentence} {said.elsewhere or ''}")
    assert expected == words(verdict)[: len(expected)]
    assert [] == re.findall(r"Lasts until|Runs out|runs out|Available again|too early to say", rest)
    for limit in account.limits:
        assert ("runs out" in said_of[limit.window]) == (limit.binds and limit.forecast.state == "runs_out")
    assert shares(account) == shown


def share_in(row: Any) -> str:
    return " ".join(row.locator(".p").inner_text().split())


def words(text: str) -> list[str]:
    """Without what stands between them, and without the word that the page adds to what is paid for."""
    found = [word.strip(".,:") for word in re.findall(r"[\w%$.,:]+", text.lower())]
    return [word for word in found if word not in ("", "used")]
