"""`claude-tracker backfill`: files, what is refused, gaps between live samples, and what differs later."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.backfill.gaps import end_of_history
from exporter.backfill.history import sums_at
from exporter.backfill.prometheus import Prometheus
from exporter.cli.commands import backfill as command
from exporter.cli.main import cli
from exporter.cli.wiring.history_check import HistoryCheck
from exporter.domain.calendar.timestamp import DAY, HOUR, MINUTE, to_iso
from exporter.ingest.catch_up import open_caught_up
from exporter.metrics.counters import Announcements
from exporter.metrics.history_text import label_sets, parse_dumped_line
from exporter.store.database import meta
from exporter.store.reader import Reader
from exporter.store.usage import totals
from support.processes import Outcome, wait_until
from support.prometheus import running_prometheus
from support.services import output_of, require_program
from support.tracker import Tracker
from support.transcripts import HAIKU, OPUS, append, assistant, prompt, usage, write

pytestmark = [pytest.mark.server, pytest.mark.no_cover]  # two or three times as slow when traced

NOON = 1_795_348_800_000
"""2026-11-22T12:00Z"""
STEP = 5 * MINUTE
LABELS = {"job": "claude-tracker", "instance": "127.0.0.1:3001"}
TRACKER = "0123456789abcdef"


def response(number: int, at: int, model: str = OPUS, output: int = 20) -> dict[str, object]:
    used = usage(10, output)
    return assistant(f"m{number}", request=f"r{number}", uuid=f"u{number}", at=to_iso(at), model=model, used=used)


@pytest.fixture
def tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracker]:
    """Ten days with a response every six hours; its clock is the commands' too."""
    lines = [prompt(at=to_iso(NOON - 10 * DAY))]
    lines += [response(number, NOON - 10 * DAY + MINUTE + number * 6 * HOUR) for number in range(40)]
    write(tmp_path / "projects" / "p" / "s1.jsonl", lines)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as opened:
        meta.put(opened.connection, "tracker", TRACKER)
        monkeypatch.setattr(command, "clock", lambda: opened.now)
        monkeypatch.chdir(tmp_path)
        yield opened


def run(tracker: Tracker, *options: str | Path) -> Outcome:
    points = ["backfill", "--database", str(tracker.database), "--timezone", "UTC", *map(str, options)]
    result = CliRunner().invoke(cli, points)
    return Outcome(result.exit_code, result.stdout, result.stderr)


def run_backfill(tracker: Tracker, *options: str | Path) -> str:
    outcome = run(tracker, *options)
    assert (0, "") == (outcome.code, outcome.stderr)
    return outcome.stdout


