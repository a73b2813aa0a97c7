"""A copy of Prometheus's data folder that its own tools may open."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def sandbox(data: Path, blocks: Iterable[Path]) -> Iterator[Path]:
    """A folder that promtool may open: links to the blocks' files, and copies of the files that change."""
    with TemporaryDirectory(prefix="claude-tracker-") as folder:
        copy = Path(folder)
        for block in blocks:
            (copy / block.name).mkdir()
            for file in block.iterdir():
                (copy / block.name / file.name).symlink_to(file.absolute())
        for name in ("wal", "chunks_head"):
            (copy / name).mkdir()  # promtool requires wal even if it is empty
            if (data / name).is_dir():
                _copy_folder(data / name, copy / name)
        yield copy


def _copy_folder(folder: Path, to: Path) -> None:
    """Copy the files that still exist: segments are deleted at any time."""
    to.mkdir(exist_ok=True)
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):
            if path.is_dir():
                _copy_folder(path, to / path.name)
            else:
                shutil.copy(path, to / path.name)
