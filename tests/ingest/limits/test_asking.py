"""How often the client is asked: at most every five minutes, over restarts and commands, and seldom after failures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE
from exporter.domain.limits.asking import LastQuestion, is_asking, wait_ms
from exporter.errors import ClientError, ClientStopped
from exporter.ingest.limits.asking import Asking
from exporter.sources.limits.spool import spooled_files
from support.snapshots import NOON


class Client:
    """A client that answers, or fails."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.fails = False
        self.asked: list[float] = []
        self.spool = folder / "usage.db.spool"
        self.database = folder / "usage.db"

    def answer(self, stopping: threading.Event) -> bytes:
        self.asked.append((self.now - NOON) / MINUTE)
        if self.fails:
            raise ClientError("it failed")
        return b"{}"

    def asking(self, every: int = 0) -> Asking:
        """As after each start."""
        return Asking(self.database, self.spool, self.answer, lambda: self.now, every)


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as raised:
        ask()
    return str(raised.value)


def test_its_answer_waits_in_the_spool(client: Client) -> None:
    client.asking().ask()
    (file,) = spooled_files(client.spool)
    assert (b"{}", True) == (file.read_bytes(), file.name.endswith(".usage.json"))


def test_it_is_not_asked_twice_within_five_minutes(client: Client) -> None:
    client.asking().ask()
    client.now += 2 * MINUTE
    assert "the limits were asked for 2 min ago; ask again in 3 min" == refused(client.asking().ask)
    client.asking(15 * MINUTE).ask_when_due()
    client.now += 3 * MINUTE
    client.asking().ask()
    assert [0, 5] == client.asked


def test_a_tracker_asks_at_its_interval_also_over_restarts(client: Client) -> None:
    for _ in range(61):
        client.asking(15 * MINUTE).ask_when_due()
        client.now += MINUTE
    assert [0, 15, 30, 45, 60] == client.asked


def test_after_failures_it_asks_less_and_less(client: Client) -> None:
    client.fails = True
    for _ in range(12 * 60):
        with suppress(ClientError):
            client.asking(15 * MINUTE).ask_when_due()
        client.now += MINUTE
    assert [0, 30, 90, 210, 450] == client.asked, "half an hour, one, two, four; at most six"
    client.fails = False
    client.asking().ask()
    client.now += 15 * MINUTE
    client.asking(15 * MINUTE).ask_when_due()
    assert [720, 735] == client.asked[-2:]


def test_a_person_may_ask_again_after_a_failure(client: Client) -> None:
    client.fails = True
    assert "it failed" == refused(client.asking().ask)
    client.now += 5 * MINUTE
    assert "it failed" == refused(client.asking().ask)


def test_a_question_that_is_stopped_is_no_failure_and_the_last_one(client: Client) -> None:
    def answer(stopping: threading.Event) -> bytes:
        client.asked.append(0)
        asking.stop()
        assert stopping.is_set()
        raise ClientStopped("stopped")

    asking = Asking(client.database, client.spool, answer, lambda: client.now, 15 * MINUTE)
    asking.ask_when_due()
    client.now += HOUR
    asking.ask_when_due()
    assert [0] == client.asked
    assert LastQuestion(NOON) == msgspec.json.decode(Path(f"{client.database}.asked").read_bytes(), type=LastQuestion)


def test_two_do_not_ask_at_the_same_time(client: Client) -> None:
    def answer(stopping: threading.Event) -> bytes:
        client.now += 6 * MINUTE
        said = "another claude-tracker is asking for the limits right now; try again in a minute"
        assert said == refused(client.asking().ask)
        client.asking(15 * MINUTE).ask_when_due()
        return client.answer(stopping)

    Asking(client.database, client.spool, answer, lambda: client.now).ask()
    assert [6] == client.asked
    client.asking().ask()


def test_what_is_no_note_of_ours_is_as_if_it_was_never_asked(client: Client) -> None:
    Path(f"{client.database}.asked").write_text("[]")
    client.asking().ask()
    assert [0] == client.asked


def test_a_clock_that_was_set_back_does_not_silence_it() -> None:
    assert 0 == wait_ms(LastQuestion(NOON + DAY), NOON)
    assert 6 * HOUR == wait_ms(LastQuestion(NOON, 40), NOON, 15 * MINUTE)
    assert DAY == wait_ms(LastQuestion(NOON, 40), NOON, DAY)


@pytest.mark.parametrize(
    ("cwd", "is_one"),
    [
        ("/tmp/claude-tracker-asks-x1", True), ("C:\\Temp\\claude-tracker-asks-x1", True), ("/home/dev/shop", False),
        ("/home/claude-tracker-asks-x/shop", False), (None, False),
    ],
)  # fmt: skip
def test_what_answers_is_not_a_session(cwd: str | None, is_one: bool) -> None:
    assert is_one is is_asking(cwd)
