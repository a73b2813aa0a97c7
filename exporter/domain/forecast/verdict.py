"""What is said of a window: one of six states, which does not flutter.

A warning stands from a high chance until a clearly lower one, so that it is neither sent nor withdrawn at each wobble.
Waiting costs nothing until about ten minutes before the limit, and what is known grows: so early only when nearly
sure, and sooner once little work is left. The bars were measured; `docs/formulas.md` has the figures.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

State = Literal["lasts", "runs_out", "reached", "beyond", "too_early", "not_known"]
STATES: tuple[State, ...] = get_args(State)
LASTS_BELOW, LASTS_STILL_BELOW = 0.3, 0.45
"""The chance below which a window is said to last, and below which it is still said."""


class Bars(msgspec.Struct, frozen=True):
    """Chances from which a warning stands, and below which it is withdrawn: `near` with little work left, else `far`.

    `near_minutes`: of work until the limit.
    """

    far: float
    far_withdrawn: float
    near: float
    near_withdrawn: float
    near_minutes: float = 22.0


FIVE_HOURS = Bars(far=0.83, far_withdrawn=0.4, near=0.62, near_withdrawn=0.15)
WEEK = Bars(far=0.65, far_withdrawn=0.35, near=0.65, near_withdrawn=0.35)


class Memory(msgspec.Struct, frozen=True):
    """What was said of a window before: whether a warning stands, and whether it was said to last."""

    is_warned: bool = False
    is_lasting: bool = False


NOTHING_SAID = Memory()


class SaidOf(msgspec.Struct, frozen=True):
    """What is remembered of the window of an account (its id in the store) that resets then (ms)."""

    account: int
    window: str
    resets_at: int
    memory: Memory


def judge(chance: float, work_left: float, before: Memory, bars: Bars, *, is_early: bool) -> tuple[State, Memory]:
    """The state and what is remembered of it, after another look at the window.

    `chance`: that it runs out; `work_left`: minutes of work until then. `is_early`: too little is known for a new
    warning, and to say that it lasts.
    """
    is_near = work_left <= bars.near_minutes
    if before.is_warned:
        is_warned = chance >= (bars.near_withdrawn if is_near else bars.far_withdrawn)
    else:
        is_warned = not is_early and chance >= (bars.near if is_near else bars.far)
    if is_warned:
        return "runs_out", Memory(is_warned=True)
    if not is_early and chance < (LASTS_STILL_BELOW if before.is_lasting else LASTS_BELOW):
        return "lasts", Memory(is_lasting=True)
    return "too_early", NOTHING_SAID
