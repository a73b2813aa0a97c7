"""Every example of the documentation works: shell lines run, files parse, queries are queries."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.web.openapi import document
from support.doc_examples import ASKS, ELSEWHERE, NEEDS_A_MACHINE, RUN, blocks, examples, pages
from support.processes import Server, wait_until
from support.services import PROJECT, require_program
from support.transcripts import assistant, prompt, write

SESSION = "7c1f09be-0000-4000-8000-000000000001"
TOKEN = "t0ken"
EVERY = [(page, line) for page in pages() for line in examples(page)]
ASKED = sorted({line for _, line in EVERY if ASKS.match(line)})
WORDS_OF_JQ = {"length", "select"}


def kinds(line: str) -> list[str]:
    """What runs an example; exactly one."""
    found = ["run"] * (line in RUN) + ["asks"] * bool(ASKS.match(line)) + ["elsewhere"] * (line in ELSEWHERE)
    return found + ["machine"] * any(pattern.match(line) for pattern in NEEDS_A_MACHINE)


@pytest.mark.parametrize(("page", "line"), EVERY, ids=[f"{page.name}: {line[:60]}" for page, line in EVERY])
def test_something_runs_the_example(page: Path, line: str) -> None:
    assert 1 == len(kinds(line)), f"{page.name}: add {line!r} to tests/support/doc_examples.py"


def test_the_list_has_no_example_that_is_gone() -> None:
    lines = {line for _, line in EVERY}
    assert set() == {*RUN, *ELSEWHERE} - lines
    assert [] == [pattern.pattern for pattern in NEEDS_A_MACHINE if not any(map(pattern.match, lines))]


@pytest.mark.parametrize("example", ELSEWHERE)
def test_a_test_runs_the_example(example: str) -> None:
    file, words = ELSEWHERE[example]
    assert words in (PROJECT / "tests" / file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one session, and the command on PATH."""
    home = tmp_path_factory.mktemp("examples")
    lines = [prompt(session=SESSION, cwd="/home/ada/shop"), assistant(session=SESSION, cwd="/home/ada/shop")]
    write(home / ".claude" / "projects" / "-home-ada-shop" / f"{SESSION}.jsonl", lines)
    (home / "bin").mkdir()
    command = home / "bin" / "claude-tracker"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m exporter "$@"\n')
    command.chmod(0o755)
    (home / "payload.json").write_text('{"hook_event_name": "Stop"}')
    alert = {"status": "firing", "labels": {"alertname": "A"}, "annotations": {"summary": "S"}, "fingerprint": "f1"}
    (home / "alerts.json").write_text(
        json.dumps({"version": "4", "status": "firing", "alerts": [alert | {"startsAt": "2026-11-22T12:00:00Z"}]})
    )
    return home


@pytest.fixture(scope="module")
def read_world(world: Path) -> Path:
    """With everything read."""
    assert 0 == run_line("claude-tracker ingest", world).returncode
    return world


def run_line(line: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """In bash, so that a failure within a pipe is one."""
    kept = {"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8", **more}
    return subprocess.run(
        [require_program("bash"), "-o", "pipefail", "-euc", line],
        cwd=home, env=kept, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize("line", RUN)
def test_the_example_runs(line: str, read_world: Path) -> None:
    for program in ("jq", "openssl"):
        if program in line:
            require_program(program)
    done = run_line(line, read_world)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    names_keys(line)


@pytest.fixture(scope="module")
def server(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = world / "texts.toml"
    settings.write_text("[page]\ntexts = true\n")
    folder = tmp_path_factory.mktemp("server")
    options = ["--config", str(settings), "--config-dir", str(world / ".claude"), "--no-processes", "--no-desktop"]
    with Server(folder, *options, HOME=str(world), CLAUDE_TRACKER_TOKEN=TOKEN) as found:
        wait_until(
            lambda: found.get("/-/ready", Authorization=f"Bearer {TOKEN}").status == 200, "it has read everything"
        )
        yield found


@pytest.mark.server
@pytest.mark.parametrize("line", ASKED)
def test_the_tracker_answers_the_example(line: str, server: Server, world: Path) -> None:
    """The tracker here has a token, which the examples need only where they say so."""
    require_program("curl")
    require_program("jq")
    header = "" if "Bearer" in line else f"-H 'Authorization: Bearer {TOKEN}' "
    asked = line.replace("curl -s ", f"curl -sS --fail-with-body {header}", 1).replace(":3001/", f":{server.port}/")
    stdin = f"< {world / 'payload.json'}" if "-d @-" in line else ""
    done = run_line(f"{asked} {stdin}", world, CLAUDE_TRACKER_TOKEN=TOKEN)
    assert 0 == done.returncode, done.stdout + done.stderr
    names_keys(line)


def names_keys(line: str) -> None:
    """A key that no answer has would give null, which is no error."""
    program = line.partition("| jq ")[2]
    named = set(re.findall(r"[a-z_]{3,}", re.sub(r'"[^"]*"', "", program))) - WORDS_OF_JQ
    known = set(re.findall(r'"(\w+)"', json.dumps(document())))
    assert set() == named - known


def in_pages(*languages: str) -> list[object]:
    return [
        pytest.param(block, id=f"{page.name}: {block.strip().splitlines()[0][:40]}")
        for page in [*pages(), PROJECT / "README.md"]
        for block in blocks(page.read_text(encoding="utf-8"), *languages)
    ]


@pytest.mark.parametrize("block", in_pages("toml"))
def test_the_configuration_is_accepted(block: str, tmp_path: Path) -> None:
    tomllib.loads(block)
    (tmp_path / "config.toml").write_text(block, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "config.toml"), "completion", "bash"])
    assert 0 == done.exit_code, done.output


@pytest.mark.parametrize("block", in_pages("yaml"))
def test_the_yaml_is_of_prometheus(block: str) -> None:
    (job,) = yaml.safe_load(block)["scrape_configs"]
    assert "claude-tracker" == job["job_name"]
    assert all(target for group in job["static_configs"] for target in group["targets"])


@pytest.mark.parametrize("block", in_pages("json"))
def test_the_json_is_json(block: str) -> None:
    json.loads(block)


@pytest.mark.parametrize("block", in_pages("promql"))
def test_the_queries_are_queries(block: str) -> None:
    for line in block.splitlines():
        promql_parser.parse(line)
