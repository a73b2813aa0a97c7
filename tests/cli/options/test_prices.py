"""`[prices]` in the configuration file: what it may hold, and that every command which prices uses it."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli.main import cli
from exporter.cli.options.prices import parse_prices
from exporter.domain.usage.pricing import cost, usd
from exporter.domain.usage.tokens import Tokens
from exporter.errors import ConfigurationError
from exporter.ingest.catch_up import open_caught_up
from exporter.ingest.workers.process import start_worker
from exporter.sources.prices import PriceList
from support.databases import ingest
from support.processes import Process, run_command, wait_until
from support.services import PROJECT
from support.tracker import LATER
from support.transcripts import SONNET, assistant, usage, write

M = 1_000_000


def parsed(text: str, model: str, tokens: Tokens, *, searches: int = 0, fast: bool = False) -> float:
    table = parse_prices(tomllib.loads(text, parse_float=Decimal)["prices"], "config.toml")
    rates = table[model].fast if fast else table[model].standard
    assert rates is not None
    return usd(cost(tokens, searches, rates))


FULL = """
[prices."My-Model-20260101"]
input = 3
output = 15.5
cache_read = 0.3
cache_write_5m = 4
cache_write_1h = 7
web_search = 5
fast = { input = 30, output = 150 }
tiers = [{ above = 200000, input = 6, output = 20 }, { above = 100000, output = 16 }]
"""


@pytest.mark.parametrize(
    ("tokens", "searches", "fast", "expected"),
    [
        (Tokens(100_000, M), 0, False, 15.8),
        (Tokens(100_001, M), 0, False, 16.300003),
        (Tokens(200_001, M), 0, False, 21.200006),
        (Tokens(0, 0, 100_000), 0, False, 0.03),
        (Tokens(0, 0, 0, 10_000, 10_000), 0, False, 0.11),
        (Tokens(), 1_000, False, 5.0),
        (Tokens(M, M), 0, True, 180.0),
        (Tokens(0, 0, M, M, M), 0, True, 90.0),
    ],
)
def test_prices_of_a_model(tokens: Tokens, searches: int, fast: bool, expected: float) -> None:
    assert expected == pytest.approx(parsed(FULL, "my-model", tokens, searches=searches, fast=fast))


@pytest.mark.parametrize(
    ("model", "expected"),
    [("claude-opus-9", (0.4, 5.0, 8.0, 10.0)), ("glm-9", (4.0, 4.0, 4.0, 0.0))],
    ids=["Anthropic's multiples", "another provider's are like input"],
)
def test_cache_prices_that_are_not_given(model: str, expected: tuple[float, ...]) -> None:
    text = f'[prices."{model}"]\ninput = 4\noutput = 20'
    found = [parsed(text, model, tokens) for tokens in (Tokens(0, 0, M), Tokens(0, 0, 0, M), Tokens(0, 0, 0, 0, M))]
    assert expected == (*found, parsed(text, model, Tokens(), searches=1_000))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prices = 3", "prices must be a table, not 3"),
        ("[prices]\nglm = 3", '[prices."glm"] must be a table, not 3'),
        ("[prices.glm]\ninput = 3", '[prices."glm"] needs output: dollars per million tokens'),
        ("[prices.glm]", '[prices."glm"] needs input and output'),
        ("[prices.glm]\ninput = 3\noutput = '4'", "output must be a number of dollars, not '4'"),
        ("[prices.glm]\ninput = true\noutput = 4", "input must be a number of dollars, not True"),
        ("[prices.glm]\ninput = -1\noutput = 4", "input must be from 0 to 1,000,000 dollars, not -1"),
        ("[prices.glm]\ninput = nan\noutput = 4", "input must be from 0 to 1,000,000 dollars, not NaN"),
        ("[prices.glm]\ninput = inf\noutput = 4", "input must be from 0 to 1,000,000 dollars, not Infinity"),
        ("[prices.glm]\ninput = 1\noutput = 1e30", "output must be from 0 to 1,000,000 dollars, not 1E+30"),
        (
            "[prices.glm]\ninput = 1\noutput = 4\ncache = 1",
            "has no key 'cache'; its keys are input, output,",
        ),
        ("[prices.glm-5.2]\ninput = 1\noutput = 4", 'write a name with dots in quotes, such as [prices."glm-5.2"]'),
        ("[prices.glm]\nfast = 3", "fast must be a table, not 3"),
        ("[prices.glm]\nfast = { input = 3 }", "fast needs output"),
        ("[prices.glm]\nfast = { input = 3, output = 4, web_search = 1 }", "fast has no key 'web_search'"),
        ("[prices.glm]\ninput = 1\noutput = 4\ntiers = 3", "tiers must be a list"),
        ("[prices.glm]\ninput = 1\noutput = 4\ntiers = [3]", "tiers must be a table, not 3"),
        (
            "[prices.glm]\ninput = 1\noutput = 4\ntiers = [{ input = 3 }]",
            "tiers needs above = a number",
        ),
        ("[prices.glm]\ninput = 1\noutput = 4\ntiers = [{ above = 0, input = 3 }]", "tiers needs above"),
        ("[prices.glm]\ninput = 1\noutput = 4\ntiers = [{ above = 5 }]", "tiers has no price above 5"),
        (
            "[prices.glm]\ninput = 1\noutput = 4\ntiers = [{ above = 5, input = 1 }, { above = 5, input = 2 }]",
            "tiers has above = 5 twice",
        ),
        ('[prices."a/glm"]\ninput = 1\noutput = 4\n[prices.GLM]\ninput = 1\noutput = 4', "is a second table for glm"),
        ('[prices." "]\ninput = 1\noutput = 4', "names no model"),
    ],
)
def test_errors(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        parse_prices(tomllib.loads(text, parse_float=Decimal)["prices"], "config.toml")


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args])


@pytest.fixture
def options(tmp_path: Path) -> list[str | Path]:
    lines = [
        assistant("msg_1", request="r1", uuid="a1", model="my-model", used=usage(1_000, 2_000)),
        assistant("msg_2", request="r2", uuid="a2", model="glm-5.2", used=usage(1_000, 2_000)),
        assistant("msg_3", request="r3", uuid="a3", model=SONNET, used=usage(10, 20, speed="fast")),
        assistant("msg_4", request="r4", uuid="a4", model="qwen3-max", used=usage(10, 20, speed="warp")),
    ]
    write(tmp_path / "claude" / "projects" / "p" / "s1.jsonl", lines)
    return ["--database", tmp_path / "a.db", "--config-dir", tmp_path / "claude"]


PRICES = '[prices."my-model"]\ninput = 1\noutput = 2\n[prices."glm-5.2"]\ninput = 10\noutput = 20\n'


def costs(config: Path, options: list[str | Path]) -> dict[str, float]:
    shown = json.loads(invoke("--config", config, "status", "--json", "--no-processes", *options).stdout)
    return {use["model"]: use["cost_usd"] for use in shown["totals"]["models"]}


def test_status_says_how_to_price_and_reprice_what_changed(tmp_path: Path, options: list[str | Path]) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    ingest(*map(str, options))
    said = " ".join(invoke("--config", config, "status", "--full", "--no-processes", *options).stdout.split())
    assert "Tokens without a price: my-model 3,000, claude-sonnet-4-5 (fast) 30, qwen3-max (speed warp) 30." in said
    assert "To price them, add these lines to" in said
    _, _, lines = invoke("--config", config, "status", "--full", "--no-processes", *options).stdout.partition(
        "reprice`:\n"
    )
    lines = lines.partition("Read just now")[0]
    assert {
        "my-model": {"input": 0.0, "output": 0.0},
        "claude-sonnet-4-5": {"fast": {"input": 0.0, "output": 0.0}},
    } == tomllib.loads(lines)["prices"]
    shown = json.loads(invoke("--config", config, "status", "--json", "--no-processes", *options).stdout)
    assert [
        {"model": "my-model", "speed": None, "tokens": 3_000},
        {"model": "claude-sonnet-4-5", "speed": "fast", "tokens": 30},
        {"model": "qwen3-max", "speed": "warp", "tokens": 30},
    ] == shown["totals"]["unpriced_models"]
    config.write_text(lines.replace("0.0", "1.5"))
    result = invoke("--config", config, "reprice", *options[:2])
    assert 0 == result.exit_code, result.output
    first, *models = result.stdout.splitlines()
    assert first.startswith("Changed the price of 2 responses (genai-prices ")
    assert [
        "  claude-sonnet-4-5: 1 response, $0.00 → $0.00, 1 had no price",
        "  my-model: 1 response, $0.00 → $0.00, 1 had no price",
    ] == models
    again = json.loads(invoke("--config", config, "reprice", "--json", *options[:2]).stdout)
    assert (0, []) == (again["responses"], again["models"])
    assert 0.0045 == costs(config, options)["my-model"]


def test_reprice_says_what_changed_as_json(tmp_path: Path, options: list[str | Path]) -> None:
    ingest(*map(str, options))
    config = tmp_path / "config.toml"
    config.write_text(PRICES)
    found = json.loads(invoke("--config", config, "reprice", "--json", *options[:2]).stdout)
    one = {"responses": 1, "newly_unpriced_responses": 0}
    assert [
        {"model": "glm-5.2", "before_usd": 0.008827, "after_usd": 0.05, "newly_priced_responses": 0, **one},
        {"model": "my-model", "before_usd": 0.0, "after_usd": 0.005, "newly_priced_responses": 1, **one},
    ] == found["models"]
    assert 2 == found["responses"]
    config.write_text("")
    back = json.loads(invoke("--config", config, "reprice", "--json", *options[:2]).stdout)
    assert [(0.05, 0.008827, 0), (0.005, 0.0, 1)] == [
        (model["before_usd"], model["after_usd"], model["newly_unpriced_responses"]) for model in back["models"]
    ]


PRICED = {"my-model": 0.005, "glm-5.2": 0.05, "claude-sonnet-4-5": 0.0, "qwen3-max": 0.0}


@pytest.mark.parametrize("command", ["ingest", "status", "rebuild"])
def test_every_command_that_reads_uses_them(tmp_path: Path, options: list[str | Path], command: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(PRICES)
    if command != "ingest":
        (tmp_path / "empty").mkdir()
        ingest(*map(str, [*options[:2], "--config-dir", tmp_path / "empty" if command == "status" else options[3]]))
    outcome = run_command("--config", config, command, "--no-processes", *options)
    assert 0 == outcome.code, outcome
    assert PRICED == costs(config, options)


@pytest.mark.server
def test_a_tracker_and_the_child_of_its_first_read_use_them(tmp_path: Path, options: list[str | Path]) -> None:
    config, projects = tmp_path / "config.toml", tmp_path / "claude" / "projects" / "p"
    config.write_text(PRICES)
    with Process(tmp_path / "log", "--config", config, "detect", "--no-processes", *options) as tracker:
        wait_until((tmp_path / "a.db").exists, "the first read is done")
        assert PRICED == costs(config, options)
        later = assistant("msg_5", request="r5", uuid="a5", session="s2", model="my-model", used=usage(0, 10_000))
        write(projects / "s2.jsonl", [later])
        wait_until(lambda: costs(config, options)["my-model"] == 0.025, "the new response has its price")
        assert (0, True) == (tracker.stop()[0], True)


@pytest.mark.forks
def test_the_worker_of_a_first_read_uses_them(tmp_path: Path, options: list[str | Path]) -> None:
    """It reads half of many files."""
    for number in range(40):
        line = assistant(f"m{number}", request=f"q{number}", uuid=f"u{number}", session=f"t{number}", model="my-model")
        write(tmp_path / "claude" / "projects" / "p" / f"t{number}.jsonl", [line])
    worker = start_worker()
    assert worker is not None
    table = parse_prices(tomllib.loads(PRICES, parse_float=Decimal)["prices"], "config.toml")
    root = tmp_path / "claude" / "projects"
    _, store, _ = open_caught_up(
        tmp_path / "a.db", lambda: [root], lambda: LATER, lambda _: None, prices=PriceList(None, table), worker=worker
    )
    query = "SELECT sum(cost), count(*), count(cost) FROM tracker_responses WHERE model = 'my-model'"
    assert (5_000_000 + 40 * 50_000, 41, 41) == store.connection.execute(query).fetchone()
    store.close()


def test_the_example_in_the_documentation() -> None:
    text = (PROJECT / "docs" / "configuration.md").read_text()
    (example,) = (part for part in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[prices." in part)
    assert 0.04 == parsed(example, "my-model", Tokens(10_000, 2_000))
    assert 30.0 == parsed(example, "claude-opus-4-5", Tokens(0, M), fast=True)
    assert 0.2 == pytest.approx(parsed(example, "glm-4.6-turbo", Tokens(0, 100_000)))
    assert 0.6 + 0.02 == pytest.approx(parsed(example, "glm-4.6-turbo", Tokens(40_000, 100_000)))
    assert 1.0 == pytest.approx(parsed(example, "glm-4.6-turbo", Tokens(128_001, 0)) * 1_000_000 / 128_001)
