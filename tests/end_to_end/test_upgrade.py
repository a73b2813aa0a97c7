"""An upgrade next to a real Prometheus: no counter bends, also while old files are read again, and new use counts."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from exporter.domain.accounts import account_hash, owner_of
from exporter.domain.calendar.timestamp import to_iso
from support import upgrade_tree
from support.processes import Server, wait_until
from support.prometheus import Prometheus, prometheus
from support.services import PROJECT, free_port
from support.transcripts import append, assistant, usage
from support.upgrade_tree import restore, write_tree

pytestmark = pytest.mark.server

OLD = PROJECT / "tests" / "store" / "database" / "version2.sql"
EXPOSED = Path(__file__).parent / "version2.prom"
"""What the old version exposed of that database."""
OF_READING = "claude_tracker_ingest_.*|claude_tracker_notifications_total"
COUNTERS = f'{{__name__=~"claude_tracker_.*_total", __name__!~"{OF_READING}"}}'
ADA = account_hash(owner_of("org", "ada"))


@contextmanager
def old_version(port: int, exposed: Path) -> Iterator[None]:
    """Serves what an old version exposed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(exposed.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """The old database, and the folders that it read."""
    found = tmp_path / "ada"
    for name in (".claude", ".claude-work"):
        (found / name / "projects" / "-shop").mkdir(parents=True)
        login = {"oauthAccount": {"accountUuid": "ada", "organizationUuid": "org"}}
        (found / name / ".claude.json").write_text(json.dumps(login))
    script = OLD.read_text(encoding="utf-8").replace("/home/dev", str(found))
    with closing(sqlite3.connect(tmp_path / "tracker.db")) as connection:
        connection.executescript(script)
    return found


def test_no_counter_bends(tmp_path: Path, ada: Path) -> None:
    port = free_port()
    with prometheus(tmp_path / "prometheus", port) as scraped:
        with old_version(port, EXPOSED):
            wait_until(lambda: scraped.value("count(claude_tracker_tokens_total)"), "the old version is scraped")
            old = values(scraped)
            time.sleep(2)
        assert len(old) > 30
        with Server(
            tmp_path,
            "--config-dir",
            ada / ".claude",
            "--config-dir",
            ada / ".claude-work",
            "--no-processes",
            port=port,
        ) as server:
            server.wait_ready()
            wait_until(lambda: scraped.value(f'claude_tracker_limit_hits_total{{account="{ADA}"}}'), "it is scraped")
            new = values(scraped)
            limits = ("claude_tracker_limit_hits_total", "claude_tracker_locked_out_seconds_total")
            assert {key: value for key, value in old.items() if key[0] not in limits and value} == {
                key: value for key, value in new.items() if key in old and key[0] not in limits and value
            }
            assert 1 == scraped.value("sum(claude_tracker_limit_hits_total)")
            assert 8_400 == scraped.value("sum(claude_tracker_locked_out_seconds_total)"), "as it was shown"
            assert set() == {series for series, increase in over_range(scraped, "increase").items() if increase}

            line = assistant(
                "new", request="new", uuid="new", at=to_iso(int(time.time() * 1000)), used=usage(1_000, 20)
            )
            append(ada / ".claude" / "projects" / "-shop" / "s9.jsonl", [line])
            tokens = "claude_tracker_tokens_total"
            wait_until(lambda: sum_of(values(scraped), tokens) == sum_of(new, tokens) + 1_020, "the next unit counts")
        assert set() == {series for series, resets in over_range(scraped, "resets").items() if resets}


def test_no_counter_bends_while_old_files_are_read_again(tmp_path: Path) -> None:
    """The version before counted them by other rules."""
    home, port = tmp_path / "ada" / ".claude", free_port()
    write_tree(home)
    restore(tmp_path / "tracker.db", home)
    with prometheus(tmp_path / "prometheus", port) as scraped:
        with old_version(port, upgrade_tree.EXPOSED):
            wait_until(lambda: scraped.value("count(claude_tracker_tokens_total)"), "the old version is scraped")
            old = values(scraped)
            time.sleep(2)
        with Server(tmp_path, "--config-dir", home, "--no-processes", port=port) as server:
            server.wait_ready()
            wait_until(lambda: is_read_again(tmp_path / "tracker.db"), "everything is read again")
            time.sleep(2)
            new = values(scraped)
            worktrees = {key for key in old if "calm-fox" in key[1] or "wild-owl" in key[1]}
            assert len(worktrees) == 4
            assert worktrees.isdisjoint(new), "they belong to their repository now"
            assert {key: old[key] for key in old.keys() - worktrees} == {
                key: new[key] for key in old.keys() - worktrees
            }
            assert 8 == scraped.value("claude_tracker_prompts_total"), "five by the new rules"
            assert set() == {series for series, increase in over_range(scraped, "increase").items() if increase}

            line = assistant("x", request="x", uuid="x", at=to_iso(int(time.time() * 1000)), used=usage(1_000, 20))
            append(home / "projects" / "-home-dev-shop" / "relay.jsonl", [line])
            tokens = "claude_tracker_tokens_total"
            wait_until(lambda: sum_of(values(scraped), tokens) == sum_of(new, tokens) + 1_020, "the next unit counts")
        assert set() == {series for series, resets in over_range(scraped, "resets").items() if resets}


def is_read_again(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT 1 FROM tracker_meta WHERE key = 'reads_again'").fetchone() is None


def values(scraped: Prometheus) -> dict[tuple[str, str], float]:
    """The value of each counter's label set."""
    return {key(one["metric"]): float(one["value"][1]) for one in scraped.query(COUNTERS)}


def key(metric: dict[str, str]) -> tuple[str, str]:
    labels = {name: value for name, value in metric.items() if name not in ("__name__", "instance", "job")}
    return metric["__name__"], json.dumps(labels, sort_keys=True)


def over_range(scraped: Prometheus, function: str) -> dict[tuple[str, str], float]:
    """The function of each counter's label set, over everything."""
    return {
        (name, series): float(one["value"][1])
        for name in {name for name, _ in values(scraped)}
        for one in scraped.query(f"{function}({name}[10m])")
        for _, series in [key({"__name__": name, **one["metric"]})]
    }


def sum_of(found: dict[tuple[str, str], float], name: str) -> float:
    return sum(value for (family, _), value in found.items() if family == name)
