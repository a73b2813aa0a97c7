"""Thousands of bad requests to every route: each is answered, none with a 500."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from flask import Flask

from exporter.web.openapi import INBOX, ROUTES
from support.api import client_of, small_store
from support.sampling import sample_or_all

pytestmark = pytest.mark.long

REQUESTS = sample_or_all(1_000, 10_000)
SEED = 30
VALUES = (
    "",
    " ",
    "0",
    "1",
    "-1",
    "50",
    "501",
    "1.5",
    "1e9",
    "9" * 19,
    "9" * 400,
    "0" * 399 + "1",
    "9223372036854775808",
    "000000001" + "9" * 400,
    "²",
    "٣",
    "true",
    "false",
    "null",
    "None",
    "NaN",
    "inf",
    "[]",
    "{}",
    "%",
    "%%",
    "_",
    "*",
    "'",
    '"',
    "';--",
    "a" * 5_000,
    "\0",
    "a\0b",
    "\n",
    "\ud7ff",
    "\ufffe",
    "💥",
    "../../etc/passwd",
    "..",
    "/",
    "\\",
    "~",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "2026-13-01",
    "1970-01-01",
    "2026-11-22",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-11-22T10:00:00Z",
    "2026-11-22T25:00:00Z",
    "2026-W01-1",
    "2026-11-22T10:00:00.123456789Z",
    "20261122",
    "day",
    "hour",
    "month",
    "session",
    "model",
    "project",
    "skill",
    "agent",
    "2026-11-22T10:00:00.000Z~s1",
    "~",
    "~~",
    "x~y",
    "claude_code",
    "claude-opus-4-5",
    "s1",
    "csv",
    "json",
    "gzip",
)
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"{",
    b'{"a":' * 2_000,
    b"[" * 60_000,
    b"\xff\xfe",
    b'"\\ud800"',
    b'{"session_id":' + b"9" * 400 + b"}",
    b'{"alerts":[{}]}',
    b'{"alerts":[{"status":"firing","labels":{"alertname":1}}]}',
    b'{"version":"4","alerts":null}',
    b"a=b",
    b"\0" * 100,
)
HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "Cookie",
    "Authorization",
    "If-None-Match",
    "If-Modified-Since",
    "Range",
    "Origin",
    "X-Forwarded-For",
    "Content-Encoding",
)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return client_of(small_store(tmp_path_factory.mktemp("hostile"))).application


def bad_address(dice: random.Random, rules: list[str]) -> str:
    """A route with values for its places, and parameters, known and unknown ones."""
    address = dice.choice(rules)
    while "<" in address:
        before, _, rest = address.partition("<")
        address = before + quote(dice.choice(VALUES), safe=dice.choice(("", "/"))) + rest.partition(">")[2]
    known = [name for route in ROUTES.values() for name in route.query]
    names = dice.choices([*known, "x", "", "limit"], k=dice.randint(0, 4))
    given = (f"{quote(name)}={quote(dice.choice(VALUES), safe='')}" for name in names)
    return f"{address}?{'&'.join(given)}"


def test_no_request_is_a_fault_of_ours(application: Flask) -> None:
    dice, client = random.Random(SEED), application.test_client()
    rules = sorted({rule.rule for rule in application.url_map.iter_rules()} - {"/ws"})
    assert set(INBOX) < set(rules)
    counts: dict[int, int] = {}
    for number in range(REQUESTS):
        address = bad_address(dice, rules)
        method = dice.choice(("GET", "GET", "GET", "POST", "HEAD", "PUT", "OPTIONS", "PATCH"))
        headers = {name: quote(dice.choice(VALUES))[:2_000] for name in dice.sample(HEADERS, dice.randint(0, 2))}
        if method == "POST" and dice.random() < 0.7:
            headers["Content-Type"] = "application/json"
        answer = client.open(
            address, method=method, headers=headers, data=dice.choice(BODIES) if method != "GET" else None
        )
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        assert answer.status_code < 500 or answer.status_code == 503, (number, method, address, headers, answer.text)
        if answer.status_code >= 400 and answer.status_code != 503 and method != "HEAD":
            assert "application/problem+json" == answer.mimetype, (method, address)
    assert {200, 400, 404, 405, 415} <= counts.keys(), "all kinds were asked"
