"""The body of remote write, byte for byte."""

from __future__ import annotations

import cramjam
import pytest

from exporter.push.splitting import halves
from exporter.push.wire import Series, decode, encode

ONE = Series((("__name__", "up"), ("team", "a")), [(1_700_000_000_000, 1.5)])
BYTES = (
    b"\x0a\x35"  # a series of 53 bytes
    b"\x0a\x0e\x0a\x08__name__\x12\x02up"
    b"\x0a\x09\x0a\x04team\x12\x01a"
    b"\x12\x10\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\x80\xd0\x95\xff\xbc\x31"
)
"""As the specification's field numbers have it: labels 1, samples 2; a value 1 (a double), a time 2."""


def plain(body: bytes) -> bytes:
    return bytes(cramjam.snappy.decompress_raw(body))


def test_the_message() -> None:
    assert BYTES[2:] == plain(encode([ONE]))[2:]
    assert len(BYTES) - 2 == plain(encode([ONE]))[1]


def test_an_empty_one() -> None:
    assert b"" == plain(encode(()))
    assert [] == decode(encode(()))


def test_it_is_read_again() -> None:
    other = Series((("__name__", "down"),), [(1, 0.0), (2, -3.25)])
    assert [ONE, other] == decode(encode([ONE, other]))


@pytest.mark.parametrize("body", [b"", b"\xff\xff", encode([ONE])[:-3]])
def test_what_is_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="no body of remote write"):
        decode(body)


def test_halves_of_a_body() -> None:
    other = Series((("__name__", "down"),), [(1, 0.0), (2, -3.25), (3, 4.0)])
    (first, few), (second, many) = halves(encode([ONE, other]))
    assert ([ONE], 1, [other], 3) == (decode(first), few, decode(second), many)
    (first, few), (second, many) = halves(second)
    assert ([(1, 0.0)], 1) == (decode(first)[0].samples, few)
    assert ([(2, -3.25), (3, 4.0)], 2) == (decode(second)[0].samples, many)
    assert [] == halves(first)
    assert [] == halves(encode(()))