def series_of(text: str, name: str) -> dict[int, float]:
    """The samples of one series by time."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+) (\d+)$", text, re.MULTILINE)
    return {int(at): float(value) for value, at in found}


def test_the_file_depends_only_on_flags_and_database(tracker: Tracker, tmp_path: Path) -> None:
    run_backfill(tracker, "-o", tmp_path / "a.om")
    tracker.now += 3 * DAY
    run_backfill(tracker, "-o", tmp_path / "b.om")
    text = (tmp_path / "a.om").read_text()
    assert text == (tmp_path / "b.om").read_text() == run_backfill(tracker, "-o", "-")
    assert text.endswith("\n# EOF\n")
    assert "# TYPE claude_tracker_tokens counter\n" in text
    prompts = series_of(text, "claude_tracker_prompts_total")
    first, last = (NOON - 10 * DAY) // 1000 - 7_200, (NOON - 4 * HOUR) // 1000 - 300
    assert (first, last) == (min(prompts), max(prompts))
    assert len(prompts) == (last - first) // 300 + 1
    assert [0, 0, 1, 1] == [prompts[at] for at in (first, first + 6_900, first + 7_200, last)]
    assert {'instance="127.0.0.1:3001"', 'job="claude-tracker"'} <= set(
        re.findall(r'\w+="[^"]*"', text.splitlines()[60])
    )


def test_promtool_takes_the_file(tracker: Tracker, tmp_path: Path) -> None:
    run_backfill(tracker, "-o", tmp_path / "a.om")
    arguments = ("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h")
    output_of("promtool", *arguments, tmp_path / "a.om", tmp_path / "data")
    assert 1 <= len(list((tmp_path / "data").iterdir())) <= 2


def test_options_select_format_labels_and_time_range(tracker: Tracker, tmp_path: Path) -> None:
    options = ("--format", "victoriametrics", "--from", "2026-11-20", "--to", "2026-11-20", "--step", "30m")
    text = run_backfill(tracker, *options, "--instance", "laptop-1:3001", "--label", "user=ada", "-o", "-")
    assert "#" not in text
    times = sorted(series_of(text, "claude_tracker_prompts_total"))
    assert (NOON // DAY * DAY - 2 * DAY, 48) == (times[0], len(times))
    assert times[-1] == times[0] + DAY - 30 * MINUTE
    assert f'{{instance="laptop-1:3001",job="claude-tracker",user="ada"}} 1.0 {times[0]}\n' in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "choose one of --load"),
        (["-o", "x", "--check"], "choose one of --load"),
        (["--load", "prometheus"], "start Prometheus once with `claude-tracker stack`, or set"),
        (["-o", "x", "--data", "."], "--data needs --load prometheus"),
        (["--load", "victoriametrics", "--url", "http://x", "--data", "."], "--data needs --load prometheus"),
        (["--load", "victoriametrics"], "--load victoriametrics needs --url"),
        (["--load", "victoriametrics", "--url", "127.0.0.1:8428"], "is not a full URL; use a value such as http://"),
        (["-o", "x", "--url", "http://x"], "--url needs --load"),
        (["-o", "x", "--label", "model=x"], "--label model: the series have a label of this name already"),
        (["-o", "x", "--from", "2026-11-20", "--to", "2026-11-19"], "--to 2026-11-19 is before --from"),
        (["-o", "x", "--from", "2026-11-23"], "choose days in this range with --from and --to"),
        (["-o", "x", "--to", "2026-11-01"], "choose days in this range with --from and --to"),
        (["-o", "/no/such/folder/x"], "cannot write /no/such/folder/x"),
        (["--load", "prometheus", "--data", "/no/such/folder"], "the folder /no/such/folder does not exist: set"),
        (["--load", "victoriametrics", "--url", "http://127.0.0.1:1"], "http://127.0.0.1:1 did not answer"),
        (["-o", "x", "--step", "7m"], "divides an hour"),
        (["-o", "x", "--label", "x"], "is not a label"),
    ],
)
def test_an_invalid_request_is_reported_in_one_line(tracker: Tracker, options: list[str], said: str) -> None:
    require_program("promtool")
    outcome = run(tracker, *options)
    assert outcome.code in (2, 10)
    assert said in outcome.stderr


def test_an_empty_database_has_no_history(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["backfill", "--database", str(tmp_path / "x.db"), "-o", "-"])
    assert (4, True) == (result.exit_code, "contains no data yet" in result.stderr)


def test_a_very_short_history_has_nothing_to_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "projects" / "p" / "s1.jsonl", [response(1, NOON - MINUTE)])
    monkeypatch.setattr(command, "clock", lambda: NOON)
    with Tracker(tmp_path / "tracker.db", tmp_path / "projects", now=NOON) as tracker:
        outcome = run(tracker, "-o", "-")
        assert (2, True) == (outcome.code, "no history yet: only data older than three hours" in outcome.stderr)


def scraped(folder: Path, data: Path, samples: dict[str, list[tuple[int, float]]]) -> None:
    """A data folder with live samples, as blocks: by series, times (ms) and values."""
    lines = [f"{name} {value} {at / 1000}" for name, points in samples.items() for at, value in points]
    (folder / "live.om").write_text("\n".join([*lines, "# EOF\n"]))
    arguments = ("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h")
    output_of("promtool", *arguments, folder / "live.om", data)
    (data / "wal").mkdir()


def named(name: str, **labels: str) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in (labels | LABELS).items())
    return f"claude_tracker_{name}{{{inside}}}"


RESPONSES = named("responses_total", model="claude-opus-4-5", chain="main")
ACTIVE = named("block_active")


def shown(data: Path, selector: str) -> dict[int, float]:
    lines = output_of("promtool", "tsdb", "dump", f"--match={selector}", data).splitlines()
    found = [one for one in map(parse_dumped_line, lines) if one is not None]
    assert len(found) == len({at for _, at in found}), "nothing is doubled"
    return {at: sample.value for sample, at in sorted(found, key=lambda one: one[1])}


BUILD = named("build_info", version="1.0.0", revision="", python="3.11.7", tracker=TRACKER)


def live(*points: tuple[int, float]) -> dict[str, list[tuple[int, float]]]:
    return {RESPONSES: list(points), ACTIVE: [(at, 1) for at, _ in points], BUILD: [(at, 1) for at, _ in points]}


def test_a_pause_of_the_tracker_is_filled_between_scrapes(tracker: Tracker, tmp_path: Path) -> None:
    """The live counter stood 5 above the sum, then paused for two days, in which 8 responses came."""
    data = tmp_path / "data"
    first_at, end = NOON - 6 * DAY + 17_000, NOON - 4 * DAY + 23_000
    scraped(tmp_path, data, live((first_at, 16 + 5), (end, 24 + 5)))
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    found = shown(data, RESPONSES)
    assert sorted(found.values()) == list(found.values())
    assert {5, 40} == {min(found.values()), max(found.values())}
    inside = {at: value for at, value in found.items() if first_at <= at <= end}
    assert set(range(21, 30)) == set(inside.values())
    assert 2 * DAY // STEP + 2 == len(inside)
    assert "Nothing is missing" in run_backfill(tracker, "--load", "prometheus", "--data", data)


def test_a_file_found_after_the_first_scrape_is_not_counted_twice(tracker: Tracker, tmp_path: Path) -> None:
    """Scraped since two days at 10 below what is known today: of the time before, 10 stand at 0."""
    data, first_at = tmp_path / "data", NOON - 2 * DAY
    scraped(tmp_path, data, live((first_at, 33 - 10), (NOON - HOUR, 40)))
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    found = shown(data, RESPONSES)
    assert sorted(found.values()) == list(found.values())
    before = [value for at, value in found.items() if at < first_at]
    assert [*range(24)] == sorted(set(before))
    check = run_backfill(tracker, "--check")
    assert 'claude_tracker_responses_total{chain="main",model="claude-opus-4-5"}  +9' in check, "it is reported"


def test_a_series_that_started_later_is_not_loaded_at_its_current_value(tracker: Tracker, tmp_path: Path) -> None:
    """A model of the last two hours, which the store has seen start at 0; then the database was recreated."""
    write(tmp_path / "projects" / "p" / "s9.jsonl", [response(77, NOON - HOUR, HAIKU)])
    tracker.scan()
    tracker.connection.execute("UPDATE tracker_totals SET first_met_at = 0")
    data, first_at = tmp_path / "data", NOON - 2 * DAY
    scraped(tmp_path, data, live((first_at, 32), (NOON - HOUR - MINUTE, 40)))
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    of_haiku = named("responses_total", model="claude-haiku-4-5", chain="main")
    assert {0.0} == set(shown(data, of_haiku).values())


def test_a_foreign_folder_is_left_alone(tracker: Tracker, tmp_path: Path) -> None:
    data = tmp_path / "photos"
    data.mkdir()
    (data / "a.jpg").touch()
    outcome = run(tracker, "--load", "prometheus", "--data", data)
    assert (10, True) == (outcome.code, "is not a data folder of Prometheus" in outcome.stderr)
    assert ["a.jpg"] == [path.name for path in data.iterdir()]


def build(tracker: str = TRACKER, **labels: str) -> dict[str, list[tuple[int, float]]]:
    """A tracker that a store has scraped under these labels."""
    inside = ",".join(f'{key}="{value}"' for key, value in {"version": "1.0.0", "tracker": tracker, **labels}.items())
    return {f"claude_tracker_build_info{{{inside}}}": [(NOON - DAY, 1), (NOON - HOUR, 1)]}


OTHERS = "0" * 16


@pytest.mark.parametrize(
    ("there", "options", "labels"),
    [
        pytest.param(
            build(job="x", instance="laptop:3001", user="ada"),
            [],
            {"instance": "laptop:3001", "job": "x", "user": "ada"},
            id="another instance",
        ),
        pytest.param(
            build(OTHERS, **LABELS) | build(job="x", instance="b:1"),
            [],
            {"instance": "b:1", "job": "x"},
            id="two trackers",
        ),
        pytest.param(
            build(job="x", instance="a:1") | build(job="y", instance="a:1"),
            ["--job", "y"],
            {"instance": "a:1", "job": "y"},
            id="scraped twice, one chosen",
        ),
    ],
)
def test_the_history_gets_the_labels_of_this_trackers_samples(
    tracker: Tracker,
    tmp_path: Path,
    there: dict[str, list[tuple[int, float]]],
    options: list[str],
    labels: dict[str, str],
) -> None:
    data = tmp_path / "data"
    scraped(tmp_path, data, there)
    run_backfill(tracker, "--load", "prometheus", "--data", data, *options)
    lines = output_of("promtool", "tsdb", "dump", "--match=claude_tracker_prompts_total", data).splitlines()
    found = [one for one in map(parse_dumped_line, lines) if one is not None]
    assert [labels] == list({tuple(sample.labels.items()): sample.labels for sample, _ in found}.values())


@pytest.mark.parametrize(
    ("there", "options", "said"),
    [
        pytest.param(
            build(OTHERS, **LABELS), [], "has no samples of this tracker, so nothing was loaded", id="another tracker"
        ),
        pytest.param(
            {'up{job="x"}': [(NOON - HOUR, 1)]}, [], "has no samples of this tracker, so nothing was loaded", id="none"
        ),
        pytest.param(
            build(**LABELS),
            ["--instance", "b:1"],
            'and not as {instance="b:1"}, so nothing was loaded',
            id="a wrong label",
        ),
        pytest.param(
            build(job="x", instance="a:1") | build(job="y", instance="a:1"),
            [],
            "scrapes this tracker more than once, as",
            id="two places",
        ),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_nothing_is_loaded_under_labels_that_nobody_has(
    tracker: Tracker,
    tmp_path: Path,
    there: dict[str, list[tuple[int, float]]],
    options: list[str],
    said: str,
    dry: list[str],
) -> None:
    data = tmp_path / "data"
    scraped(tmp_path, data, there)
    before = sorted(path.name for path in data.iterdir())
    outcome = run(tracker, "--load", "prometheus", "--data", data, *options, *dry)
    assert (10, True) == (outcome.code, said in outcome.stderr)
    assert before == sorted(path.name for path in data.iterdir())


def test_the_printed_repair_steps_work(tracker: Tracker, tmp_path: Path) -> None:
    """All until now is taken out, as the text says; the next scrape has what is known; then it is loaded again."""
    data = tmp_path / "data"
    scraped(tmp_path, data, build(**LABELS))
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    write(tmp_path / "projects" / "p" / "s2.jsonl", [response(42 + at, NOON - 5 * DAY + at, OPUS) for at in range(7)])
    tracker.scan()
    assert f"-d end={NOON // 1000} " in run_backfill(tracker, "--check")
    for block in data.iterdir():
        shutil.rmtree(block)
    scraped(tmp_path, data, live((NOON + MINUTE, 47)))
    tracker.now += 2 * MINUTE
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    assert "matches today's data" in run_backfill(tracker, "--check")
    found = shown(data, RESPONSES)
    assert [4, 8, 31, 35] == [found[NOON - days * DAY] for days in (9, 8, 4, 3)], "as if it had always been known"


def test_a_staleness_marker_is_not_a_sample(tracker: Tracker, tmp_path: Path) -> None:
    """Prometheus writes a NaN where a target has disappeared."""
    data, first_at = tmp_path / "data", NOON - 2 * DAY
    stopped, back = first_at + 10 * MINUTE + 7_000, first_at + 5 * HOUR
    samples = live((first_at, 33), (back, 34))
    for points in samples.values():
        points.insert(1, (stopped, float("nan")))
    scraped(tmp_path, data, samples)
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    found = shown(data, RESPONSES)
    assert sorted(found.values()) == list(found.values())
    assert 5 * HOUR // STEP - 1 == sum(first_at < at < back for at in found)


def test_samples_only_in_the_write_ahead_log_are_not_covered(tracker: Tracker, tmp_path: Path) -> None:
    """Prometheus would drop of its log what is older than the end of our last block."""
    require_program("promtool")
    data = tmp_path / "data"
    data.mkdir()

    class WithLog(Prometheus):
        def _dump(self, selector: str, start: int | None = None, end: int | None = None):  # type: ignore[no-untyped-def]
            if start == 0:
                line = f'{{__name__="node_load1"}} 1 {NOON - 30 * HOUR + 7}'
                yield parse_dumped_line(line)
                return
            yield from super()._dump(selector, start, end)

    with WithLog(data, LABELS, require_program("promtool")) as target:
        assert NOON - 30 * HOUR == target.end(end_of_history(NOON))
    with Prometheus(data, LABELS, require_program("promtool")) as target:
        assert end_of_history(NOON) == target.end(end_of_history(NOON))


def test_a_log_that_is_being_written_is_copied_again(
    tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a record is seen once; one that stays is a damaged log."""
    data = tmp_path / "data"
    write_log(data)
    log = data / "wal" / "00000000"
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    monkeypatch.setattr("exporter.backfill.prometheus.time.sleep", lambda _: log.write_bytes(whole))
    with Prometheus(data, LABELS, require_program("promtool")) as target:
        assert [] == list(target.times())
    log.write_bytes(whole[:-20])
    monkeypatch.setattr("exporter.backfill.prometheus.time.sleep", lambda _: None)
    outcome = run(tracker, "--load", "prometheus", "--data", data)
    assert (10, True) == (outcome.code, "start it once to repair its log" in outcome.stderr)


