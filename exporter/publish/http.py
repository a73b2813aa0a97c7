"""What an answer of a target means: done, to be tried again, or not before something is changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util import Retry

LONGEST_HEADER = 40
TIMEOUTS = (10.0, 60.0)
"""Seconds to connect, and between bytes."""
LONGEST_S = 86_400
POLICY = Retry(total=None, backoff_factor=30, backoff_max=3_600, backoff_jitter=15, retry_after_max=LONGEST_S)
"""urllib3's, which computes and does not wait here: after the first failure about a minute, then twice as long each
time, at most an hour."""
LATER = (408, 409, 425, 429)
"""Of the answers that blame the request those that may be another tomorrow."""


class TransientFailure(Exception):
    """Trouble that may be over later. `after_s`: how long the target asks to wait, 0 where it does not. `took_part`:
    whether it took something before.
    """

    def __init__(self, problem: str, after_s: float = 0.0) -> None:
        super().__init__(problem)
        self.after_s = after_s
        self.took_part = False


class PermanentFailure(Exception):
    """Trouble that is not over before somebody changes something; the message says what."""


def backoff_s(failed: int) -> float:
    """How long to wait after so many failures in a row, seconds, with jitter."""
    policy = POLICY
    for _ in range(failed + 2):  # by urllib3's rule the first is not waited for
        policy = policy.increment()
    return policy.get_backoff_time()


@contextmanager
def asking(who: str) -> Iterator[None]:
    """Around a request. Raises Passing where no whole answer came.

    What went wrong is told by its kind alone: the library's texts name the address, which may be a secret.
    """
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise TransientFailure(f"no safe connection to {who}: its certificate was not accepted") from error
    except requests.Timeout as error:
        raise TransientFailure(f"{who} does not answer in time") from error
    except requests.ConnectionError as error:
        raise TransientFailure(f"{who} cannot be reached") from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    ) as error:
        raise PermanentFailure(f"the address of {who} cannot be asked. Configure another one") from error
    except requests.RequestException as error:
        raise TransientFailure(f"the answer of {who} was cut off") from error
    except (OSError, ValueError, HTTPError) as error:
        raise TransientFailure(f"{who} cannot be asked: {type(error).__name__}") from error


def check(answer: requests.Response, who: str, hints: dict[int, str], now: float | None = None) -> None:
    """Raises Passing or Refused for an answer that is no success. `hints`: what to do, by status. `now`: s."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    told = f"{who} answers {status}"
    if 300 <= status < 400:
        host = urlsplit(answer.headers.get("Location", "")).hostname or "another address"
        raise PermanentFailure(f"{told}: it has moved to {host}. Configure the new address")
    if status >= 500 or status in LATER:
        raise TransientFailure(told, asked_to_wait(answer, time.time() if now is None else now))
    raise PermanentFailure(f"{told}: {hints.get(status, 'it does not take this request')}")


def asked_to_wait(answer: requests.Response, now: float) -> float:
    """`Retry-After`, else at 429 the time to `X-RateLimit-Reset` (Unix time); seconds, a day at most."""
    header = answer.headers.get("Retry-After")
    if header is not None:
        try:
            return max(0.0, POLICY.parse_retry_after(header[:LONGEST_HEADER]))
        except (InvalidHeader, ValueError, OverflowError):
            return 0.0
    reset = answer.headers.get("X-RateLimit-Reset", "")[:LONGEST_HEADER]
    if answer.status_code == 429 and reset.isdecimal():
        return min(float(LONGEST_S), max(0.0, int(reset) - now))
    return 0.0
