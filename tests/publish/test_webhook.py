"""The signature, checked by a receiver that was written from docs/sync.md alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.cli.options.secrets import WEBHOOK_SECRET, Secret
from exporter.publish.sync import Sync
from exporter.publish.webhook import signature
from support.netlify import Answer, FakeNetlify, ReceivedRequest
from support.published import World, to_netlify
from support.services import PROJECT, require_program

KEY = "a secret that both sides know".replace(" ", "-")
HEADER = "x-claude-tracker-signature"


def is_genuine(headers: dict[str, str], body: bytes, now: float) -> bool:
    """As the documentation says: the time, a dot and the body, HMAC-SHA256 in hexadecimal, five minutes."""
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers.get(HEADER, ""))
    if found is None or abs(now - int(found[1])) > 300:
        return False
    wanted = hmac.new(KEY.encode("utf-8"), found[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, found[2])


@pytest.fixture
def hook(world: World, netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Sync]:
    """To an address on loopback that takes everything."""
    monkeypatch.setenv(WEBHOOK_SECRET, KEY)
    netlify.rule = lambda request: Answer(204, b"")

    def made() -> Sync:
        url = f"{netlify.url}/.netlify/functions/usage?key=hidden"
        (found,) = world.synced(monkeypatch, to_netlify("", site=None, url=url, secret=Secret(WEBHOOK_SECRET, None)))
        return found

    return made


def posted(netlify: FakeNetlify) -> ReceivedRequest:
    (request,) = netlify.requests
    assert ("POST", "/.netlify/functions/usage") == (request.method, request.path)
    return request


def test_the_receiver_accepts_the_request_and_rejects_a_changed_one(
    hook: Callable[[], Sync], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.cli.wiring.sync.time.time", lambda: 1_795_348_800.4)
    hook().check()
    request = posted(netlify)
    assert is_genuine(request.headers, request.body, now=1_795_348_900)
    assert not is_genuine(request.headers, request.body.replace(b"1", b"2", 1), now=1_795_348_900)
    assert not is_genuine(request.headers, request.body, now=1_795_349_200), "too old"
    later = {HEADER: request.headers[HEADER].replace("t=1795348800", "t=1795349200")}
    assert not is_genuine(later, request.body, now=1_795_349_200), "its time is signed too"
    assert not is_genuine({}, request.body, now=1_795_348_900)
    assert "application/json" == request.headers["content-type"]
    assert (1, "totals") == (json.loads(request.body)["version"], json.loads(request.body)["privacy"])


def test_a_known_signature() -> None:
    """Computed by `printf '1700000000.{}' | openssl dgst -sha256 -hmac key`."""
    expected = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    assert f"t=1700000000,v1={expected}" == signature("key", 1_700_000_000, b"{}")


def test_without_a_secret_nothing_is_signed(
    hook: Callable[[], Sync], netlify: FakeNetlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(WEBHOOK_SECRET)
    hook().check()
    assert HEADER not in posted(netlify).headers


def test_only_the_host_of_its_address_is_named(
    hook: Callable[[], Sync], netlify: FakeNetlify, caplog: pytest.LogCaptureFixture
) -> None:
    """A path or a query may be a secret."""
    netlify.rule = lambda request: Answer(401)
    sync = hook()
    sync.check()
    output = str(sync.state) + "".join(r.getMessage() for r in caplog.records if r.name.startswith("exporter"))
    assert "the webhook at localhost answered 401: it does not accept the signature" in output
    assert "functions" not in output
    assert "hidden" not in output


def test_the_function_in_the_documentation_works(
    hook: Callable[[], Sync], netlify: FakeNetlify, tmp_path: Path
) -> None:
    node = require_program("node")
    hook().check()
    request = posted(netlify)
    page = (PROJECT / "docs" / "sync.md").read_text()
    (source,) = re.findall(r"```js\n(.+?)```", page, re.DOTALL)
    (tmp_path / "function.mjs").write_text(source)
    (tmp_path / "body").write_bytes(request.body)
    (tmp_path / "try.mjs").write_text(
        'import { readFileSync } from "node:fs"; import answer from "./function.mjs";\n'
        "const body = readFileSync(new URL('body', import.meta.url)), signed = process.argv[2];\n"
        "const ask = async (text, value) => (await answer(new Request('http://x/', "
        "{ method: 'POST', body: text, headers: { 'X-Claude-Tracker-Signature': value } }))).status;\n"
        "console.log(await ask(body, signed), await ask(body + ' ', signed), await ask(body, ''),"
        " await ask(body, signed.replace('t=1', 't=2')));\n"
    )
    command = [node, str(tmp_path / "try.mjs"), request.headers[HEADER]]
    environment = {**os.environ, "SECRET": KEY}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert "204 401 401 401" == done.stdout.strip(), done.stderr
