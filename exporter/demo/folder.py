"""Writes the made-up user's events into a home folder: the history at once, then what happens as it happens."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from exporter.demo.events import Event, Kind

MAX_SAMPLES = 20_000


class Folder:
    """A home folder. `desktop_history`: where Claude Desktop keeps its own. `submit`: gets what the status line gets.

    Files have the times of the last event that changed them, so that they look as old as they claim to be.
    """

    def __init__(self, home: Path, desktop_history: Path, submit: Callable[[bytes], None]) -> None:
        self._home, self._desktop_history, self._submit = home, desktop_history, submit
        self._samples: list[bytes] = []

    def write_history(self, events: Iterable[Event]) -> int:
        """Write what happened so far: of each file its final form, and the last status line.

        Returns the number of events.
        """
        parts: defaultdict[str, list[bytes]] = defaultdict(list)
        changed: dict[str, int] = {}
        submitted: dict[str, bytes] = {}
        number = sampled_at = 0
        for event in events:
            number += 1
            if event.kind is Kind.SAMPLE:
                self._samples.append(event.content)
                sampled_at = event.at
            elif event.kind is Kind.REMOVE:
                parts.pop(event.path, None)
            elif event.kind is Kind.SUBMIT:
                submitted[event.path] = event.content
            else:
                if event.kind is Kind.REPLACE:
                    parts[event.path].clear()
                parts[event.path].append(event.content)
                changed[event.path] = event.at
        for path, contents in parts.items():
            self._write(self._home / path, b"".join(contents), changed[path])
        self._write_samples(sampled_at)
        for content in submitted.values():
            self._submit(content)
        return number

    def write(self, event: Event) -> None:
        """Write what happens now."""
        file = self._home / event.path
        if event.kind is Kind.SUBMIT:
            self._submit(event.content)
        elif event.kind is Kind.SAMPLE:
            self._samples = [*self._samples[1 - MAX_SAMPLES :], event.content]
            self._write_samples(event.at)
        elif event.kind is Kind.REMOVE:
            file.unlink(missing_ok=True)
        elif event.kind is Kind.REPLACE:
            self._write(file, event.content, event.at)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as opened:
                opened.write(event.content)
            _set_time(file, event.at)

    def _write_samples(self, at: int) -> None:
        content = b'{"version":2,"samples":[' + b",".join(self._samples) + b"]}"
        self._write(self._desktop_history, content, at)

    def _write(self, file: Path, content: bytes, at: int) -> None:
        """In one step: nobody reads half of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.new")
        new.write_bytes(content)
        _set_time(new, at)
        os.replace(new, file)


def _set_time(file: Path, at: int) -> None:
    with suppress(OSError):
        os.utime(file, ns=(at * 1_000_000, at * 1_000_000))
