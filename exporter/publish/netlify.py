"""A site at Netlify, by file digests (https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/):
only files whose SHA-1 Netlify does not know are uploaded, and the site changes when all are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec
import requests

from exporter.domain.text import printable
from exporter.publish.http import TIMEOUTS, TransientFailure, asking, check
from exporter.sources.http_session import session

WHO = "Netlify"
POLL_SECONDS = 2.0
POLLS = 45
HINTS = {
    401: "the token is not valid (any more). Make a new one at app.netlify.com, User settings, Applications",
    403: "the token may not change this site. Use one of the site's owner",
    404: "there is no such site for this token. Look up the site id at app.netlify.com, Project configuration",
    422: "it does not accept the files. Run `claude-tracker sync --dry-run`, and report this",
}


T = TypeVar("T")


class Deploy(msgspec.Struct, frozen=True):
    """A deploy as Netlify tells it. `required`: the digests it wants to be uploaded."""

    id: str
    state: str = ""
    required: list[str] | None = None
    error_message: str | None = None


class Site(msgspec.Struct, frozen=True):
    name: str = ""
    url: str = ""


class Netlify:
    """A site. `token` is asked for at each use, since a file may change; `wait` sleeps for seconds."""

    def __init__(self, site: str, token: Callable[[], str], wait: Callable[[float], None], api: str) -> None:
        self._site = quote(site, safe="")
        self._token = token
        self._wait = wait
        self._api = api
        self._session = session()

    def site(self) -> Site:
        """What Netlify says of the site. Raises Passing, Refused."""
        return self._told(self._ask("GET", f"/sites/{self._site}"), Site)

    def send(self, files: Mapping[str, bytes]) -> None:
        """Make the site consist of these files, and see it done. Raises Passing, Refused.

        After an upload that was broken off, the next deploy requires only what is missing.
        """
        digests = {path: hashlib.sha1(content, usedforsecurity=False).hexdigest() for path, content in files.items()}
        asked = msgspec.json.encode({"files": digests})
        deploy = self._told(self._ask("POST", f"/sites/{self._site}/deploys", asked, "application/json"), Deploy)
        try:
            self._upload(deploy, files, digests)
            self._see_ready(deploy)
        except TransientFailure as error:
            error.took_part = True
            raise

    def _upload(self, deploy: Deploy, files: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
        wanted = set(deploy.required or ())
        for path, content in files.items():
            if digests[path] in wanted:
                wanted.discard(digests[path])
                self._ask("PUT", f"/deploys/{quote(deploy.id, safe='')}/files{quote(path)}", content, gone=True)

    def _see_ready(self, deploy: Deploy) -> None:
        path = f"/sites/{self._site}/deploys/{quote(deploy.id, safe='')}"
        for _ in range(POLLS):
            if deploy.state in ("error", "rejected"):
                raise TransientFailure(
                    f"{WHO} could not make the deploy: {printable(deploy.error_message or deploy.state)}"
                )
            if deploy.state == "ready":
                return
            deploy = self._told(self._ask("GET", path), Deploy)
            if deploy.state not in ("ready", "error", "rejected"):
                self._wait(POLL_SECONDS)
        raise TransientFailure(f"{WHO} has not finished the deploy after {POLLS * POLL_SECONDS:.0f} s")

    def _ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        kind: str = "application/octet-stream",
        *,
        gone: bool = False,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token()}", "User-Agent": "claude-tracker"}
        if content is not None:
            headers["Content-Type"] = kind
        with asking(WHO):
            answer = self._session.request(
                method, self._api + path, data=content, headers=headers, timeout=TIMEOUTS, allow_redirects=False
            )
        if gone and answer.status_code == 404:  # of an upload: the deploy is, not the site
            raise TransientFailure(f"{WHO} has dropped the deploy meanwhile")
        check(answer, WHO, HINTS)
        return answer

    def _told(self, answer: requests.Response, form: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.content, type=form)
        except msgspec.DecodeError as error:
            raise TransientFailure(f"{WHO} answers in another form than its API has") from error
