"""The files for Prometheus, Alertmanager and Grafana: where they are, and copies of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter import supplied
from exporter.cli.main import cli
from exporter.stack import files
from support.services import PROJECT


def write(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def found_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_checkout_has_them_in_its_own_folders() -> None:
    assert PROJECT == supplied.root()


def test_the_wheel_contains_what_is_copied() -> None:
    config = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wheel = config["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {f"{part}/{name}" for part, names in files.PARTS.items() for name in names}
    assert {"exporter", *copied} == set(wheel["only-include"])
    assert {part: f"exporter/bundled/{part}" for part in files.PARTS} == wheel["sources"]


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (
            "grafana",
            [
                "compose.yaml",
                "dashboards/health.json",
                "dashboards/limits.json",
                "dashboards/overview.json",
                "dashboards/sessions.json",
                "dashboards/team.json",
                "dashboards/usage.json",
                "provisioning/dashboards/claude-tracker.yaml",
                "provisioning/datasources/claude-tracker.yaml",
            ],
        ),
        (
            "prometheus",
            [
                "alertmanager.yml",
                "fleet/alerts.yml",
                "fleet/budgets.yml",
                "fleet/recording.yml",
                "fleet/runbook.md",
                "prometheus.yml",
                "rules/alerts.yml",
                "rules/recording.yml",
                "runbook.md",
            ],
        ),
    ],
)
def test_all_files_are_written_and_listed(tmp_path: Path, part: str, written: list[str]) -> None:
    folder = tmp_path / "a new" / "folder"
    result = write(part, "-o", folder)
    assert (0, written) == (result.exit_code, found_in(folder))
    assert [(PROJECT / part / name).read_bytes() for name in written] == [(folder / n).read_bytes() for n in written]
    assert [f"Wrote {len(written)} files to {folder}:", *(f"  {name}" for name in written)] == (
        result.output.splitlines()[: len(written) + 1]
    )


def test_the_next_step_names_the_folder(tmp_path: Path) -> None:
    lines = write("grafana", "--output", tmp_path / "g").output.splitlines()
    assert f"  CLAUDE_TRACKER_DASHBOARDS={tmp_path / 'g' / 'dashboards'}" in lines
    assert f"  GF_PATHS_PROVISIONING={tmp_path / 'g' / 'provisioning'}" in lines
    output = write("prometheus", "--output", tmp_path / "p").output
    assert f"  prometheus --config.file={tmp_path / 'p' / 'prometheus.yml'} " in output


def test_a_folder_with_files_is_left_alone_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml").write_text("mine")
    (tmp_path / "other").write_text("kept")
    refused = write("prometheus", "-o", tmp_path)
    assert 2 == refused.exit_code
    assert f"Error: {tmp_path} is not empty: choose another folder, or overwrite files with --force\n" == (
        refused.output
    )
    assert ["other", "prometheus.yml"] == found_in(tmp_path)
    assert 0 == write("prometheus", "-o", tmp_path, "--force").exit_code
    assert (PROJECT / "prometheus" / "prometheus.yml").read_text() == (tmp_path / "prometheus.yml").read_text()
    assert "kept" == (tmp_path / "other").read_text()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = write("grafana", "-o", tmp_path / "file" / "below")
    assert 1 == result.exit_code
    assert f"Error: cannot write to {tmp_path}/file/below: Not a directory\n" == result.output
