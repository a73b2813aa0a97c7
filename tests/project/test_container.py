"""The container file, without an engine: its parts, its build steps in a temporary folder, and its program in a world
where it may write to the data folder alone.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import containerfile
from support.installed import require_network
from support.processes import Process, run_command, wait_until
from support.services import PROJECT, free_port, output_of, require_program
from support.transcripts import assistant, write

FOLDER = PROJECT / "docs" / "container"
BUILD, FINAL = containerfile.stages(containerfile.FILE.read_text(encoding="utf-8"))
IGNORED = [
    line
    for line in (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_the_final_image_is_slim_and_has_only_what_was_installed() -> None:
    assert ("build", "") == (BUILD.name, FINAL.name)
    assert BUILD.image == FINAL.image
    assert FINAL.image.endswith("-slim")
    assert ["--from=build /opt/claude-tracker /opt/claude-tracker"] == FINAL.all("COPY")


def test_it_runs_as_a_user_that_owns_the_data_folder() -> None:
    assert "1000:1000" == FINAL.one("USER")
    assert ["mkdir -p /claude /data && chown 1000:1000 /data"] == FINAL.all("RUN")
    assert "/data" == FINAL.one("VOLUME") == FINAL.one("WORKDIR")
    assert ["claude-tracker"] == FINAL.exec_form("ENTRYPOINT")
    assert ["run"] == FINAL.exec_form("CMD")
    assert "USER" == [one.name for one in FINAL.instructions if one.name in {"RUN", "COPY", "USER"}][-1]


def test_everything_that_is_written_is_in_the_data_folder() -> None:
    written = {name: value for name, value in FINAL.environment.items() if value.startswith("/data")}
    assert {
        "XDG_CONFIG_HOME": "/data/config",
        "XDG_DATA_HOME": "/data",
        "XDG_STATE_HOME": "/data/state",
        "XDG_CACHE_HOME": "/data/cache",
        "CLAUDE_TRACKER_DATABASE": "/data/claude_usage.db",
    } == written
    assert FINAL.one("EXPOSE") == FINAL.environment["CLAUDE_TRACKER_LISTEN"].rpartition(":")[2]


def test_it_has_labels() -> None:
    labels = dict(word.split("=", 1) for word in shlex.split(FINAL.one("LABEL")))
    assert {"title", "description", "source", "documentation", "licenses"} == {
        name.removeprefix("org.opencontainers.image.") for name in labels
    }


def sources() -> list[str]:
    return [source for text in BUILD.all("COPY") for source in text.split()[:-1]]


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    assert [] == [source for source in sources() if not (PROJECT / source).exists()]
    assert "*" == IGNORED[0]
    assert sorted(sources()) == sorted(line[1:] for line in IGNORED if line.startswith("!"))


def test_what_the_wheel_needs_is_copied() -> None:
    import tomllib

    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    needed = {path.split("/")[0] for path in wheel} | set(settings["project"]["license-files"])
    assert needed | {"pyproject.toml", "README.md"} == set(sources())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    environment = {"CLAUDE_TRACKER_TOKEN": "t0ken", "HOME": "/home/ada", "PATH": os.environ["PATH"]}
    words = [require_program("docker-compose"), "-f", str(FOLDER / "compose.yaml"), "config"]
    shown = output_of("env", "-i", *[f"{name}={value}" for name, value in environment.items()], *words)
    found: dict[str, Any] = yaml.safe_load(shown)["services"]
    return found


def test_compose_publishes_on_loopback_only_and_mounts_transcripts_read_only(services: dict[str, Any]) -> None:
    assert {"tracker", "prometheus", "grafana"} == set(services)
    assert all(str(port).startswith("127.0.0.1:") for service in services.values() for port in service["ports"])
    tracker = services["tracker"]
    assert tracker["read_only"] is True
    assert ["ALL"] == tracker["cap_drop"]
    assert ["/home/ada/.claude:/home/ada/.claude:ro", "tracker:/data:rw"] == tracker["volumes"]
    assert ("t0ken", "/home/ada") == (tracker["environment"]["CLAUDE_TRACKER_TOKEN"], tracker["environment"]["HOME"])
    mounted = {volume.split(":")[0] for one in ("prometheus", "grafana") for volume in services[one]["volumes"]}
    assert [] == [path for path in mounted if path.startswith("/") and not Path(path).is_dir()]


def test_compose_needs_a_token() -> None:
    words = [require_program("docker-compose"), "-f", str(FOLDER / "compose.yaml"), "config"]
    with pytest.raises(AssertionError, match="set a token"):
        output_of("env", "-u", "CLAUDE_TRACKER_TOKEN", *words)


def test_prometheus_of_compose_asks_the_tracker_with_its_token(services: dict[str, Any], tmp_path: Path) -> None:
    (command,) = services["prometheus"]["command"]
    changes = command.partition(" && ")[0].replace("/etc/claude-tracker/prometheus.yml", str(source_of_prometheus()))
    script = changes.replace("$$", "$").replace("/tmp/prometheus.yml", str(tmp_path / "prometheus.yml"))
    output_of("env", "CLAUDE_TRACKER_TOKEN=t0ken", "sh", "-c", script)
    settings = yaml.safe_load((tmp_path / "prometheus.yml").read_text())
    assert "alerting" not in settings
    assert ["/etc/claude-tracker/rules/*.yml"] == settings["rule_files"]
    assert [
        {
            "job_name": "claude-tracker",
            "static_configs": [{"targets": ["tracker:3001"]}],
            "authorization": {"credentials": "t0ken"},
        }
    ] == settings["scrape_configs"]


def source_of_prometheus() -> Path:
    return PROJECT / "prometheus" / "prometheus.yml"


# ------------------------------------------------------------------------------------------------- with a program


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs that the build steps make, run one after the other in a temporary folder."""
    require_network()
    root = tmp_path_factory.mktemp("image")
    for source in sources():
        into = root / "source" / source
        into.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / source).is_dir():
            shutil.copytree(PROJECT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / source, into)
    places = {place: str(root / place.strip("/")) for place in ("/wheel", "/opt/claude-tracker")}
    for command in BUILD.all("RUN"):
        words = containerfile.moved(command, places).replace("python ", f"{shlex.quote(sys.executable)} ", 1)
        done = subprocess.run(
            ["sh", "-c", words], cwd=root / "source", capture_output=True, text=True, check=False, timeout=600
        )
        assert 0 == done.returncode, f"{words}\n{done.stdout}{done.stderr}"
    return root / "opt" / "claude-tracker" / "bin"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What is mounted as /claude: a home with transcripts."""
    write(tmp_path / "claude" / ".claude" / "projects" / "-work" / "s1.jsonl", [assistant()])
    return tmp_path / "claude"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def environment(installed: Path, home: Path, data: Path) -> dict[str, str]:
    """The image's, with folders here; on loopback, where the test may listen."""
    places = {"/opt/claude-tracker": str(installed.parent), "/claude": str(home), "/data": str(data)}
    found = {name: containerfile.moved(value, places) for name, value in FINAL.environment.items()}
    return found | {
        "PATH": f"{installed}:{os.environ['PATH']}",
        "CLAUDE_TRACKER_LISTEN": f"127.0.0.1:{free_port()}",
        "CLAUDE_TRACKER_TOKEN": "t0ken",
    }


