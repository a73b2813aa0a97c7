"""A disk that is full from the n-th change of a file on, and has room again later: nothing is lost or counted twice."""

from __future__ import annotations

import errno
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.injector import LAYOUT, totals_of
from support.processes import Server, wait_until
from support.sampling import sample_or_all
from support.transcripts import append, assistant, write

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD")]

TRIES = sample_or_all(3, 40)
FULL_SECONDS = 5.0


class Disk(NamedTuple):
    """What the tracker's folder is on."""

    shared: Path

    def fills(self, after: int) -> None:
        """After so many more changes."""
        self.shared.write_bytes(LAYOUT.pack(0, -after, errno.ENOSPC))

    def has_room(self) -> None:
        self.shared.write_bytes(LAYOUT.pack(0, 0, 0))

    @property
    def changes(self) -> int:
        return int(LAYOUT.unpack(self.shared.read_bytes())[0])


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    found = Disk(tmp_path / "shared")
    found.has_room()
    return found


class Place(NamedTuple):
    stack: ExitStack
    folder: Path
    disk: Disk
    shim: Path

    def run(self) -> Server:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        environment: Any = {
            "LD_PRELOAD": str(self.shim),
            "FAULT_FOLDER": str(data),
            "FAULT_FILE": str(self.disk.shared),
        }
        server = Server(
            self.folder, "--config-dir", self.folder / "claude", database=data / "tracker.db", **environment
        )
        return self.stack.enter_context(server)


@pytest.fixture
def place(tmp_path: Path, disk: Disk, shim: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        write(tmp_path / "claude" / "projects" / "-shop" / "s1.jsonl", answers(0, 200))
        yield Place(stack, tmp_path, disk, shim)


def answers(first: int, last: int) -> list[dict[str, object]]:
    return [assistant(f"m{n}", request=f"r{n}", uuid=f"a{n}") for n in range(first, last)]


def counted(server: Server) -> int:
    return totals_of(server.database).get('responses["claude-opus-4-5","main"]', 0)


@pytest.mark.parametrize("number", range(TRIES))
def test_a_first_read(place: Place, number: int) -> None:
    place.disk.fills(1 + random.Random(number).randrange(1, 60))
    server = place.run()
    time.sleep(FULL_SECONDS)
    assert not server.has_ended(), server.said
    lines = [line for line in server.said.splitlines() if "ERROR" in line]
    place.disk.has_room()
    wait_until(server.is_ready, "it is read once there is room", 60)
    assert 200 == counted(server)
    assert "Traceback" not in server.said, server.said
    assert len(lines) <= 6, server.said


@pytest.mark.parametrize("number", range(TRIES))
def test_a_tail_and_its_checkpoints(place: Place, number: int) -> None:
    dice = random.Random(number)
    server = place.run().wait_ready()
    place.disk.fills(dice.randrange(1, 40))
    for first in range(200, 260, 10):
        append(place.folder / "claude" / "projects" / "-shop" / "s1.jsonl", answers(first, first + 10))
        time.sleep(dice.random() * 0.3)
    time.sleep(FULL_SECONDS)
    assert not server.has_ended(), server.said
    lines = [line for line in server.said.splitlines() if "ERROR" in line]
    place.disk.has_room()
    wait_until(lambda: counted(server) == 260, "all is counted once there is room", 60)
    assert "Traceback" not in server.said, server.said
    assert len(lines) <= 6, server.said
    samples = server.samples()
    assert 260 == sum(value for (name, _), value in samples.items() if name == "responses_total")
