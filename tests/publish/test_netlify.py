"""A site at Netlify, on literal requests: what is uploaded, when, and how an upload that broke off is finished."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from exporter.cli.wiring import sync as wired
from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.errors import SyncError
from exporter.page.published import shell
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from support.netlify import SITE, TOKEN, Answer, FakeNetlify, ReceivedRequest
from support.published import Made, World
from support.sampling import sample_or_all
from support.snapshots import NOON

DEPLOYS = f"/sites/{SITE}/deploys"
HOURS = sample_or_all(6, 24)


def test_the_first_deploy_uploads_all(site: Made, netlify: FakeNetlify) -> None:
    site().check()
    first, *uploads, last = netlify.lines()
    assert (f"POST {DEPLOYS}", f"GET {DEPLOYS}/deploy0") == (first, last)
    named = json.loads(netlify.requests[0].body)["files"]
    assert {"/index.html", "/data.json", "/_headers", "/robots.txt", "/assets/dashboard.js"} <= named.keys()
    assert sorted(f"PUT /deploys/deploy0/files{path}" for path in named) == sorted(uploads)
    assert netlify.files.keys() == named.keys()
    put = [request for request in netlify.requests if request.method == "PUT"]
    assert {"application/octet-stream"} == {request.headers["content-type"] for request in put}
    assert {f"Bearer {TOKEN}"} == {request.headers["authorization"] for request in netlify.requests}


def test_the_next_deploy_uploads_only_changed_data(site: Made, netlify: FakeNetlify, world: World) -> None:
    sync = site()
    sync.check()
    netlify.forget()
    world.tracker.now += 30 * MINUTE
    sync.check()
    assert [] == netlify.lines()
    assert NOON + 30 * MINUTE == sync.state.last_success_at
    world.respond()
    sync.check()
    assert [f"POST {DEPLOYS}", "PUT /deploys/deploy1/files/data.json", f"GET {DEPLOYS}/deploy1"] == netlify.lines()
    assert json.loads(netlify.files["/data.json"])["as_of"] == "2026-11-22T12:30:00.000Z"


def test_a_deploy_is_waited_for(site: Made, netlify: FakeNetlify, world: World) -> None:
    netlify.processing = 3
    site().check()
    assert [2.0] * 3 == world.waited
    assert "/data.json" in netlify.files


def test_a_deploy_that_is_never_ready_is_retried(site: Made, netlify: FakeNetlify, world: World) -> None:
    netlify.processing = 1_000
    sync = site()
    sync.check()
    assert "Netlify has not finished the deploy after 90 s" == sync.state.problem
    assert 45 == len(world.waited)


def test_a_failed_deploy_is_reported(site: Made, netlify: FakeNetlify) -> None:
    body = json.dumps({"id": "d", "state": "error", "error_message": "no room"}).encode()
    netlify.rule = lambda request: Answer(200, body) if request.method == "POST" else None
    sync = site()
    sync.check()
    assert "Netlify could not process the deploy: no room" == sync.state.problem
    assert not sync.state.is_stopped


def test_an_upload_that_breaks_off_is_completed_at_the_next_run(site: Made, netlify: FakeNetlify, world: World) -> None:
    """Half of the files are there; nothing is shown; then only the other half is required."""
    uploaded = []

    def third_breaks(request: ReceivedRequest) -> Answer | None:
        if request.method == "PUT":
            uploaded.append(request.path)
            return Answer(502) if len(uploaded) > 3 else None
        return None

    netlify.rule = third_breaks
    sync = site()
    sync.check()
    assert {} == netlify.files
    assert "Netlify answered 502" == sync.state.problem
    netlify.rule = lambda request: None
    netlify.forget()
    sync.check()
    assert [] == netlify.lines(), "not at once"
    world.tracker.now += 2 * MINUTE
    sync.check()
    again = [line for line in netlify.lines() if line.startswith("PUT")]
    assert not {line.partition("/files")[2] for line in again} & {path.partition("/files")[2] for path in uploaded[:3]}
    assert len(netlify.files) == len(again) + 3
    assert None is sync.state.problem


def test_a_restarted_process_continues_where_the_last_one_stopped(
    site: Made, netlify: FakeNetlify, world: World
) -> None:
    site().check()
    netlify.forget()
    again = site()
    again.check()
    assert [] == netlify.lines()
    assert (1, 0) == (again.state.runs, again.state.failures)


@pytest.mark.parametrize("change", ["privacy", "page"])
def test_a_change_of_the_page_is_sent_without_new_usage(
    site: Made, netlify: FakeNetlify, world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Less is to be published, or the page is from another version."""
    site(privacy="full").check()
    assert b"/home/ada" in netlify.files["/data.json"]
    netlify.forget()
    world.tracker.now += MINUTE
    if change == "page":
        monkeypatch.setattr(wired, "shell", lambda: {**shell(), "/index.html": b"<!doctype html>"})
    again = site(privacy="totals" if change == "privacy" else "full")
    again.check()
    assert 1 == sum(line.startswith("POST") for line in netlify.lines())
    assert (b"/home/ada" in netlify.files["/data.json"]) == (change == "page")
    assert (netlify.files["/index.html"] == b"<!doctype html>") == (change == "page")


