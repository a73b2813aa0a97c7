"""The shim that lets changes of files fail, built once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.services import PROJECT, require_program

SHIM = PROJECT / "tests" / "support" / "fault_shim.c"


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run([require_program("gcc"), "-shared", "-fPIC", "-O1", SHIM, "-o", built, "-ldl"], check=True)
    return built
