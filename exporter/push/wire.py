"""The message of Prometheus remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/), compressed.

The message is described here and built at run time: no generated code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from exporter.metrics.lean import Labels

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "claude_tracker.remote_write"
_MESSAGES: dict[str, tuple[tuple[str, int, int, str | None], ...]] = {
    "Label": (("name", 1, _FIELD.TYPE_STRING, None), ("value", 2, _FIELD.TYPE_STRING, None)),
    "Sample": (("value", 1, _FIELD.TYPE_DOUBLE, None), ("timestamp", 2, _FIELD.TYPE_INT64, None)),
    "TimeSeries": (("labels", 1, _FIELD.TYPE_MESSAGE, "Label"), ("samples", 2, _FIELD.TYPE_MESSAGE, "Sample")),
    "WriteRequest": (("timeseries", 1, _FIELD.TYPE_MESSAGE, "TimeSeries"),),
}
"""By message: name, number, type and message of each field. Fields that hold messages are repeated."""


class Series(NamedTuple):
    """A series with its samples: (time in ms, value), ordered by time."""

    labels: Labels
    samples: Sequence[tuple[int, float]]


@cache
def _write_request() -> Any:
    """The class of the message."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, inner in fields:
            label = _FIELD.LABEL_REPEATED if inner is not None else _FIELD.LABEL_OPTIONAL
            of = {"type_name": f".{_PACKAGE}.{inner}"} if inner is not None else {}
            message.field.add(name=field, number=number, type=kind, label=label, **of)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.WriteRequest"))


def encode(found: Iterable[Series]) -> bytes:
    """The body of a request with these series; a valid one without any."""
    request = _write_request()()
    for series in found:
        written = request.timeseries.add()
        for name, value in series.labels:
            written.labels.add(name=name, value=value)
        for at, number in series.samples:
            written.samples.add(timestamp=at, value=number)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def decode(body: bytes) -> list[Series]:
    """The series in a body, for a look at what is sent. Raises ValueError."""
    request = _write_request()()
    try:
        request.ParseFromString(bytes(cramjam.snappy.decompress_raw(body)))
    except Exception as error:  # both libraries have errors of their own
        raise ValueError("no body of remote write") from error
    return [
        Series(
            tuple((label.name, label.value) for label in series.labels),
            [(sample.timestamp, sample.value) for sample in series.samples],
        )
        for series in request.timeseries
    ]
