"""A tracker that the system reports no changes to: it runs, polls, and says so. The limits are real, of a namespace."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from support.processes import Server, total_of, wait_until
from support.services import required
from support.timing import seconds_until
from support.transcripts import append, assistant, prompt, write

pytestmark = pytest.mark.server

WITHIN = 6
"""Seconds until an appended line is on /metrics; on a busy machine one of three may take longer."""


def limited(instances: int, watches: int) -> list[str]:
    """Run a command in a user namespace of its own, with these limits of inotify: no other process is affected."""
    unshare = shutil.which("unshare")
    script = (
        f"echo {instances} > /proc/sys/user/max_inotify_instances"
        f" && echo {watches} > /proc/sys/user/max_inotify_watches"
        ' && exec "$@"'
    )
    if unshare is None:
        required("unshare is not installed")
    prefix = [unshare, "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the system allows no user namespaces")
    return prefix


def responses(server: Server) -> float:
    return total_of(server.samples(), "responses_total")


def modes(server: Server) -> tuple[float, float, float]:
    samples = server.samples()
    return (
        samples["watcher_up", ()],
        samples["watched_folders", ("events",)],
        samples["watched_folders", ("polling",)],
    )


def seconds_until_counted(server: Server, file: Path, number: int) -> float:
    """Of a line that it appends."""
    before = responses(server)
    append(file, [assistant(f"msg_{number}", request=f"req_{number}", uuid=f"a{number}")])
    return seconds_until(lambda: responses(server) == before + 1, "it is counted")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    projects = tmp_path / "claude" / "projects"
    for number in range(20):
        write(projects / f"-shop-{number:02d}" / f"s{number}.jsonl", [prompt(uuid=f"p{number}", session=f"s{number}")])
    append(projects / "-shop-00" / "s0.jsonl", [assistant()])  # a new model's counter would show 0 for a while
    return projects / "-shop-19" / "s19.jsonl"


@pytest.mark.parametrize(
    ("instances", "watches"), [pytest.param(0, 1_000, id="no instance"), pytest.param(10, 10, id="10 watches")]
)
def test_without_reports_it_polls_and_says_so(tmp_path: Path, file: Path, instances: int, watches: int) -> None:
    with Server(tmp_path, "--config-dir", tmp_path / "claude", prefix=limited(instances, watches)) as server:
        server.wait_ready()
        assert median(seconds_until_counted(server, file, number) for number in range(10, 13)) <= WITHIN
        assert (0, 0, 1) == modes(server)
        health = json.loads(server.get("/api/analytics/current").text)["health"]
        assert (False, {"events": 0, "polling": 1}) == (health["watcher_up"], health["watched_folders"])
        assert "looking every few seconds instead" in server.said
        assert 0 == server.stop()[0]


def make_again(projects: Path, content: Callable[[], bytes]) -> None:
    data = content()
    shutil.rmtree(projects.parent)
    file = projects / "-shop-19" / "s19.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)


def test_a_folder_made_again_is_watched_again(tmp_path: Path, file: Path) -> None:
    with Server(tmp_path, "--config-dir", tmp_path / "claude") as server:
        server.wait_ready()
        assert (1, 1, 0) == modes(server)
        seconds = []
        for number in range(10, 13):
            make_again(file.parents[1], file.read_bytes)
            seconds.append(seconds_until_counted(server, file, number))
        assert median(seconds) <= WITHIN
        wait_until(lambda: modes(server) == (1, 1, 0), "it is watched")
