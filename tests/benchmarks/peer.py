"""The peer: ccusage's native binary from the npm registry, fetched once into the work folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

VERSION = "20.0.24"
PACKAGE = "@ccusage/ccusage-linux-x64"


def ccusage(work: Path) -> Path:
    """The binary. Raises RuntimeError where it cannot be had."""
    binary = work / "package" / "bin" / "ccusage"
    if binary.exists():
        return binary
    work.mkdir(parents=True, exist_ok=True)
    try:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=work, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"cannot fetch {PACKAGE}@{VERSION} with npm: {error}") from error
    with tarfile.open(work / packed.stdout.split()[-1]) as archive:
        archive.extractall(work, filter="data")
    binary.chmod(0o755)
    return binary


AIBURN = "0.4.5"


def aiburn(work: Path) -> Path:
    """The binary of another scanner, from the package index. Raises RuntimeError where it cannot be had."""
    binary = work / "bin" / "aiburn"
    if not binary.exists():
        try:
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(work), f"aiburn=={AIBURN}"],
                check=True,
                capture_output=True,
                text=True,
            )
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"cannot fetch aiburn {AIBURN}: {error.stderr[-500:]}") from error
    return binary


def daily_command(binary: Path) -> list[str]:
    """What aiburn does with all transcripts of Claude Code."""
    return [str(binary), "--claude", "--json"]


def blocks_command(binary: Path) -> list[str]:
    return [str(binary), "claude", "blocks", "--json", "--offline"]
