"""The package as it is installed outside the checkout: built as a wheel, with a Python of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from support.services import PROJECT, required

SECONDS = 300


def require_network() -> None:
    """Skip the test where nothing may be installed; CI installs from pip's index."""
    if os.environ.get("CLAUDE_TRACKER_REQUIRE_SERVICES") != "1":
        required("installs from the network: only in CI")


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program outside the checkout, without its packages."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd or "/",
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def output(*command: str | Path, **more: str) -> str:
    """What it prints; it has to end well."""
    done = run(*command, cwd=None, **more)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def new_venv(folder: Path, *packages: str | Path) -> Path:
    """A virtual environment with packages from pip's index. Returns the folder of its programs."""
    output(sys.executable, "-m", "venv", folder)
    output(folder / "bin" / "python", "-m", "pip", "install", "--quiet", *packages)
    return folder / "bin"


def uv_environment() -> dict[str, str]:
    """For uv: pip's index, links and certificates, which uv does not read from pip's configuration."""
    listed = output(sys.executable, "-m", "pip", "config", "list")
    names = {"index-url": "UV_DEFAULT_INDEX", "find-links": "UV_FIND_LINKS", "cert": "SSL_CERT_FILE"}
    found = re.findall(r"^[^=]*\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    return {names[name]: value for name, value in found if name in names and value}


def light_venv(folder: Path, wheel: Path) -> Path:
    """The same with the wheel alone; its dependencies are those that the tests run with."""
    output(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    output(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(str(dependencies(folder / "dependencies")))
    return folder / "bin"


def build_wheel(folder: Path, source: Path = PROJECT) -> Path:
    """The wheel of a checkout, in a folder."""
    output(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def dependencies(folder: Path) -> Path:
    """A folder with the packages that the tests run with, but not the tracker's own: no test installs them again."""
    folder.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "claude_tracker" not in package.name:
            (folder / package.name).symlink_to(package)
    return folder
