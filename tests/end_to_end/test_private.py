"""No e-mail address, account id or organization id leaves the files it stands in: what is served, logged and sent."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer

from exporter.cli.main import cli
from exporter.domain.accounts import account_hash, owner_of
from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.sources.limits.spool import write_spool_file
from support.listening import Listener
from support.processes import Server, run_command, wait_until
from support.transcripts import Record, api_error, assistant, prompt, write

pytestmark = pytest.mark.server

ACCOUNT, ORGANIZATION = "3376a5ff-aaac-4cd4-90ed-5215c3d8f62d", "0305d0cb-5435-4c4f-b735-f07da81c64a6"
OTHER_ACCOUNT, OTHER_ORGANIZATION = "3082bc94-15ca-40fe-8797-1be18218145b", "2c3e8e21-e77b-4a6b-9089-19215a82e098"
DESKTOP_ORGANIZATION = "7d21c0de-0000-4000-8000-abcdefabcdef"
SECRETS = (
    ACCOUNT, ORGANIZATION, OTHER_ACCOUNT, OTHER_ORGANIZATION, DESKTOP_ORGANIZATION, "ada@example.com",
    "admin@example.com", "Acme Rockets", "sk-ant-secret",
)  # fmt: skip
ROUTES = (
    "/", "/dashboard.html", "/metrics", "/openapi.json", "/api/analytics/current", "/api/health", "/api/limits",
    "/api/limits/history", "/api/limits/weeks", "/api/five-hour-blocks", "/api/sessions/active", "/api/sessions/recent",
    "/api/usage", "/api/usage/cache", "/api/plan", "/api/doctor",
)  # fmt: skip
NOW = int(time.time() * 1000)
RESET = NOW + 2 * HOUR


def lines() -> list[Record]:
    at = to_iso(NOW - HOUR)
    refused = api_error(
        "You've hit your session limit · contact your admin at admin@example.com",
        uuid="e",
        error="rate_limit",
        sessionId="s1",
        timestamp=to_iso(NOW - HOUR // 2),
    )
    quota = {"status": "rejected", "resetsAt": RESET // 1000, "rateLimitType": "five_hour"}
    return [
        prompt("hello", at=at),
        {"type": "attachment", "attachment": {"type": "session_context", "email": "ada@example.com"}},
        assistant("m", request="r", uuid="u", at=at),
        {
            "type": "bridge-session",
            "sessionId": "s1",
            "ownerAccountUuid": ACCOUNT,
            "ownerOrganizationUuid": ORGANIZATION,
        },
        {"type": "hybrid-organization", "sessionId": "s1", "organizationUuid": ORGANIZATION},
        {"type": "attachment", "attachment": {"type": "credential_org", "organizationUuid": ORGANIZATION}},
        refused | {"quotaLimits": quota},
    ]


@pytest.fixture
def home(home: Path) -> Path:
    """Claude's files at their default places."""
    write(home / ".claude" / "projects" / "-shop" / "s1.jsonl", lines())
    other = {"ownerAccountUuid": OTHER_ACCOUNT, "ownerOrganizationUuid": OTHER_ORGANIZATION}
    write(
        home / ".claude" / "projects" / "-shop" / "s2.jsonl",
        [
            assistant("m2", request="r2", uuid="u2", session="s2", at=to_iso(NOW - HOUR // 3)),
            {"type": "bridge-session", "sessionId": "s2", **other},
        ],
    )
    window = {"utilization": 37.5, "resets_at": to_iso(RESET)}
    login = {
        "accountUuid": ACCOUNT, "organizationUuid": ORGANIZATION, "emailAddress": "ada@example.com",
        "organizationName": "Acme Rockets", "organizationRateLimitTier": "default_claude_max_20x",
    }  # fmt: skip
    cached = {"fetchedAtMs": NOW, "accountUuid": ACCOUNT, "utilization": {"five_hour": window, "seven_day": window}}
    (home / ".claude.json").write_text(
        json.dumps({"oauthAccount": login, "cachedUsageUtilization": cached, "primaryApiKey": "sk-ant-secret"})
    )
    desktop = home / ".config" / "Claude"
    desktop.mkdir(parents=True)
    sample = {"t": NOW, "org": DESKTOP_ORGANIZATION, "u": {"fh": 12, "sd": 37}}
    (desktop / "plan-usage-history.json").write_text(json.dumps({"version": 2, "samples": [sample]}))
    return home


def shown_by_commands(database: Path) -> bytes:
    """What the commands print."""
    found = b""
    for command in (
        ["status"], ["status", "--json"], ["limits", "--history"], ["limits", "--history", "--json"], ["sessions"],
        ["sessions", "--json"], ["report", "blocks"], ["report", "blocks", "--json"],
    ):  # fmt: skip
        result = CliRunner().invoke(cli, [*command, "--database", str(database)])
        assert 0 == result.exit_code, result.output
        found += result.stdout_bytes + result.stderr_bytes
    return found


def sent_to_a_webhook(database: Path, tmp_path: Path, httpserver: HTTPServer) -> bytes:
    secret = tmp_path / "secret"
    secret.write_text("s" * 40)
    secret.chmod(0o600)
    httpserver.expect_request("/hook").respond_with_data("")
    options = ["--webhook-url", httpserver.url_for("/hook"), "--webhook-secret-file", str(secret), "--privacy", "full"]
    result = CliRunner().invoke(cli, ["sync", "--no-processes", "--database", str(database), *options])
    assert 0 == result.exit_code, result.output
    bodies = [request.get_data() for request, _ in httpserver.log]
    assert bodies
    return b"".join(bodies) + result.stdout_bytes + result.stderr_bytes


def test_no_id_is_served_logged_or_sent(tmp_path: Path, home: Path, httpserver: HTTPServer) -> None:
    database = tmp_path / "tracker.db"
    everything: list[bytes] = []
    with Server(tmp_path, "--no-processes", "--no-desktop", HOME=str(home)) as server:
        server.wait_ready()
        with Listener(server.port) as listener:
            wait_until(lambda: listener.of("snapshot"), "it listens: the snapshot does not hold the reading yet")
            status = {
                "session_id": "s1",
                "rate_limits": {"five_hour": {"used_percentage": 97, "resets_at": RESET // 1000}},
            }
            write_spool_file(database.with_name("tracker.db.spool"), json.dumps(status).encode(), "status")
            wait_until(lambda: listener.of("limits"), "the reading is pushed")
            everything += [server.get(route).text.encode() for route in ROUTES]
            everything.append(json.dumps(listener.messages).encode())
        labels = {one["account"] for one in json.loads(server.get("/api/limits").text)["accounts"]}
        everything.append(server.said.encode())
    everything.append(shown_by_commands(database))
    assert (
        0 == run_command("dashboard", "--no-processes", "--database", database, "--output", tmp_path / "page.html").code
    )
    everything.append((tmp_path / "page.html").read_bytes())
    everything.append(sent_to_a_webhook(database, tmp_path, httpserver))

    owners = owner_of(ORGANIZATION, ACCOUNT), owner_of(OTHER_ORGANIZATION, OTHER_ACCOUNT)
    desktop = owner_of(DESKTOP_ORGANIZATION, None)
    assert {account_hash(owner) for owner in (*owners, desktop)} == labels, "all of them are known, by a hash"
    assert [] == [secret for secret in SECRETS for part in everything if secret.lower().encode() in part.lower()]
    assert [] == [secret for secret in SECRETS[:5] if secret.encode() in database.read_bytes()], "nor kept"
