"""The page before a real tracker, in a real browser."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from support.browser import Open
from support.databases import ingest
from support.processes import Server, run_command
from support.sessions import Processes, register
from support.transcripts import append, assistant, usage, write

pytestmark = pytest.mark.server


def now() -> str:
    moment = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"


def response(number: int, tokens: int) -> dict[str, object]:
    return assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", at=now(), used=usage(tokens, 0))


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", [response(0, 1_000)])
    return tmp_path / "claude"


def test_changes_are_shown_at_once(tmp_path: Path, claude: Path, open_page: Open) -> None:
    with (
        Processes(tmp_path / "bin") as processes,
        Server(tmp_path, "--config-dir", claude, "--processes") as server,
    ):
        watched = open_page(f"http://127.0.0.1:{server.wait_ready().port}/")
        watched.wait_for("#block-body", "Tokens1,000")
        watched.wait_for("#link-text", "Live")
        seconds = []
        for number in range(1, 5):
            started = time.monotonic()
            append(claude / "projects" / "p" / "s1.jsonl", [response(number, 1_000)])
            watched.wait_for("#block-body", f"Tokens{number + 1},000")
            seconds.append(time.monotonic() - started)
        assert min(seconds) < 1, "on a busy machine one of them may take longer"
        pid = processes.start(processes.binary("bin/claude"), "60", cwd=tmp_path / "browsershop")
        register(claude, pid, "live", tmp_path / "browsershop", status="waiting")
        watched.wait_for("#active-body", "browsershop")
        processes.end(pid)
        watched.page.locator("#active-body").filter(has_not_text="browsershop").wait_for(timeout=10_000)
        assert [] == watched.complaints
        own = (f"http://127.0.0.1:{server.port}/", f"ws://127.0.0.1:{server.port}/")
        assert [] == [url for url in watched.requests if not url.startswith((*own, "data:"))]


def test_it_reconnects_to_a_restarted_tracker(tmp_path: Path, claude: Path, open_page: Open) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        watched = open_page(f"http://127.0.0.1:{server.wait_ready().port}/")
        watched.wait_for("#link-text", "Live")
        server.kill()
        watched.wait_for("#link-text", "Disconnected")
        append(claude / "projects" / "p" / "s1.jsonl", [response(1, 2_000)])
        with Server(tmp_path, "--config-dir", claude, port=server.port):
            watched.wait_for("#block-body", "Tokens3,000")
            watched.wait_for("#link-text", "Live")


def test_the_file_that_the_command_writes_opens_from_disk(tmp_path: Path, claude: Path, open_page: Open) -> None:
    file, database = tmp_path / "dashboard.html", tmp_path / "tracker.db"
    ingest("--database", database, "--config-dir", claude)
    done = run_command("dashboard", "--output", file, "--database", database, "--config-dir", claude)
    assert (0, True) == (done.code, done.stdout.startswith("Wrote the dashboard as of 20"))
    watched = open_page(file.as_uri())
    watched.wait_for("#block-body", "Tokens1,000")
    assert [] == watched.complaints
    assert [file.as_uri()] == [url for url in watched.requests if not url.startswith("data:")]


def test_the_server_writes_the_same_file(tmp_path: Path, claude: Path) -> None:
    with Server(tmp_path, "--config-dir", claude) as server:
        answer = server.wait_ready().get("/dashboard.html?download")
        data = json.loads(answer.text.partition('id="data"')[2].partition(">")[2].partition("</script>")[0])
        assert (200, 1_000) == (answer.status, data["current"]["totals"]["total_tokens"])
        assert 'attachment; filename="claude-tracker.html"' == answer.headers["Content-Disposition"]
