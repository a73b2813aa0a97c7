"""A share that falls while its window runs, over a real Prometheus with our rules: all follows, and one raise."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from exporter.domain.accounts import account_hash, owner_of
from exporter.domain.calendar.timestamp import HOUR, to_iso
from exporter.sources.limits.spool import write_spool_file
from support.processes import Server, wait_until
from support.prometheus import running_prometheus
from support.rules import prometheus_config
from support.services import free_port
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

ADA = account_hash(owner_of("org", "ada"))
ANNOUNCED_SECONDS = 40
"""A window that is new is first shown as 0, for half a minute."""
WINDOW = f'account="{ADA}", window="five_hour"'


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    folder = tmp_path / "claude"
    now = to_iso(int(time.time() * 1000) - 60_000)
    write(folder / "projects" / "p" / "s1.jsonl", [assistant("m", request="r", uuid="u", at=now)])
    login = {"oauthAccount": {"accountUuid": "ada", "organizationUuid": "org", "emailAddress": "ada@example.com"}}
    (folder / ".claude.json").write_text(json.dumps(login))
    return folder


def test_the_gauge_follows_one_raise_is_counted_and_no_alert_stays(tmp_path: Path, claude: Path) -> None:
    port = free_port()
    reset = int(time.time()) + 2 * HOUR // 1000

    def show(percent: float, answers: int) -> None:
        payload = {
            "session_id": "s1",
            "transcript_path": str(claude / "projects" / "p" / "s1.jsonl"),
            "cost": {"total_api_duration_ms": 1_000 * answers, "total_cost_usd": answers},
            "rate_limits": {"five_hour": {"used_percentage": percent, "resets_at": reset}},
        }
        write_spool_file(tmp_path / "tracker.db.spool", json.dumps(payload).encode(), "status")

    with Server(tmp_path, "--config-dir", claude, "--no-processes", port=port) as server:
        server.wait_ready()
        with running_prometheus(tmp_path / "prometheus", prometheus_config(tmp_path, port, free_port())) as scraped:
            ratio = f"claude_tracker_window_utilization_ratio{{{WINDOW}}}"
            raised = f"claude_tracker_limit_raised_total{{{WINDOW}}}"
            wait_until(lambda: scraped.value(raised) == 0, "it is scraped")
            show(97, 1)
            wait_until(lambda: ("ClaudeWindowUsageCritical", "firing") in scraped.alerts(), "the alert fires")
            show(97, 1)  # an idle session
            show(2, 2)
            wait_until(lambda: scraped.value(ratio) == 0.02, "the gauge follows")
            wait_until(lambda: scraped.value(raised) == 1, "the raise is counted", ANNOUNCED_SECONDS)
            wait_until(lambda: "ClaudeWindowUsageCritical" not in dict(scraped.alerts()), "the alert ends")
            silent = time.time()
            show(97, 1)  # another idle session, with the old share
            show(3, 3)
            wait_until(lambda: scraped.value(ratio) == 0.03, "the gauge follows")
            assert 1 == scraped.value(raised) == scraped.over_all("increase", raised)
            time.sleep(3)
            since = int(time.time() - silent) - 1
            assert [] == scraped.query(f'count_over_time(ALERTS{{window!=""}}[{since}s])'), "no alert of the old share"
