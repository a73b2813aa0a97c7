"""What goes wrong on the way: what is tried again and when, what stops, and what the user reads. No test sleeps."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC

import pytest
import requests

from exporter.cli.wiring import tracker
from exporter.domain.calendar.timestamp import HOUR, MINUTE, SECOND
from exporter.domain.health import Health, Sending
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.domain.notifications.warning import Thresholds
from exporter.errors import DatabaseError
from exporter.publish import http
from exporter.publish.sync import Sync
from support.netlify import Answer, FakeNetlify
from support.processes import samples_of, total_of
from support.published import Made, World, to_netlify
from support.snapshots import NOON


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What we logged."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("exporter")]


def tried_again_after(sync: Sync) -> float:
    """Seconds."""
    assert sync.state.retry_at is not None
    return (sync.state.retry_at - NOON) / SECOND


@pytest.mark.parametrize(
    ("answer", "problem", "least", "most"),
    [
        (Answer(429, headers={"Retry-After": "77"}), "Netlify answered 429", 77, 77),
        (Answer(429), "Netlify answered 429", 60, 75),
        (Answer(429, headers={"X-RateLimit-Reset": str(NOON // 1000 + 300)}), "Netlify answered 429", 300, 300),
        (Answer(429, headers={"Retry-After": "soon"}), "Netlify answered 429", 60, 75),
        (Answer(429, headers={"Retry-After": "1"}), "Netlify answered 429", 60, 75),
        (Answer(429, headers={"Retry-After": "9" * 5_000}), "Netlify answered 429", 86_400, 86_400),
        (Answer(503, headers={"Retry-After": "Fri, 01 Jan 99999 00:00:00 GMT"}), "Netlify answered 503", 60, 75),
        (Answer(503, headers={"Retry-After": "604800"}), "Netlify answered 503", 86_400, 86_400),
        (Answer(429, headers={"X-RateLimit-Reset": "1"}), "Netlify answered 429", 60, 75),
        (Answer(500), "Netlify answered 500", 60, 75),
        (Answer(502), "Netlify answered 502", 60, 75),
        (Answer(503, headers={"Retry-After": "120"}), "Netlify answered 503", 120, 120),
        (Answer(200, b'{"id": "d", "sta', cut=50), "the answer of Netlify was cut off", 60, 75),
        (Answer(200, b"<html>a portal of the hotel"), "Netlify sent an unexpected answer", 60, 75),
    ],
)
def test_temporary_failures_are_retried(
    site: Made, netlify: FakeNetlify, world: World, monkeypatch: pytest.MonkeyPatch,
    answer: Answer, problem: str, least: float, most: float,
) -> None:  # fmt: skip
    monkeypatch.setattr("exporter.publish.http.time.time", lambda: NOON / 1000)
    netlify.rule = lambda request: answer
    sync = site()
    sync.check()
    assert (problem, False, 1, 1) == (
        sync.state.problem, sync.state.is_stopped, sync.state.failures, sync.state.runs
    )  # fmt: skip
    assert least <= tried_again_after(sync) <= most
    netlify.rule = lambda request: None
    count = len(netlify.requests)
    world.tracker.now = NOON + round(least * SECOND) - 1
    sync.check()
    assert count == len(netlify.requests)
    world.tracker.now = NOON + round(most * SECOND)
    sync.check()
    assert (None, 1, 2) == (sync.state.problem, sync.state.failures, sync.state.runs)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "the token is not valid. Create a new one at app.netlify.com"),
        (403, "the token is not allowed to change this site"),
        (404, "this token has no such site"),
        (422, "it does not accept the files"),
        (400, "it rejects this request"),
        (302, "it has moved to elsewhere.example. Configure the new address"),
    ],
)
def test_permanent_failures_stop_until_the_configuration_changes(
    site: Made, netlify: FakeNetlify, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    status: int, says: str,
) -> None:  # fmt: skip
    netlify.rule = lambda request: Answer(status, headers={"Location": "https://elsewhere.example/x?token=t"})
    sync = site()
    sync.check()
    assert sync.state.is_stopped
    assert f"Netlify answered {status}: {says}" in (sync.state.problem or "")
    assert 1 == len(said(caplog))
    assert "Stopped until the configuration changes" in said(caplog)[0]
    count = len(netlify.requests)
    for _ in range(5):
        world.tracker.now += HOUR
        world.respond()
        sync.check()
    assert count == len(netlify.requests)
    netlify.rule = lambda request: None
    monkeypatch.setenv("CLAUDE_TRACKER_NETLIFY_TOKEN", "another")
    sync.check()
    assert "the token is not valid" in (sync.state.problem or ""), "it was tried with the new one"
    monkeypatch.undo()


def test_connection_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (sync,) = world.synced(monkeypatch, to_netlify("http://127.0.0.1:1"))
    sync.check()
    assert "Netlify cannot be reached" == sync.state.problem


def test_host_name_not_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    (sync,) = world.synced(monkeypatch, to_netlify("https://api.netlify.example"))
    sync.check()
    assert "Netlify cannot be reached" == sync.state.problem


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port that does this with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def test_a_server_without_tls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def says_http(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.close()

    with listening(says_http) as port:
        (sync,) = world.synced(monkeypatch, to_netlify(f"https://127.0.0.1:{port}"))
        sync.check()
    assert "cannot connect securely to Netlify: its certificate is not valid" == sync.state.problem
    assert not sync.state.is_stopped


def test_a_server_that_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits up to 10 s to connect and 60 s for bytes; here only for a moment."""
    assert (10.0, 60.0) == http.TIMEOUTS
    monkeypatch.setattr("exporter.publish.netlify.TIMEOUTS", (0.2, 0.2))
    held: list[socket.socket] = []
    with listening(held.append) as port:
        (sync,) = world.synced(monkeypatch, to_netlify(f"http://127.0.0.1:{port}"))
        sync.check()
    assert "Netlify did not answer in time" == sync.state.problem


