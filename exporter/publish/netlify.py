"""Deploys to Netlify with file digests (https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/):
only files with a new SHA-1 are uploaded, and the site changes once all are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from exporter.domain.text import printable
from exporter.publish.http import TIMEOUTS, TOTAL_SECONDS, TransientFailure, check, translate_errors
from exporter.sources.http_session import Answer, fetch, session

WHO = "Netlify"
POLL_SECONDS = 2.0
POLLS = 45
HINTS = {
    401: "the token is not valid. Create a new one at app.netlify.com, User settings, Applications",
    403: "the token is not allowed to change this site. Use one of the site's owner",
    404: "this token has no such site. Look up the site ID at app.netlify.com, Project configuration",
    422: "it does not accept the files. Run `claude-tracker sync --dry-run`, and report this as a bug",
}


T = TypeVar("T")


class Deploy(msgspec.Struct, frozen=True):
    """A deploy in Netlify's API. `required`: the digests of the files to upload."""

    id: str
    state: str = ""
    required: list[str] | None = None
    error_message: str | None = None


class Site(msgspec.Struct, frozen=True):
    name: str = ""
    url: str = ""


class Netlify:
    """A site. `token` is called for each request, since a file may change; `wait` sleeps for seconds."""

    def __init__(self, site: str, token: Callable[[], str], wait: Callable[[float], None], api: str) -> None:
        self._site = quote(site, safe="")
        self._token = token
        self._wait = wait
        self._api = api
        self._session = session()

    def site(self) -> Site:
        """Name and URL of the site. Raises TransientFailure, PermanentFailure."""
        return self._decode(self._request("GET", f"/sites/{self._site}"), Site)

    def send(self, files: Mapping[str, bytes]) -> None:
        """Replace the site with these files, and wait until it is live. Raises TransientFailure, PermanentFailure.

        After an interrupted upload, the next deploy requires only the missing files.
        """
        digests = {path: hashlib.sha1(content, usedforsecurity=False).hexdigest() for path, content in files.items()}
        request = msgspec.json.encode({"files": digests})
        deploy = self._decode(
            self._request("POST", f"/sites/{self._site}/deploys", request, "application/json"), Deploy
        )
        try:
            self._upload(deploy, files, digests)
            self._wait_until_ready(deploy)
        except TransientFailure as error:
            error.took_part = True
            raise

    def _upload(self, deploy: Deploy, files: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
        wanted = set(deploy.required or ())
        for path, content in files.items():
            if digests[path] in wanted:
                wanted.discard(digests[path])
                self._request(
                    "PUT", f"/deploys/{quote(deploy.id, safe='')}/files{quote(path)}", content, is_upload=True
                )

    def _wait_until_ready(self, deploy: Deploy) -> None:
        path = f"/sites/{self._site}/deploys/{quote(deploy.id, safe='')}"
        for _ in range(POLLS):
            if deploy.state in ("error", "rejected"):
                raise TransientFailure(
                    f"{WHO} could not process the deploy: {printable(deploy.error_message or deploy.state)}"
                )
            if deploy.state == "ready":
                return
            deploy = self._decode(self._request("GET", path), Deploy)
            if deploy.state not in ("ready", "error", "rejected"):
                self._wait(POLL_SECONDS)
        raise TransientFailure(f"{WHO} has not finished the deploy after {POLLS * POLL_SECONDS:.0f} s")

    def _request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        kind: str = "application/octet-stream",
        *,
        is_upload: bool = False,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._token()}", "User-Agent": "claude-tracker"}
        if content is not None:
            headers["Content-Type"] = kind
        with translate_errors(WHO):
            answer = fetch(
                self._session,
                method,
                self._api + path,
                data=content,
                headers=headers,
                timeout=TIMEOUTS,
                total_s=TOTAL_SECONDS,
            )
        if is_upload and answer.status_code == 404:  # the deploy is missing, not the site
            raise TransientFailure(f"{WHO} dropped the deploy")
        check(answer, WHO, HINTS)
        return answer

    def _decode(self, answer: Answer, form: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.content, type=form)
        except msgspec.DecodeError as error:
            raise TransientFailure(f"{WHO} sent an unexpected answer") from error
