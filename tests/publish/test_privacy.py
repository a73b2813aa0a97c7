"""What leaves at each level: a search of every byte that was sent and of every line that was logged."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from exporter.domain.calendar.timestamp import to_iso
from exporter.publish.privacy import last_part, redact
from support.marked_tree import cost_state
from support.netlify import SITE, TOKEN, Answer, FakeNetlify
from support.page_data import OTHER, WORK
from support.page_states import answers_of_two, budgets
from support.published import Made, World
from support.snapshots import NOON
from support.transcripts import append, assistant, tool_use

OTHERS_MODEL = "arn:aws:bedrock:us-east-1:123456789012:ada-model-v1"
SECRETS = (
    "/home/ada",
    "ada",
    "secret-work",
    "shop",
    "blog",
    "tools",
    "feature/hidden",
    "laptop-of-ada",
    "123456789012",
)
"""User, folders, projects, branch, host and account of the world's tracker."""
SESSION = re.compile(r"\bs\d+-[01]\b")


MARKS = {
    "attributionSkill": "acme-skill",
    "attributionAgent": "acme-agent",
    "attributionPlugin": "acme-plugin",
    "attributionMcpServer": "acme-server",
    "attributionMcpTool": "acme_call",
}
"""Names of one's own."""


@pytest.fixture
def used_world(world: World) -> World:
    """With a branch, another provider's model, names of one's own, a limit that was reached and a client's total."""
    line = assistant(
        "mb",
        request="rb",
        uuid="ub",
        session="s0-0",
        at=to_iso(NOON),
        model=OTHERS_MODEL,
        content=[tool_use("toolu_own", "mcp__acme-server__acme_call")],
    )
    total = cost_state("s0-0", {"acme-total-model": (10**9, 0, 0, 0)})
    append(world.claude / "projects" / "shop" / "s0-0.jsonl", [line | {"gitBranch": "feature/hidden"} | MARKS, total])
    world.tracker.scan()
    return world


def sent(netlify: FakeNetlify) -> str:
    """Everything of the requests but the token's own header."""
    parts = []
    for request in netlify.requests:
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        if not request.path.endswith((".js", ".css", "index.html")):  # the page's own files are the package's
            parts += [request.method, request.path, json.dumps(headers), request.body.decode()]
    return "\n".join(parts)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Also what libraries said, but the test's own server."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name != "werkzeug")


