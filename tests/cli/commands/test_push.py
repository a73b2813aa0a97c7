"""`push` and `setup fleet` as a user runs them, against a store that says what came."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from exporter.cli.main import cli as command
from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.push.wire import Series, decode
from support.transcripts import assistant, prompt, tool_use, write

SECRETS = ("very-secret-shop", "/home/ada", "0a1b2c3d-session", "feature/hidden", "ada@example.com", "acme-model")


class Cli:
    """Runs commands in a home of its own. `config`: the configuration file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.projects = home / "claude" / "projects"
        self.config = home / "config" / "claude-tracker" / "config.toml"
        self._where = ("--database", str(home / "tracker.db"))

    def __call__(self, *arguments: str, reads: bool = False, code: int = 0) -> str:
        """What it prints. `reads`: the transcripts first."""
        if reads:
            self("ingest", "--no-processes", "--config-dir", str(self.home / "claude"))
        more = (
            ("--config-dir", str(self.home / "claude"), "--no-processes") if arguments[0] in ("push", "status") else ()
        )
        done = CliRunner().invoke(command, [*arguments, *self._where, *more])
        assert code == done.exit_code, done.output
        return done.output

    def write_config(self, text: str) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)


class Store:
    """`status`: of its answers; `seen`: the headers of each request."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/api/v1/write")
        self.status = 204
        self.headers: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.seen: list[dict[str, str]] = []
        server.expect_request("/api/v1/write").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        self.bodies.append(request.get_data())
        self.seen.append({name.lower(): value for name, value in request.headers.items()})
        return Response(b"denied", self.status, self.headers)

    def series(self) -> list[Series]:
        return [one for body in self.bodies for one in decode(body)]


@pytest.fixture
def store(httpserver: HTTPServer) -> Store:
    return Store(httpserver)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """With two hours of use, and a state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = Cli(tmp_path)
    now = round(time.time() * 1000)
    write(found.projects / "-home-ada-very-secret-shop" / "0a1b2c3d-session.jsonl", [
        prompt("hello", session="0a1b2c3d-session", at=to_iso(now - 2 * HOUR), cwd="/home/ada/very-secret-shop",
               gitBranch="feature/hidden"),
        assistant(session="0a1b2c3d-session", at=to_iso(now - HOUR), cwd="/home/ada/very-secret-shop",
                  content=[tool_use()], gitBranch="feature/hidden"),
        assistant("msg_2", request="req_2", uuid="a2", session="0a1b2c3d-session", at=to_iso(now - HOUR),
                  model="acme-model", cwd="/home/ada/very-secret-shop"),
    ])  # fmt: skip
    return found


def test_from_nothing_to_the_first_sample_in_one_command(cli: Cli, store: Store) -> None:
    done = cli("setup", "fleet", "--url", store.url, "--label", "team=payments", "--yes", reads=True)
    assert "took 1 sample" in done
    assert f"{store.url} has everything until" in done
    tokens = [one for one in store.series() if ("__name__", "claude_tracker_tokens_total") in one.labels]
    assert {("team", "payments")} <= set(tokens[0].labels)
    assert {0} == {at % 60_000 for one in store.series() for at, _ in one.samples}, (
        "the first is not later than the next"
    )
    assert 60 == sum({one.labels: one.samples[-1][1] for one in tokens}.values())
    assert f'[fleet]\nurl = "{store.url}"\n\n[fleet.labels]\nteam = "payments"\n' == cli.config.read_text()


MINE = (None, b"", b"# mine\r\ntimezone = 'UTC'   # here\r\n\r\n[run]\r\nlisten='3102'", b"timezone = 'UTC' #")


@pytest.mark.parametrize("before", MINE)
def test_undo_leaves_the_configuration_byte_for_byte(cli: Cli, store: Store, before: bytes | None) -> None:
    if before is not None:
        cli.config.parent.mkdir(parents=True, exist_ok=True)
        cli.config.write_bytes(before)
    kept = cli.config.read_bytes() if before is not None else None
    cli("setup", "fleet", "--url", store.url, "--yes", reads=True)
    assert b"[fleet]" in cli.config.read_bytes()
    cli("setup", "fleet", "--url", store.url, "--label", "team=a", "--yes")
    cli("setup", "fleet", "--undo", "--yes")
    assert kept == (cli.config.read_bytes() if cli.config.exists() else None)
    assert [] == list((cli.home / "state").rglob("*.json"))


def test_undo_of_a_file_that_was_changed_since(cli: Cli, store: Store) -> None:
    cli("setup", "fleet", "--url", store.url, "--yes", reads=True)
    cli.config.write_text('timezone = "UTC"\n' + cli.config.read_text())
    cli("setup", "fleet", "--undo", "--yes")
    assert 'timezone = "UTC"\n' == cli.config.read_text()


TAKES_NOTHING = [(401, "its credentials are not valid"), (404, "check the path"), (400, "denied")]


@pytest.mark.parametrize(("status", "says"), TAKES_NOTHING)
def test_a_store_that_does_not_take_it(cli: Cli, store: Store, status: int, says: str) -> None:
    store.status = status
    failed = cli("setup", "fleet", "--url", store.url, "--yes", reads=True, code=11)
    assert says in failed
    assert "Nothing was written" in failed
    assert not cli.config.exists()


