"""The wheel outside the checkout: by pip, uv and pipx, in an empty home, with everything it needs inside.

uv and pipx install the dependencies too. pip does so in `test_newcomer.py`; here it installs the wheel alone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter import __version__
from exporter.stack import files
from support.installed import build_wheel, light_venv, new_venv, output, require_network, run, uv_environment
from support.processes import wait_until
from support.services import PROJECT, free_port
from support.transcripts import assistant, write

pytestmark = [pytest.mark.server, pytest.mark.no_cover]

REPOSITORY = "https://github.com/claude-tracker/claude-tracker"
RAW = "https://raw.githubusercontent.com/claude-tracker/claude-tracker"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_network()
    return tmp_path_factory.mktemp("installed")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    return build_wheel(folder / "wheel")


@pytest.fixture(scope="module")
def tools(folder: Path) -> Path:
    """uv and pipx."""
    return new_venv(folder / "tools", "uv", "pipx")


@pytest.fixture(scope="module")
def command(folder: Path, wheel: Path) -> Path:
    """The command, as pip installs it."""
    return light_venv(folder / "pip", wheel) / "claude-tracker"


@pytest.fixture
def claude(home: Path) -> Path:
    """Claude's folder in the empty home, with one response."""
    write(home / ".claude" / "projects" / "-work" / "s1.jsonl", [assistant()])
    return home / ".claude"


def by_pip(_: Path, __: Path, request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue("command")
    return found


def by_uv(wheel: Path, folder: Path, request: pytest.FixtureRequest) -> Path:
    tools: Path = request.getfixturevalue("tools")
    places = {"UV_TOOL_DIR": folder / "uv", "UV_TOOL_BIN_DIR": folder / "bin"}
    named = {name: str(place) for name, place in places.items()} | uv_environment()
    output(tools / "uv", "tool", "install", "--python", sys.executable, wheel, **named)
    return folder / "bin" / "claude-tracker"


def by_pipx(wheel: Path, folder: Path, request: pytest.FixtureRequest) -> Path:
    tools: Path = request.getfixturevalue("tools")
    places = {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(folder / "bin")}
    output(tools / "pipx", "install", "--python", sys.executable, wheel, **places, **uv_environment())
    return folder / "bin" / "claude-tracker"


@pytest.mark.parametrize("install", [by_pip, by_uv, by_pipx])
def test_it_works_however_it_is_installed(
    install: Callable[[Path, Path, pytest.FixtureRequest], Path],
    wheel: Path,
    tmp_path: Path,
    claude: Path,
    request: pytest.FixtureRequest,
) -> None:
    command = install(wheel, tmp_path, request)
    assert f"claude-tracker, version {__version__}\n" == output(command, "--version")
    assert "Read 1 line" in output(command, "ingest")
    assert "today" in output(command, "status").lower()
    output(command, "grafana", "-o", tmp_path / "grafana")
    output(command, "prometheus", "-o", tmp_path / "prometheus")
    for part in files.PARTS:
        for name in files.names(part):
            assert (PROJECT / part / name).read_bytes() == (tmp_path / part / name).read_bytes(), name


def test_it_detects_until_it_is_stopped(command: Path, claude: Path, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([command, "detect"], cwd="/", stderr=log)
    try:
        wait_until(lambda: "watching for changes" in (tmp_path / "log").read_text(), "it has read everything")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(20)
    finally:
        process.kill()
        process.wait()


def test_the_stack_uses_the_files_in_it(command: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    without_others = {**os.environ, "PATH": "/nowhere"}
    words = [str(command), "stack", "--data", str(data), f"--port={free_port()}"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd="/", env=without_others, stderr=log)
    try:
        wait_until(lambda: (tmp_path / "log").read_text().endswith("stack: ready\n"), "the tracker answers")
        config = (data / "prometheus.yml").read_text()
        (rules,) = re.findall(r'- "(.+)/\*\.yml"', config)
        assert data / "rules" == Path(rules)
        assert ["alerts.yml", "recording.yml"] == sorted(path.name for path in Path(rules).iterdir())
        (found,) = command.parent.parent.rglob("bundled/prometheus/rules/recording.yml")
        assert found.read_text() == (data / "rules" / "recording.yml").read_text()
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(20)
    finally:
        process.kill()
        process.wait()


def test_the_wheel_contains_no_tests_and_no_generator(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"exporter", f"claude_tracker-{__version__}.dist-info"} == {name.split("/")[0] for name in names}
    bundled = {name.removeprefix("exporter/bundled/") for name in names if name.startswith("exporter/bundled/")}
    assert {f"{part}/{name}" for part in files.PARTS for name in files.names(part)} == bundled


def test_the_links_on_a_package_page_lead_into_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        text = opened.read(f"claude_tracker-{__version__}.dist-info/METADATA").decode()
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)#]+)", text)
    ours = [(bang, link) for bang, link in links if "claude-tracker/claude-tracker" in link]
    assert [] == [link for _, link in links if not link.startswith("https://")]
    assert 4 <= sum(bang == "!" for bang, _ in ours) < len(ours)
    for bang, link in ours:
        base = f"{RAW}/v{__version__}/" if bang else f"{REPOSITORY}/blob/v{__version__}/"
        assert link.startswith(base)
        assert (PROJECT / link.removeprefix(base)).exists(), link


def test_the_command_needs_nothing_of_the_checkout(command: Path) -> None:
    python = command.parent / "python"
    where = output(python, "-c", "import exporter; print(exporter.__file__)")
    assert command.parent.parent in Path(where.strip()).parents
    assert 1 == run(python, "-c", "import grafana").returncode
