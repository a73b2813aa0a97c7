"""`kill -9` at any instant counts nothing twice, loses nothing, and never lets `/metrics` show too little.

CLAUDE_TRACKER_KILLS sets how often (16 by default, half in a first read and half in a tail).
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exporter.store.reader import Reader
from support.client import Writer, grow
from support.processes import Answer, Server, run_command, runs, samples_of, total_of, wait_until
from support.sampling import sample_or_all

pytestmark = [pytest.mark.server, pytest.mark.long]

KILLS = int(os.environ.get("CLAUDE_TRACKER_KILLS", str(sample_or_all(16, 200))))
AT_ONCE = 3
"""So many trackers run at the same time."""
SESSIONS = 20
RESPONSES = 300
"""In each session; every response is written twice, as a stream is."""
Kept = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def big_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Claude folder that takes a while to read."""
    folder = tmp_path_factory.mktemp("claude")
    grow(folder / "projects", SESSIONS, RESPONSES)
    return folder


def kept(database: Path) -> Kept:
    """Everything but runs, which depend on the times of samples; the peak of a gauge is not compared."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return {
            "totals": connection.execute(
                "SELECT family, labels, exact, iif(family = 'incomplete_responses', exact, peak) FROM tracker_totals"
                " WHERE exact AND family NOT LIKE 'session%' ORDER BY 1, 2"
            ).fetchall(),
            "sessions": connection.execute("SELECT * FROM real_sessions ORDER BY id").fetchall(),
            "blocks": connection.execute("SELECT * FROM five_hour_blocks ORDER BY id").fetchall(),
        }
    finally:
        connection.close()


def undisturbed(folder: Path, config_dir: Path) -> Kept:
    """What one clean read keeps."""
    database = folder / "undisturbed.db"
    outcome = run_command("ingest", "--database", database, "--config-dir", config_dir)
    assert 0 == outcome.code, outcome.stderr
    return kept(database)


def responses_in(answer: Answer) -> float:
    return total_of(samples_of(answer.text), "responses_total")


def answers_until(server: Server, instant: float) -> Iterator[Answer]:
    while time.monotonic() < instant:
        yield server.get("/metrics")


def assert_nothing_or_all(answer: Answer, responses: int) -> bool:
    """Refused, 503, or complete; whether it is complete."""
    assert answer.status in {0, 503, 200}, answer
    if answer.status == 200:
        assert responses == responses_in(answer)
    return answer.status == 200


def assert_complete_after_restart(server: Server, responses: int) -> None:
    """Until it is complete it says so, and then shows everything."""
    wait_until(lambda: assert_nothing_or_all(server.get("/metrics"), responses), "the first read is complete")


def seconds_of_first_read(folder: Path, config_dir: Path) -> float:
    """From the start of the tracker: it begins before the server answers."""
    folder.mkdir()
    started = time.monotonic()
    with Server(folder, "--config-dir", config_dir) as server:
        server.wait_ready()
        return time.monotonic() - started


def share(database: Path) -> None:
    """A database of the user's: there the first read is one transaction, elsewhere a file of its own."""
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()


def is_complete(database: Path) -> bool:
    """Whether the first read has ended."""
    reader = Reader(database)
    try:
        return reader.first_read_at() is not None
    finally:
        reader.close()


def test_a_killed_first_read_is_complete_after_the_next_start(tmp_path: Path, big_tree: Path) -> None:
    expected = undisturbed(tmp_path, big_tree)
    responses = SESSIONS * RESPONSES
    assert ("tokens", '["claude-opus-4-5","output","main"]', 20 * responses, 20 * responses) in expected["totals"]
    kills = KILLS // 2
    with ThreadPoolExecutor(AT_ONCE) as pool:
        folders = [tmp_path / f"undisturbed {number}" for number in range(AT_ONCE)]
        lasts = [min(pool.map(lambda folder: seconds_of_first_read(folder, big_tree), folders))]

    def was_interrupted(kill: int) -> bool:
        folder = tmp_path / str(kill)
        folder.mkdir()
        if kill % 3 == 0:
            share(folder / "tracker.db")
        instant = time.monotonic() + (kill + random.random()) / kills * lasts[0]
        with Server(folder, "--config-dir", big_tree) as server:
            for answer in answers_until(server, instant):
                assert_nothing_or_all(answer, responses)
            server.kill()
            interrupted = not is_complete(server.database)
            if not interrupted:  # the machine became faster: kill sooner
                lasts[0] *= 0.6
        with Server(folder, "--config-dir", big_tree, port=server.port) as server:
            assert_complete_after_restart(server, responses)
            assert expected == kept(server.database)
        return interrupted

    with ThreadPoolExecutor(AT_ONCE) as pool:
        interrupted = sum(pool.map(was_interrupted, range(kills)))
    assert interrupted >= kills // 3, "too few kills came before the first read was complete"


