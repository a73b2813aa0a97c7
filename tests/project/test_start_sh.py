"""start.sh, with a Python of ours that only pretends: no network, and nothing is really installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.services import PROJECT

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="start.sh is for bash"), pytest.mark.server]

# What start.sh calls in addition to Python. Nothing else is on its PATH, least of all a real Python.
TOOLS = ["bash", "cat", "cksum", "dirname", "ln", "mkdir", "mv", "readlink", "rm", "sh", "sleep"]
# What this script's own stand-ins call.
TOOLS += ["chmod", "cp", "env"]

# Answers as Python does: its version, whether it has venv, `-m venv`, `-m pip`. Notes the last two.
FAKE_PYTHON = """\
#!/bin/sh
case "$*" in
  *version_info*) echo "$FAKE_VERSION" ;;
  *ensurepip*) exit "$FAKE_NO_VENV" ;;
  "-m venv --clear "*)
    echo venv >>"$FAKE_CALLS"
    rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  "-m venv "*)
    echo "venv ${3##*/}" >>"$FAKE_CALLS"
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip install "*)
    shift 4
    echo "pip $*" >>"$FAKE_CALLS"
    [ "$FAKE_PIP" = works ] || exit 1
    bin=${0%/*}
    for name in claude-tracker ruff mkdocs mypy lint-imports pytest; do
      cp "$FAKE_PROGRAM" "$bin/$name"
    done ;;
esac
"""

# Stands for every installed program: prints its name, its folder and its arguments.
FAKE_PROGRAM = """\
#!/bin/sh
echo "${0##*/}${*:+ $*}"
[ "${0##*/}" != "$FAKE_FAILING" ]
"""


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@dataclass
class Project:
    """A folder with start.sh and a pyproject.toml, and the world as start.sh sees it."""

    root: Path
    env: dict[str, str]

    def start(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "start.sh", *args],
            env={**self.env, **env},
            text=True,
            capture_output=True,
            check=False,
            timeout=30,
        )

    def launch(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "start.sh", *args],
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def calls(self) -> list[str]:
        """The calls of the fake Python since the last time."""
        path = Path(self.env["FAKE_CALLS"])
        calls = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return calls


@pytest.fixture
def project(tmp_path: Path) -> Project:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        real = shutil.which(tool)
        assert real, tool
        (tools / tool).symlink_to(real)
    write_program(tmp_path / "python", FAKE_PYTHON)
    write_program(tmp_path / "program", FAKE_PROGRAM)
    root = tmp_path / "the project"
    root.mkdir()
    shutil.copy(PROJECT / "start.sh", root)
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "exporter").mkdir()
    (root / "exporter" / "__init__.py").write_text('"""A package."""\n\n__version__ = "1.2.3"\n')
    return Project(
        root,
        {
            "HOME": os.environ["HOME"],
            "PATH": str(tools),
            "PYTHON": str(tmp_path / "python"),
            "FAKE_CALLS": str(tmp_path / "calls"),
            "FAKE_FAILING": "",
            "FAKE_NO_VENV": "0",
            "FAKE_PIP": "works",
            "FAKE_PROGRAM": str(tmp_path / "program"),
            "FAKE_VERSION": "3.12.1",
        },
    )


def install_tracker(project: Project) -> list[str]:
    return ["venv", f"pip --quiet --editable {project.root}"]


def install_dev(project: Project) -> list[str]:
    return ["pip --quiet --upgrade pip>=25.1", f"pip --quiet --group {project.root}/pyproject.toml:dev"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param([], "run", id="nothing runs the tracker"),
        pytest.param(["--listen", "[::1]:4000"], "run --listen [::1]:4000", id="an option belongs to run"),
        pytest.param(["status", "--json"], "status --json", id="a command goes through"),
        pytest.param(["report", "--project", "a b"], "report --project a b", id="so do its arguments"),
        pytest.param(["--version"], "--version", id="--version is the bare command's"),
        pytest.param(["--help"], "--help", id="--help is the bare command's"),
        pytest.param(["-h"], "--help", id="-h is --help"),
        pytest.param(["status", "-h"], "status -h", id="but not after a command"),
    ],
)
def test_arguments(project: Project, args: list[str], expected: str) -> None:
    done = project.start(*args)

    assert (0, f"claude-tracker {expected}\n") == (done.returncode, done.stdout)


def test_says_what_it_installs_and_only_once(project: Project) -> None:
    first = project.start("status")

    assert [
        "start.sh: creating .venv with Python 3.12.1",
        "start.sh: installing claude-tracker",
    ] == first.stderr.splitlines()
    assert install_tracker(project) == project.calls()

    second = project.start("status")

    assert ("claude-tracker status\n", "") == (second.stdout, second.stderr)
    assert [] == project.calls()


def test_runs_in_the_users_folder_and_through_a_symlink(project: Project, tmp_path: Path) -> None:
    write_program(Path(project.env["FAKE_PROGRAM"]), '#!/bin/sh\npwd -P\necho "$0"\n')
    (tmp_path / "link").symlink_to("the project/start.sh")

    done = subprocess.run([tmp_path / "link"], env=project.env, cwd="/", text=True, capture_output=True, check=True)

    assert ["/", f"{project.root.resolve()}/.venv/bin/claude-tracker"] == done.stdout.splitlines()


def test_the_tracker_takes_the_place_of_the_script(project: Project) -> None:
    write_program(Path(project.env["FAKE_PROGRAM"]), "#!/bin/sh\necho $$\n")

    with project.launch() as process:
        out, _ = process.communicate(timeout=30)

    assert process.pid == int(out)


def test_the_trackers_exit_code_is_its_own(project: Project) -> None:
    write_program(Path(project.env["FAKE_PROGRAM"]), "#!/bin/sh\nexit 3\n")

    assert 3 == project.start("run").returncode


def test_a_changed_pyproject_is_installed_over_what_is_there(project: Project) -> None:
    project.start()
    project.calls()
    (project.root / "pyproject.toml").write_text("[project]\n# another\n")

    project.start()

    assert install_tracker(project)[1:] == project.calls()


def test_an_install_cut_short_is_done_again(project: Project) -> None:
    failed = project.start(FAKE_PIP="fails")

    assert 1 == failed.returncode
    assert (
        "start.sh: pip failed to install the dependencies; the next start retries" == (failed.stderr.splitlines()[-1])
    )
    assert not os.path.lexists(project.root / ".venv.lock")
    project.calls()

    assert 0 == project.start().returncode
    assert install_tracker(project) == project.calls()


def test_a_moved_project_gets_a_new_venv(project: Project, tmp_path: Path) -> None:
    project.start()
    project.calls()
    project.root = project.root.rename(tmp_path / "moved")

    assert "claude-tracker run\n" == project.start().stdout
    assert install_tracker(project) == project.calls()


def test_a_broken_python_in_the_venv_is_replaced(project: Project) -> None:
    project.start()
    project.calls()
    python = project.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    assert "claude-tracker run\n" == project.start().stdout
    assert install_tracker(project) == project.calls()


@pytest.mark.parametrize(
    ("version", "installs"),
    [
        pytest.param("3.12.9", False, id="a patch release changes nothing"),
        pytest.param("3.13.0", True, id="a minor release needs a new venv"),
    ],
)
def test_an_upgraded_python(project: Project, version: str, installs: bool) -> None:
    project.start()
    project.calls()

    project.start(FAKE_VERSION=version)

    assert installs == bool(project.calls())


def test_a_lock_left_behind_is_taken_over(project: Project) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (project.root / ".venv.lock").symlink_to(str(ended.pid))

    assert "claude-tracker run\n" == project.start().stdout
    assert not os.path.lexists(project.root / ".venv.lock")


def test_waits_for_another_start_that_installs(project: Project) -> None:
    lock = project.root / ".venv.lock"
    lock.symlink_to(str(os.getpid()))

    with project.launch() as process:
        assert process.stderr
        line = process.stderr.readline()
        calls_meanwhile = project.calls()
        lock.unlink()
        out, _ = process.communicate(timeout=30)

    assert line.startswith(f"start.sh: another start.sh is installing (process {os.getpid()}); waiting")
    assert [] == calls_meanwhile
    assert "claude-tracker run\n" == out


def test_a_python_too_old_is_named(project: Project) -> None:
    done = project.start(FAKE_VERSION="3.9.2")

    assert 1 == done.returncode
    assert (
        f"start.sh: needs Python 3.11 or newer, {project.env['PYTHON']} is 3.9.2 (set PYTHON=/path/to/python3)\n"
    ) == done.stderr


def test_no_python_at_all(project: Project) -> None:
    done = project.start(PYTHON="")

    assert 1 == done.returncode
    assert ("start.sh: needs Python 3.11 or newer, found none (set PYTHON=/path/to/python3)\n") == done.stderr


def test_a_python_without_venv_names_the_package_to_install(project: Project) -> None:
    done = project.start(FAKE_NO_VENV="1")

    assert 1 == done.returncode
    assert (
        f"start.sh: {project.env['PYTHON']} 3.12.1 has no venv module"
        " (on Debian and Ubuntu: apt install python3-venv)\n"
    ) == done.stderr


def test_the_next_python_is_tried_when_one_is_too_old(project: Project, tmp_path: Path) -> None:
    write_program(tmp_path / "old", "#!/bin/sh\necho 3.9.2\n")
    (tmp_path / "tools" / "python3.11").symlink_to(project.env["PYTHON"])

    assert "claude-tracker run\n" == project.start(PYTHON=str(tmp_path / "old")).stdout


def test_test_runs_every_check_and_pytest_last(project: Project) -> None:
    done = project.start("test")

    assert install_tracker(project) + install_dev(project) == project.calls()
    assert [
        "ruff format --check",
        "ruff check",
        "mypy",
        "lint-imports",
        "pytest --numprocesses=auto --cov=exporter",
    ] == done.stdout.splitlines()


def test_test_installs_its_tools_once(project: Project) -> None:
    project.start("run")
    project.calls()

    project.start("test")

    assert install_dev(project) == project.calls()

    project.start("test")
    project.start("run")

    assert [] == project.calls()


def test_compiled_modules_are_kept(project: Project) -> None:
    write_program(Path(project.env["FAKE_PROGRAM"]), '#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-unset}"\n')

    assert ["unset"] * 5 == project.start("test", PYTHONDONTWRITEBYTECODE="1").stdout.splitlines()


def test_a_choice_of_tests_is_not_held_to_the_coverage(project: Project) -> None:
    done = project.start("test", "tests/test_a.py", "-x")

    assert "pytest --cov=exporter --cov-fail-under=0 tests/test_a.py -x" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("flag", "command"),
    [
        ("--quick", "pytest --numprocesses=auto --quick"),
        ("--long", "pytest --numprocesses=auto --cov=exporter --long"),
    ],
)
def test_less_and_more_than_usual(project: Project, flag: str, command: str) -> None:
    assert command == project.start("test", flag).stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param([], "mkdocs serve --strict", id="serves"),
        pytest.param(["build"], "mkdocs build --strict", id="builds"),
        pytest.param(["serve", "--dev-addr", "127.0.0.1:8123"], "mkdocs serve --strict", id="with an address"),
    ],
)
def test_docs_are_served_or_built(project: Project, args: list[str], expected: str) -> None:
    said = project.start("docs", *args).stdout.splitlines()[-1]
    assert said.startswith(f"{expected} --config-file {project.root}/docs/site/mkdocs.yml")
    assert said.endswith(" ".join(args[1:]))


def test_the_first_failing_check_ends_the_test(project: Project) -> None:
    done = project.start("test", FAKE_FAILING="mypy")

    assert 1 == done.returncode
    assert "mypy" == done.stdout.splitlines()[-1]


def app_of(project: Project) -> Path:
    return Path(project.env["HOME"]) / ".local" / "share" / "claude-tracker" / "app"


def versions(app: Path) -> list[str]:
    return sorted(path.name for path in app.iterdir())


def test_install_makes_a_folder_of_its_own_and_activates_it(project: Project) -> None:
    write_program(Path(project.env["FAKE_PROGRAM"]), '#!/bin/sh\necho "$0 $*"\n')
    app = app_of(project)

    done = project.start("install")

    assert (0, f"{app}/1.2.3-1/bin/claude-tracker activate\n") == (done.returncode, done.stdout)
    assert f"start.sh: installing claude-tracker 1.2.3 into {app}/1.2.3-1\n" == done.stderr
    assert ["venv 1.2.3-1", f"pip --quiet {project.root}"] == project.calls()
    assert ["1.2.3-1"] == versions(app)
    assert not (project.root / ".venv").exists()

    assert f"{app}/1.2.3-2/bin/claude-tracker activate\n" == project.start("install").stdout


def test_install_follows_the_platforms_data_folder(project: Project, tmp_path: Path) -> None:
    project.start("install", XDG_DATA_HOME=str(tmp_path / "data of mine"))
    assert ["1.2.3-1"] == versions(tmp_path / "data of mine" / "claude-tracker" / "app")

    project.start("install", XDG_DATA_HOME="not/absolute")
    assert ["1.2.3-1"] == versions(app_of(project))


@pytest.mark.parametrize(
    ("environment", "code", "last_line"),
    [
        pytest.param(
            {"FAKE_PIP": "fails"}, 1, "start.sh: pip failed to install claude-tracker; the version in use is unchanged",
            id="pip fails",
        ),
        pytest.param({"FAKE_FAILING": "claude-tracker"}, 1, None, id="it cannot be activated"),
    ],
)  # fmt: skip
def test_an_install_that_fails_leaves_nothing(
    project: Project, environment: dict[str, str], code: int, last_line: str | None
) -> None:
    done = project.start("install", **environment)

    assert code == done.returncode
    assert last_line in (None, done.stderr.splitlines()[-1])
    assert [] == versions(app_of(project))


def test_two_installs_wait_for_each_other(project: Project) -> None:
    app = app_of(project)
    app.mkdir(parents=True)
    (app / ".lock").symlink_to(str(os.getpid()))

    with subprocess.Popen(
        [project.root / "start.sh", "install"],
        env=project.env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr
        line = process.stderr.readline()
        calls_meanwhile = project.calls()
        (app / ".lock").unlink()
        process.communicate(timeout=30)

    assert line.startswith(f"start.sh: another start.sh is installing (process {os.getpid()}); waiting")
    assert ([], 0, ["1.2.3-1"]) == (calls_meanwhile, process.returncode, versions(app))


def test_install_back_is_a_command_of_the_version_in_use(project: Project) -> None:
    app = app_of(project)
    nothing = project.start("install", "--back")
    assert (1, f"start.sh: nothing is installed in {app}\n") == (nothing.returncode, nothing.stderr)

    project.start("install")
    (app / "current").symlink_to("1.2.3-1")
    project.calls()

    assert "claude-tracker rollback\n" == project.start("install", "--back").stdout
    assert [] == project.calls()


def test_install_has_no_other_option(project: Project) -> None:
    done = project.start("install", "--now")
    assert (1, "start.sh: install has one option: --back\n") == (done.returncode, done.stderr)
