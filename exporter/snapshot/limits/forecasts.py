"""What is said of each window of an account, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from msgspec.structs import replace

from exporter.domain.forecast.room import Spent, room_of
from exporter.domain.forecast.sentence import Said, sentence
from exporter.domain.forecast.verdict import NOTHING_SAID, Memory
from exporter.domain.forecast.window import (
    BEYOND,
    REACHED,
    TOO_EARLY,
    Forecast,
    Running,
    binding,
    forecast_five_hours,
    forecast_week,
)
from exporter.domain.limits.calibration import Calibration
from exporter.domain.limits.elsewhere import other_surfaces, used_elsewhere
from exporter.domain.limits.hit import FULL
from exporter.domain.limits.lockout import is_of_family
from exporter.domain.limits.raised import Raise
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY, Credits, Reading, SurfaceShare
from exporter.snapshot.limit_parts import HitPart, LimitPart, VerdictPart
from exporter.snapshot.limits.spending import official_spending, spent_since, trusted_history, window_start
from exporter.snapshot.usage.spent import StoredUsage
from exporter.store.limits import calibrations, hits, raises, said
from exporter.store.limits.calibrations import NOTHING_LEARNT, Learnt
from exporter.store.reader import View


class Forecasts:
    """What is said of the windows of one account at `now` (ms)."""

    def __init__(
        self,
        connection: View,
        account: int,
        used: StoredUsage,
        sizes: Mapping[str, Calibration],
        surfaces: Sequence[SurfaceShare],
        now: int,
    ) -> None:
        self._used, self._now = used, now
        self._sizes = sizes
        self._surfaces = surfaces
        self._raises = raises.latest_until(connection, account, now)
        self._learnt = calibrations.rhythms(connection, account)
        self._before = said.load(connection, account)
        self._went_on = {
            stored.hit.window
            for stored in hits.in_force(connection, now)
            if stored.hit.account == account and (stored.went_on or stored.hit.is_overage)
        }

    def of(self, limit: LimitPart, locked: Sequence[HitPart]) -> LimitPart:
        """The limit, with what is said of it. `locked`: the account's lockouts."""
        own = [part.hit for part in locked if part.hit.window == limit.window]
        is_locked = bool(own)
        if limit.resets_at is None:  # the source of the reading may not know resets, while the refusal said it
            limit = replace(limit, resets_at=next((hit.resets_at for hit in own if hit.resets_at is not None), None))
        if is_locked or (limit.basis == "official" and limit.utilization >= FULL):
            is_beyond = not is_locked and limit.window in self._went_on
            return replace(self._with_elsewhere(limit), forecast=BEYOND if is_beyond else REACHED)
        if limit.resets_at is None:
            return replace(limit, forecast=TOO_EARLY)
        raised = self._raises.get(limit.window)
        start = window_start(limit.window, limit.resets_at, raised)
        forecast, memory = self._forecast(limit, limit.resets_at, start, raised)
        return replace(self._with_elsewhere(limit), forecast=forecast, memory=memory)

    def _forecast(self, limit: LimitPart, resets_at: int, start: int, raised: Raise | None) -> tuple[Forecast, Memory]:
        spent = self._spent(limit, resets_at, start, raised)
        if spent is None or (limit.basis == "estimated" and limit.utilization >= FULL):
            return TOO_EARLY, NOTHING_SAID
        room = room_of(spent, trusted_history(spent, self._sizes.get(limit.window)))
        if room is None:
            return TOO_EARLY, NOTHING_SAID
        learnt: Learnt = self._learnt.get(limit.window, NOTHING_LEARNT)
        window = Running(start, resets_at, self._now, room, said.of_window(self._before, limit.window, resets_at))
        if limit.window != FIVE_HOUR:
            return forecast_week(window, learnt.hourly)
        return forecast_five_hours(window, self._used.paces(start, self._now), learnt.rhythm)

    def _spent(self, limit: LimitPart, resets_at: int, start: int, raised: Raise | None) -> Spent | None:
        if limit.basis == "estimated":
            return Spent(spent_since(self._used, limit.window, start))
        return official_spending(self._used, _reading(limit), resets_at, raised)

    def _with_elsewhere(self, limit: LimitPart) -> LimitPart:
        """With the part of it that was used elsewhere, where that is clear."""
        if limit.basis != "official" or limit.resets_at is None or not limit.utilization:
            return limit
        by_service = other_surfaces(self._surfaces) if limit.window == SEVEN_DAY else None
        if by_service is not None:
            return replace(limit, elsewhere=by_service)
        spent = official_spending(self._used, _reading(limit), limit.resets_at, self._raises.get(limit.window))
        if spent is None or spent.since_raise is not None:
            return limit
        part = used_elsewhere(limit.utilization, spent.until_reading or 0, self._sizes.get(limit.window))
        return limit if part is None else replace(limit, elsewhere=part / limit.utilization)


def _reading(limit: LimitPart) -> Reading:
    return Reading(limit.window, limit.source, limit.observed_at, limit.utilization, limit.resets_at)


def verdict_of(
    limits: Sequence[LimitPart],
    locked: Sequence[HitPart],
    paid: Sequence[Credits],
    now: int,
    zone: tzinfo | None,
    *,
    goes_on: bool = False,
) -> VerdictPart:
    """The verdict of an account: what is said of the window that binds, with its sentence.

    `goes_on`: work goes on although a limit is reached; then the reached week of one model family does not bind.
    """
    known = {
        limit.window: Said(limit.window, limit.forecast, limit.utilization, limit.resets_at, limit.basis == "official")
        for limit in limits
        if limit.binds
    }
    for part in locked:  # a limit that a text named, without any reading
        hit = part.hit
        known.setdefault(hit.window, Said(hit.window, REACHED, None, hit.resets_at))
    if goes_on:
        known = {
            name: one for name, one in known.items() if not (is_of_family(name) and one.forecast.state == "reached")
        }
    window = binding(
        {name: one.forecast for name, one in known.items()}, {name: one.resets_at for name, one in known.items()}
    )
    if window is None:
        return VerdictPart()
    one = known[window]
    elsewhere = next((limit.elsewhere for limit in limits if limit.window == window), None)
    return VerdictPart(one.forecast, window, sentence(one, now, zone, paid), _elsewhere(elsewhere))


def _elsewhere(part: float | None) -> str | None:
    return (
        f"about {5 * round(20 * part)} % of it was used elsewhere (web, phone, another machine)"
        if part is not None
        else None
    )