def test_totals_reveal_no_projects_or_people(
    used_world: World,
    site: Made,
    netlify: FakeNetlify,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setattr("socket.gethostname", lambda: "laptop-of-ada")
    site().check()
    netlify.rule = lambda request: Answer(403)
    site(every=0)
    used_world.respond()
    sync = site()
    used_world.tracker.now += 3_600_000
    sync.check()
    everything = sent(netlify) + logged(caplog) + str(sync.state)
    assert '"total_tokens"' in everything
    found = [secret for secret in (*SECRETS, TOKEN) if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", everything)]
    assert [] == found
    assert [] == SESSION.findall(everything)
    assert not re.search(r"(?<![\w<:])/(home|Users|tmp|root)\b", everything)


def test_the_projects_level_has_names_but_no_paths(used_world: World, site: Made, netlify: FakeNetlify) -> None:
    site(privacy="projects").check()
    data = json.loads(netlify.files["/data.json"])
    assert {"shop", "blog", "tools"} <= {one["project"] for one in data["current"]["totals"]["projects"]}
    assert {"shop", "blog", "tools"} == {row["project_path"] for row in data["sessions"]["items"]}
    everything = sent(netlify)
    hidden = ("/home/ada", "secret-work", "feature/hidden", "laptop-of-ada", "123456789012", TOKEN)
    assert [] == [secret for secret in hidden if secret in everything]
    assert [] == SESSION.findall(everything)


@pytest.mark.parametrize("level", ["totals", "projects"])
@pytest.mark.parametrize("shows", [False, True])
def test_no_name_of_ones_own_is_published(
    used_world: World, site: Made, netlify: FakeNetlify, level: str, shows: bool
) -> None:
    """Also where the configuration shows them on /metrics."""
    tracker = used_world.tracker
    tracker.store.show_custom_names(tracker.now, shows=shows)
    labels = {labels[1] for _, labels in tracker.exact("attributed_tokens")}
    assert shows == ("acme-skill" in labels)
    site(privacy=level).check()
    everything = sent(netlify)
    assert '"total_tokens"' in everything
    assert [] == re.findall(r"acme[\w-]*", everything)


def test_the_full_level_has_what_the_dashboard_shows(used_world: World, site: Made, netlify: FakeNetlify) -> None:
    site(privacy="full").check()
    data = json.loads(netlify.files["/data.json"])
    (row,) = (row for row in data["sessions"]["items"] if row["id"] == "s0-0")
    assert ("/home/ada/secret-work/shop", "feature/hidden") == (row["project_path"], row["metadata"]["git_branch"])
    assert {"hits", "raises", "history"} == data["limits_history"].keys()


def test_a_new_field_is_not_published() -> None:
    """A field that is added anywhere is not published unless it is named."""

    def marked(value: object) -> object:
        if isinstance(value, dict):
            found = {key: marked(one) for key, one in value.items()}
            return found | {"added_later": "secret"} if not _is_by_name(value) else found
        return [marked(one) for one in value] if isinstance(value, list) else value

    data = {name: marked(part) for name, part in answers_of_two().items()}
    allowed = {"week", "month"}
    for level in ("totals", "projects"):
        found = redact(data, level)
        rest = {name: part for name, part in found.items() if name != "plan"}
        rest["current"] = {name: part for name, part in rest["current"].items() if name not in allowed}
        nested = ("estimated_size", "token_limit", "turns", "collectors", "totals")
        assert "secret" not in json.dumps(_without(rest, nested)), level


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("claude-fable-5", "claude-fable-5"), ("claude-fable-5-1", "claude-fable-5-1"),
        ("claude-mythos-5-2", "claude-mythos-5-2"), ("claude-opus-4.5", "claude-opus-4.5"),
        ("claude-3-5-sonnet", "claude-3-5-sonnet"), ("claude-instant-1", "claude-instant-1"),
        ("claude-haiku-5-5", "claude-haiku-5-5"), ("claude-acme-5", "other"), ("claude-fable-5-acme", "other"),
        ("acme-claude-fable-5", "other"), ("glm-5.2", "other"), ("gpt-5", "other"),
    ],
)  # fmt: skip
def test_the_names_of_claudes_models_are_published(model: str, shown: str) -> None:
    data = answers_of_two()
    for part in ("today", "totals"):
        data["current"][part]["models"][0] |= {"model": model, "provider": "acme-gateway"}
    for level in ("totals", "projects"):
        found = redact(data, level)
        assert [shown, shown] == [found["current"][part]["models"][0]["model"] for part in ("today", "totals")]
        assert "acme" not in json.dumps(found)


@pytest.mark.parametrize("level", ["totals", "projects"])
def test_a_family_is_claudes_or_other(level: str) -> None:
    """Another is a part of a model's name."""
    data = answers_of_two()
    (family,) = data["current"]["week"]["families"][:1]
    names = ("fable", "mythos", "opus", "acme", "other", "internal")
    data["current"]["week"]["families"] = [{**family, "family": name, "total_tokens": 5} for name in names]
    found = [(one["family"], one["total_tokens"]) for one in redact(data, level)["current"]["week"]["families"]]
    assert [("fable", 5), ("mythos", 5), ("opus", 5), ("other", 15)] == found


