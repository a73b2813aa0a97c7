"""Files with secrets, and the configuration file: nothing blocks, and nothing else is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.cli.options.secrets import NETLIFY_TOKEN, Secret
from exporter.errors import ConfigurationError
from support.processes import run_command

pytestmark = [pytest.mark.server, pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and owners")]


def linked(path: Path) -> None:
    (path.parent / "target").write_text("secret")
    (path.parent / "target").chmod(0o600)
    path.symlink_to("target")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(os.mkfifo, "not a regular file", id="a pipe"),
        pytest.param(linked, "a symbolic link", id="a link"),
        pytest.param(lambda path: path.mkdir(), "Is a directory", id="a folder"),
        pytest.param(lambda path: None, "No such file or directory", id="nothing"),
    ],
)
def test_what_is_not_a_file_is_refused(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    make(tmp_path / "token")
    message = f"cannot read the file with the secret: {why}; name a file of yours that only you can read"
    with pytest.raises(ConfigurationError, match=message):
        Secret(NETLIFY_TOKEN, tmp_path / "token").read()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change an owner")
def test_the_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret")
    file.chmod(0o600)
    assert "secret" == Secret(NETLIFY_TOKEN, file).read()
    os.chown(file, 65_534, 65_534)
    with pytest.raises(ConfigurationError, match="it belongs to another user"):
        Secret(NETLIFY_TOKEN, file).read()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(os.mkfifo, "not a regular file", id="a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "not a regular file", id="a device without end"),
        pytest.param(lambda path: path.write_text("x = " + "[" * 100_000), "", id="nested deeply"),
        pytest.param(lambda path: path.write_bytes(b"#" * (1 << 20) + b"\n"), "larger than 1 MB", id="large"),
        pytest.param(lambda path: path.write_bytes(b"\xff"), "it is not valid UTF-8", id="not UTF-8"),
    ],
)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    file = tmp_path / "config.toml"
    make(file)
    outcome = run_command("--config", file, "status", "--database", tmp_path / "t.db")
    assert (2, 1) == (outcome.code, outcome.stderr.count("\n")), outcome.stderr
    assert outcome.stderr.startswith(f"Error: cannot read the configuration {file}: {why}")
