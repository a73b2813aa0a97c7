"""Interprets a target's answers: success, a transient failure, or a permanent one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util import Retry

from exporter.errors import ConfigurationError
from exporter.sources.http_session import Answer, AnswerTooLarge

MAX_HEADER_LENGTH = 40
TIMEOUTS = (10.0, 60.0)
"""Seconds to connect, and between bytes."""
TOTAL_SECONDS = 120.0
"""For a request with its answer."""
MAX_WAIT_S = 86_400
POLICY = Retry(total=None, backoff_factor=30, backoff_max=3_600, backoff_jitter=15, retry_after_max=MAX_WAIT_S)
"""urllib3's backoff, used for its arithmetic alone: about a minute after the first failure, doubling each time, at
most an hour."""
RETRIED_STATUSES = (408, 409, 425, 429)
"""Client error statuses that are transient."""


class TransientFailure(Exception):
    """A failure to retry. `after_s`: the wait the target requests, or 0. `took_part`: whether it accepted a part."""

    def __init__(self, problem: str, after_s: float = 0.0) -> None:
        super().__init__(problem)
        self.after_s = after_s
        self.took_part = False


class PermanentFailure(Exception):
    """A failure that lasts until the user changes something; the message says what."""


def backoff_s(failed: int) -> float:
    """Seconds to wait after this many failures in a row, with jitter."""
    policy = POLICY
    for _ in range(failed + 2):  # urllib3 does not wait after the first one
        policy = policy.increment()
    return policy.get_backoff_time()


@contextmanager
def translate_errors(who: str) -> Iterator[None]:
    """Wraps a request. Raises TransientFailure without a complete answer, PermanentFailure for an invalid URL.

    Messages never contain the library's texts: they name the URL, which may be a secret.
    """
    try:
        yield
    except AnswerTooLarge as error:
        raise TransientFailure(f"the answer of {who} is too long") from error
    except requests.exceptions.SSLError as error:
        raise TransientFailure(f"cannot connect securely to {who}: its certificate is not valid") from error
    except requests.Timeout as error:
        raise TransientFailure(f"{who} did not answer in time") from error
    except requests.ConnectionError as error:
        raise TransientFailure(f"{who} cannot be reached") from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    ) as error:
        raise PermanentFailure(f"the URL of {who} is not valid. Configure another one") from error
    except requests.RequestException as error:
        raise TransientFailure(f"the answer of {who} was cut off") from error
    except (OSError, ValueError, HTTPError) as error:
        raise TransientFailure(f"the request to {who} failed: {type(error).__name__}") from error


def check(answer: Answer, who: str, hints: dict[int, str], now: float | None = None) -> None:
    """Raises TransientFailure or PermanentFailure unless the answer is a success.

    `hints`: what to do, by status. `now`: s.
    """
    status = answer.status_code
    if 200 <= status < 300:
        return
    message = f"{who} answered {status}"
    if 300 <= status < 400:
        host = urlsplit(answer.headers.get("Location", "")).hostname or "another address"
        raise PermanentFailure(f"{message}: it has moved to {host}. Configure the new address")
    if status >= 500 or status in RETRIED_STATUSES:
        raise TransientFailure(message, retry_after_s(answer, time.time() if now is None else now))
    raise PermanentFailure(f"{message}: {hints.get(status, 'it rejects this request')}")


def retry_after_s(answer: Answer, now: float) -> float:
    """Seconds from `Retry-After`, or for a 429 until `X-RateLimit-Reset` (Unix time); at most a day."""
    header = answer.headers.get("Retry-After")
    if header is not None:
        try:
            return max(0.0, POLICY.parse_retry_after(header[:MAX_HEADER_LENGTH]))
        except (InvalidHeader, ValueError, OverflowError):
            return 0.0
    reset = answer.headers.get("X-RateLimit-Reset", "")[:MAX_HEADER_LENGTH]
    if answer.status_code == 429 and reset.isdecimal():
        return min(float(MAX_WAIT_S), max(0.0, int(reset) - now))
    return 0.0


def or_permanent_failure(read: Callable[[], str | None]) -> Callable[[], str | None]:
    """An unreadable secret stops the job, not the tracker."""

    def found() -> str | None:
        try:
            return read()
        except ConfigurationError as error:
            raise PermanentFailure(str(error)) from error

    return found
