"""Asks the installed client what the limits are, as a user would with `/usage`.

It runs in an empty folder, without session persistence, hooks and MCP servers. Whether it uses a credential, and which,
is its own affair: nothing of that is read here. Of its output only `usage_report.rate_limits.limits` is kept.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from exporter.domain.limits.asking import FOLDER_PREFIX
from exporter.domain.text import as_utf8, visible
from exporter.errors import ClientError, ClientStopped, reason
from exporter.files import check_folder
from exporter.sources.limits.report import object_in, objects_in

COMMAND = "claude"
ARGUMENTS = (
    "-p", "/usage", "--output-format", "stream-json", "--verbose", "--no-session-persistence", "--strict-mcp-config",
    "--mcp-config", '{"mcpServers":{}}', "--settings", '{"disableAllHooks":true}',
)  # fmt: skip
SECONDS = 60.0
MAX_BYTES = 4 << 20
_LOOK_SECONDS = 0.05
_KEPT = ("kind", "percent", "resets_at", "scope", "is_active")
_SIGNED_OUT = ("/login", "not logged in", "log in to", "please run claude login", "invalid api key")
_MAX_SAID = 200
_OF_A_SESSION = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT")
"""What a session sets for the programs that it starts. With the first, the client refuses to start."""


class _Line(msgspec.Struct):
    usage_report: Any = None


def ask(
    environment: Mapping[str, str],
    folder: Path | None = None,
    seconds: float = SECONDS,
    *,
    name: str = "limits",
    stopping: threading.Event | None = None,
) -> bytes:
    """The client's answer, as a payload for the spool. `folder`: its configuration folder, None for its own default.

    `name`: of the empty folder that it runs in, different for those who may ask at the same time. Its path is the same
    each time: the client keeps an entry in `.claude.json` for each folder that it ran in.
    `stopping`: ends the client at once when it is set. Raises ClientError with what to do.
    """
    stopping = stopping or threading.Event()
    path = shutil.which(COMMAND, path=environment.get("PATH", os.defpath))
    if path is None:
        raise ClientError(
            "cannot ask for the limits: there is no `claude` on PATH; install Claude Code, or turn on the status line"
            " with `claude-tracker setup statusline`"
        )
    with (
        _empty_folder(Path(tempfile.gettempdir()) / f"{FOLDER_PREFIX}{name}") as empty,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as errors,
    ):
        code = _run([path, *ARGUMENTS], _its_environment(environment, folder), empty, (out, errors), seconds, stopping)
        limits = _limits_in(_content(out))
        if limits is None:
            raise ClientError(_problem(code, _content(out), _content(errors)))
    return msgspec.json.encode({"usage_report": {"rate_limits": {"limits": limits}, "folder": _name(folder)}})


@contextmanager
def _empty_folder(path: Path) -> Iterator[Path]:
    """A folder that is made, and removed afterwards; also one that was left by a kill. Raises ClientError."""
    try:
        with suppress(FileNotFoundError):
            check_folder(path)
            shutil.rmtree(path)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise ClientError(f"cannot ask for the limits: {path}: {reason(error)}; remove it") from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _its_environment(environment: Mapping[str, str], folder: Path | None) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if name not in _OF_A_SESSION and not _is_ours(name)}
    return kept | ({"CLAUDE_CONFIG_DIR": str(folder)} if folder is not None else {})


def _is_ours(name: str) -> bool:
    """Whether a variable is one of the tracker's, which the client has no use for and which may hold secrets."""
    return name.startswith("CLAUDE_TRACKER_")


def _name(folder: Path | None) -> str | None:
    return str(folder) if folder is not None else None


def _run(
    command: list[str],
    environment: dict[str, str],
    cwd: Path,
    outputs: tuple[IO[bytes], IO[bytes]],
    seconds: float,
    stopping: threading.Event,
) -> int:
    """Run it to its end, and end what it leaves running. Returns its exit code. Raises ClientError."""
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=outputs[0],
            stderr=outputs[1],
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        raise ClientError(f"cannot ask for the limits: {command[0]} does not start: {reason(error)}") from error
    until = time.monotonic() + seconds
    try:
        while not _has_ended(process):
            if time.monotonic() > until:
                raise ClientError(f"cannot ask for the limits: `claude` did not answer within {seconds:.0f} s")
            if max(os.fstat(file.fileno()).st_size for file in outputs) > MAX_BYTES:
                raise ClientError(f"cannot ask for the limits: `claude` answered more than {MAX_BYTES >> 20} MB")
            if stopping.wait(_LOOK_SECONDS):
                raise ClientStopped("asking for the limits was stopped before `claude` answered")
    finally:
        _end(process)
    return process.returncode


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it: its process group must keep its number until all of it is ended."""
    if os.name != "posix":
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and everything it started, whatever signals they ignore."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(MAX_BYTES)


def _limits_in(output: bytes) -> list[dict[str, Any]] | None:
    """The limits in the last report among its lines; None without a report that has any."""
    found = None
    for line in output.splitlines():
        try:
            report = msgspec.json.decode(as_utf8(line), type=_Line).usage_report
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        rates = object_in(report, "rate_limits") if isinstance(report, dict) else {}
        if limits := objects_in(rates, "limits"):
            found = [{key: one[key] for key in _KEPT if key in one} for one in limits]
    return found


def _problem(code: int, output: bytes, errors: bytes) -> str:
    """What went wrong, and what to do. The client's own words are shown in part only."""
    said = (errors + b"\n" + output).decode("utf-8", "replace")
    if any(sign in said.lower() for sign in _SIGNED_OUT):
        return "cannot ask for the limits: Claude Code is not logged in; run `claude` once and log in"
    last = next((line.strip() for line in reversed(errors.decode("utf-8", "replace").splitlines()) if line.strip()), "")
    detail = f": {visible(last[:_MAX_SAID])}" if last else ""
    if code:
        return f"cannot ask for the limits: `claude` failed with exit code {code}{detail}"
    if not output.strip():
        return "cannot ask for the limits: `claude` answered nothing; update Claude Code"
    return (
        "`claude` answered without its limits: they belong to a subscription, and older versions do not report them;"
        " log in with one, or update Claude Code"
    )
