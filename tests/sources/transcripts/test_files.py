"""What happens to transcript files: they grow, shrink, are replaced, renamed, deleted. Figures stay right."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.store.transcripts import files
from support.tracker import Tracker
from support.transcripts import Record, append, assistant, encoded, write, written

ticks = itertools.count(1_795_341_600, 7)


def message(number: int, session: str = "s1") -> Record:
    return assistant(f"msg_{number}", request=f"req_{number}", uuid=f"u{number}", session=session)


def messages(*numbers: int) -> list[Record | bytes]:
    return [message(number) for number in numbers]


def stamp(path: Path) -> None:
    """Give the file a time of its own, as a write a moment later would."""
    moment = next(ticks) * 10**9
    os.utime(path, ns=(moment, moment))


class Scene:
    """A tracker that has read responses 1 and 2 from one file."""

    def __init__(self, root: Path, tracker: Tracker) -> None:
        self.root = root
        self.tracker = tracker
        self.file = root / "shop" / "s1.jsonl"

    def changes(self) -> dict[str, int]:
        return {labels[0]: count for (_, labels), count in self.tracker.exact("ingest_file_changes").items()}

    def responses(self) -> int:
        return self.tracker.figures().responses


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    root = tmp_path / "projects"
    write(root / "shop" / "s1.jsonl", messages(1, 2))
    stamp(root / "shop" / "s1.jsonl")
    with Tracker(tmp_path / "tracker.db", root) as tracker:
        yield Scene(root, tracker)


def grow(scene: Scene) -> None:
    append(scene.file, messages(3))


def truncate(scene: Scene) -> None:
    os.truncate(scene.file, len(written(messages(1))))


def empty(scene: Scene) -> None:
    os.truncate(scene.file, 0)


def truncate_and_grow_alike(scene: Scene) -> None:
    empty(scene)
    append(scene.file, messages(1, 2, 3))


def truncate_and_grow_otherwise(scene: Scene) -> None:
    empty(scene)
    append(scene.file, messages(3, 4, 5))


def rewrite_at_equal_size(scene: Scene) -> None:
    content = scene.file.read_bytes()
    scene.file.write_bytes(content.replace(b"msg_2", b"msg_9"))


def replace(scene: Scene) -> None:
    os.replace(write(scene.root / "new.tmp", messages(3)), scene.file)


def replace_by_an_equal_copy(scene: Scene) -> None:
    os.replace(write(scene.root / "new.tmp", messages(1, 2)), scene.file)


def rename(scene: Scene) -> None:
    os.rename(scene.file, scene.file.with_name("s2.jsonl"))


def rename_the_folder(scene: Scene) -> None:
    os.rename(scene.file.parent, scene.root / "moved")


def rename_and_grow(scene: Scene) -> None:
    rename(scene)
    append(scene.file.with_name("s2.jsonl"), messages(3))


def rename_and_start_again(scene: Scene) -> None:
    rename(scene)
    write(scene.file, messages(3))


def link(scene: Scene) -> None:
    os.link(scene.file, scene.file.with_name("s2.jsonl"))


def delete(scene: Scene) -> None:
    scene.file.unlink()


def make_no_transcript(scene: Scene) -> None:
    os.rename(scene.file, scene.file.with_suffix(".bak"))


def scan(scene: Scene) -> None:
    scene.tracker.scan()


def restart(scene: Scene) -> None:
    scene.tracker.restart()


def look_at_what_was_reported(scene: Scene) -> None:
    paths = {*scene.root.rglob("*.jsonl"), scene.file}
    scene.tracker.scan_files(*paths)


# What happens to the file, the changes counted, the bytes read of it, and the responses known then.
CHANGES = [
    pytest.param(grow, {}, messages(3), 3, id="it grows"),
    pytest.param(truncate, {"truncated": 1}, messages(1), 2, id="it is cut after a line"),
    pytest.param(empty, {"truncated": 1}, [], 2, id="it is emptied"),
    pytest.param(truncate_and_grow_alike, {}, messages(3), 3, id="it is written again, with more"),
    pytest.param(truncate_and_grow_otherwise, {"rewritten": 1}, messages(3, 4, 5), 5, id="it is rewritten, longer"),
    pytest.param(rewrite_at_equal_size, {"rewritten": 1}, messages(1, 9), 3, id="it is rewritten at equal size"),
    pytest.param(replace, {"replaced": 1}, messages(3), 3, id="another file takes its place"),
    pytest.param(replace_by_an_equal_copy, {"replaced": 1}, messages(1, 2), 2, id="a copy takes its place"),
    pytest.param(rename, {"renamed": 1}, [], 2, id="it is renamed: nothing to read"),
    pytest.param(rename_the_folder, {"renamed": 1}, [], 2, id="its folder is renamed"),
    pytest.param(rename_and_grow, {"renamed": 1}, messages(3), 3, id="it is renamed and grows: only the rest is read"),
    pytest.param(rename_and_start_again, {"replaced": 1}, messages(1, 2, 3), 3, id="a new file has its old name"),
    pytest.param(link, {}, messages(1, 2), 2, id="it has a second name"),
    pytest.param(delete, {"deleted": 1}, [], 2, id="it is deleted: what was counted stays"),
    pytest.param(make_no_transcript, {"deleted": 1}, [], 2, id="it is not a transcript any more"),
]


@pytest.mark.parametrize("seeing", [scan, restart, look_at_what_was_reported])
@pytest.mark.parametrize(("change", "changes", "lines_read", "responses"), CHANGES)
def test_file_changes_are_recognized(
    scene: Scene,
    change: Callable[[Scene], None],
    changes: dict[str, int],
    lines_read: list[Record | bytes],
    responses: int,
    seeing: Callable[[Scene], None],
) -> None:
    bytes_before = scene.tracker.exact()["ingest_bytes", ()]
    change(scene)
    for file in scene.root.rglob("*.jsonl"):
        if change not in (rename, rename_the_folder, link):
            stamp(file)
    seeing(scene)
    assert changes == scene.changes()
    assert len(written(lines_read)) == scene.tracker.exact()["ingest_bytes", ()] - bytes_before
    assert responses == scene.responses()
    sequence = scene.tracker.sequence
    scene.tracker.scan()
    scene.tracker.restart()
    assert (sequence, changes) == (scene.tracker.sequence, scene.changes()), "each change counts once"


def test_a_deleted_file_reappears(scene: Scene) -> None:
    away = scene.root.parent / "away.jsonl"
    os.rename(scene.file, away)
    scene.tracker.scan()
    assert 0 == files.count(scene.tracker.connection)
    os.rename(away, scene.file)
    append(scene.file, messages(3))
    report = scene.tracker.scan()
    assert (1, len(written(messages(3)))) == (report.files, report.bytes_read)
    assert ({"deleted": 1}, 3, 1) == (scene.changes(), scene.responses(), files.count(scene.tracker.connection))


def test_half_a_line_survives_a_rename(scene: Scene) -> None:
    with scene.file.open("ab") as file:
        file.write(encoded(message(3))[:50])
    scene.tracker.scan()
    rename(scene)
    scene.tracker.scan()
    with scene.file.with_name("s2.jsonl").open("ab") as file:
        file.write(encoded(message(3))[50:] + b"\n")
    scene.tracker.scan()
    assert (3, {"renamed": 1}) == (scene.responses(), scene.changes())


@pytest.mark.parametrize("numbers", [(), (3,), (3, 4, 5)], ids=["still empty", "shorter", "longer"])
def test_a_new_file_may_reuse_the_inode_of_a_deleted_one(scene: Scene, numbers: tuple[int, ...]) -> None:
    rename(scene)  # and rewritten: as if it were deleted and its inode given to a new file
    new = write(scene.file.with_name("s2.jsonl"), messages(*numbers))
    scene.tracker.scan()
    scene.tracker.scan()
    assert ({"deleted": 1}, 2 + len(numbers)) == (scene.changes(), scene.responses())
    (born,) = scene.tracker.connection.execute(
        "SELECT born_ns FROM tracker_files WHERE path = ?", (str(new),)
    ).fetchone()
    assert new.stat().st_mtime_ns == born or sys.platform != "linux", "it does not inherit a birth"


def test_two_files_swap_names(scene: Scene) -> None:
    other = write(scene.root / "shop" / "s2.jsonl", messages(3))
    scene.tracker.scan()
    os.rename(scene.file, scene.root / "tmp")
    os.rename(other, scene.file)
    os.rename(scene.root / "tmp", other)
    scene.tracker.scan()
    assert (3, {"replaced": 2}) == (scene.responses(), scene.changes())


def test_a_removed_folder_removes_all_its_files(scene: Scene) -> None:
    write(scene.root / "shop" / "s2.jsonl", messages(3))
    scene.tracker.scan()
    os.rename(scene.root, scene.root.with_name("elsewhere"))
    scene.tracker.scan()
    scene.tracker.scan()
    assert (3, {"deleted": 2}) == (scene.responses(), scene.changes())


def test_files_of_a_root_no_longer_configured_are_left_alone(scene: Scene, tmp_path: Path) -> None:
    scene.tracker.roots[:] = [tmp_path / "other"]
    scene.tracker.restart()
    assert (2, {}) == (scene.responses(), scene.changes())
