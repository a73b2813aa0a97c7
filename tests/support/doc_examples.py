"""Every shell example of the documentation, and what runs it. A new one needs a line here."""

from __future__ import annotations

import re
from pathlib import Path

from support.services import PROJECT

RUN = (
    "claude-tracker status",
    "claude-tracker limits",
    "claude-tracker report daily",
    "claude-tracker report",
    "claude-tracker report weekly --last 3m --breakdown models",
    "claude-tracker report sessions --since yesterday --project shop",
    "claude-tracker report daily --model opus --format csv > opus.csv",
    "claude-tracker sessions",
    "claude-tracker status --json | jq -r '.accounts[].verdict.sentence'",
    "claude-tracker limits --json | jq '.items[] | {window, utilization_ratio, resets_at}'",
    "claude-tracker report daily --since 2026-11-01 --json | jq .totals.cost_usd",
    "claude-tracker prometheus -o claude-prometheus",
    "claude-tracker doctor",
    "claude-tracker backup -o claude-usage-backup.db",
    "claude-tracker check",
    "claude-tracker describe",
    "claude-tracker export -o usage",
    "claude-tracker export --format jsonl -o november --since 2026-11-01",
    "claude-tracker export --format sqlite -o usage.sqlite --privacy full",
    "claude-tracker export --table hours",
    "claude-tracker config list",
    "claude-tracker config list status --json",
    "claude-tracker config list run --warn-at 70",
    "claude-tracker config get run.listen",
    "claude-tracker config set timezone Europe/Berlin",
    "claude-tracker config set budgets.daily '{cost_usd = 25, per = \"day\"}'",
    "claude-tracker config unset timezone",
    "claude-tracker config schema",
    'mkdir -p "$HOME/claude-tracker"',
    'export CLAUDE_TRACKER_TOKEN="$(openssl rand -hex 32)"',
)
"""`project/test_doc_examples.py` runs these in an empty home with transcripts."""

ASKS = re.compile(r"^curl -s .*http://127\.0\.0\.1:3001/")
"""And these against a running tracker."""

ELSEWHERE = {
    "./start.sh install": ("project/test_install.py", '"install")'),
    "claude-tracker setup": ("project/test_install.py", '"setup", "--yes"'),
    "claude-tracker open": ("project/test_install.py", '"open"'),
    "claude-tracker config edit": ("cli/setup/test_config.py", '"edit"'),
    "claude-tracker import usage.sqlite": ("end_to_end/test_merge.py", 'command("import", database'),
    "claude-tracker import usage.sqlite --dry-run": ("end_to_end/test_merge.py", '"out", "--dry-run")'),
    "claude-tracker merge laptop.db": ("end_to_end/test_merge.py", 'command("merge", database'),
    "claude-tracker merge laptop.db --dry-run": ("end_to_end/test_merge.py", 'other, "--dry-run")'),
    "claude-tracker setup skill": ("cli/setup/test_skill.py", '"setup", "skill"'),
    "claude-tracker setup --yes": ("project/test_install.py", '"setup", "--yes"'),
    "claude-tracker uninstall --yes": ("cli/setup/test_guide.py", '"uninstall", "--yes"'),
    "claude-tracker demo": ("cli/commands/test_demo.py", 'with Demo(tmp_path'),
    "claude-tracker demo status": ("cli/commands/test_demo.py", '.run("status")'),
    "claude-tracker demo report daily": ("cli/commands/test_demo.py", '.run("report", "daily")'),
    "claude-tracker demo stop": ("cli/commands/test_demo.py", '.run("stop")'),
    "claude-tracker stack --demo": ("dashboards/test_stack.py", '"--demo"'),
    "claude-tracker stack": ("dashboards/test_stack.py", '"stack"'),
    "claude-tracker limits --ask": ("cli/commands/test_limits_ask.py", '"--ask"'),
    "claude-tracker setup netlify": ("cli/setup/test_netlify.py", '"setup", "netlify"'),
    "claude-tracker sync": ("cli/commands/test_sync.py", '["sync", '),
    "claude-tracker setup fleet --url https://store.example/api/v1/write --label team=payments": (
        "cli/commands/test_push.py", '"setup", "fleet"'),
    "claude-tracker push --dry-run": ("cli/commands/test_push.py", '"push", "--dry-run"'),
    "claude-tracker push --once": ("cli/commands/test_push.py", '"push", "--once"'),
    "claude-tracker support": ("end_to_end/test_support.py", '["support", '),
    "claude-tracker backfill --check": ("cli/test_project_parts.py", '"backfill", "--check"'),
    "./start.sh backfill --load prometheus": ("backfill/test_seam.py", '"--load", "prometheus"'),
    "./start.sh backfill --load prometheus --data /var/lib/prometheus/metrics2": (
        "backfill/test_seam.py", '"--load", "prometheus", "--data"',
    ),
    "./start.sh backfill --load victoriametrics --url http://127.0.0.1:8428": (
        "backfill/test_seam.py", '"--load", "victoriametrics", "--url"',
    ),
    "claude-tracker run --warning-command "
    """'curl -s -d "$CLAUDE_TRACKER_WARNING_TITLE" https://ntfy.example/claude'""": (
        "cli/test_terminal.py", '"--warning-command", command',
    ),
}  # fmt: skip
"""The test that runs the example, because it asks, installs, or needs a service; and the words with which it does."""

NEEDS_A_MACHINE = {
    re.compile(r"^(docker|podman) "): "no container engine in CI; project/test_container.py checks what it can",
    re.compile(r"^cd (grafana|docs/container)$"): "the folder of a docker line",
    re.compile(r"^(ssh|scp) "): "no second machine in CI",
}
"""What no test runs, and why."""


def pages() -> list[Path]:
    """The pages with examples: those of the site."""
    return [*sorted((PROJECT / "docs").glob("*.md")), PROJECT / "prometheus" / "runbook.md"]


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks of a language, without the indentation of a list."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"(?m)^{indent}", "", block) for indent, language, block in found if language in languages]


def examples(page: Path) -> list[str]:
    """The lines of a page's shell blocks, without comments."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in blocks(text, "sh", "bash", "shell", "console") for line in block.splitlines()]
    return [line for line in (re.sub(r"(^|\s+)#\s.*$", "", line).strip() for line in lines) if line]
