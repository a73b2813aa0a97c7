"""Plans what to start, with which program and options, and what is missing. Starts nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.supplied import file_text, file_texts, root

RETENTION = "400d"
NAMES = {
    "prometheus": ("prometheus",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),  # the second is Debian's
    "grafana": ("grafana", "grafana-server"),
}
TITLES = {
    "tracker": "claude-tracker",
    "prometheus": "Prometheus",
    "alertmanager": "Alertmanager",
    "grafana": "Grafana",
}
HINTS = {"darwin": "brew install {name}, or install Docker"}
HINT = "install your system's package of it, or Docker"
# Where packages install Grafana's own files; Homebrew's are next to its program.
GRAFANA_HOMES = (
    Path("/usr/share/grafana"),
    Path("/opt/homebrew/opt/grafana/share/grafana"),
    Path("/usr/local/opt/grafana/share/grafana"),
)

Find = Callable[[str], str | None]
"""The path of a program, as `shutil.which` returns it."""
FindDocker = Callable[[], str | None]
"""Docker's path, if it works; called only if something is not installed, because it is slow."""


class Ports(NamedTuple):
    """The port of each on 127.0.0.1."""

    tracker: int = 3001
    prometheus: int = 9090
    alertmanager: int = 9093
    grafana: int = 3000


class Program(NamedTuple):
    """A program to start. `port`: None if it need not be checked for being free. `serves`: ports by what is there."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int | None
    serves: Mapping[str, int]

    @property
    def log(self) -> str:
        """The name of its log; for `grafana in Docker` that of Docker."""
        return f"{self.name.split()[-1].lower()}.log"


class Plan(NamedTuple):
    """The programs to start, and a line for each that is missing."""

    programs: Sequence[Program]
    missing: Sequence[str]


def prometheus_config(ports: Ports, rules_folder: Path) -> str:
    """`prometheus.yml` with these addresses, and the absolute path of the rules."""
    text = file_text("prometheus/prometheus.yml")
    text = _of_tracker(text, ports)
    text = text.replace("127.0.0.1:9093", f"127.0.0.1:{ports.alertmanager}")
    return text.replace("- rules/*.yml", f'- "{rules_folder}/*.yml"')


def files(ports: Ports, folder: Path) -> dict[str, str]:
    """What is written into the stack's folder before it starts: texts by path, with these addresses."""
    found = {
        "prometheus.yml": prometheus_config(ports, folder / "rules"),
        "alertmanager.yml": alertmanager_config(ports),
    }
    for name, source in (("rules", "prometheus/rules"), ("dashboards", "grafana/dashboards")):
        found |= {f"{name}/{file}": _of_tracker(text, ports) for file, text in file_texts(source).items()}
    return found


def _of_tracker(text: str, ports: Ports) -> str:
    return text.replace("127.0.0.1:3001", f"127.0.0.1:{ports.tracker}")


def alertmanager_config(ports: Ports) -> str:
    return _of_tracker(file_text("prometheus/alertmanager.yml"), ports)


def plan(
    data: Path,
    ports: Ports,
    config: Path | None,
    options: Sequence[str],
    find: Find,
    find_docker: FindDocker,
    *,
    is_demo: bool = False,
) -> Plan:
    """`data`: the folder for their data, with the generated configuration. `config`, `options`: of the tracker.

    `is_demo`: a demo's tracker instead of the user's.
    """
    tracker = _tracker(ports, config, is_demo=is_demo)
    native = []
    absent = []
    for name, names in NAMES.items():
        path = next(filter(None, map(find, names)), None)
        home = grafana_home(path) if path and name == "grafana" else None
        if path and (name != "grafana" or home):
            native.append(_native(name, path, data, ports, home))
        else:
            absent.append(name)
    docker = find_docker() if absent else None
    if docker is None:
        hint = HINTS.get(sys.platform, HINT)
        missing = [f"{name} is not installed: {hint.format(name=name)}" for name in absent]
        return Plan([_with(tracker, options), *native], missing)
    is_desktop = sys.platform == "darwin"
    allowed = ["--allow-host", "host.docker.internal"] if is_desktop else []
    containers = _in_docker(docker, absent, "desktop" if is_desktop else "linux")
    return Plan([_with(tracker, [*([] if is_demo else allowed), *options]), *native, containers], [])


def grafana_home(program: str) -> Path | None:
    """The folder with Grafana's own files, which it does not find on its own."""
    own = Path(program).resolve().parent.parent / "share" / "grafana"
    return next((home for home in (own, *GRAFANA_HOMES) if (home / "public").is_dir()), None)


def grafana_environment(data: Path, ports: Ports) -> dict[str, str]:
    """Grafana's settings. Its dashboards are in `data`, with the address of this tracker."""
    return {
        "CLAUDE_TRACKER_PROMETHEUS_URL": f"http://127.0.0.1:{ports.prometheus}",
        "CLAUDE_TRACKER_DASHBOARDS": str(data / "dashboards"),
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(data / "dashboards" / "overview.json"),
        "GF_PATHS_DATA": str(data / "grafana"),
        "GF_PATHS_LOGS": str(data / "grafana" / "log"),
        "GF_PATHS_PLUGINS": str(data / "grafana" / "plugins"),
        "GF_PATHS_PROVISIONING": str(root() / "grafana" / "provisioning"),
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(ports.grafana),
    }


def _tracker(ports: Ports, config: Path | None, *, is_demo: bool) -> Program:
    named = ["--config", str(config)] if config is not None else []
    words = ["demo", f"--port={ports.tracker}"] if is_demo else ["run", "--listen", f"127.0.0.1:{ports.tracker}"]
    command = [sys.executable, "-P", "-m", "exporter", *named, *words]
    return Program("tracker", command, {}, ports.tracker, {TITLES["tracker"]: ports.tracker})


def _with(program: Program, options: Sequence[str]) -> Program:
    return program._replace(command=[*program.command, *options])


def _native(name: str, path: str, data: Path, ports: Ports, home: Path | None) -> Program:
    if name == "prometheus":
        options = [
            f"--config.file={data / 'prometheus.yml'}",
            f"--storage.tsdb.path={data / 'prometheus'}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address=127.0.0.1:{ports.prometheus}",
        ]
        return Program(name, [path, *options], {}, ports.prometheus, {TITLES[name]: ports.prometheus})
    if name == "alertmanager":
        options = [
            f"--config.file={data / 'alertmanager.yml'}",
            f"--storage.path={data / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{ports.alertmanager}",
            "--cluster.listen-address=",
        ]
        return Program(name, [path, *options], {}, ports.alertmanager, {TITLES[name]: ports.alertmanager})
    server = [] if path.endswith("grafana-server") else ["server"]
    command = [path, *server, "--homepath", str(home)]
    return Program(name, command, grafana_environment(data, ports), ports.grafana, {TITLES[name]: ports.grafana})


def _in_docker(docker: str, names: Sequence[str], profile: str) -> Program:
    """In containers, on their default ports."""
    file = str(root() / "grafana" / "compose.yaml")
    services = [f"{name}-{profile}" for name in names]
    command = [docker, "compose", "--file", file, "--profile", profile, "up", "--no-deps", *services]
    serves = {TITLES[name]: getattr(Ports(), name) for name in names}
    return Program(f"{', '.join(names)} in Docker", command, {}, None, serves)