def test_a_dry_run_prints_every_series_and_sends_nothing(cli: Cli, store: Store) -> None:
    cli.write_config(f'[fleet]\nurl = "{store.url}"\n[fleet.labels]\nuser = "u1"\nhost = "h1"\n')
    printed = cli("push", "--dry-run", reads=True)
    assert [] == store.bodies
    lines = [line for line in printed.splitlines() if line.startswith("claude_tracker_")]
    assert 40 < len(lines) < 150
    assert all('user="u1"' in line and 'host="h1"' in line and 'tracker="' in line for line in lines)
    assert any(line.startswith("claude_tracker_responses_total{") and line.endswith(" 1") for line in lines)


def test_nothing_private_leaves(cli: Cli, store: Store) -> None:
    """Searched in every uncompressed body."""
    cli.write_config(f'[fleet]\nurl = "{store.url}"\n')
    cli("push", "--once", reads=True)
    text = repr(store.series())
    assert "claude_tracker_tokens_total" in text
    assert [] == [secret for secret in SECRETS if secret in text]
    assert '"other"' in json.dumps([dict(one.labels) for one in store.series()])


def test_names_of_projects_by_choice(cli: Cli, store: Store) -> None:
    cli.write_config(f'[fleet]\nurl = "{store.url}"\nprivacy = "projects"\n')
    cli("push", "--once", reads=True)
    found = {dict(one.labels).get("project") for one in store.series()}
    assert {"very-secret-shop", None} == found


def test_credentials_and_headers(cli: Cli, store: Store, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-secret\n")
    token.chmod(0o600)
    cli.write_config(f"[fleet]\nurl = '{store.url}'\ntoken-file = '{token}'\n[fleet.headers]\nX-Scope-OrgID = 'eng'\n")
    cli("push", "--once", reads=True)
    assert {("Bearer a-secret", "eng")} == {(seen["authorization"], seen["x-scope-orgid"]) for seen in store.seen}
    assert {"0.1.0"} == {seen["x-prometheus-remote-write-version"] for seen in store.seen}
    token.chmod(0o644)
    assert "others can read the file" in cli("push", "--once", code=11)


def test_a_user_with_a_password(cli: Cli, store: Store, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("pass\n")
    password.chmod(0o600)
    cli.write_config(f"[fleet]\nurl = '{store.url}'\nusername = 'me'\npassword-file = '{password}'\n")
    cli("push", "--once", reads=True)
    assert {"Basic bWU6cGFzcw=="} == {seen["authorization"] for seen in store.seen}


def test_no_credential_follows_a_redirect(cli: Cli, store: Store, httpserver: HTTPServer, tmp_path: Path) -> None:
    asked: list[Any] = []

    def note(request: Request) -> Response:
        asked.append(request)
        return Response()

    httpserver.expect_request("/elsewhere").respond_with_handler(note)
    store.status, store.headers = 308, {"Location": httpserver.url_for("/elsewhere")}
    cli.write_config(f'[fleet]\nurl = "{store.url}"\n')
    assert "it has moved" in cli("push", "--once", reads=True, code=11)
    assert [] == asked


def test_without_a_store(cli: Cli) -> None:
    assert "no store configured: run `claude-tracker setup fleet`" in cli("push", "--once", code=2)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("fleet = 1", "is a table"),
        ("[fleet]\ntoken-file = 'x'", "needs url"),
        ("[fleet]\nurl = 'http://store.example/w'", "must be an https:// address"),
        ("[fleet]\nurl = 'https://me:pass@store.example/w'", "has a password in it"),
        ("[fleet]\nurl = 'https://s.example/w'\nlabel = 'x'", "has no key 'label'"),
        ("[fleet]\nurl = 'https://s.example/w'\nprivacy = 'full'", "privacy must be totals or projects"),
        ("[fleet]\nurl = 'https://s.example/w'\nsince = 'soon'", "since must be a day"),
        ("[fleet]\nurl = 'https://s.example/w'\nclient-cert = 'x'", "both client-cert and client-key"),
        ("[fleet]\nurl = 'https://s.example/w'\nusername = 'x'\ntoken-file = 'y'", "a token and a username"),
        ("[fleet]\nurl = 'https://s.example/w'\nlabels = {model = 'x'}", "the tracker itself uses 'model'"),
        ("[fleet]\nurl = 'https://s.example/w'\nlabels = {'a b' = 'x'}", "cannot be the name of a label"),
        ("[fleet]\nurl = 'https://s.example/w'\nlabels = {team = ''}", "visible characters"),
        ("[fleet]\nurl = 'https://s.example/w'\nheaders = {Authorization = 'x'}", "cannot be set here"),
        ("[fleet]\nurl = 'https://s.example/w'\nheaders = {X-A = \"x\\u0001\"}", "must be a text"),
    ],
)
def test_a_table_that_cannot_be_used(cli: Cli, table: str, says: str) -> None:
    cli.write_config(table + "\n")
    assert says in cli("push", "--once", code=2)


def test_status_says_to_whom_figures_are_sent(cli: Cli, store: Store) -> None:
    cli.write_config(f'[fleet]\nurl = "{store.url}"\n')
    cli("push", "--once", reads=True)
    host = store.url.split("/")[2]
    assert f"Figures are sent to {host} since " in " ".join(cli("status").split())
    shown = json.loads(cli("status", "--json"))["store"]
    assert (store.url, None, False) == (shown["url"], shown["problem"], shown["is_stopped"])
