"""Every endpoint on a store of the corpus, on literal expectations; and who is refused, with which status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exporter import page
from support.api import OPUS, SONNET, client_of, small_store
from support.snapshots import NOON
from support.tracker import Tracker
from support.transcripts import append, assistant


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_store(tmp_path_factory.mktemp("api"))


@pytest.fixture
def client(database: Path) -> Iterator[FlaskClient]:
    with client_of(database) as opened:
        yield opened


def json_of(answer: TestResponse) -> Any:
    assert (200, "application/json") == (answer.status_code, answer.content_type)
    return json.loads(answer.data)


def test_the_snapshot(client: FlaskClient) -> None:
    found = json_of(client.get("/api/analytics/current"))
    assert ("2026-11-22T12:00:00.000Z", 30, "official") == (
        found["as_of"], found["block"]["total_tokens"], found["block"]["basis"],
    )  # fmt: skip
    assert 90 == found["totals"]["total_tokens"]


def test_no_session_runs(client: FlaskClient) -> None:
    assert {"items": [], "next": None} == json_of(client.get("/api/sessions/active"))


def test_a_session_is_shown_as_a_row(client: FlaskClient) -> None:
    found = json_of(client.get("/api/sessions/recent?limit=1"))
    assert "2026-11-22T11:00:00.000Z~s3" == found["next"]
    assert {
        "id": "s3",
        "session_type": "claude_code",
        "start_time": "2026-11-22T11:00:00.000Z",
        "end_time": "2026-11-22T11:00:00.000Z",
        "process_id": None,
        "project_path": "/home/dev/shop",
        "conversation_id": "s3",
        "total_messages": 2,
        "models_used": [OPUS],
        "estimated_tokens": 30,
        "is_active": False,
        "metadata": {
            "source": "transcript",
            "tokens": "exact",
            "client_version": "2.1.197",
            "git_branch": "main",
            "effectiveness": 100.0,
        },
        "five_hour_block_id": "2026-11-22T09:00:00.000Z",
    } == found["items"][0]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["s3", "s2", "s1"]),
        ("limit=2", ["s3", "s2"]),
        ("limit=2&before=2026-11-21T10:00:00.000Z~s2", ["s1"]),
        ("project=shop", ["s3", "s1"]),
        ("project=/home/dev/site", ["s2"]),
        ("project=hop", []),
        (f"model={SONNET}", ["s2"]),
        ("session_type=claude_desktop", []),
        ("since=2026-11-21", ["s3", "s2"]),
        ("search=SITE", ["s2"]),
        ("search=%25", []),
    ],
)
def test_sessions_are_paged_and_filtered(client: FlaskClient, query: str, ids: list[str]) -> None:
    assert ids == [row["id"] for row in json_of(client.get(f"/api/sessions/recent?{query}"))["items"]]


def test_blocks_are_rows_with_their_cost(client: FlaskClient) -> None:
    found = json_of(client.get("/api/five-hour-blocks?limit=2"))
    assert [
        ("2026-11-22T09:00:00.000Z", 30, "official", 0.00055),
        ("2026-11-21T10:00:00.000Z", 30, "estimated", 0.00033),
    ] == [(row["id"], row["total_tokens"], row["basis"], row["cost_usd"]) for row in found["items"]]
    rest = json_of(client.get(f"/api/five-hour-blocks?limit=2&before={found['next']}"))
    assert ["2026-11-20T10:00:00.000Z"] == [row["id"] for row in rest["items"]]
    assert None is rest["next"]


def test_limits(client: FlaskClient) -> None:
    found = json_of(client.get("/api/limits"))
    (limit,) = found["items"]
    assert ("five_hour", 0.25, "official") == (limit["window"], limit["utilization_ratio"], limit["basis"])
    assert ("trailing", [], "official_calibrated") == (
        found["week"]["basis"], found["lockouts"], found["block_token_limit"]["basis"],
    )  # fmt: skip
    past = json_of(client.get("/api/limits/history"))
    assert [("seven_day", 24 * 3600.0)] == [(hit["window"], hit["locked_out_seconds"]) for hit in past["hits"]]
    assert [0.25] == [reading["utilization_ratio"] for reading in past["history"]]
    weeks = json_of(client.get("/api/limits/weeks"))
    assert [(1.0, 0.0, 0, 1)] == [
        (week["used_ratio"], week["unused_ratio"], week["full_windows"], week["week_limits_reached"])
        for week in weeks["items"]
    ]
    assert [] == json_of(client.get("/api/limits/weeks?since=2026-11-22"))["items"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"date": {"2026-11-20": 30, "2026-11-21": 30, "2026-11-22": 30}}),
        ("by=day&since=2026-11-21&until=2026-11-21", {"date": {"2026-11-21": 30}}),
        ("by=hour", {"hour": {"2026-11-21T10:00:00.000Z": 30, "2026-11-22T11:00:00.000Z": 30}}),
        ("by=project", {"project": {"shop": 60, "site": 30}}),
        ("by=model", {"model": {OPUS: 60, SONNET: 30}}),
    ],
)
def test_usage(client: FlaskClient, query: str, expected: dict[str, dict[str, int]]) -> None:
    found = json_of(client.get(f"/api/usage?{query}"))
    ((key, values),) = expected.items()
    assert values == {item[key]: item["tokens"]["total"] for item in found["items"]}
    assert sum(values.values()) == found["totals"]["tokens"]["total"]


def test_usage_by_day_has_imported_days_apart(client: FlaskClient) -> None:
    found = json_of(client.get("/api/usage?by=day"))
    assert {"items": [], "total_tokens": 0} == found["imported"]
    assert json_of(client.get("/api/usage?by=hour"))["imported"] is None


def test_the_checks_of_the_installation(database: Path) -> None:
    check = {"id": "zone", "status": "warning", "message": "Not known.", "remedy": None}
    with client_of(database, examine=lambda: {"checks": [check]}) as opened:
        assert {"checks": [check]} == json_of(opened.get("/api/doctor"))
    with client_of(database, examine=lambda: {"checks": [check | {"status": "bad"}]}) as opened:
        assert 500 == opened.get("/api/doctor").status_code, "it does not have the shape"


def test_the_use_of_the_prompt_cache(client: FlaskClient) -> None:
    found = json_of(client.get("/api/usage/cache?since=2026-11-21"))
    assert [("2026-11-21", 10, 0.0), ("2026-11-22", 10, 0.0)] == [
        (day["date"], day["input_tokens"], day["hit_ratio"]) for day in found["items"]
    ]
    assert (0, {}) == (found["totals"]["rewritten_tokens"], found["misses"]["by_cause"])


def test_plan_and_health(client: FlaskClient) -> None:
    assert 168 == len(json_of(client.get("/api/plan"))["items"])
    assert 3 == json_of(client.get("/api/health"))["files"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/sessions/recent?limit=0", "limit='0' is not a number from 1 to 500"),
        ("/api/sessions/recent?limit=²", "limit='²' is not a number from 1 to 500"),
        ("/api/sessions/recent?before=x", "before: use the `next` of the previous page"),
        ("/api/five-hour-blocks?before=x", "before='x' is not a time; use a value such as 2026-11-22T10:00:00Z"),
        (
            "/api/usage?by=moon",
            "by='moon' is not one of hour, day, month, project, model, session, chain, skill, agent, plugin, mcp, "
            "effort",
        ),
        (
            "/api/usage?breakdown=moon",
            "breakdown='moon' is not one of project, model, session, chain, skill, agent, plugin, mcp, effort",
        ),
        ("/api/usage?since=2026-13-01", "since='2026-13-01' is not a date; use YYYY-MM-DD"),
    ],
)
def test_an_invalid_request_gets_a_problem_document_with_the_reason(
    client: FlaskClient, path: str, detail: str
) -> None:
    answer = client.get(path)
    assert (400, "application/problem+json") == (answer.status_code, answer.content_type)
    assert {"title": "Bad Request", "status": 400, "type": "about:blank", "detail": detail} == json.loads(answer.data)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/nothing", "GET", 404),
        ("/api/usage", "POST", 405),
        ("/../etc/passwd", "GET", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", "GET", 404),
    ],
)
def test_every_error_is_a_problem_document(client: FlaskClient, path: str, method: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (status, "application/problem+json") == (answer.status_code, answer.content_type)


def test_before_the_first_read_the_api_is_unavailable(tmp_path: Path) -> None:
    answer = client_of(tmp_path / "absent.db").get("/api/analytics/current")
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost", 200),
        ("http://allowed.example", 200),
        ("https://allowed.example:8443", 200),
        ("http://localhost:8000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("file://", 403),
        ("http://[", 403),
    ],
)
def test_only_allowed_origins_are_accepted(database: Path, origin: str | None, status: int) -> None:
    headers = {"Origin": origin} if origin is not None else {}
    assert status == client_of(database, "allowed.example").get("/api/limits", headers=headers).status_code


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/limits", {}, 401),
        ("/metrics", {}, 401),
        ("/-/healthy", {}, 200),
        ("/api/limits", {"Authorization": "Bearer wrong"}, 401),
        ("/api/limits", {"Authorization": "Basic secret"}, 401),
        ("/api/limits", {"Authorization": "Bearer secret"}, 200),
        ("/api/limits?token=secret", {}, 401),
        ("/?token=wrong", {}, 401),
        ("/?token=secret", {}, 303),
    ],
)
def test_every_client_needs_the_token(database: Path, path: str, headers: dict[str, str], status: int) -> None:
    answer = client_of(database, token="secret").get(path, headers=headers)
    assert status == answer.status_code
    assert (status == 401) is ("WWW-Authenticate" in answer.headers)
    if status == 303:
        assert "claude_tracker_token=secret; HttpOnly; Path=/; SameSite=Strict" == answer.headers["Set-Cookie"]


def test_the_page_sets_the_token_as_a_cookie(database: Path) -> None:
    client = client_of(database, token="secret")
    client.get("/?token=secret")
    assert 200 == client.get("/api/limits").status_code
    assert 401 == client_of(database, token="other").get("/api/limits").status_code


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b'{"hook_event_name":"Stop"}', JSON, 202, id="a hook"),
        pytest.param(b"{}", JSON, 202, id="an empty object"),
        pytest.param(b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param(b"{}", {"Content-Type": "text/plain"}, 415, id="a text, as any page may send it"),
        pytest.param(b"[]", JSON, 400, id="no object"),
        pytest.param(b"{", JSON, 400, id="half an object"),
        pytest.param(b'{"a":' * 10_000, JSON, 400, id="deep"),
        pytest.param(b'{"a":"' + b"x" * 10_000_000 + b'"}', JSON, 413, id="10 MB"),
        pytest.param(b"{}", JSON | {"Origin": "https://evil.example"}, 403, id="from a foreign page"),
        pytest.param(b"{}", JSON | {"Origin": "null"}, 403, id="from a file"),
        pytest.param(b"{}", JSON | {"Host": "evil.example"}, 400, id="by a foreign name"),
    ],
)
def test_submitted_data_is_accepted_or_refused(
    database: Path, body: bytes, headers: dict[str, str], status: int
) -> None:
    client = client_of(database)
    answer = client.post("/api/session-update", data=body, headers=headers)
    assert (status, [body] if status == 202 else []) == (
        answer.status_code, client.application.extensions["submitted"],
    )  # fmt: skip
    if status != 202:
        assert "application/problem+json" == answer.content_type


ALERTS = json.dumps(
    {
        "version": "4",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "Half"},
                "annotations": {"summary": "Half is used"},
                "startsAt": "2026-11-22T12:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": "c4db9a1e",
            }
        ],
    }
).encode()


@pytest.mark.parametrize(
    ("body", "headers", "runs", "status"),
    [
        pytest.param(ALERTS, JSON, True, 202, id="as Alertmanager posts it"),
        pytest.param(ALERTS, JSON, False, 503, id="while no tracker runs: to be posted again"),
        pytest.param(b"{}", JSON, True, 400, id="none of Alertmanager's"),
        pytest.param(ALERTS.replace(b"2026-11", b"yesterday"), JSON, True, 400, id="at a time there is not"),
        pytest.param(ALERTS.replace(b"firing", b"burning"), JSON, True, 400, id="in a state there is not"),
        pytest.param(ALERTS, {"Content-Type": "text/plain"}, True, 415, id="a text, as any page may send it"),
    ],
)
def test_alerts_are_accepted_while_a_tracker_can_send_them(
    database: Path, body: bytes, headers: dict[str, str], *, runs: bool, status: int
) -> None:
    client = client_of(database, runs=runs)
    answer = client.post("/api/alerts", data=body, headers=headers)
    assert (status, [body] if status == 202 else []) == (
        answer.status_code, client.application.extensions["submitted"],
    )  # fmt: skip
    if status == 503:
        assert "5" == answer.headers["Retry-After"]


def test_usage_by_month_with_what_it_consists_of(client: FlaskClient) -> None:
    found = json_of(client.get("/api/usage?by=month&breakdown=project&since=2026-11-01"))
    (month,) = found["items"]
    assert ("2026-11", 90, 3) == (month["month"], month["tokens"]["total"], month["responses"])
    assert [("shop", 60, 2), ("site", 30, 1)] == [
        (part["project"], part["tokens"]["total"], part["responses"]) for part in month["breakdown"]
    ]
    assert {"session", "known"}.isdisjoint(month["breakdown"][0]), "what does not apply is left out"


def test_what_is_usual(client: FlaskClient) -> None:
    found = json_of(client.get("/api/usage/usual"))
    assert ["2026-11-20T00:00:00.000Z", "2026-11-21T00:00:00.000Z"] == [one["start"] for one in found["day"]["items"]]
    assert (None, None) == (found["day"]["usual_cost_usd"], found["day"]["usual_by_now_usd"]), "two days say too little"
    assert [] == found["month"]["items"]
    assert "list_price_estimate" == found["cost_basis"]


def test_where_transcripts_are_looked_for(database: Path) -> None:
    assert {"items": [], "transcripts": 0, "missing": None} == json_of(client_of(database).get("/api/folders"))


def test_the_page_as_a_file_is_made_once_for_a_commit(
    tmp_path: Path, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = page.offline_html

    def counted(data: dict[str, Any], made_at: str) -> str:
        made.append(made_at)
        return real(data, made_at)

    monkeypatch.setattr(page, "offline_html", counted)
    answers = [client.get("/dashboard.html") for _ in range(3)]
    assert ["2026-11-22T12:00:00.000Z"] == made
    assert {200} == {answer.status_code for answer in answers}
    assert 1 == len({answer.data for answer in answers})
    assert "attachment" in client.get("/dashboard.html?download").headers["Content-Disposition"]

    other = small_store(tmp_path)
    with client_of(other) as changing:
        first = changing.get("/dashboard.html").data
        append(tmp_path / "projects" / "p" / "s3.jsonl", [assistant("m9", request="r9", uuid="u9", session="s3")])
        with Tracker(other, tmp_path / "projects", now=NOON):
            pass
        assert first != changing.get("/dashboard.html").data, "a commit makes another one"
    assert 3 == len(made)
    absent = client_of(tmp_path / "absent.db").get("/dashboard.html")
    assert (503, "5") == (absent.status_code, absent.headers["Retry-After"])
