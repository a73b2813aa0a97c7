"""Pages in a browser that are watched: their requests and their console errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page


class Watched:
    """A page, its requests and its console errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type not in {"log", "info", "debug"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def text(self, selector: str) -> str:
        """What a part says, with every gap as one space."""
        return " ".join(self.page.locator(selector).inner_text().split())

    def wait_for(self, selector: str, text: str) -> None:
        """Until a part says something."""
        self.page.locator(selector).filter(has_text=text).first.wait_for(timeout=10_000)

    def wait_for_charts(self, number: int = 2) -> None:
        self.page.locator(".frame[data-drawn]").nth(number - 1).wait_for(timeout=30_000)


Open = Callable[..., Watched]
"""Opens an address; options are those of a browser's context."""
