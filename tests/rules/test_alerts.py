"""From a tracker's figures to a person: a real Prometheus and Alertmanager with what `prometheus/` holds."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from exporter.domain.calendar import timestamp
from exporter.domain.calendar.timestamp import DAY, MINUTE
from support.listening import Listener
from support.processes import Server, run_command, wait_until
from support.prometheus import running_alertmanager, running_prometheus
from support.rules import HOLDS, prometheus_config, replaced
from support.services import free_port
from support.transcripts import append, assistant, usage, write

pytestmark = pytest.mark.server

CRITICAL = ("ClaudeWindowUsageCritical", "firing")
THRESHOLD = 'claude_tracker_alert_threshold{alert="window_utilization_ratio", severity="critical"}'
UTILIZATION = "account_window:claude_tracker_window_utilization:ratio"


def alertmanager_config(tracker: int) -> str:
    values = {"127.0.0.1:3001": f"127.0.0.1:{tracker}", "group_wait: 10s": "group_wait: 1s"}
    return replaced((HOLDS / "alertmanager.yml").read_text(), values)


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", [assistant("m", request="r", uuid="u")])
    return tmp_path / "claude"


def test_a_nearly_full_window_alerts_until_a_threshold_silences_it(tmp_path: Path, claude: Path) -> None:
    """The scraped tracker warns on its own; Alertmanager posts to another machine's tracker, which did not."""
    port = free_port()
    (tmp_path / "other").mkdir()
    with ExitStack() as open_until_the_end:
        other = open_until_the_end.enter_context(Server(tmp_path / "other", "--config-dir", claude)).wait_ready()
        with Server(tmp_path, "--config-dir", claude, port=port) as server:
            server.wait_ready()  # before it is scraped, so that no alert says that it is down
            alertmanager = open_until_the_end.enter_context(
                running_alertmanager(tmp_path / "alertmanager", alertmanager_config(other.port))
            )
            prometheus = open_until_the_end.enter_context(
                running_prometheus(tmp_path / "prometheus", prometheus_config(tmp_path, port, alertmanager))
            )
            person = open_until_the_end.enter_context(Listener(other.port))
            status_line = {"rate_limits": {"five_hour": {"used_percentage": 96, "resets_at": int(time.time()) + 7_200}}}
            run_command("statusline", "--database", server.database, stdin=json.dumps(status_line))
            wait_until(lambda: CRITICAL in prometheus.alerts(), "the alert fires")
            wait_until(lambda: person.of("warning"), "the person is warned")
            warning = person.of("warning")[0]
            assert ("alert", "critical") == (warning["kind"], warning["severity"])
            assert re.fullmatch(r"5 hours: 96 % used, resets \w{3} \d\d:\d\d \w+", warning["title"])
            server.stop()
        with Server(tmp_path, "--config-dir", claude, "--warn-at", "98", "--critical-at", "99", port=port) as server:
            server.wait_ready()
            wait_until(lambda: "window_utilization_ratio" in {name for name, _ in server.samples()}, "it is still 96 %")
            wait_until(lambda: prometheus.value(THRESHOLD) == 0.99, "the new threshold is scraped")
            wait_until(lambda: prometheus.value(UTILIZATION) == 0.96, "the rules see the utilization again")
            wait_until(lambda: CRITICAL not in prometheus.alerts(), "the alert is silent")
            assert 0.96 == prometheus.value(UTILIZATION)


def alert(name: str, severity: str, **labels: str) -> dict[str, dict[str, str]]:
    return {"labels": {"alertname": name, "severity": severity, **labels}}


def test_inhibition_of_alerts(tmp_path: Path) -> None:
    """In a real Alertmanager: what is critical silences the warning of its window, a machine that is down its own."""
    five, local = {"window": "five_hour"}, {"instance": "127.0.0.1:3001"}
    posted = [
        alert("ClaudeWindowUsageCritical", "critical", user="ada", **five),
        alert("ClaudeWindowUsageHigh", "warning", user="ada", **five),
        alert("ClaudeWindowUsageHigh", "warning", user="ada", window="seven_day"),
        alert("ClaudeWindowUsageHigh", "warning", user="ada", account="other", **five),
        alert("ClaudeWindowUsageHigh", "warning", user="bob", **five),
        alert("ClaudeTrackerDown", "critical", user="ada", host="l1", **local),
        alert("ClaudeIngestStale", "warning", user="ada", host="l1", **local),
        alert("ClaudeIngestStale", "warning", user="bob", host="l2", **local),
    ]
    with running_alertmanager(tmp_path / "alertmanager", alertmanager_config(free_port())) as port:
        url = f"http://127.0.0.1:{port}/api/v2/alerts"
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(posted).encode(), headers)).close()

        def inhibited() -> set[tuple[str, ...]]:
            with urllib.request.urlopen(url) as answer:
                found = [one for one in json.load(answer) if one["status"]["inhibitedBy"]]
            return {tuple(one["labels"].get(name, "") for name in ("alertname", "user", "window")) for one in found}

        expected = {("ClaudeWindowUsageHigh", "ada", "five_hour"), ("ClaudeIngestStale", "ada", "")}
        wait_until(lambda: inhibited() == expected, "these two are inhibited")


def test_warnings_wait_at_night_but_critical_alerts_do_not() -> None:
    config = yaml.safe_load((HOLDS / "alertmanager.yml").read_text())
    assert [{"matchers": ['severity="warning"'], "receiver": "tracker", "mute_time_intervals": ["night"]}] == (
        config["route"]["routes"]
    )
    night = [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "07:00"}]
    assert [{"name": "night", "time_intervals": [{"times": night, "location": "Local"}]}] == config["time_intervals"]
    assert ["user", "instance"] == config["route"]["group_by"]


def test_a_fresh_install_with_old_history_is_no_cost_spike(tmp_path: Path) -> None:
    """Ninety days at 500 $ a day up to this hour are history, of which today's part counts for the budget."""
    now = timestamp.from_epoch(time.time())
    projects = tmp_path / "claude" / "projects" / "p"
    for day in range(90):
        lines = [
            assistant(
                f"m{day}-{number}", request=f"r{day}-{number}", uuid=f"u{day}-{number}", session=f"s{day}",
                used=usage(10, 1_000_000), at=timestamp.to_iso(now - day * DAY - number * MINUTE),
            )
            for number in range(20)
        ]  # fmt: skip
        write(projects / f"s{day}.jsonl", lines)
    file = tmp_path / "config.toml"
    file.write_text('threshold = ["cost_spike_usd=1"]\n[budgets.daily]\ncost_usd = 20\nper = "day"\n')
    with Server(tmp_path, "--config-dir", tmp_path / "claude", CLAUDE_TRACKER_CONFIG=str(file)) as server:
        config = prometheus_config(tmp_path, server.wait_ready().port, free_port())
        with running_prometheus(tmp_path / "prometheus", config) as prometheus:
            wait_until(lambda: (prometheus.value("count_over_time(up[1m])") or 0) >= 10, "ten scrapes")
            assert 45_000 < (prometheus.value("sum(claude_tracker_cost_usd_total)") or 0)
            assert [] == prometheus.query('count_over_time(ALERTS{alertname="ClaudeCostSpike"}[1m])')
            new = assistant(
                "new", request="new", uuid="new", session="s0", used=usage(10, 1_000_000), at=timestamp.to_iso(now)
            )
            append(projects / "s0.jsonl", [new])
            wait_until(lambda: ("ClaudeBudgetReached", "firing") in prometheus.alerts(), "today's budget is used up")
            assert [] == prometheus.query('ALERTS{alertname="ClaudeCostSpike"}')