@pytest.fixture
def prefix(data: Path, home: Path) -> list[str]:
    """Makes everything but the data folder read-only."""
    words = list(containerfile.read_only_root(data, home))
    tried = 'touch "$0/kept" && ! touch "$1/lost" 2>/dev/null && ! touch /tmp/lost 2>/dev/null'
    done = subprocess.run([*words, "sh", "-c", tried, data, home], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no read-only root can be made here: {done.stderr}")
    (data / "kept").unlink()
    return words


@pytest.fixture
def container(prefix: list[str], environment: dict[str, str], data: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [*prefix, *FINAL.exec_form("ENTRYPOINT"), *FINAL.exec_form("CMD")]
    with (data.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def healthcheck(environment: dict[str, str]) -> int:
    words = FINAL.exec_form("HEALTHCHECK")
    return subprocess.run(words, env=environment, capture_output=True, check=False, timeout=20).returncode


@pytest.mark.server
@pytest.mark.no_cover
def test_it_runs_where_only_the_data_folder_can_be_written(
    container: subprocess.Popen[bytes], environment: dict[str, str], prefix: list[str], home: Path, data: Path
) -> None:
    assert 0 != healthcheck(environment), "nothing listens yet, or an old server does"
    wait_until(lambda: healthcheck(environment) == 0, "it is healthy")
    shown = wait_until(lambda: answer(environment, "/api/analytics/current"), "it has read everything")
    tokens = json.loads(shown)["totals"]["tokens"]
    assert (10, 20) == (tokens["input"], tokens["output"])
    assert "" == answer(environment | {"CLAUDE_TRACKER_TOKEN": "wrong"}, "/metrics")
    container.terminate()
    assert 0 == container.wait(20), (data.parent / "log").read_text()
    assert 0 != healthcheck(environment)
    assert (data / "claude_usage.db").exists()
    written = {path.name for path in data.iterdir()}
    assert [] == [name for name in written if not fnmatch.fnmatch(name, "claude_usage.db*") and name not in KNOWN]
    assert [".claude"] == [path.name for path in home.iterdir()]


KNOWN = {"state", "cache", "config"}


def answer(environment: dict[str, str], path: str) -> str:
    """The body of an answer, empty unless it is one."""
    import http.client

    connection = http.client.HTTPConnection(environment["CLAUDE_TRACKER_LISTEN"], timeout=20)
    connection.request("GET", path, headers={"Authorization": f"Bearer {environment['CLAUDE_TRACKER_TOKEN']}"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return body if response.status == 200 else ""


@pytest.mark.server
def test_a_separate_server_serves_what_it_wrote(
    container: subprocess.Popen[bytes], environment: dict[str, str], prefix: list[str], data: Path
) -> None:
    wait_until(lambda: healthcheck(environment) == 0, "it is healthy")
    wait_until(lambda: answer(environment, "/metrics"), "it has read everything")
    container.terminate()
    container.wait(20)
    served = environment | {"CLAUDE_TRACKER_LISTEN": f"127.0.0.1:{free_port()}"}
    process = subprocess.Popen([*prefix, "claude-tracker", "serve"], env=served, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: healthcheck(served) == 0, "it serves")
        assert "claude_tracker_prompts_total 0.0" in answer(served, "/metrics")
    finally:
        process.terminate()
        process.wait(20)


def test_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    listen = FINAL.environment["CLAUDE_TRACKER_LISTEN"]
    assert "0.0.0.0:3001" == listen
    ended = run_command("run", "--listen", listen, "--database", tmp_path / "usage.db")
    assert 6 == ended.code
    assert "token" in ended.stderr


@pytest.mark.server
def test_the_token_may_be_in_a_secret_file(tmp_path: Path, home: Path) -> None:
    secret = tmp_path / "claude-tracker.toml"
    secret.write_text('token = "t0ken"\n')
    port = free_port()
    variables = {"HOME": str(home), "CLAUDE_TRACKER_CONFIG": str(secret)}
    words = ["run", "--no-desktop", "--database", str(tmp_path / "usage.db"), "--listen", f"127.0.0.1:{port}"]
    with Process(tmp_path / "log", *words, **variables):
        place = {
            "CLAUDE_TRACKER_LISTEN": f"127.0.0.1:{port}",
            "CLAUDE_TRACKER_TOKEN": "t0ken",
            "PATH": os.environ["PATH"],
        }
        wait_until(lambda: healthcheck(place) == 0, "it serves")
        wait_until(lambda: answer(place, "/metrics"), "it has read everything")
        assert "" == answer(place | {"CLAUDE_TRACKER_TOKEN": "wrong"}, "/metrics")
