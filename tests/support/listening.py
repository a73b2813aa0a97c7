"""A program that listens to the live channel."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import Any, Self

from websocket import WebSocketException, create_connection


class Listener:
    """A client that keeps the messages it receives, each with its time."""

    def __init__(self, port: int) -> None:
        self.messages: list[dict[str, Any]] = []
        self.times: list[float] = []
        self._client = create_connection(f"ws://127.0.0.1:{port}/ws", suppress_origin=True)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while True:
                text = self._client.recv()
                if not text:
                    return
                self.messages.append(json.loads(text))
                self.times.append(time.time())
        except (OSError, WebSocketException):
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError, WebSocketException):
            self._client.close()

    @property
    def is_open(self) -> bool:
        return self._thread.is_alive()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["data"] for message in list(self.messages) if message["type"] == kind]