def test_another_site_is_sent_everything(
    site: Made, netlify: FakeNetlify, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site().check()
    world.tracker.now += MINUTE
    other = site(site="another")
    other.check()
    assert "this token has no such site" in (other.state.problem or "")


def test_manual_syncs_respect_the_limits_of_the_api(site: Made, netlify: FakeNetlify, world: World) -> None:
    sync = site()
    sync.now(NOON)
    assert 1 == sync.now(NOON).runs, "it has all"
    world.respond()
    with pytest.raises(SyncError, match="netlify accepts no more data before 2026-11-22 12:00 UTC"):
        sync.now(NOON + SECOND)
    assert 2 == sync.now(NOON + 20 * SECOND).runs


def test_a_manual_sync_causes_no_stale_site_warning(site: Made, world: World) -> None:
    """Only what a process keeps up to date is shown, and one that is configured no more for a day."""

    def shown(now: int) -> int:
        found = take_current(Reader(world.tracker.database), now, UTC)
        assert found is not None
        return len(found.syncs)

    site().now(NOON)
    assert 0 == shown(NOON)
    world.tracker.now += MINUTE
    world.respond()
    world.tracker.now += 6 * MINUTE
    site().check()
    assert 1 == shown(NOON + 20 * HOUR)
    assert 0 == shown(NOON + 25 * HOUR)


def test_two_processes_deploy_only_once(site: Made, netlify: FakeNetlify, world: World) -> None:
    """Both are configured alike, as by one configuration file."""
    one, other = site(), site()
    one.check()
    other.check()
    world.respond()
    world.tracker.now += 6 * MINUTE
    other.check()
    one.check()
    assert 2 == sum(line.startswith("POST") for line in netlify.lines())
    assert (2, 2) == (one.state.runs, other.state.runs)
    with one._states.exclusive(waits=False) as is_free:
        assert is_free
        with other._states.exclusive(waits=False) as is_free_too:
            assert not is_free_too


@pytest.mark.no_cover  # tracing makes it three times as slow; other tests cover the code
@pytest.mark.long
@pytest.mark.no_cover
def test_never_more_often_than_the_api_allows(site: Made, netlify: FakeNetlify, world: World) -> None:
    """Something new every minute; Netlify takes 100 deploys a day."""
    sync = site()
    for _ in range(HOURS * 60):
        world.tracker.now += MINUTE
        world.respond()
        sync.check()
    deploys = [request for request in netlify.lines() if request.startswith("POST")]
    assert 25 + (HOURS - 2) * 60 // 24 <= len(deploys) <= 25 + HOURS * 60 // 24


def test_the_end_of_a_block_is_published_at_once(site: Made, netlify: FakeNetlify, world: World) -> None:
    sync = site(every=12 * HOUR)
    sync.check()
    assert json.loads(netlify.files["/data.json"])["current"]["block"]["end"] == "2026-11-22T13:00:00.000Z"
    world.respond()
    world.tracker.now += MINUTE
    netlify.forget()
    sync.check()
    assert [] == netlify.lines(), "its time has not come"
    world.tracker.now = NOON + HOUR
    sync.check()
    assert None is json.loads(netlify.files["/data.json"])["current"]["block"]
    assert 1 == sum(line.startswith("POST") for line in netlify.lines())