@pytest.mark.parametrize("level", ["totals", "projects"])
def test_accounts_are_numbers(level: str) -> None:
    found = redact(answers_of_two(), level)
    everything = json.dumps(found)
    hidden = (WORK, OTHER, '"work"', "claude_max_20x", "claude_pro", "0f1e2d3c4b5a6978")
    assert [] == [text for text in hidden if text in everything]
    current = found["current"]
    heads = [(one["account"], one["name"], one["plan"], one["organization"]) for one in current["accounts"]]
    assert [("1", "1", None, None), ("2", "2", None, None)] == heads
    assert ["five_hour", "seven_day", "seven_day_opus"] == [one["window"] for one in current["accounts"][1]["limits"]]
    assert [("2", "seven_day", True)] == [
        (hit["account"], hit["window"], hit["is_locked_out"]) for hit in current["accounts"][1]["lockouts"]
    ]
    (paid,), (surface,) = current["accounts"][1]["credits"], current["accounts"][1]["week_surfaces"]
    assert ("USD", 12.5, 20.0) == (paid["currency"], paid["used"], paid["limit"])
    assert ("claude_code", 0.7) == (surface["surface"], surface["share_ratio"])
    assert ["2", "1", "1"] == [hit["account"] for hit in found["limits_history"]["hits"]]
    assert ["1"] == [one["account"] for one in found["limits_history"]["raises"]]
    assert {"1", "2"} == {block["account"] for block in found["blocks"]["items"]}


def test_numbers_do_not_depend_on_the_account_in_use() -> None:
    data = answers_of_two()
    data["current"]["accounts"].reverse()
    accounts = redact(data, "totals")["current"]["accounts"]
    assert [("2", 0.88), ("1", 0.42)] == [(one["account"], one["limits"][0]["utilization_ratio"]) for one in accounts]


@pytest.mark.parametrize(("level", "names"), [("totals", None), ("projects", None), ("full", ["work"])])
def test_budgets_are_sent_only_in_full(level: str, names: list[str] | None) -> None:
    data = answers_of_two()
    data["current"]["budgets"] = budgets()[:1]
    found = redact(data, level)["current"].get("budgets")
    assert names == ([one["name"] for one in found] if found is not None else None)


def test_the_full_level_has_hashes_and_names_of_accounts() -> None:
    accounts = redact(answers_of_two(), "full")["current"]["accounts"]
    assert [
        (WORK, "work", "default_claude_max_20x", "0f1e2d3c4b5a6978"),
        (OTHER, OTHER, "default_claude_pro", None),
    ] == [(one["account"], one["name"], one["plan"], one["organization"]) for one in accounts]


def _is_by_name(value: dict[str, object]) -> bool:
    """A table of counts by name, as of tools."""
    return bool(value) and all(isinstance(one, int | float) for one in value.values())


def _without(value: object, keys: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return {key: _without(one, keys) for key, one in value.items() if key not in keys}
    return [_without(one, keys) for one in value] if isinstance(value, list) else value


def test_models_that_share_a_name_are_summed(used_world: World, site: Made, netlify: FakeNetlify) -> None:
    site().check()
    totals = json.loads(netlify.files["/data.json"])["current"]["totals"]
    models = {model["model"]: model["responses"] for model in totals["models"]}
    assert len(totals["models"]) == len(models)
    assert "other" in models
    assert totals["responses"] == sum(models.values())


@pytest.mark.parametrize(
    ("path", "name"),
    [("/a/b", "b"), ("/a/x\ty\u202e", "xy"), ("C:\\x\\y\\", "y"), ("work/shop", "shop"), ("/", "other")],
)
def test_the_last_part_of_a_path(path: str, name: str) -> None:
    assert name == last_part(path)


def test_a_dry_run_prints_exactly_what_would_be_sent(used_world: World, site: Made, netlify: FakeNetlify) -> None:
    site().check()
    used_world.tracker.close()
    options = [
        "--database",
        str(used_world.tracker.database),
        "--config-dir",
        str(used_world.claude),
        "--timezone",
        "UTC",
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("exporter.cli.commands.sync.clock", lambda: NOON)
        patched.setattr("exporter.cli.wiring.updates.clock", lambda: NOON)
        result = CliRunner().invoke(cli, ["sync", *options, "--dry-run", "--netlify-site", SITE])
    assert 0 == result.exit_code, result.output
    assert netlify.files["/data.json"] == result.stdout_bytes
    assert "Nothing was sent." in result.stderr
    assert TOKEN not in result.output
    used_world.tracker.start()


def test_no_token_is_in_the_database_or_on_the_page(used_world: World, site: Made, netlify: FakeNetlify) -> None:
    site().check()
    assert TOKEN.encode() not in Path(used_world.tracker.database).read_bytes()
    assert [] == [path for path, content in netlify.files.items() if TOKEN.encode() in content]
