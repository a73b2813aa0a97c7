"""Every alert as a person gets it: fired by a real Prometheus, sent by a real Alertmanager, shown by the tracker.

Prometheus has the counters of the last 28 days, and scrapes the gauges of a moment at which everything is wrong.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pytest_httpserver import HTTPServer

from exporter.domain.limits.reading import window_name
from exporter.domain.notifications.warning import Thresholds
from support.listening import Listener
from support.month import DAY, HOUR, MINUTE
from support.processes import Server, wait_until
from support.prometheus import running_alertmanager, running_prometheus
from support.rules import HOLDS, prometheus_config, replaced
from support.services import free_port, output_of
from support.stores import Samples, as_text

pytestmark = pytest.mark.server

RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((HOLDS / "rules" / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
Person = tuple[dict[str, dict[str, Any]], int]
"""What somebody sees: warnings by their text, and the port of their tracker."""
SCRAPED = 3 * MINUTE
"""So long ago the samples of the past end: Prometheus adds none that are older than those it has."""
AT = r"[A-Z][a-z]{2} \d\d:\d\d \w+"
SAID = {
    "ClaudeBlockEndsSoon": r"Your 5-hour block ends in 10 min: The next prompt after that starts a new one\.",
    "ClaudeWindowUsageHigh": (
        rf"5 hours \(work\): 85 % used, resets {AT}: 15 % is left\. It resets {AT}, in 2 h 0\d min\."
    ),
    "ClaudeWindowUsageCritical": (
        rf"Opus week \(home\): 97 % used, resets {AT}: Almost nothing is left\. It resets {AT}, in 3 d 0 h\."
    ),
    "ClaudeLimitBeforeReset": (
        rf"5 hours \(lab\) is likely to run out before its reset {AT}: "
        rf"Runs out in about \d\d min of work, {AT}; the reset is {AT}, in \d h \d\d min\."
    ),
    "ClaudeBlockLimitBeforeEnd": (
        r"This 5-hour block will exceed your own token limit: "
        r"At the burn rate of the last half hour it reaches about 2M tokens by its end\."
    ),
    "ClaudeLimitHit": (
        rf"Week \(side\): limit reached until {AT}: Requests are refused until it resets {AT}, in 2 d 0 h\."
    ),
    "ClaudeReadingStale": (
        r"No usage report from Claude for 2 h 0\d min: "
        r"Sessions are active, so how much of your limits is left is unknown\. "
        r"`claude-tracker doctor` shows which source stopped\."
    ),
    "ClaudeSessionWaits": (
        r"A session has waited for you for 12 min: "
        r"Claude waits for an answer or a permission\. `claude-tracker sessions` shows in which project\."
    ),
    "ClaudeBudgetReached": r"Budget daily is used up: 112 % of it is used in its current period, by list price\.",
    "ClaudeCostSpike": (
        r"\$4\d\.\d\d in the last hour, far more than usual: "
        r"By list price\. It is far above the most expensive hour of the seven days before\."
    ),
    "ClaudeCacheHitRatioLow": r"Only (19|20) % of the input came from the prompt cache: That is the last 24 hours, .*",
    "ClaudeTrackerDown": (
        r"The tracker at 127\.0\.0\.1:\d+ does not answer: "
        r"For five minutes there have been no counts and no warnings\. "
        r"No data is lost\. Start it: `claude-tracker run`\."
    ),
    "ClaudeIngestStale": (
        r"Transcripts have not been read for 1\d min: "
        r"Usage since then is missing until they are\. The log of the tracker at laptop shows why\."
    ),
    "ClaudeLinesSkipped": r"5 % of the transcript lines could not be counted: In the last hour, .* rebuild`\.",
    "ClaudeSyncStale": (
        r"Your Netlify site is out of date: "
        r"It has not been updated for a long time, or never\. `claude-tracker status` shows why\."
    ),
    "ClaudeCollectorFailed": (
        r"The tracker cannot read the list of sessions: "
        r"That has failed for ten minutes\. The log of the tracker at laptop shows why\."
    ),
    "ClaudeDatabaseDamaged": (
        r"The tracker's database is damaged: "
        r"Nothing is written to it any more\. Stop the tracker at laptop and run `claude-tracker repair`\."
    ),
    "ClaudeCounterReset": (
        r"The tracker's database was replaced or lost: Its counters decreased, which they never do\. .* too high\."
    ),
}


def flat(name: str, value: float, now: int, user: str = "", /, **labels: str) -> Samples:
    """A gauge now."""
    return {series(name, user, **labels): [(now, value)]}


def series(name: str, user: str = "", /, **labels: str) -> str:
    own = {"job": "claude-tracker", "instance": "laptop", "user": user} | labels
    written = ",".join(f'{key}="{value}"' for key, value in own.items() if value)
    return f"claude_tracker_{name}{{{written}}}"


def rising(name: str, pace: float, now: int, /, **labels: str) -> Samples:
    """A counter that rose by so much an hour for a day."""
    times = range(now - DAY - HOUR, now - SCRAPED, MINUTE)
    return {series(name, **labels): [(at, (at - times[0]) * pace / HOUR) for at in times]}


def window(account: str, name: str, window: str, share: float, resets_in: int, now: int) -> Samples:
    labels = {"account": account, "window": window}
    return {
        **flat("window_utilization_ratio", share, now, source="statusline", **labels),
        **flat("window_observed_timestamp_seconds", now, now, source="statusline", **labels),
        **flat("window_reset_timestamp_seconds", now + resets_in + 5 * MINUTE, now, **labels),
        **flat("account_info", 1, now, account=account, name=name, plan="max", organization="o"),
    }


def past(now: int) -> Samples:
    """Counters and recorded values up to some minutes ago."""
    hourly = range((now - 28 * DAY) // HOUR * HOUR, now - DAY, HOUR)  # at full hours, as a subquery asks
    recent = range(now - 2 * HOUR, now - SCRAPED, MINUTE)
    return {
        "user:claude_tracker_cost_usd:increase1h": [(at, 5.0) for at in range(now - 7 * DAY, now - HOUR, HOUR)],
        "user:claude_tracker_cache_read_tokens:increase1d": [(at, 9e7) for at in hourly],
        "user:claude_tracker_input_tokens:increase1d": [(at, 1e8) for at in hourly],
        series("build_info", version="1"): [(at, 1.0) for at in hourly],
        series("cost_usd_total", model="m", chain="main"): [(at, max(0, at - now + HOUR) / 72) for at in recent],
        series("tokens_total", "dora", token_type="input"): [
            (at, 5.0 if at < now - HOUR // 2 else 3.0) for at in recent
        ],
        **rising("tokens_total", 1e6, now, token_type="cache_read"),
        **rising("tokens_total", 4e6, now, token_type="input"),
        **rising("ingest_lines_total", 1_000, now),
        **rising("ingest_skipped_lines_total", 50, now, reason="malformed"),
    }


def present(now: int) -> Samples:
    """The gauges of a moment."""
    thresholds = {
        name: samples
        for user in ("", "bob", "carl")
        for alert, severity, value in Thresholds().by_alert()
        for name, samples in flat("alert_threshold", value, now, user, alert=alert, severity=severity).items()
    }
    return {
        **thresholds,
        **flat("block_remaining_seconds", 600, now),
        **flat("block_burn_tokens_per_second", 5, now),
        **flat("block_projected_tokens", 2e6, now, "bob"),
        **flat("block_token_limit", 1e6, now, "bob", basis="custom"),
        **window("aaa", "work", "five_hour", 0.85, 2 * HOUR, now),
        **window("bbb", "home", "seven_day_opus", 0.97, 3 * DAY, now),
        **window("ccc", "lab", "five_hour", 0.5, 2 * HOUR, now),
        **flat("window_runs_out_timestamp_seconds", now + 40 * MINUTE, now, account="ccc", window="five_hour"),
        **window("ddd", "side", "seven_day", 0.6, 2 * DAY, now),
        **flat("locked_out", 1, now, account="ddd", window="seven_day"),
        **flat(
            "window_observed_timestamp_seconds", now - 2 * HOUR, now, "carl", account="e", window="spend", source="s"
        ),
        **flat("sessions", 1, now, "carl", session_type="claude_code", state="busy"),
        **flat("session_waiting_seconds", 720, now),
        **flat("budget_used_ratio", 1.12, now, budget="daily"),
        **flat("ingest_last_success_timestamp_seconds", now - 11 * MINUTE, now),
        **flat("sync_last_success_timestamp_seconds", now - 2 * HOUR, now, target="netlify"),
        **flat("collector_success", 0, now, collector="registry"),
        **flat("database_ok", 0, now),
    }


def scraping(config: str, port: int) -> str:
    """The configuration with one more target, whose labels hold."""
    found = yaml.safe_load(config)
    target = {"targets": [f"127.0.0.1:{port}"]}
    found["scrape_configs"].append({"job_name": "made up", "honor_labels": True, "static_configs": [target]})
    return str(yaml.safe_dump(found))


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """What the tracker shows of every alert, by the alert's name, and the tracker's port."""
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "claude" / "projects").mkdir(parents=True)
    store = folder / "prometheus"
    store.mkdir()
    now = round(time.time())
    (folder / "series.om").write_text(as_text(past(now)) + "# EOF\n")
    command = ("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1458h")
    output_of("promtool", *command, folder / "series.om", store / "data")
    gauges = "".join(f"{name} {samples[0][1]!r}\n" for name, samples in present(now).items())
    with HTTPServer() as target, Server(folder, "--config-dir", folder / "claude", "--no-processes") as tracker:
        target.expect_request("/metrics").respond_with_data(gauges, content_type="text/plain; version=0.0.4")
        port = tracker.wait_ready().port
        always = {"mute_time_intervals: [night]": "mute_time_intervals: []", "group_wait: 10s": "group_wait: 1s",
                  "group_interval: 1m": "group_interval: 1s", "127.0.0.1:3001": f"127.0.0.1:{port}"}  # fmt: skip
        alertmanager = replaced((HOLDS / "alertmanager.yml").read_text(), always)
        with Listener(port) as listener, running_alertmanager(folder / "alertmanager", alertmanager) as sends:
            config = scraping(prometheus_config(folder, free_port(), sends), target.port)
            flags = ("--storage.tsdb.retention.time=100d", "--rules.alert.resend-delay=2s")  # it finds where to later
            with running_prometheus(store, config, *flags) as prometheus:
                wait_until(lambda: len(listener.of("warning")) >= len(SAID), "every alert has arrived", 60)
                firing = {labels["alertname"] for labels in prometheus.firing()}
                assert SAID.keys() == firing
            yield {f"{one['title']}: {one['text']}": one for one in listener.of("warning")}, port


def test_every_alert_has_its_words_here() -> None:
    assert [rule["alert"] for rule in RULES] == list(SAID)


@pytest.mark.parametrize("alert", SAID)
def test_an_alert_reads_like_the_trackers_own_warning(person: Person, alert: str) -> None:
    shown, _ = person
    found = [text for text in shown if re.fullmatch(SAID[alert], text)]
    assert 1 == len(found), list(shown)
    severity = next(rule["labels"]["severity"] for rule in RULES if rule["alert"] == alert)
    assert ("alert", severity) == (shown[found[0]]["kind"], shown[found[0]]["severity"])


def test_no_alert_has_an_internal_name(person: Person) -> None:
    shown, _ = person
    assert len(SAID) == len(shown)
    for text in shown:
        assert not re.search(r"\w_\w|\{|\}|<no value>|%!|[0-9]+[hm] [0-9]+[ms]", text), text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_the_link_opens_the_entry_of_the_runbook(person: Person, rule: dict[str, Any]) -> None:
    _, port = person
    address, _, entry = rule["annotations"]["runbook_url"].partition("#")
    assert "http://127.0.0.1:3001/runbook" == address
    with urllib.request.urlopen(address.replace("3001", str(port))) as answer:
        assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
        assert f'<section id="{entry}">\n<h2>{rule["alert"]}</h2>\n<p>' in answer.read().decode()


def test_windows_have_the_names_of_the_trackers_own_warnings() -> None:
    assert ["5 hours", "Week", "Opus week"] == [
        window_name(name) for name in ("five_hour", "seven_day", "seven_day_opus")
    ]
