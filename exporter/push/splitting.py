"""Divides a body that a receiver finds too large."""

from __future__ import annotations

from exporter.push.wire import Series, decode, encode


def halves(body: bytes) -> list[tuple[bytes, int]]:
    """Two bodies with half of the series each, or of the samples of the only one, and how many samples each has.

    Empty if there is nothing to divide.
    """
    found = decode(body)
    if len(found) > 1:
        middle = len(found) // 2
        return [_counted(found[:middle]), _counted(found[middle:])]
    if found and len(found[0].samples) > 1:
        labels, samples = found[0]
        middle = len(samples) // 2
        return [_counted([Series(labels, samples[:middle])]), _counted([Series(labels, samples[middle:])])]
    return []


def _counted(found: list[Series]) -> tuple[bytes, int]:
    return encode(found), sum(len(series.samples) for series in found)
