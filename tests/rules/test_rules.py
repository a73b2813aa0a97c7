"""What `prometheus/` holds is valid; each alert has its entry and its tests, and asks for nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from exporter.domain.notifications.alert import COVERED_BY
from exporter.domain.notifications.warning import RULE_THRESHOLDS, Thresholds
from support.promql import exposed, metrics_in
from support.rules import of_all
from support.services import PROJECT, output_of

pytestmark = pytest.mark.server

FOLDER = PROJECT / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
TESTS = sorted(path for path in (FOLDER / "tests").glob("*.yml") if path.name != "fleet.yml")
"""Apart from those of many machines, which are in test_fleet.py."""
RUNBOOK = (FOLDER / "runbook.md").read_text()
OF_PROMETHEUS = {"up"}
SELECTOR = re.compile(r'alert_threshold\{alert="(\w+)"')


ALL_RULES = of_all(RULES, "groups", "rules")
ALERTS = {rule["alert"]: rule for rule in ALL_RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in ALL_RULES if "record" in rule}


def test_the_configuration_and_the_rules_are_valid() -> None:
    output_of("promtool", "check", "config", FOLDER / "prometheus.yml")
    output_of("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    output_of("amtool", "check-config", FOLDER / "alertmanager.yml")


@pytest.mark.parametrize("tests", TESTS, ids=lambda path: path.name)
def test_the_rules_pass_their_tests(tests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file at a time: promtool 2.42 takes the interval of the first for all of them."""
    monkeypatch.setenv("TZ", "UTC")
    assert "SUCCESS" in output_of("promtool", "test", "rules", tests)


@pytest.mark.parametrize("labels", [("severity=warning",), ("severity=critical", "window=five_hour"), ()])
def test_every_alert_reaches_the_tracker(labels: tuple[str, ...]) -> None:
    output = output_of("amtool", "config", "routes", "test", f"--config.file={FOLDER / 'alertmanager.yml'}", *labels)
    assert "tracker" == output.strip()


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_is_tested_firing_and_quiet(name: str) -> None:
    cases = [case for case in of_all(TESTS, "tests", "alert_rule_test") if case["alertname"] == name]
    assert {True, False} == {bool(case["exp_alerts"]) for case in cases}


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_has_a_text_and_a_runbook_entry(name: str) -> None:
    rule = ALERTS[name]
    words = rule["annotations"]
    assert {"summary", "description", "runbook_url"} <= set(words)
    assert f"http://127.0.0.1:3001/runbook#{name.lower()}" == words["runbook_url"]
    assert f"\n## {name}\n" in RUNBOOK
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert words.get("warning") in {None, *COVERED_BY}


def test_the_runbook_names_no_other_alert() -> None:
    assert sorted(ALERTS) == sorted(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE))


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_uses_only_existing_metrics(rule: dict[str, Any]) -> None:
    used = metrics_in(promql_parser.parse(rule["expr"]))
    assert used
    assert used <= exposed().keys() | RECORDED | OF_PROMETHEUS


def test_every_threshold_is_used_and_every_comparison_has_one() -> None:
    compared = {name for rule in ALERTS.values() for name in SELECTOR.findall(rule["expr"])}
    assert compared == {name for name, _, _ in Thresholds(for_rules=dict.fromkeys(RULE_THRESHOLDS, 1.0)).by_alert()}