def test_an_unexpected_exception_is_handled(
    site: Made, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a missing list of certificate authorities: logged once, counted, retried later."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    (sync,) = world.synced(monkeypatch, to_netlify("https://127.0.0.1:1"))
    for _ in range(60):
        sync.check()
        world.tracker.now += 5 * SECOND
    assert "the request to Netlify failed: OSError" == sync.state.problem
    assert 1 < sync.state.failures < 5
    assert 1 == len(said(caplog))


def test_an_internal_error_is_logged_once(
    site: Made, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("exporter.publish.netlify.Netlify.send", fails)
    sync = site()
    for _ in range(60):
        sync.check()
        world.tracker.now += 5 * SECOND
    assert ("sending failed: KeyError", 1) == (sync.state.problem, len(said(caplog)))


def test_rejected_requests_use_up_no_deploys(site: Made, netlify: FakeNetlify, world: World) -> None:
    """After a day of trouble the first that gets through is sent at once."""
    netlify.rule = lambda request: Answer(429, headers={"Retry-After": "1"})
    sync = site()
    for _ in range(24 * 60):
        world.tracker.now += MINUTE
        sync.check()
    assert len(netlify.requests) < 40
    assert () == sync.state.sent_at


def test_a_wait_from_before_a_clock_change_is_dropped(site: Made, netlify: FakeNetlify, world: World) -> None:
    """The clock was a year ahead when it failed."""
    netlify.rule = lambda request: Answer(500)
    sync = site()
    world.tracker.now += 365 * 24 * HOUR
    sync.check()
    assert sync.state.failed
    netlify.rule = lambda request: None
    world.tracker.now = NOON
    sync.check()
    assert None is sync.state.problem


def test_a_requested_delay_survives_a_restart(site: Made, netlify: FakeNetlify, world: World) -> None:
    netlify.rule = lambda request: Answer(503, headers={"Retry-After": "3600"})
    site().check()
    world.tracker.now += 5 * MINUTE
    count = len(netlify.requests)
    site().check()
    assert count == len(netlify.requests)


def test_a_stopped_sync_resumes_when_another_process_succeeds(site: Made, netlify: FakeNetlify, world: World) -> None:
    netlify.rule = lambda request: Answer(404)
    sync = site()
    sync.check()
    assert sync.state.is_stopped
    netlify.rule = lambda request: None
    world.tracker.now += MINUTE
    assert None is site().now(world.tracker.now).problem
    sync.check()
    assert (None, False) == (sync.state.problem, sync.state.is_stopped)


def test_a_missing_deploy_is_not_a_missing_site(site: Made, netlify: FakeNetlify) -> None:
    netlify.rule = lambda request: Answer(404) if request.method == "PUT" else None
    sync = site()
    sync.check()
    assert ("Netlify dropped the deploy", False) == (sync.state.problem, sync.state.is_stopped)


def test_an_unreadable_database_is_logged_once(
    site: Made, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sync = site()

    def fails(_: object) -> None:
        raise DatabaseError("it is away")

    with monkeypatch.context() as patched:
        patched.setattr("exporter.cli.wiring.sync.PublishedData.version", fails)
        sync.check()
        sync.check()
    assert ["netlify: it is away"] == said(caplog)
    sync.check()
    assert 1 == sync.state.runs


def test_retries_back_off_up_to_an_hour() -> None:
    waits = [http.backoff_s(failed) for failed in range(12)]
    for wait, least in zip(waits, [60, 120, 240, 480, 960, 1_920, *[3_600] * 6], strict=True):
        assert min(least, 3_600) <= wait <= min(least + 15, 3_600)
    assert 1 < len({http.backoff_s(0) for _ in range(9)}), "with chance, so that not all come at once"


def test_the_newest_state_wins(site: Made, netlify: FakeNetlify, world: World) -> None:
    netlify.rule = lambda request: Answer(500)
    sync = site()
    sync.check()
    for _ in range(30):
        world.tracker.now += MINUTE
        world.respond()
        sync.check()
    netlify.rule = lambda request: None
    netlify.forget()
    world.tracker.now += HOUR
    sync.check()
    assert 1 == sum(line.startswith("POST") for line in netlify.lines())
    assert f'"as_of":"{"2026-11-22T13:30:00.000Z"}"'.encode() in netlify.files["/data.json"]


def test_an_hour_offline_costs_a_delay_and_one_line(
    site: Made, netlify: FakeNetlify, world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading, answers and scrapes go on, memory stays as it is, and two log lines mark its start and its end."""
    caplog.set_level(logging.INFO, "exporter.publish")
    netlify.rule = lambda request: Answer(503)
    sync = site()
    settings = tracker.TrackerSettings(world.tracker.database, UTC, PlanSettings(), Thresholds())
    monkeypatch.setattr(tracker, "clock", lambda: world.tracker.now)
    app = tracker.build_app(settings, lambda: Health(sending=Sending((sync.state,))), (), None, lambda: True)
    client = app.test_client()

    def an_hour() -> None:
        for _ in range(360):
            world.tracker.now += 10 * SECOND
            sync.check()
        world.respond()
        answer = client.get("/api/analytics/current").get_json()
        assert "Netlify answered 503" == answer["sync"][0]["problem"]
        found = total_of(samples_of(client.get("/metrics").text), "responses_total")
        assert found == answer["totals"]["responses"]

    an_hour()
    assert ["netlify: Netlify answered 503; retrying"] == said(caplog)
    assert 5 <= len(netlify.requests) <= 7
    tracemalloc.start()
    try:
        an_hour()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            netlify.forget()
            an_hour()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
    assert 5 == world.number
    netlify.rule = lambda request: None
    world.tracker.now += HOUR
    sync.check()
    assert 2 == len(said(caplog))
    assert "netlify: sent again, after" in said(caplog)[1]


def test_the_users_netrc_is_not_read(
    site: Made, netlify: FakeNetlify, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests would send what it finds there instead of the token."""

    def read(*_: object, **__: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(requests.sessions, "get_netrc_auth", read)
    site().check()
    assert "/data.json" in netlify.files


def test_an_untrusted_certificate_is_rejected() -> None:
    """An SSLError of requests is reported as such, whatever its cause."""
    with pytest.raises(http.TransientFailure, match="certificate is not valid"), http.translate_errors("Netlify"):
        raise requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
