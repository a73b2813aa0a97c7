"""Who gets in: names, origins, and a token where one is set (DESIGN decision 10)."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request

from exporter.web.problems import problem

COOKIE = "claude_tracker_token"
OPEN_PATHS = frozenset(("/-/healthy",))
"""For supervisors, which tell nothing."""


def guard(app: Flask, allowed_hosts: Collection[str], token: str | None) -> None:
    """Refuse what comes from elsewhere. The Host header is checked by Flask, against its `TRUSTED_HOSTS`."""

    @app.before_request
    def refuse_foreign_origins() -> Response | None:
        origin = request.headers.get("Origin")
        if origin is None or _is_ours(origin, request.host, allowed_hosts):
            return None
        return problem(403, "Forbidden", "this origin is not allowed; see --allow-host")

    if token is None:
        return

    @app.before_request
    def ask_for_the_token() -> Response | None:
        if request.path in OPEN_PATHS or _bears(token):
            return None
        if request.path == "/" and _same(request.args.get("token"), token):
            answer = redirect("/", 303)
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=request.is_secure)
            return answer  # type: ignore[return-value]
        answer = problem(401, "Unauthorized", "give the token as `Authorization: Bearer …`, or open /?token=…")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


def _is_ours(origin: str, host: str, allowed_hosts: Collection[str]) -> bool:
    """Whether a page of this origin may ask: one of ours, or of a name that was allowed, as behind a proxy."""
    try:
        found = urlsplit(origin)
        return found.scheme in ("http", "https") and (found.netloc == host or found.hostname in allowed_hosts)
    except ValueError:
        return False


def _bears(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return (scheme.lower() == "bearer" and _same(given.strip(), token)) or _same(request.cookies.get(COOKIE), token)


def _same(given: str | None, token: str) -> bool:
    """In a time that does not tell how much of it is right."""
    return given is not None and hmac.compare_digest(given.encode(), token.encode())
