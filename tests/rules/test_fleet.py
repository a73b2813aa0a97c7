"""The rules about many machines: valid for Prometheus and vmalert, tested, and apart from those of one machine."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import Any

import promql_parser
import pytest
import yaml

from exporter.metrics.lean import names
from support.promql import metrics_in
from support.rules import HOLDS, of_all
from support.services import output_of

pytestmark = pytest.mark.server

FLEET = HOLDS / "fleet"
RULES = sorted(FLEET.glob("*.yml"))
RUNBOOK = (FLEET / "runbook.md").read_text()
URL = "https://github.com/claude-tracker/claude-tracker/blob/main/prometheus/fleet/runbook.md"
ALL_RULES = of_all(RULES, "groups", "rules")
ALERTS = {rule["alert"]: rule for rule in ALL_RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in ALL_RULES if "record" in rule}
SENT = names(with_projects=False)
SUFFIXES = ("", "_total", "_seconds_total")


def test_they_are_valid_in_both_engines() -> None:
    output_of("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    output_of("vmalert", "-dryRun", *(f"-rule={path}" for path in RULES))


def test_they_pass_their_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert "SUCCESS" in output_of("promtool", "test", "rules", HOLDS / "tests" / "fleet.yml")


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_is_tested_firing_and_quiet(name: str) -> None:
    cases = of_all([HOLDS / "tests" / "fleet.yml"], "tests", "alert_rule_test")
    assert {True, False} == {bool(case["exp_alerts"]) for case in cases if case["alertname"] == name}


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_has_a_text_and_a_runbook_entry(name: str) -> None:
    rule = ALERTS[name]
    assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
    assert f"{URL}#{name.lower()}" == rule["annotations"]["runbook_url"]
    assert rule["labels"]["severity"] in {"warning", "critical"}


def test_the_runbook_names_these_alerts() -> None:
    assert sorted(ALERTS) == sorted(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE))


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_uses_only_what_is_sent(rule: dict[str, Any]) -> None:
    used = metrics_in(promql_parser.parse(rule["expr"])) - RECORDED
    assert set() == {name for name in used if not any(name.removesuffix(suffix) in SENT for suffix in SUFFIXES)}


def test_a_prometheus_of_one_machine_does_not_load_them() -> None:
    patterns = yaml.safe_load((HOLDS / "prometheus.yml").read_text())["rule_files"]
    paths = [path.relative_to(HOLDS).as_posix() for path in RULES]
    assert [] == [path for path in paths for pattern in patterns if fnmatch(path, pattern)]


def test_no_name_is_that_of_an_alert_of_one_machine() -> None:
    personal = of_all(sorted((HOLDS / "rules").glob("*.yml")), "groups", "rules")
    assert set() == ALERTS.keys() & {rule.get("alert") for rule in personal}
