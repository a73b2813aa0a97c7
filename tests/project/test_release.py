"""`.ci/release` refuses what is not a release, and builds and tries what is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from exporter import __version__
from support.installed import output, require_network, run
from support.sampling import sample_or_all
from support.services import PROJECT, require_program

pytestmark = [pytest.mark.server, pytest.mark.no_cover]


class Clone:
    """A clone whose HEAD has a tag."""

    def __init__(self, path: Path) -> None:
        self.path = path
        output(require_program("git"), "clone", "--quiet", PROJECT, path)
        for name in (".ci/release", "CHANGELOG.md"):
            (path / name).write_bytes((PROJECT / name).read_bytes())
        self.git("config", "user.name", "A")
        self.git("config", "user.email", "a@example.com")
        self.commit()
        self.git("tag", f"v{__version__}")

    def git(self, *words: str) -> None:
        output(require_program("git"), "-C", self.path, *words)

    def commit(self) -> None:
        self.git("commit", "--quiet", "--all", "--allow-empty", "--message", "A change")

    def release(self) -> subprocess.CompletedProcess[str]:
        return run(self.path / ".ci" / "release")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert 1 == done.returncode, done.stderr
    return done.stderr.splitlines()[-1]


def test_what_is_not_committed_is_not_released(clone: Clone) -> None:
    (clone.path / "new").write_text("")
    assert "release: the tree is not clean: commit or remove what git status shows" == last_line(clone.release())


def test_the_tag_has_to_be_the_version(clone: Clone) -> None:
    clone.git("tag", "--delete", f"v{__version__}")
    clone.git("tag", f"v{__version__}.1")
    assert f"release: HEAD has no tag v{__version__} (tags: v{__version__}.1): git tag v{__version__}" == (
        last_line(clone.release())
    )


def test_the_change_log_has_to_have_its_section(clone: Clone) -> None:
    log = clone.path / "CHANGELOG.md"
    log.write_text(log.read_text().replace(f"## [{__version__}] - ", f"## [{__version__}] "))
    clone.commit()
    clone.git("tag", "--force", f"v{__version__}")
    assert f"release: CHANGELOG.md has no section [{__version__}] with a date" == last_line(clone.release())


def test_a_version_is_built_once(clone: Clone) -> None:
    (clone.path / "dist").mkdir()
    (clone.path / "dist" / f"claude_tracker-{__version__}.tar.gz").write_text("")
    assert f"release: dist/ contains {__version__} already: remove it" == last_line(clone.release())


@pytest.mark.long
@pytest.mark.skipif(not sample_or_all(0, 1), reason="installs every dependency once more: only with --long")
def test_a_release_is_built_tried_and_not_uploaded(clone: Clone) -> None:
    require_network()
    done = clone.release()
    assert 0 == done.returncode, done.stderr
    names = [f"claude_tracker-{__version__}-py3-none-any.whl", f"claude_tracker-{__version__}.tar.gz"]
    assert names == sorted(path.name for path in (clone.path / "dist").iterdir())
    assert f"release: built dist/{names[1]} and dist/{names[0]}; nothing was uploaded" == done.stderr.splitlines()[-1]
    assert f"  git push origin main v{__version__}" in done.stdout.splitlines()
