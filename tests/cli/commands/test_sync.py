"""`claude-tracker sync`, what it needs, and a tracker that syncs on its own."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.domain.calendar import timestamp
from support.databases import ingest
from support.named_use import history
from support.netlify import SITE, TOKEN, Answer, FakeNetlify, ReceivedRequest
from support.processes import SECONDS, Outcome, Process, Server, run_command, total_of, wait_until
from support.timing import least_seconds

pytestmark = pytest.mark.server

TOKEN_VARIABLE = "CLAUDE_TRACKER_NETLIFY_TOKEN"


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    history(tmp_path / "claude", Path("/home/ada/secret-work"), timestamp.from_epoch(time.time()), days=3)
    return tmp_path / "claude"


@pytest.fixture
def options(claude: Path, tmp_path: Path, netlify: FakeNetlify) -> list[str]:
    where = ["--database", str(tmp_path / "tracker.db"), "--config-dir", str(claude)]
    ingest(*where)
    return [*where, "--netlify-api", netlify.url, "--netlify-site", SITE]


def sync(*options: str | Path) -> Outcome:
    result = CliRunner().invoke(cli, ["sync", *map(str, options)])
    return Outcome(result.exit_code, result.stdout, result.stderr)


def test_a_manual_sync_sends_once(options: list[str], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    outcome = sync(*options)
    assert (0, "") == (outcome.code, outcome.stderr)
    assert outcome.stdout.startswith("netlify: sent the state of ")
    assert "/data.json" in netlify.files
    netlify.forget()
    outcome = sync(*options)
    assert (0, "netlify: already up to date\n", []) == (outcome.code, outcome.stdout, netlify.requests)


def test_each_failure_has_its_own_exit_code(
    options: list[str], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "wrong")
    outcome = sync(*options)
    assert 11 == outcome.code
    assert "netlify: Netlify answered 401: the token is not valid." in outcome.stderr


def test_without_a_token_it_says_where_to_put_it(options: list[str], netlify: FakeNetlify) -> None:
    outcome = sync(*options)
    assert (11, []) == (outcome.code, netlify.requests)
    assert f"there is no token: set {TOKEN_VARIABLE}, or name a file with --netlify-token-file" in outcome.stderr


def test_a_token_file_that_others_can_read_is_refused(options: list[str], netlify: FakeNetlify, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o640)
    outcome = sync(*options, "--netlify-token-file", file)
    assert (11, []) == (outcome.code, netlify.requests)
    assert (
        "others can read the file with the secret: make yourself its owner, and run chmod 600 on it" in outcome.stderr
    )
    assert str(file) not in outcome.stderr, "what is logged names no path"
    file.chmod(0o600)
    file.write_text("two words")
    assert (
        "or its file contains characters that a secret cannot have"
        in sync(*options, "--netlify-token-file", file).stderr
    )
    file.unlink()
    assert "cannot read the file with the secret: No such file" in sync(*options, "--netlify-token-file", file).stderr
    os.mkfifo(file, 0o600)
    assert (
        "cannot read the file with the secret: not a regular file"
        in sync(*options, "--netlify-token-file", file).stderr
    )
    file.unlink()
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert 0 == sync(*options, "--netlify-token-file", file).code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no destination configured: run `claude-tracker setup netlify`"),
        (["--netlify-site", "x", "--netlify-api", "http://api.netlify.com"], "--netlify-api must be an https://"),
        (["--webhook-url", "http://example.com/x"], "--webhook-url must be an https:// address"),
        (["--webhook-url", "https://[bad"], "--webhook-url must be an https:// address"),
        (["--webhook-url", f"https://{'x' * 64}.example/"], "--webhook-url must be an https:// address"),
        (["--webhook-url", "https:///x"], "--webhook-url must be an https:// address"),
        (["--webhook-url", "ftp://127.0.0.1/x"], "--webhook-url must be an https:// address"),
        (["--netlify-site", "x", "--dry-run", "--watch"], "--dry-run and --watch cannot be combined"),
        (["--privacy", "everything"], "'everything' is not one of"),
    ],
)
def test_invalid_options_are_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    outcome = sync("--database", tmp_path / "x.db", *arguments)
    assert (2, True) == (outcome.code, said in outcome.stderr), outcome.stderr


def test_a_token_is_not_accepted_as_an_option() -> None:
    help_text = CliRunner().invoke(cli, ["sync", "--help"]).stdout
    assert "--netlify-token " not in help_text
    assert "--webhook-secret " not in help_text


def test_a_tracker_syncs_on_its_own_and_reports_the_state(
    tmp_path: Path, options: list[str], netlify: FakeNetlify
) -> None:
    database = ("--config-dir", tmp_path / "claude", "--netlify-api", netlify.url, "--netlify-site", SITE)
    with Server(tmp_path, *database, CLAUDE_TRACKER_NETLIFY_TOKEN=TOKEN) as server:
        server.wait_ready()
        wait_until(lambda: "/data.json" in netlify.files, "it was sent")
        wait_until(lambda: total_of(server.samples(), "sync_runs_total") == 1, "it is counted")
        samples = server.samples()
        assert 0 == total_of(samples, "sync_failures_total")
        assert abs(total_of(samples, "sync_last_success_timestamp_seconds") - time.time()) < 60
        (target,) = json.loads(server.get("/api/analytics/current").text)["sync"]
        assert ("netlify", None, False) == (target["target"], target["problem"], target["is_stopped"])
        status = run_command("status", "--full", "--database", server.database, "--config-dir", tmp_path / "claude")
        assert "netlify: sent 20" in status.stdout
        assert TOKEN not in server.said
    assert TOKEN.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("tracker.db*") if path.is_file())


def test_a_hanging_target_delays_nothing(tmp_path: Path, claude: Path, netlify: FakeNetlify) -> None:
    """Neither answers nor the end."""
    hung: list[ReceivedRequest] = []
    is_over = threading.Event()

    def hang(request: ReceivedRequest) -> Answer | None:
        hung.append(request)
        is_over.wait(SECONDS)
        return Answer(503)

    def answer_and_stop(attempt: int) -> float:
        hung.clear()
        is_over.clear()
        with Server(
            tmp_path, *target, database=tmp_path / f"{attempt}.db", CLAUDE_TRACKER_NETLIFY_TOKEN=TOKEN
        ) as server:
            server.wait_ready()
            wait_until(lambda: hung, "it asks")
            started = time.monotonic()
            assert total_of(server.samples(), "responses_total") > 0
            assert 200 == server.get("/api/analytics/current").status
            answered = time.monotonic() - started
            code, stopped = server.stop()
            assert 0 == code
            is_over.set()
            return max(answered, stopped)

    netlify.rule = hang
    target = ("--config-dir", claude, "--netlify-api", netlify.url, "--netlify-site", SITE)
    try:
        assert least_seconds(answer_and_stop, 3) < 3
    finally:
        is_over.set()


def test_watch_keeps_syncing_in_its_own_process(
    tmp_path: Path, options: list[str], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert 0 == run_command("ingest", *options[:4]).code
    with Process(tmp_path / "watch.log", "sync", "--watch", *options) as process:
        wait_until(lambda: "/data.json" in netlify.files, "it was sent")
        assert 0 == process.stop()[0]
        assert "sending changes in" in process.said
        assert TOKEN not in process.said


def test_by_default_only_totals_are_sent(
    options: list[str], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    sync(*options)
    assert "totals" == json.loads(netlify.files["/data.json"])["privacy"]
