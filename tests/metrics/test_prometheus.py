"""A real Prometheus scrapes the tracker: nothing that is written is lost or counted twice in `increase()`."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.processes import Server, samples_of, wait_until
from support.prometheus import Prometheus, prometheus
from support.services import free_port, require_program
from support.transcripts import HAIKU, OPUS, SONNET, append, assistant, usage

pytestmark = pytest.mark.server

ANNOUNCED_SECONDS = 30
"""For so long a label set that is new stands at 0."""


class Client:
    """Claude Code at work in one conversation: responses of 10 tokens in, and a chosen number out."""

    def __init__(self, claude: Path) -> None:
        self._file = claude / "projects" / "-shop" / "s1.jsonl"
        self._count = 0

    def respond(self, model: str, output: int) -> None:
        self._count += 1
        n = self._count
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        append(
            self._file,
            [assistant(f"msg_{n}", request=f"req_{n}", uuid=f"a{n}", at=at, model=model, used=usage(10, output))],
        )


def tokens(model: str, token_type: str = "output") -> str:
    return f'claude_tracker_tokens_total{{model="{model}",token_type="{token_type}",chain="main"}}'


def has_settled_at(database: Prometheus, selector: str, value: float) -> bool:
    """Whether the last scrapes say this value: the range ends in a flat part."""
    result = database.query(selector + "[30s]")
    return bool(result) and [value] * 2 == [float(found) for _, found in result[0]["values"][-2:]]


def test_increase_is_exact_over_restarts_and_for_new_models(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    client = Client(claude)
    client.respond(OPUS, 1_000)
    port = free_port()
    with prometheus(tmp_path / "prometheus", port) as database:
        with Server(tmp_path, "--config-dir", claude, port=port) as server:
            wait_until(lambda: has_settled_at(database, tokens("claude-opus-4-5"), 1_000), "the first read is scraped")
            client.respond(OPUS, 200)
            client.respond(SONNET, 5_000)  # a model that was not there at the first read
            met = time.monotonic()
            wait_until(lambda: has_settled_at(database, tokens("claude-opus-4-5"), 1_200), "what came is scraped")
            server.stop()
        client.respond(OPUS, 30)
        client.respond(HAIKU, 700)  # a model that comes while no tracker runs
        wait_until(lambda: database.value("up") == 0, "Prometheus sees that it is down")
        with Server(tmp_path, "--config-dir", claude, port=port) as server:
            wait_until(lambda: has_settled_at(database, tokens("claude-opus-4-5"), 1_230), "what came is scraped")
            client.respond(OPUS, 4)
            client.respond(HAIKU, 70)
            server.kill()
        wait_until(lambda: database.value("up") == 0, "Prometheus sees that it is down")
        with Server(tmp_path, "--config-dir", claude, port=port) as server:
            seconds = ANNOUNCED_SECONDS + 20
            wait_until(lambda: has_settled_at(database, tokens("claude-opus-4-5"), 1_234), "what came is scraped")
            wait_until(lambda: has_settled_at(database, tokens("claude-sonnet-4-5"), 5_000), "Sonnet is shown", seconds)
            assert time.monotonic() - met >= ANNOUNCED_SECONDS
            wait_until(lambda: has_settled_at(database, tokens("claude-haiku-4-5"), 770), "Haiku is shown", seconds)
            exposition = server.get("/metrics").text

        written = {"claude-opus-4-5": 234, "claude-sonnet-4-5": 5_000, "claude-haiku-4-5": 770}
        increases = {model: database.over_all("increase", tokens(model)) for model in written}
        assert pytest.approx(written, abs=1e-6) == increases
        for model, count in written.items():
            values = database.series(tokens(model)).values
            assert sorted(values) == values, "a counter never falls"
            assert count == max(values) - min(values)
            assert 0 == database.over_all("resets", tokens(model))
        assert 0 == min(database.series(tokens("claude-sonnet-4-5")).values)
        assert 1_234 == samples_of(exposition)["tokens_total", ("main", "claude-opus-4-5", "output")]

        # The way people ask: the range's ends lie between scrapes, and what Prometheus adds for that is small.
        increase = database.value(f"sum(increase({tokens('claude-sonnet-4-5')}[2m]))")
        assert increase is not None
        assert pytest.approx(5_000, rel=0.1) == increase

    done = subprocess.run(
        [require_program("promtool"), "check", "metrics"], input=exposition, capture_output=True, text=True, check=False
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
