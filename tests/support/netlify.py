"""A server on loopback that does what Netlify's published OpenAPI description says of sites and deploys.

Operations createSiteDeploy, getSiteDeploy, uploadDeployFile and getSite of https://open-api.netlify.com: paths,
methods, bearer token, the deploy object with `id`, `state` and `required`, and the errors' `code` and `message`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "nfp_test0token0that0nobody0has"
SITE = "0d3a9d2f-ef94-4380-93df-27ee400e2048"


class ReceivedRequest(NamedTuple):
    """A request as received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """An answer that a test sets instead. `cut`: how many bytes of the announced length are not sent."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = MappingProxyType({})
    cut: int = 0


Rule = Callable[[ReceivedRequest], Answer | None]


@dataclass
class FakeNetlify:
    """The one site, its published files by path, and all requests. `rule` answers first."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[ReceivedRequest] = field(default_factory=list)
    rule: Rule = lambda request: None
    processing: int = 0
    """How often a deploy is reported as processing before it is ready."""
    _uploaded: dict[str, bytes] = field(default_factory=dict)
    _deploys: dict[str, dict[str, Any]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The requests, a line each."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def forget(self) -> None:
        self.requests.clear()

    def answer(self, request: ReceivedRequest) -> Answer:
        self.requests.append(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.rule(request) or _error(401, "Access Denied: Origin Not Allowed")
        return self.rule(request) or self._respond(request)

    def _respond(self, request: ReceivedRequest) -> Answer:
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case "GET", ["sites", site] if site == SITE:
                return _json(200, {"id": SITE, "name": "my-usage", "url": "https://my-usage.example"})
            case "POST", ["sites", site, "deploys"] if site == SITE:
                return self._create(json.loads(request.body)["files"])
            case "GET", ["sites", site, "deploys", deploy] if site == SITE and deploy in self._deploys:
                return self._deploy(deploy)
            case "PUT", ["deploys", deploy, "files", *path] if deploy in self._deploys:
                return self._upload(deploy, "/" + "/".join(path), request.body)
        return _error(404, "Not Found")

    def _create(self, digests: dict[str, str]) -> Answer:
        name = f"deploy{len(self._deploys)}"
        required = sorted({digest for digest in digests.values() if digest not in self._uploaded})
        self._deploys[name] = {"files": digests, "required": required, "left": self.processing}
        return self._deploy(name)

    def _deploy(self, name: str) -> Answer:
        deploy = self._deploys[name]
        missing = [digest for digest in deploy["files"].values() if digest not in self._uploaded]
        state = "uploading" if missing else "processing" if deploy["left"] else "ready"
        if not missing and deploy["left"]:
            deploy["left"] -= 1
        if state == "ready":
            self.files = {path: self._uploaded[digest] for path, digest in deploy["files"].items()}
        return _json(200, {"id": name, "state": state, "required": deploy["required"]})

    def _upload(self, name: str, path: str, body: bytes) -> Answer:
        digest = hashlib.sha1(body).hexdigest()
        if self._deploys[name]["files"].get(path) != digest:
            return _error(422, "the file's digest differs")
        self._uploaded[digest] = body
        return _json(200, {"id": path, "path": path, "sha": digest, "size": len(body)})


def _json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _error(status: int, message: str) -> Answer:
    return _json(status, {"code": status, "message": message})


def on(server: HTTPServer) -> FakeNetlify:
    """One that answers on this server."""
    fake = FakeNetlify(server.url_for("").rstrip("/"))

    def answer(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = fake.answer(ReceivedRequest(request.method, request.path, headers, request.get_data()))
        length = {"Content-Length": str(len(found.body) + found.cut)}
        return Response(iter([found.body]), found.status, {**found.headers, **length})

    server.expect_request(re.compile(".*")).respond_with_handler(answer)
    return fake
