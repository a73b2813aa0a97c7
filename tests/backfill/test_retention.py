"""How long a store keeps its samples, as it says itself, and what is advised then."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from exporter.backfill.prometheus import Prometheus
from exporter.backfill.retention import MONTH, keeps, parse_duration
from exporter.backfill.victoriametrics import VictoriaMetrics
from exporter.domain.calendar.timestamp import DAY, HOUR, SECOND, parse

NOW = parse("2026-11-22T12:00:00Z") or 0
YEAR_AGO = NOW - 365 * DAY


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("400d", SECOND, 400 * DAY), ("1y", SECOND, 365 * DAY), ("1w2d12h", SECOND, 9 * DAY + 12 * HOUR),
        ("0s", SECOND, None), ("", SECOND, None), ("100", MONTH, 100 * MONTH), ("1.5d", MONTH, 36 * HOUR),
        ("soon", SECOND, None), ("-1d", SECOND, None), ("90ms", SECOND, 90),
    ],
)  # fmt: skip
def test_durations(text: str, unit: int, expected: int | None) -> None:
    assert expected == parse_duration(text, unit=unit)


def test_what_is_kept() -> None:
    assert [False, False, True] == [keeps(retention, YEAR_AGO, NOW) for retention in (None, "364d", "365d")]


def answers(server: HTTPServer, folder: str, retention: str) -> str:
    flags = {"storage.tsdb.path": folder, "storage.tsdb.retention.time": retention}
    server.expect_request("/api/v1/status/flags").respond_with_json({"status": "success", "data": flags})
    return server.url_for("").rstrip("/")


@pytest.mark.parametrize(
    ("retention", "said"),
    [("400d", ""), ("30d", "30d here: start it with a longer one"), ("0s", "15d here: start it with a longer one")],
)
def test_a_running_prometheus_is_asked(httpserver: HTTPServer, tmp_path: Path, retention: str, said: str) -> None:
    url = answers(httpserver, str(tmp_path), retention)
    found = Prometheus(tmp_path, {}, "promtool", (url,))
    advice = found.advice(YEAR_AGO, NOW)
    assert said in advice if said else not advice
    assert f"curl -X POST {url}/api/v1/admin/tsdb/delete_series" in found.reload_instructions()


def test_a_prometheus_with_another_folder_says_nothing_of_ours(httpserver: HTTPServer, tmp_path: Path) -> None:
    url = answers(httpserver, "/somewhere/else", "400d")
    assert "by default 15d" in Prometheus(tmp_path, {}, "promtool", (url,)).advice(YEAR_AGO, NOW)


@pytest.mark.parametrize("content", ["", "nonsense", "[]", '{"data": 7}', '{"data": {}}'])
def test_an_answer_that_is_none_is_no_error(httpserver: HTTPServer, tmp_path: Path, content: str) -> None:
    httpserver.expect_request("/api/v1/status/flags").respond_with_data(content)
    url = httpserver.url_for("").rstrip("/")
    assert "by default 15d" in Prometheus(tmp_path, {}, "promtool", (url,)).advice(YEAR_AGO, NOW)


@pytest.mark.parametrize(("flags", "said"), [('-retentionPeriod="100y"', ""), ('-retentionPeriod="1"', ", 1 here")])
def test_victoriametrics_is_asked(httpserver: HTTPServer, flags: str, said: str) -> None:
    httpserver.expect_request("/flags").respond_with_data(f'-httpListenAddr=":8428"\n{flags}\n')
    advice = VictoriaMetrics(httpserver.url_for("").rstrip("/"), {}).advice(YEAR_AGO, NOW)
    assert said in advice if said else not advice
