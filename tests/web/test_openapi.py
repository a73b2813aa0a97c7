"""The OpenAPI document is valid and describes every route, and every response matches it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate

from exporter.web.openapi import INBOX, ROUTES, document
from support.api import client_of, small_store
from support.sampling import sample_or_all

pytestmark = pytest.mark.long

EXAMPLES = sample_or_all(25, 400)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return client_of(small_store(tmp_path_factory.mktemp("openapi"))).application


def test_the_document_is_valid() -> None:
    validate(document())


def test_it_describes_every_route(application: Flask) -> None:
    rules = {re.sub("<([^>]+)>", r"{\1}", rule.rule) for rule in application.url_map.iter_rules()}
    assert {*ROUTES, *INBOX} == {rule for rule in rules if rule.startswith("/api/")}


def test_it_names_every_way_to_group_usage(application: Flask) -> None:
    ways = ROUTES["/api/usage"].query["by"]["enum"]
    answer = application.test_client().get("/api/usage?by=moon")
    assert set(ways) == set(re.sub(".* is not one of ", "", answer.get_json()["detail"]).split(", "))


@pytest.mark.parametrize("path", [*ROUTES, *INBOX])
def test_every_response_matches_it(application: Flask, path: str) -> None:
    method = "POST" if path in INBOX else "GET"
    operation = schemathesis.openapi.from_wsgi("/openapi.json", application)[path][method]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(headers={"Accept-Encoding": "identity"})

    ask()
