"""The routes alone: what they answer without a complete snapshot, and which hosts are answered."""

from __future__ import annotations

import msgspec
import pytest
from flask.testing import FlaskClient

from exporter.errors import DatabaseError
from exporter.snapshot.parts import Snapshot
from exporter.web.app import create_app
from support.snapshots import busy_snapshot

BUSY = busy_snapshot()
PARTIAL = msgspec.structs.replace(BUSY, health=msgspec.structs.replace(BUSY.health, first_read_at=None))


def client_of(snapshot: Snapshot | DatabaseError | None, *allowed_hosts: str) -> FlaskClient:
    """A client of the application that takes this snapshot, or fails to."""

    def take() -> Snapshot | None:
        if isinstance(snapshot, DatabaseError):
            raise snapshot
        return snapshot

    return create_app(
        take,
        lambda found, accept: (f"{found.sequence if found else 'damaged'} as {accept}".encode(), "text/x"),
        allowed_hosts,
    ).test_client()


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(None, id="there is no database"),
        pytest.param(PARTIAL, id="the first read is incomplete"),
        pytest.param(DatabaseError("the disk is gone"), id="the database cannot be read"),
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/-/ready"])
def test_incomplete_totals_are_never_served(path: str, snapshot: Snapshot | DatabaseError | None) -> None:
    answer = client_of(snapshot).get(path)
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert "the transcripts have not been read completely yet\n" == answer.text


def test_it_is_healthy_and_serves_the_page_without_a_snapshot() -> None:
    client = client_of(None)
    assert 200 == client.get("/-/healthy").status_code
    assert 200 == client.get("/").status_code


def test_metrics_are_exposed_as_the_scraper_asks() -> None:
    answer = client_of(BUSY).get("/metrics", headers={"Accept": "text/plain"})
    assert (200, "7 as text/plain", "text/x") == (answer.status_code, answer.text, answer.content_type)


def test_assets_are_cached_by_the_browser_until_they_change() -> None:
    client = client_of(BUSY)
    answer = client.get("/assets/dashboard.js")
    assert (200, "text/javascript; charset=utf-8", "no-cache") == (
        answer.status_code, answer.content_type, answer.headers["Cache-Control"],
    )  # fmt: skip
    again = client.get("/assets/dashboard.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (304, b"") == (again.status_code, again.data)
    for name in ("nothing.js", "dashboard.html", "..%2fdata.py"):
        assert 404 == client.get(f"/assets/{name}").status_code


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(method: str) -> None:
    assert 405 == client_of(BUSY).open("/metrics", method=method).status_code


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("localhost", 200, id="our name"),
        pytest.param("ours.example", 200, id="an allowed name"),
        pytest.param("theirs.example", 400, id="another name"),
        pytest.param("", 400, id="no name"),
        pytest.param("a b", 400, id="no name at all"),
    ],
)
def test_only_allowed_host_names_are_answered(host: str, status: int) -> None:
    assert status == client_of(BUSY, "ours.example").get("/-/healthy", headers={"Host": host}).status_code
