"""The story of a session on the API: literal, and texts only where the user turned them on, with the token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exporter.domain.health import Health
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError
from exporter.sources.transcripts.story import read_story
from exporter.store.reader import Reader
from exporter.web.api.context import ApiContext
from exporter.web.app import create_app
from support.snapshots import NOON
from support.story import SESSION, TEXTS, remove, track
from support.story_json import STORY_JSON, deleted_json, texts_json

DESCRIPTIONS = ("readers of the payment", "tests")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return track(tmp_path)


def client_of(database: Path, *, shows_texts: bool = False, token: str | None = None) -> FlaskClient:
    context = ApiContext(
        Reader(database), lambda: NOON, UTC, PlanSettings(), lambda: Health(detects=True), read_story, shows_texts
    )
    return create_app(lambda: None, lambda *_: (b"", ""), (), context, token=token).test_client(use_cookies=False)


@pytest.fixture
def client(database: Path) -> Iterator[FlaskClient]:
    with client_of(database) as opened:
        yield opened


def json_of(answer: TestResponse) -> Any:
    assert (200, "application/json") == (answer.status_code, answer.content_type)
    return json.loads(answer.data)


def undescribed(story: dict[str, Any]) -> dict[str, Any]:
    return {**story, "agents": [{**agent, "description": None} for agent in story["agents"]]}


def test_a_story(client: FlaskClient) -> None:
    assert undescribed(STORY_JSON) == json_of(client.get(f"/api/sessions/{SESSION}"))
    assert undescribed(STORY_JSON) == json_of(client.get(f"/api/sessions/{SESSION}?texts=false"))


def test_after_the_transcript_was_deleted(client: FlaskClient, tmp_path: Path) -> None:
    remove(tmp_path / "claude" / "projects")
    assert deleted_json() == json_of(client.get(f"/api/sessions/{SESSION}"))


@pytest.mark.parametrize("name", ["unknown", SESSION[:8], "a%00b", "%ff", "x" * 5_000])
def test_an_unknown_session(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/api/sessions/{name}")
    assert (404, "application/problem+json") == (answer.status_code, answer.content_type)
    assert "there is no session" in json.loads(answer.data)["detail"]


@pytest.mark.parametrize("value", ["1", "", "True"])
def test_another_value(client: FlaskClient, value: str) -> None:
    assert 400 == client.get(f"/api/sessions/{SESSION}?texts={value}").status_code


def test_texts_are_off(client: FlaskClient) -> None:
    answer = client.get(f"/api/sessions/{SESSION}?texts=true")
    assert 403 == answer.status_code
    assert (
        "texts of prompts and answers are off; to turn them on, set `[page] texts = true` in the tracker's"
        " configuration file, and a token (CLAUDE_TRACKER_TOKEN)"
    ) == json.loads(answer.data)["detail"]


def test_texts_stay_off_with_a_token_alone(database: Path) -> None:
    with client_of(database, token="secret") as client:
        answer = client.get(f"/api/sessions/{SESSION}?texts=true", headers={"Authorization": "Bearer secret"})
    assert 403 == answer.status_code


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Cookie": "claude_tracker_token=other"}])
@pytest.mark.parametrize("query", ["texts=true", "texts=true&token=secret", "texts=false"])
def test_texts_need_the_token_on_loopback_too(database: Path, headers: dict[str, str], query: str) -> None:
    with client_of(database, shows_texts=True, token="secret") as client:
        answer = client.get(f"/api/sessions/{SESSION}?{query}", headers=headers)
    assert (401, "application/problem+json") == (answer.status_code, answer.content_type)
    assert [] == [text for text in (*TEXTS, *DESCRIPTIONS) if text.encode() in answer.data]


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer secret"}, {"Cookie": "claude_tracker_token=secret"}], ids=["header", "cookie"]
)
def test_with_the_token(database: Path, headers: dict[str, str]) -> None:
    with client_of(database, shows_texts=True, token="secret") as client:
        assert texts_json() == json_of(client.get(f"/api/sessions/{SESSION}?texts=true", headers=headers))
        answer = client.get(f"/api/sessions/{SESSION}", headers=headers)
    assert undescribed(STORY_JSON) == json_of(answer)
    assert "no-store" == answer.headers["Cache-Control"]


def test_another_origin_gets_nothing(database: Path) -> None:
    headers = {"Authorization": "Bearer secret", "Origin": "http://evil.example"}
    with client_of(database, shows_texts=True, token="secret") as client:
        assert 403 == client.get(f"/api/sessions/{SESSION}?texts=true", headers=headers).status_code


@pytest.mark.parametrize("token", [None, ""])
def test_texts_without_a_token_are_an_error_at_the_start(database: Path, token: str | None) -> None:
    with pytest.raises(ConfigurationError, match="only with a token"):
        client_of(database, shows_texts=True, token=token)


PUBLIC = ("/api/analytics/current", "/api/sessions/recent", "/api/sessions/active", "/api/limits/history", "/metrics")


@pytest.mark.parametrize("path", [*PUBLIC, "/dashboard.html"])
def test_no_other_route_has_texts(database: Path, path: str) -> None:
    with client_of(database, shows_texts=True, token="secret") as client:
        headers = {"Authorization": "Bearer secret"}
        client.get(f"/api/sessions/{SESSION}?texts=true", headers=headers)
        answer = client.get(f"{path}?texts=true", headers=headers)
    assert [] == [text for text in (*TEXTS, *DESCRIPTIONS[:1]) if text.encode() in answer.data]
