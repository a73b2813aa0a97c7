"""What docs/fleet.md says of agents, with the agents themselves: what they scrape of a tracker is in the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from support.processes import Server, wait_until
from support.prometheus import Prometheus, running_program, running_victoria
from support.services import PROJECT, free_port, require_program
from support.transcripts import assistant, write

pytestmark = pytest.mark.server

TEXT = (PROJECT / "docs" / "fleet.md").read_text()
BLOCKS = re.findall(r"```yaml\n(# (vmagent|prometheus) .*?)```", TEXT, re.DOTALL)


def flags(agent: str, config: Path, folder: Path, store: Prometheus) -> list[str]:
    """Those of its comment, with folders and ports of a test."""
    if agent == "vmagent":
        return [
            f"-promscrape.config={config}", f"-remoteWrite.url={store.url}/api/v1/write",
            f"-remoteWrite.tmpDataPath={folder / 'queue'}", f"-httpListenAddr=127.0.0.1:{free_port()}",
        ]  # fmt: skip
    return [
        "--enable-feature=agent", f"--config.file={config}", f"--storage.agent.path={folder / 'agent'}",
        f"--web.listen-address=127.0.0.1:{free_port()}",
    ]  # fmt: skip


@contextmanager
def running(agent: str, text: str, folder: Path, tracker: int, store: Prometheus) -> Iterator[None]:
    config = yaml.safe_load(text)
    config["global"]["scrape_interval"] = "1s"
    config["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{tracker}"]}]
    for one in config.get("remote_write", ()):
        one["url"] = f"{store.url}/api/v1/write"
    (folder / "agent.yml").write_text(yaml.safe_dump(config))
    words = flags(agent, folder / "agent.yml", folder, store)
    with running_program(folder / "agent.log", require_program(agent), *words):
        yield


def test_both_agents_are_described() -> None:
    assert ["vmagent", "prometheus"] == [agent for _, agent in BLOCKS]
    for text, agent in BLOCKS:
        used = " ".join(flags(agent, Path("x"), Path("x"), Prometheus(1)))
        assert [] == [name for name in re.findall(r"(-+[\w.-]+)=", text.splitlines()[0]) if f"{name}=" not in used]


@pytest.mark.parametrize(("text", "agent"), BLOCKS, ids=["vmagent", "prometheus"])
def test_what_it_scrapes_is_in_the_store(tmp_path: Path, text: str, agent: str) -> None:
    lines = [assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}") for number in range(5)]
    write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", lines)
    folder = tmp_path / "tracker"
    folder.mkdir()
    with (
        Server(folder, "--config-dir", tmp_path / "claude") as tracker,
        running_victoria(tmp_path / "store", free_port()) as store,
    ):
        tracker.wait_ready()
        with running(agent, text, tmp_path, tracker.port, store):
            found = "claude_tracker_responses_total"
            labels = '{team="payments", user="ada", host="laptop-7", job="claude-tracker"}'
            wait_until(lambda: store.value(f"sum(last_over_time({found}{labels}[5m]))") == 5, "it is in the store")
            assert not store.value(f'count({found}{{tracker!=""}})'), "only build_info names the tracker"
            assert 1 == store.value('count(claude_tracker_build_info{tracker!=""})')
