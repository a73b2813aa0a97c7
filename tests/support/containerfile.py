"""The container file as its parts, and the world in which its program is meant to run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from support.services import PROJECT, require_program

FILE = PROJECT / "docs" / "container" / "Containerfile"


class Instruction(NamedTuple):
    """One instruction, such as `RUN`, and what follows it, with its continuation lines."""

    name: str
    text: str


@dataclass
class Stage:
    """From one `FROM` to the next."""

    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [one.text for one in self.instructions if one.name == name]

    def one(self, name: str) -> str:
        (text,) = self.all(name)
        return text

    def exec_form(self, name: str) -> list[str]:
        """The words of an instruction in its JSON form, which needs no shell."""
        words: list[str] = json.loads(self.one(name).partition("CMD")[2] if name == "HEALTHCHECK" else self.one(name))
        return words

    @property
    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for text in self.all("ENV") for word in shlex.split(text))


def stages(text: str) -> list[Stage]:
    """The stages of a container file."""
    found: list[Stage] = []
    whole = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^\s*#.*\n", "", text))
    for line in filter(str.strip, whole.splitlines()):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            image, _, alias = rest.partition(" AS ")
            found.append(Stage(image, alias))
        else:
            found[-1].instructions.append(Instruction(name, rest.strip()))
    return found


_SHUT = """\
mount --make-rprivate / && mount --bind "$1" "$1" && mount --bind "$2" "$2" || exit 99
while read -r _ place _; do
  case $place in /proc* | /sys* | /dev/pts* | "$1") ;; *) mount -o remount,bind,ro "$place" 2>/dev/null ;; esac
done < /proc/mounts
cd "$1" && shift 2 && exec "$@"
"""


def read_only_root(data: Path, home: Path) -> Sequence[str]:
    """What to put before a command so that it can write to `data` alone; `home` is one more mount, read-only."""
    return [require_program("unshare"), "--mount", "sh", "-c", _SHUT, "sh", str(data), str(home)]


def moved(text: str, places: Mapping[str, str]) -> str:
    """A command with the container's folders replaced by folders here."""
    return re.sub(rf"({'|'.join(map(re.escape, places))})\b(?!-)", lambda found: places[found[0]], text)
