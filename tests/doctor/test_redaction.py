"""What is removed from a text, and what stays."""

from __future__ import annotations

import pytest

from exporter.doctor.redaction import Redaction, is_public_model

REDACTION = Redaction("/home/ada", ["/home/ada/My Work/tracker.db", "/srv/acme data"], ["shop", "Feature One", "main"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/home/ada/.claude/projects", "~/.claude/projects", id="the home"),
        pytest.param("/home/ada/.claude/projects/-a-b/x.jsonl: no", "~/.claude/projects/…: no", id="below projects"),
        pytest.param("in /home/ada/My Work/tracker.db.", "in ~/….", id="a known path with a space"),
        pytest.param("'/srv/acme data'", "'/…'", id="a known path elsewhere"),
        pytest.param("/usr/lib/python3.11/x.py", "/usr/lib/python3.11/…", id="a path of the system"),
        pytest.param(r"C:\Users\Ada\x", r"C:\Users\…", id="Windows"),
        pytest.param("see docs/grafana.md and I/O", "see docs/grafana.md and I/O", id="no paths"),
        pytest.param("ada@example.com", "[email]", id="an e-mail address"),
        pytest.param("7c1f09be-4d2e-4a61-9a53-d0b1c9f0a001", "[id]", id="a session's id"),
        pytest.param("account 3f2a91c07d", "account [id]", id="an account's hash"),
        pytest.param("sk-ant-api03-x", "[secret]", id="an API key"),
        pytest.param("http://127.0.0.1:3001/api", "http://127.0.0.1:3001", id="an address of this machine"),
        pytest.param(
            "https://u:p@a.example:8/x: lookup a.example", "https://[host]:8: lookup [name]", id="another's address"
        ),
        pytest.param("10.1.2.3 and 127.0.0.1", "[address] and 127.0.0.1", id="a network's address"),
        pytest.param("in shop, Shop and workshop", "in [name], [name] and workshop", id="a name, as a word"),
        pytest.param("feature one of main", "[name] of main", id="a name of words that stay"),
        pytest.param("mode 0644, 65,536 of 2026-11-22", "mode 0644, 65,536 of 2026-11-22", id="numbers stay"),
    ],
)
def test_a_text(text: str, expected: str) -> None:
    assert expected == REDACTION.text(text)


@pytest.mark.parametrize("model", ["claude-opus-4-5-20251101", "gpt-5.2"])
def test_a_vendors_model_has_no_private_name(model: str) -> None:
    assert is_public_model(model)


@pytest.mark.parametrize("model", ["acme-large", "claude-opus@acme/prod", "arn:aws:bedrock:123456789012:claude"])
def test_another_name_may_be_anybodys(model: str) -> None:
    assert not is_public_model(model)
