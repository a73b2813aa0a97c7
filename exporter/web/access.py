"""Access control: host names, origins, and an optional token (DESIGN decision 10)."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, redirect, request

from exporter.web.problems import problem

COOKIE = "claude_tracker_token"
OPEN_PATHS = frozenset(("/-/healthy", "/runbook"))
"""For supervisors, which send no token, and for the links of alerts: the runbook is the same for everybody."""


def guard(app: Flask, allowed_hosts: Collection[str], token: str | None) -> None:
    """Refuse foreign origins, and requests without the token. Flask checks the Host header (`TRUSTED_HOSTS`)."""

    @app.before_request
    def refuse_other_spellings() -> Response | None:
        if is_plain(str(request.environ.get("RAW_URI", request.path))):
            return None
        return problem(404, "Not Found", "write the path without empty, `.` and `..` segments")

    @app.before_request
    def refuse_foreign_origins() -> Response | None:
        origin = request.headers.get("Origin")
        if origin is None or _is_ours(origin, request.host, allowed_hosts):
            return None
        return problem(403, "Forbidden", "this origin is not allowed; see --allow-host")

    if token is None:
        return

    @app.before_request
    def require_token() -> Response | None:
        if request.path in OPEN_PATHS or _sends_token(token):
            return None
        if request.path == "/" and _same(request.args.get("token"), token):
            answer = redirect("/", 303)
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=request.is_secure)
            return answer  # type: ignore[return-value]
        answer = problem(401, "Unauthorized", "send the token as `Authorization: Bearer …`, or open /?token=…")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


def is_plain(target: str) -> bool:
    """Whether a request names its path in one way only: what a door compares is what is answered."""
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):  # the absolute form, as for a proxy
        path = urlsplit(path).path
    segments = unquote(path).split("/")[1:]
    return "\\" not in path and not any(one in (".", "..") for one in segments) and "" not in segments[:-1]


def _is_ours(origin: str, host: str, allowed_hosts: Collection[str]) -> bool:
    """Whether the origin may send requests: our own, or an allowed host name, as behind a proxy."""
    try:
        found = urlsplit(origin)
        return found.scheme in ("http", "https") and (found.netloc == host or found.hostname in allowed_hosts)
    except ValueError:
        return False


def _sends_token(token: str) -> bool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return (scheme.lower() == "bearer" and _same(value.strip(), token)) or _same(request.cookies.get(COOKIE), token)


def _same(value: str | None, token: str) -> bool:
    """Compare in constant time."""
    return value is not None and hmac.compare_digest(value.encode(), token.encode())
