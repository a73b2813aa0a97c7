"""After a limit was reached, a commit reads its answers again only if it can end the lockout."""

from __future__ import annotations

from pathlib import Path

from exporter.domain.calendar.timestamp import HOUR, MINUTE, to_iso
from exporter.domain.limits.hit import Hit
from support.tracker import Tracker
from support.transcripts import OPUS, SONNET, assistant, prompt, write

START = 1_795_168_800_000  # 2026-11-20T10:00Z
NOW = START + HOUR
LOCKED = "SELECT window, running_since - ?, went_on FROM tracker_limit_hits"


def test_work_with_another_model_does_not_read_the_answers_of_the_week_of_one(tmp_path: Path) -> None:
    root = tmp_path / "projects"
    write(root / "-shop" / "s1.jsonl", [assistant("m0", uuid="u0", at=to_iso(START), model=OPUS)])
    with Tracker(tmp_path / "tracker.db", root, now=NOW) as tracker:
        reached = Hit("seven_day_opus", START + MINUTE, START + 48 * HOUR, account=1)
        tracker.store.take_hits([reached], NOW)
        statements: list[str] = []

        def answered(number: int, model: str) -> list[tuple[object, ...]]:
            """What is known of the lockout after an answer of a model that was prompted after it."""
            at = START + (2 + number) * MINUTE
            lines = [
                prompt(uuid=f"p{number}", at=to_iso(at - 1_000)),
                assistant(f"m{number}", uuid=f"u{number}", at=to_iso(at), model=model),
            ]
            write(root / "-shop" / f"n{number}.jsonl", lines)
            statements.clear()
            tracker.connection.set_trace_callback(statements.append)
            tracker.scan()
            tracker.connection.set_trace_callback(None)
            return tracker.connection.execute(LOCKED, (START,)).fetchall()

        def reads_answers() -> bool:
            return any("p.at <= r.at" in statement for statement in statements)

        assert ([("seven_day_opus", MINUTE, 0)], False) == (answered(1, SONNET), reads_answers())
        followed = tracker.rows("tracker_limit_hits"), tracker.exact("locked_out")
        tracker.derive_all_again()
        assert followed == (tracker.rows("tracker_limit_hits"), tracker.exact("locked_out"))
        assert ([("seven_day_opus", None, 1)], True) == (answered(2, OPUS), reads_answers())
