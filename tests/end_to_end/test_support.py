"""The bundle of `support` holds no name of a project, no id, no address, no path and no text of anybody's."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.domain.sync import SyncState
from exporter.store.sync_states import save_state
from support.databases import ingest
from support.transcripts import assistant, prompt, write

ACCOUNT, ORGANIZATION = "3376a5ff-aaac-4cd4-90ed-5215c3d8f62d", "0305d0cb-5435-4c4f-b735-f07da81c64a6"
SESSION = "7c1f09be-4d2e-4a61-9a53-d0b1c9f0a001"
MARKS = (
    ACCOUNT, ORGANIZATION, SESSION, "zanzibar", "quokkabranch", "ada@example.com", "Acme Rockets", "sk-ant-secret",
    "tokensecret", "hooks.acme.example", "mybudget", "own-model", "wombatskill", "narwhaltext", "userpassword",
    "acmelaptop",
)  # fmt: skip


@pytest.fixture
def marked(home: Path) -> Path:
    """A home with marks in everything that is read, and some faults, which name what is broken."""
    projects = home / ".claude" / "projects"
    own: dict[str, Any] = {"session": SESSION, "cwd": f"{home}/work/zanzibar project", "gitBranch": "quokkabranch"}
    file = write(
        projects / "-home-ada-work-zanzibar-project" / f"{SESSION}.jsonl",
        [
            prompt("narwhaltext", session=SESSION, cwd=own["cwd"]),
            assistant(**own, attributionSkill="wombatskill"),
            assistant("m2", request="r2", uuid="u2", model="own-model-of-zanzibar", **own),
            {"type": "attachment", "attachment": {"type": "session_context", "email": "ada@example.com"}},
        ],
    )
    (file.parent / "broken").symlink_to(file.parent / "broken")
    login = {"accountUuid": ACCOUNT, "organizationUuid": ORGANIZATION, "organizationName": "Acme Rockets"}
    login["emailAddress"] = "ada@example.com"
    (home / ".claude.json").write_text(json.dumps({"oauthAccount": login, "primaryApiKey": "sk-ant-secret"}))
    program = f"{home}/clients/zanzibar tools/bin/claude-tracker"
    line = {"type": "command", "command": f"'{program}' statusline"}
    (home / ".claude" / "settings.json").write_text(json.dumps({"statusLine": line, "env": {"KEY": "sk-ant-secret"}}))
    config = home / ".config" / "claude-tracker" / "config.toml"
    config.parent.mkdir()
    config.write_text(
        "database = '~/work/zanzibar data/usage.db'\n"
        "webhook-url = 'https://user:userpassword@hooks.acme.example/zanzibar'\n"
        "token = 'tokensecret'\nprivacy = 'full'\naccount-name = '3f2a91c07d=zanzibar'\n"
        "[budgets.mybudget]\ncost_usd = 5\nper = 'day'\nproject = 'zanzibar'\n"
    )
    (home / "work" / "zanzibar data").mkdir(parents=True)
    return home


ELSEWHERE = ["--listen", "127.0.0.1:9", "--prometheus-url", "http://127.0.0.1:9", "--grafana-url", "http://127.0.0.1:9"]
"""Nobody answers there."""


def support(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, ["support", *ELSEWHERE, *map(str, args)])


def content_of(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_private_mark_is_in_the_bundle(marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "acmelaptop.example")
    ingest()
    database = marked / "work" / "zanzibar data" / "usage.db"
    problem = "https://hooks.acme.example/zanzibar: ada@example.com at acmelaptop, not found"
    save_state(database, SyncState("webhook", 1, 1, last_success_at=1, problem=problem))
    unit = marked / ".config" / "systemd" / "user" / "claude-tracker.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(f"[Service]\nExecStart=/opt/zanzibar/claude-tracker run --database {database}\n")
    logged = [
        f"2026-11-22 10:00:00,000 WARNING cannot read {marked}/work/zanzibar project/x.jsonl: Permission denied",
        f"2026-11-22 10:00:01,000 ERROR session {SESSION} in zanzibar project, branch quokkabranch, ada@example.com",
        f"2026-11-22 10:00:02,000 INFO session {SESSION} started in {marked}/work/zanzibar project",
        "    narwhaltext in a traceback",
        "2026-11-22 10:00:03,000 WARNING cannot watch /srv/zanzibar (too few watches): sk-ant-secret of acmelaptop",
    ]
    journal = tmp_path / "bin" / "journalctl"
    journal.parent.mkdir()
    journal.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(logged) + "\nEND\n")
    for name in ("journalctl", "systemctl"):
        (tmp_path / "bin" / name).write_text(journal.read_text())
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    result = support("--yes", "-o", tmp_path / "bundle.zip")
    assert 0 == result.exit_code, result.output
    found = content_of(tmp_path / "bundle.zip")
    assert [
        "about.txt", "versions.json", "doctor.json", "configuration.json", "database.json", "health.json", "log.txt",
    ] == list(found)  # fmt: skip
    for text in (*found.values(), result.stdout):
        assert [] == [mark for mark in MARKS if mark.lower() in text.lower()]
        assert str(marked) not in text
    assert {"file": {
        "database": "set", "webhook-url": "set", "token": "set", "privacy": "full", "account-name": "set",
        "budgets": "1 set",
    }} == {"file": json.loads(found["configuration.json"])["file"]}  # fmt: skip
    database_part = json.loads(found["database.json"])
    assert (9, 2) == (database_part["version"], database_part["rows"]["tracker_responses"])
    assert [
        "2026-11-22 10:00:00,000 WARNING cannot read ~/…: Permission denied",
        "2026-11-22 10:00:01,000 ERROR session [id] in [name], branch [name], [email]",
        "2026-11-22 10:00:03,000 WARNING cannot watch /… (too few watches): [secret] of [name]",
    ] == found["log.txt"].splitlines()
    messages = {check["id"]: check["message"] for check in json.loads(found["doctor.json"])["checks"]}
    assert "The status line calls ~/…/bin/claude-tracker, which does not exist." == messages["statusline_command"]
    assert "No price is known for [name] (30 tokens). Costs are without them." == messages["unpriced"]


def test_the_bundle_is_shown_and_only_you_can_read_it(home: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    result = support("--yes", "-o", bundle)
    assert 0 == result.exit_code, result.output
    for name, text in content_of(bundle).items():
        assert f"── {name}\n{text}" in result.stdout
    assert 0o600 == stat.S_IMODE(bundle.stat().st_mode)
    assert f"Wrote {bundle}. Nothing was sent.\n" == result.stderr


def test_in_a_pipe_it_refuses_without_yes(tmp_path: Path) -> None:
    result = support("-o", tmp_path / "bundle.zip")
    assert (2, "Error: nothing was written: no terminal to confirm on (use --yes)\n") == (
        result.exit_code,
        result.stderr,
    )
    assert not (tmp_path / "bundle.zip").exists()
    assert 1 == result.stdout.count("── versions.json"), "it shows it nevertheless, once"


@pytest.mark.parametrize(("answer", "code", "is_written"), [("n", 1, False), ("y", 0, True)])
def test_on_a_terminal_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, is_written: bool
) -> None:
    monkeypatch.setattr("exporter.cli.commands.support._has_terminal", lambda: True)
    bundle = tmp_path / "bundle.zip"
    result = CliRunner().invoke(cli, ["support", *ELSEWHERE, "-o", str(bundle)], input=f"{answer}\n")
    assert (code, is_written) == (result.exit_code, bundle.exists())
    assert result.stdout.index("── log.txt") < result.stdout.index(f"Write this to {bundle}?")


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_text("mine")
    result = support("--yes", "-o", tmp_path / "bundle.zip")
    assert (2, "mine") == (result.exit_code, (tmp_path / "bundle.zip").read_text())


def test_it_works_with_a_broken_configuration_and_database(home: Path, tmp_path: Path) -> None:
    config = home / ".config" / "claude-tracker" / "config.toml"
    config.parent.mkdir()
    config.write_text("zanzibar =")
    (tmp_path / "usage.db").write_text("no database " * 100)
    result = support("--yes", "-o", tmp_path / "bundle.zip", "--database", tmp_path / "usage.db")
    assert 0 == result.exit_code, result.output
    assert "zanzibar" not in "".join(content_of(tmp_path / "bundle.zip").values())


def test_a_mistyped_key_is_not_shown(home: Path, tmp_path: Path) -> None:
    config = home / ".config" / "claude-tracker" / "config.toml"
    config.parent.mkdir()
    config.write_text("zanzibarkey = 'tokensecret'\n")
    result = support("--yes", "-o", tmp_path / "bundle.zip")
    assert 0 == result.exit_code, result.output
    found = content_of(tmp_path / "bundle.zip")
    assert {"unknown keys": 1} == json.loads(found["configuration.json"])["file"]
    assert [] == [mark for mark in MARKS for text in found.values() if mark in text]
