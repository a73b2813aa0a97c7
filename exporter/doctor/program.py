"""The program itself: Python, its version, the running tracker, its address."""

from __future__ import annotations

from typing import Literal

import msgspec

from exporter.doctor.check import Finding, error, note, ok, warning

OLDEST_PYTHON = (3, 11)

Answer = Literal["nobody", "tracker", "other"]
"""Who answers at the tracker's address."""


class PythonFacts(msgspec.Struct, frozen=True):
    version: tuple[int, int]


class TrackerFacts(msgspec.Struct, frozen=True):
    """The tracker of this database. `holder`: the process that keeps it up to date, None if none does.

    `serves`: whether that process also serves. `address`: HOST:PORT. `version`: of what answers there, None if it
    does not say. `own_version`: of this program.
    """

    own_version: str
    address: str
    holder: str | None = None
    serves: bool = False
    answer: Answer = "nobody"
    version: str | None = None


def check_python(facts: PythonFacts) -> Finding:
    shown = ".".join(map(str, facts.version))
    if facts.version < OLDEST_PYTHON:
        return error(f"Python {shown} is too old.", "Install Python 3.11 or newer, and install claude-tracker with it.")
    return ok(f"Python {shown}.")


def check_version(facts: TrackerFacts) -> Finding:
    if facts.answer != "tracker" or facts.version in (None, facts.own_version):
        return ok(f"claude-tracker {facts.own_version}.")
    return warning(
        f"The tracker at {facts.address} is version {facts.version}, this program is version {facts.own_version}.",
        "Restart the tracker.",
    )


def check_tracker(facts: TrackerFacts) -> Finding:
    if facts.holder is not None:
        return ok(f"{facts.holder} keeps the database up to date.")
    return note(
        "No tracker is running: nothing warns you, and transcripts are read only when you run a command.",
        "Run `claude-tracker run`, or `claude-tracker service install` to start it at login.",
    )


def check_port(facts: TrackerFacts) -> Finding:
    if facts.answer == "tracker":
        return ok(f"A tracker answers at {facts.address}.")
    if facts.answer == "other":
        message = f"Another program answers at {facts.address}."
        if facts.holder is None:
            return error(f"{message} The tracker cannot start.", "Stop it, or choose another address with --listen.")
        return warning(message, "Pass the address that your tracker listens on with --listen.")
    if facts.holder is not None and facts.serves:
        return note(
            f"A tracker is running, but it does not answer at {facts.address}.",
            "Pass the address that it listens on with --listen.",
        )
    return ok(f"{facts.address} is free.")
