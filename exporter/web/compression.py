"""Answers compressed with gzip, where the client accepts it (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 1_024
"""Below, the head of gzip and the work cost more than is saved."""
LEVEL = 5
_TEXTS = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/javascript",
    "application/openmetrics-text",
    "image/svg+xml",
)


def compress_answers(app: Flask) -> None:
    """Compress texts after each request."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not (response.mimetype or "").startswith(_TEXTS) or response.direct_passthrough or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or "Content-Encoding" in response.headers or not _accepts_gzip():
            return response
        body = response.get_data()
        if len(body) >= LEAST_BYTES:
            response.set_data(gzip.compress(body, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            tag, _ = response.get_etag()
            if tag is not None:
                response.set_etag(tag, weak=True)  # of the same content, in other bytes
        return response


def _accepts_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0