def write_log(data: Path) -> None:
    """The data folder of a Prometheus that ran for a moment without a target."""
    own = "scrape_configs: [{job_name: own, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:1']}]}]"
    with running_prometheus(data.parent / "own", own) as server:
        wait_until(lambda: server.query("up"), "it looked")
    (data.parent / "own" / "data").rename(data)


def test_usage_found_later_is_reported(tracker: Tracker, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = tmp_path / "data"
    scraped(tmp_path, data, build(**LABELS))
    assert "No history has been loaded" in run_backfill(tracker, "--check")
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    check = HistoryCheck(tracker.database)
    check.check()
    assert "matches today's data" in run_backfill(tracker, "--check")
    assert [] == caplog.messages
    file = tmp_path / "projects" / "p" / "s1.jsonl"
    append(file, [response(41, NOON - HOUR)])
    tracker.scan()
    assert "matches today's data" in run_backfill(tracker, "--check"), "it came after what was loaded"
    append(file, [response(3, NOON - 10 * DAY + MINUTE + 18 * HOUR, output=500)])
    write(tmp_path / "projects" / "p" / "s2.jsonl", [response(42, NOON - 3 * DAY, HAIKU)])
    tracker.scan()
    found = run_backfill(tracker, "--check")
    assert "differs from today's" in found
    assert 'claude_tracker_tokens_total{chain="main",model="claude-opus-4-5",token_type="output"}  +480' in found
    assert "delete_series" in found
    check.check()
    check.check()
    assert ["run `claude-tracker backfill --check` for details"] == [
        "run `claude-tracker backfill --check` for details" for text in caplog.messages if "backfill --check" in text
    ]
    again = run_backfill(tracker, "--load", "prometheus", "--data", data)
    assert "Nothing is missing" in again
    assert "differs from today's" in again
    tracker.now += DAY
    more = run_backfill(tracker, "--load", "prometheus", "--data", data)
    assert "Missing: 288 steps" in more
    assert "differs from today's" in run_backfill(tracker, "--check"), "what is loaded later does not mend it"


def test_a_reload_from_nothing_matches_todays_data(tracker: Tracker, tmp_path: Path) -> None:
    data = tmp_path / "data"
    scraped(tmp_path, data, build(**LABELS))
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    write(tmp_path / "projects" / "p" / "s2.jsonl", [response(42, NOON - 3 * DAY, HAIKU)])
    tracker.scan()
    assert "differs" in run_backfill(tracker, "--check")
    (tmp_path / "empty").mkdir()
    for block in data.iterdir():
        block.rename(tmp_path / "empty" / block.name)
    scraped(tmp_path, data, build(**LABELS))
    tracker.now += MINUTE  # its new label set was shown as 0 meanwhile
    run_backfill(tracker, "--load", "prometheus", "--data", data)
    assert "matches today's data" in run_backfill(tracker, "--check")


def test_a_dry_run_loads_nothing(tracker: Tracker, tmp_path: Path) -> None:
    scraped(tmp_path, tmp_path / "data", build(**LABELS))
    before = sorted(path.name for path in (tmp_path / "data").iterdir())
    found = run_backfill(tracker, "--load", "prometheus", "--data", tmp_path / "data", "--dry-run")
    assert "Missing: 2,856 steps, from 2026-11-12 10:00 UTC to 2026-11-22 07:55 UTC." in found
    assert before == sorted(path.name for path in (tmp_path / "data").iterdir())


def test_a_label_set_not_yet_announced_starts_at_0(tracker: Tracker, tmp_path: Path) -> None:
    """The next tracker shows it as 0 first: a history above that would fall, and count twice."""
    tracker.connection.execute("UPDATE tracker_totals SET first_met_at = -1 WHERE family = 'responses'")
    text = run_backfill(tracker, "-o", "-")
    assert {0.0} == set(series_of(text, "claude_tracker_responses_total").values())


def test_without_any_scrape_the_history_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports were read for weeks, with new models; then Prometheus is set up: the first tracker shows all at once."""
    projects, database = tmp_path / "projects", tmp_path / "tracker.db"
    monkeypatch.setattr(command, "clock", lambda: NOON)

    def read(*, serves: bool) -> list[tuple[str, int, int]]:
        _, store, _ = open_caught_up(database, lambda: [projects], lambda: NOON, lambda _: None, serves=serves)
        found = [
            (total.labels[0], total.first_seen_at, Announcements().shown(total, NOON))
            for total in totals.load(store.connection)
            if total.family == "responses"
        ]
        store.close()
        return found

    write(projects / "p" / "s1.jsonl", [response(1, NOON - 5 * DAY)])
    read(serves=False)
    write(projects / "p" / "s2.jsonl", [response(2, NOON - 4 * DAY, HAIKU)])
    assert ("claude-haiku-4-5", -1, 0) in read(serves=False)
    options = ["backfill", "--database", str(database), "--timezone", "UTC", "-o", "-"]
    text = CliRunner().invoke(cli, options).stdout
    of_haiku = re.findall(r"^claude_tracker_responses_total{.*haiku.*} (\S+) \d+$", text, re.MULTILINE)
    assert {"0.0", "1.0"} == set(of_haiku)
    assert ("claude-haiku-4-5", 0, 1) in read(serves=True), "and live it begins with what the history ends with"
    write(projects / "p" / "s3.jsonl", [response(3, NOON - DAY, "claude-sonnet-4-5-20250929")])
    assert ("claude-sonnet-4-5", -1, 0) in read(serves=False)
    assert ("claude-sonnet-4-5", NOON, 0) in read(serves=True), "now a scraper knows the others"


def test_a_stored_scrape_is_read_back_as_its_totals(tracker: Tracker, tmp_path: Path) -> None:
    """The last step of a file, read back, is every total until then."""
    lines = run_backfill(tracker, "-o", "-").splitlines()
    last = lines[-2].rpartition(" ")[2]
    samples = []
    for line in lines:
        if line.endswith(f" {last}") and not line.startswith("#"):
            name, _, rest = line.partition("{")
            inside, _, value = rest.rpartition(" ")[0].rpartition("} ")
            dump = parse_dumped_line(f'{{__name__="{name}",{inside.replace("60.0", "60")}}} {value} {last}')
            assert dump is not None
            samples.append(dump[0])
    with Reader(tracker.database).view() as connection:
        assert connection is not None
        until = sums_at(connection, int(last) * 1000)
    found = label_sets(samples)
    assert {key: value for key, value in until.items() if value} == {
        key: value for key, value in found.items() if value
    } | {key: value for key, value in until.items() if key[0] == "incomplete_responses"}
