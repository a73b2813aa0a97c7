"""`claude-tracker setup netlify`: asks, checks, shows, and keeps it; and takes it out again."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.cli.setup.toml_edit import set_keys
from support.netlify import SITE, TOKEN, FakeNetlify
from support.processes import Outcome
from support.published import World

VARIABLE = "CLAUDE_TRACKER_NETLIFY_TOKEN"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "config.toml"


def setup(world: World, config: Path, *options: str, answers: str | None = None) -> Outcome:
    arguments = ["--config", str(config), "setup", "netlify", "--database", str(world.tracker.database), *options]
    config.parent.mkdir(exist_ok=True)
    config.touch()
    with pytest.MonkeyPatch.context() as patched:
        if answers is not None:
            patched.setattr("exporter.cli.setup.netlify.sys.stdin.isatty", lambda: True, raising=False)
            patched.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
        result = CliRunner().invoke(cli, arguments, input=answers)
    return Outcome(result.exit_code, result.stdout, result.stderr)


def test_the_dialog_asks_for_every_setting(
    world: World, netlify: FakeNetlify, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    outcome = setup(world, config, "--netlify-api", netlify.url, answers=f"{SITE}\n{TOKEN}\nprojects\ny\n")
    assert 0 == outcome.code, outcome.stderr
    assert "Site: my-usage at https://my-usage.example." in outcome.stdout
    assert '"version": 1' in outcome.stdout
    token = config.parent / "netlify-token"
    assert (f"{TOKEN}\n", 0o600) == (token.read_text(), stat.S_IMODE(token.stat().st_mode))
    assert {
        "netlify-site": SITE, "privacy": "projects", "netlify-api": netlify.url, "netlify-token-file": str(token),
    } == tomllib.loads(config.read_text())  # fmt: skip
    assert TOKEN not in outcome.stdout + outcome.stderr + config.read_text()
    assert {"/sites/" + SITE} == {request.path for request in netlify.requests}, "nothing was sent"


def test_without_a_terminal_options_set_everything(world: World, netlify: FakeNetlify, config: Path) -> None:
    options = ("--netlify-site", SITE, "--netlify-api", netlify.url)
    outcome = setup(world, config, *options)
    assert (9, "") == (outcome.code, config.read_text())
    assert "use --yes" in outcome.stderr
    assert 0 == setup(world, config, *options, "--yes").code
    assert {"netlify-site": SITE, "privacy": "totals", "netlify-api": netlify.url} == tomllib.loads(config.read_text())
    assert "is already up to date" in setup(world, config, *options, "--yes").stdout


def test_a_site_unknown_to_netlify_is_not_saved(world: World, netlify: FakeNetlify, config: Path) -> None:
    outcome = setup(world, config, "--netlify-site", "other", "--netlify-api", netlify.url, "--yes")
    assert (11, "") == (outcome.code, config.read_text())
    assert "this token has no such site" in outcome.stderr
    assert "Nothing was written" in outcome.stderr


def test_without_a_terminal_missing_options_are_an_error(
    world: World, netlify: FakeNetlify, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set --netlify-site" in setup(world, config).stderr
    monkeypatch.delenv(VARIABLE)
    outcome = setup(world, config, "--netlify-site", SITE, "--netlify-api", netlify.url)
    assert (9, True) == (outcome.code, f"set ${VARIABLE}" in outcome.stderr)


def test_a_dry_run_writes_nothing(world: World, netlify: FakeNetlify, config: Path) -> None:
    outcome = setup(world, config, "--netlify-site", SITE, "--netlify-api", netlify.url, "--dry-run")
    assert (0, "") == (outcome.code, config.read_text())
    assert f'+netlify-site = "{SITE}"' in outcome.stdout


def test_setup_can_be_undone(world: World, netlify: FakeNetlify, config: Path) -> None:
    config.parent.mkdir()
    config.write_text('# mine\ntimezone = "UTC"\n\n[run]\nlisten = "127.0.0.1:3001"\n')
    before = config.read_text()
    (config.parent / "netlify-token").write_text(TOKEN)
    assert 0 == setup(world, config, "--netlify-site", SITE, "--netlify-api", netlify.url, "--yes").code
    assert SITE in config.read_text()
    outcome = setup(world, config, "--undo", "--yes")
    assert "The published site still exists" in outcome.stdout
    assert before == config.read_text()
    assert not (config.parent / "netlify-token").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'a = "x"\n'),
        ("b = 1", 'b = 1\na = "x"\n'),
        ('a = "y" # mine\nb = 1\n', 'a = "x" # mine\nb = 1\n'),
        ('a = """\ny\n"""\nb = 1\n', 'a = "x"\nb = 1\n'),
        ('[run]\na = "z"\n', 'a = "x"\n\n[run]\na = "z"\n'),
        ("# c\n\n[run]\nb = 1\n", '# c\na = "x"\n\n[run]\nb = 1\n'),
    ],
)
def test_setting_a_key_keeps_all_other_lines(before: str, after: str) -> None:
    assert after == set_keys(before, {"a": "x"})
    assert "x" == tomllib.loads(set_keys(before, {"a": "x"}))["a"]


def test_a_broken_file_is_left_alone() -> None:
    with pytest.raises(ValueError, match="at line 1"):
        set_keys("a = \n", {"a": "x"})
