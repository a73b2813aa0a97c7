"""Whether the running block is known for certain while only what was used since some time has been read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from exporter.domain.blocks.block import BLOCK_MS, Block


def is_certain(block: Block | None, times: Sequence[int], since: int, now: int) -> bool:
    """Whether what was used before `since` cannot change `block`, the one that runs at `now` (None: there is none).

    `times`: of the account's responses from `since` on, in order. All in ms.

    A block ends at most five hours after each of its responses (`exporter.domain.blocks.layout`). So what begins after
    five hours without a response does not depend on anything before. An official block does not either.
    """
    if block is not None and block.basis == "official":
        return block.start >= since
    first = next((at for at in times if block is not None and at >= block.start), now)
    known = [since, *(at for at in times if at < first), first]
    return any(later - earlier >= BLOCK_MS for earlier, later in pairwise(known))
