"""What the two processes send each other, as MessagePack."""

from __future__ import annotations

import msgspec

from exporter.domain.usage.bounds import TimeBounds
from exporter.domain.usage.price_table import ModelRates
from exporter.ingest.transcripts.scan import ChangedFile
from exporter.store.transcripts.file_read import FileRead

Jobs = list[list[ChangedFile]]
"""The files of each job."""


class Task(msgspec.Struct, frozen=True, array_like=True):
    """What the worker is to read, where prices are kept, and the user's own."""

    jobs: Jobs
    rates_file: str | None
    times: TimeBounds
    user_prices: dict[str, ModelRates] = {}


class Result(msgspec.Struct, frozen=True, array_like=True):
    """A part of what a job gave."""

    reads: list[FileRead]
    errors: list[str]


encode = msgspec.msgpack.Encoder().encode
decode_task = msgspec.msgpack.Decoder(Task).decode
decode_result = msgspec.msgpack.Decoder(Result).decode
