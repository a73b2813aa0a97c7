"""When a request is whole, whatever comes in which pieces."""

from __future__ import annotations

import pytest

from exporter.web.gathering import State, message_of, path_of

GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\ncontent-LENGTH :  4 \r\n\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
WHOLE, MORE, TOO_LARGE, BROKEN = State.WHOLE, State.MORE, State.TOO_LARGE, State.BROKEN


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", MORE, id="nothing"),
        pytest.param(GET[:-1], MORE, id="a head without its end"),
        pytest.param(GET, WHOLE, id="a head"),
        pytest.param(GET + b"GET /", WHOLE, id="a second one begins"),
        pytest.param(POST, MORE, id="no body yet"),
        pytest.param(POST + b"abc", MORE, id="a part of the body"),
        pytest.param(POST + b"abcd", WHOLE, id="a body"),
        pytest.param(POST.replace(b"4 \r", b"5\r") + b"abcd", MORE, id="one byte is missing"),
        pytest.param(POST.replace(b"4 \r", b"11\r"), TOO_LARGE, id="a body above the bound"),
        pytest.param(POST.replace(b"4 \r", b"-4\r"), WHOLE, id="no number: the parser refuses it"),
        pytest.param(POST.replace(b"4 \r", b"9" * 30 + b"\r"), TOO_LARGE, id="a length of thirty digits"),
        pytest.param(POST.replace(b"4 \r", b"0" * 30 + b"4\r"), MORE, id="zeros in front of a length"),
        pytest.param(POST.replace(b"4 \r", b"0" * 30 + b"4\r") + b"abcd", WHOLE, id="and its body"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n", MORE, id="chunks without the last one"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", WHOLE, id="all chunks"),
        pytest.param(CHUNKED + b"0\r\n\r\n", WHOLE, id="no chunk"),
        pytest.param(CHUNKED + b"b\r\n", TOO_LARGE, id="a chunk above the bound"),
        pytest.param(CHUNKED + b"9\r\n123456789\r\n2\r\n", TOO_LARGE, id="chunks above the bound"),
        pytest.param(
            CHUNKED + b"A;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", WHOLE, id="all that is allowed"
        ),
        pytest.param(CHUNKED + b"0\r\nTrailer: x\r\n", MORE, id="a trailer without its end"),
        pytest.param(CHUNKED + b"0\r\n" + b"a" * 4_096, BROKEN, id="a trailer without any end"),
        pytest.param(CHUNKED + b"zz\r\n", BROKEN, id="no size"),
        pytest.param(CHUNKED + b"3\r\nabcd\r\n", BROKEN, id="a longer chunk than it says"),
        pytest.param(CHUNKED + b"a" * 1_024, BROKEN, id="a size without an end"),
        pytest.param(b"A" * 65_535, MORE, id="a long head"),
        pytest.param(b"A" * 65_536, WHOLE, id="a head that is too long: the parser refuses it"),
        pytest.param(b"\x16\x03\x01\x02", MORE, id="another protocol"),
    ],
)
def test_what_is_whole(data: bytes, expected: State) -> None:
    assert expected is message_of(data, max_body=10).state


@pytest.mark.parametrize("data", [GET, POST + b"abcd", CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"])
def test_only_at_its_last_byte(data: bytes) -> None:
    assert [len(data)] == [end for end in range(len(data) + 1) if message_of(data[:end], 10).state is WHOLE]


def test_who_waits_to_send() -> None:
    assert message_of(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"), 10).expects
    assert not message_of(POST, 10).expects


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"GET /metrics HTTP/1.1", b"/metrics"),
        (b"GET /metrics?name=x HTTP/1.1", b"/metrics"),
        (b"GET //metrics HTTP/1.1", b"/metrics"),
        (b"GET http://localhost:3001/metrics HTTP/1.1", b"/metrics"),
        (b"GET /-/healthy", b"/-/healthy"),
        (b"get /metrics", b""),
        (b"GET metrics", b""),
        (b"", b""),
    ],
)
def test_the_path(line: bytes, path: bytes) -> None:
    assert path == path_of(line)


@pytest.mark.parametrize(
    "line",
    [
        b"GET /ws HTTP/1.1", b"GET /%77s HTTP/1.1", b"GET /w%73?x=1 HTTP/1.1", b"GET //ws HTTP/1.1",
        b"GET HTTP://localhost/ws HTTP/1.1", b"GET ws://localhost:80/ws HTTP/1.1",
    ],
)  # fmt: skip
def test_one_path_by_every_spelling(line: bytes) -> None:
    assert b"/ws" == path_of(line + b"\r\n\r\n")