def responses_kept(database: Path) -> int:
    totals = kept(database)["totals"]
    return sum(exact for family, _, exact, _ in totals if family == "responses" and isinstance(exact, int))


def is_all_counted(server: Server, writer: Writer) -> bool:
    """Every response, and of each its last line: totals kept from before the kill are served at once."""
    samples = samples_of(server.get("/metrics").text)
    complete = total_of(samples, "responses_total") - total_of(samples, "incomplete_responses")
    return complete == writer.responses


def assert_tail_survives(folder: Path, kills: int) -> int:
    """Kill a tracker of its own so often while a client writes; how often it had not read everything."""
    claude = folder / "claude"
    grow(claude / "projects", sessions := 6, responses := 5)
    writer = Writer(claude / "projects", sessions, responses)
    behind, last = 0, 0.0
    for kill in range(kills + 1):
        with Server(folder, "--config-dir", claude) as server:
            server.wait_ready()
            wait_until(lambda: is_all_counted(server, writer), "all is counted")
            if kill == kills:
                break
            for answer in answers_until(server, time.monotonic() + random.uniform(0.02, 0.4)):
                writer.write()
                assert last <= responses_in(answer) <= writer.responses
                last = responses_in(answer)
            writer.write()  # most often too late to be read before the kill
            server.kill()
        behind += responses_kept(server.database) < writer.responses
        writer.finish()
    assert undisturbed(folder, claude) == kept(server.database)
    return behind


def test_a_killed_tail_is_exact_after_the_next_start(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(AT_ONCE)]
    for folder in folders:
        folder.mkdir()
    kills = KILLS - KILLS // 2
    with ThreadPoolExecutor(AT_ONCE) as pool:
        behind = pool.map(lambda folder: assert_tail_survives(folder, -(-kills // AT_ONCE)), folders)
    assert sum(behind), "no kill came before everything was read"


@pytest.mark.parametrize("phase", ["first read", "tail"])
def test_a_killed_worker_is_replaced(tmp_path: Path, big_tree: Path, phase: str) -> None:
    with Server(tmp_path, "--config-dir", big_tree) as server:
        if phase == "tail":
            server.wait_ready()
        wait_until(lambda: server.get("/-/healthy").status == 200, "it serves")
        (worker,) = server.children()
        os.kill(worker, signal.SIGKILL)
        (successor,) = wait_until(lambda: [pid for pid in server.children() if pid != worker], "it is replaced")
        assert_complete_after_restart(server, SESSIONS * RESPONSES)
        assert [successor] == server.children()
        assert undisturbed(tmp_path, big_tree) == kept(server.database)


@pytest.mark.parametrize("phase", ["first read", "tail"])
def test_an_orphaned_worker_exits_and_a_new_run_starts_at_once(tmp_path: Path, big_tree: Path, phase: str) -> None:
    with Server(tmp_path, "--config-dir", big_tree) as orphaned:
        if phase == "tail":
            orphaned.wait_ready()
        wait_until(lambda: orphaned.get("/-/healthy").status == 200, "it serves")
        (worker,) = orphaned.children()
        os.kill(orphaned.pid, signal.SIGKILL)  # and no process waits for it: it stays as a zombie
        with Server(tmp_path, "--config-dir", big_tree, port=orphaned.port) as server:
            wait_until(lambda: not runs(worker), "the worker ended")
            wait_until(server.is_ready, "the new run serves")
            assert_complete_after_restart(server, SESSIONS * RESPONSES)
            assert undisturbed(tmp_path, big_tree) == kept(server.database)
