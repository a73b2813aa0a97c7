"""What cannot be stored is isolated by halving."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import pytest

from exporter.errors import DatabaseError, LockedError
from exporter.store.isolation import is_caused_by_data, isolate


@pytest.mark.parametrize("poison", [set(), {0}, {99}, {7, 8, 50}, set(range(100))])
def test_only_what_fails_alone_is_left_out(poison: set[int]) -> None:
    kept: list[int] = []

    def store(units: Sequence[int]) -> None:
        if poison & set(units):
            raise OverflowError("too large")
        kept.extend(units)

    failed = isolate(range(100), store)
    assert sorted(poison) == [unit for unit, _ in failed]
    assert [number for number in range(100) if number not in poison] == kept


def test_a_unit_is_split_into_its_parts() -> None:
    kept: list[str] = []

    def store(units: Sequence[str]) -> None:
        if any("x" in unit for unit in units):
            raise ValueError("x")
        kept.extend(units)

    failed = isolate(["ab", "cxd"], store, lambda unit: list(unit) if len(unit) > 1 else ())
    assert (["x"], ["ab", "c", "d"]) == ([unit for unit, _ in failed], kept)


def test_one_poison_costs_few_attempts() -> None:
    attempts = 0

    def store(units: Sequence[int]) -> None:
        nonlocal attempts
        attempts += 1
        if 321 in units:
            raise ValueError

    isolate(range(1_024), store)
    assert attempts <= 21


def database_error(cause: Exception) -> DatabaseError:
    error = DatabaseError("cannot write")
    error.__cause__ = cause
    return error


def real_error(script: str) -> sqlite3.Error:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript("CREATE TABLE t (x INTEGER NOT NULL UNIQUE);" + script)
    except sqlite3.Error as error:
        return error
    raise AssertionError


def with_code(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(OverflowError(), True, id="an integer that is too large"),
        pytest.param(ValueError(), True, id="a value"),
        pytest.param(RecursionError(), True, id="nesting"),
        pytest.param(sqlite3.InterfaceError(), True, id="a value that cannot be bound"),
        pytest.param(real_error("INSERT INTO t VALUES (NULL)"), True, id="a constraint"),
        pytest.param(
            real_error("INSERT INTO t VALUES (9223372036854775807), (1); SELECT sum(x) FROM t"), True, id="a sum"
        ),
        pytest.param(database_error(real_error("INSERT INTO t VALUES (1), (1)")), True, id="wrapped"),
        pytest.param(with_code(sqlite3.SQLITE_FULL), False, id="a full disk"),
        pytest.param(with_code(sqlite3.SQLITE_BUSY), False, id="locked"),
        pytest.param(with_code(sqlite3.SQLITE_IOERR | 3 << 8), False, id="a broken disk"),
        pytest.param(database_error(with_code(sqlite3.SQLITE_CORRUPT)), False, id="a damaged database"),
        pytest.param(OSError(), False, id="the system"),
        pytest.param(MemoryError(), False, id="no memory"),
        pytest.param(LockedError("x"), False, id="an error with a message of its own"),
    ],
)
def test_errors_that_data_can_cause(error: Exception, expected: bool) -> None:
    assert expected == is_caused_by_data(error)
