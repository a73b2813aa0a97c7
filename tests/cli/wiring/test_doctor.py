"""What a server answers about the installation: one examination at a time, and not again at once."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from exporter.cli.wiring import doctor
from exporter.doctor.check import Check
from exporter.doctor.place import Place

PLACE = cast("Place", None)


class Examining:
    """Counts the examinations. `free`: cleared, one waits."""

    def __init__(self) -> None:
        self.number = 0
        self.free = threading.Event()
        self.free.set()
        self.started = threading.Event()

    def __call__(self, place: Place) -> tuple[Check, ...]:
        self.started.set()
        assert self.free.wait(10)
        self.number += 1
        return (Check("zone", "ok", str(self.number), None),)


@pytest.fixture
def examining(monkeypatch: pytest.MonkeyPatch) -> Examining:
    found = Examining()
    monkeypatch.setattr("exporter.doctor.examine.examine", found)
    return found


def message_of(found: dict[str, Any]) -> str:
    message: str = found["checks"][0]["message"]
    return message


def test_requests_within_some_seconds_get_one_answer(examining: Examining, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    examined = doctor.examiner(PLACE)
    assert ["1", "1"] == [message_of(examined()) for _ in range(2)]
    now[0] += doctor.KEPT_SECONDS
    assert "2" == message_of(examined())


def test_who_asks_during_an_examination_gets_the_answer_before(
    examining: Examining, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "KEPT_SECONDS", 0.0)
    examined = doctor.examiner(PLACE)
    assert "1" == message_of(examined())
    examining.free.clear()
    examining.started.clear()
    thread = threading.Thread(target=examined)
    thread.start()
    assert examining.started.wait(10)
    assert "1" == message_of(examined())
    examining.free.set()
    thread.join(10)
    assert 2 == examining.number
