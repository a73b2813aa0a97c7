"""HTTP sessions that send only the credentials configured for them, and answers bounded in size and total time.

A server that never ends its answer must not fill the memory or occupy a thread: at the deadline, which includes
connecting, sending and the head of the answer, the connection is shut down. The library's own timeouts start again with
each byte, and its own reading decompresses without a bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import HTTPError, ReadTimeoutError

from exporter.sources.http_deadline import POOLS, Deadline

MAX_BYTES = 4 << 20
"""Of an answer, before and after decompression."""
_CHUNK = 64 << 10
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


class AnswerTooLarge(requests.RequestException):
    """The answer is longer than its bound. The rest was not read."""


class Answer(NamedTuple):
    """An answer, read to its end. `content`: cut at the bound if the rest was not wanted."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class _Adapter(HTTPAdapter):
    """Opens connections that a deadline can shut down."""

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, **more)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *arguments: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **more)
        manager.pool_classes_by_scheme = POOLS
        return manager


def _keep_unchanged(request: Any) -> Any:
    """An auth that adds nothing. Without any auth, requests would read credentials from the user's .netrc."""
    return request


def session(url: str = "") -> requests.Session:
    """Create a session that ignores the user's .netrc. The user and password in `url`, if any, are sent."""
    new_session = requests.Session()
    for scheme in ("http://", "https://"):
        new_session.mount(scheme, _Adapter())
    parts = urlsplit(url)
    new_session.auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else _keep_unchanged
    return new_session


def without_credentials(url: str) -> str:
    """Remove the user and password from a URL, so that it can be shown and stored."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def fetch(
    to: requests.Session,
    method: str,
    url: str,
    *,
    timeout: tuple[float, float],
    total_s: float,
    max_bytes: int = MAX_BYTES,
    whole: bool = True,
    **request: Any,
) -> Answer:
    """Send a request and read the answer. Redirects are not followed.

    `timeout`: seconds to connect, and between bytes. `total_s`: for everything. `whole`: whether the content is needed;
    otherwise it is cut at `max_bytes`, and not decompressed.

    Raises requests.RequestException: AnswerTooLarge, and requests.Timeout at the deadline.
    """
    with answering(to, method, url, timeout=timeout, total_s=total_s, **request) as answer:
        content = _body(answer, max_bytes, whole=whole)
        return Answer(answer.status_code, answer.headers, content)


@contextmanager
def answering(
    to: requests.Session, method: str, url: str, *, timeout: tuple[float, float], total_s: float, **request: Any
) -> Iterator[requests.Response]:
    """Send a request. Yields the answer, whose body is not read yet: use `parts_of` or `lines_of`."""
    headers = {"Accept-Encoding": "identity", **request.pop("headers", {})}
    with Deadline(total_s) as deadline:
        try:
            with deadline.watching():
                answer = to.request(
                    method, url, headers=headers, timeout=timeout, stream=True, allow_redirects=False, **request
                )
            with answer:
                yield answer
        except Exception as error:
            if deadline.is_over:
                raise requests.Timeout(f"not complete after {total_s:g} s") from error
            raise
        if deadline.is_over:  # a body without a length ends there as if it were complete
            raise requests.Timeout(f"not complete after {total_s:g} s")


def parts_of(answer: requests.Response) -> Iterator[bytes]:
    """The body in pieces, as sent: not decompressed. Raises requests.RequestException."""
    try:
        while part := answer.raw.read(_CHUNK, decode_content=False):
            yield part
    except ReadTimeoutError as error:
        raise requests.Timeout(error) from error
    except (HTTPError, OSError, ValueError) as error:
        raise ChunkedEncodingError(error) from error


def lines_of(answer: requests.Response, max_line: int) -> Iterator[bytes]:
    """The lines of the body that are not empty. Raises AnswerTooLarge for a longer line."""
    rest = b""
    for part in parts_of(answer):
        *lines, rest = (rest + part).split(b"\n")
        yield from filter(None, lines)
        if len(rest) > max_line:
            raise AnswerTooLarge("a line is too long")
    if rest:
        yield rest


def _body(answer: requests.Response, max_bytes: int, *, whole: bool) -> bytes:
    content = bytearray()
    for part in parts_of(answer):
        content += part
        if len(content) > max_bytes:
            if whole:
                raise AnswerTooLarge(f"more than {max_bytes} bytes")
            return bytes(content[:max_bytes])
    compressed = answer.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip", "deflate")
    return _decompressed(bytes(content), max_bytes) if whole and compressed else bytes(content)


def _decompressed(content: bytes, max_bytes: int) -> bytes:
    try:
        found = zlib.decompressobj(_ZLIB_OR_GZIP).decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise ChunkedEncodingError(error) from error
    if len(found) > max_bytes:
        raise AnswerTooLarge(f"more than {max_bytes} bytes")
    return found
