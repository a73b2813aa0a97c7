"""Stand-ins for the installed client that is asked for the limits: programs named `claude` in a folder on PATH."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

LIMITS = [
    {"kind": "session", "percent": 42, "resets_at": "2026-11-22T15:00:00Z", "severity": "ok", "is_active": True},
    {"kind": "weekly_all", "percent": 31, "resets_at": "2026-11-26T12:00:00Z", "severity": "ok", "is_active": False},
    {
        "kind": "weekly_scoped", "percent": 12, "resets_at": "2026-11-26T12:00:00Z",
        "scope": {"model": {"display_name": "Opus"}}, "is_active": False,
    },
]  # fmt: skip
REPORT = {
    "type": "assistant", "local_command_source": "/usage",
    "usage_report": {"session": {"id": "x"}, "rate_limits": {"limits": LIMITS}},
}  # fmt: skip
ANSWERS = f"import json; print('not json'); print({json.dumps(json.dumps(REPORT))})"
PROGRAMS: Mapping[str, str] = {
    "answers": ANSWERS,
    "answers nothing": "",
    "answers for ever": "import time\nprint('{}', flush=True)\nwhile True: time.sleep(1)",
    "ignores signals, and so does its child": (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.fork()\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    ),
    "answers and leaves a child": f"import os, time\nif os.fork() == 0: time.sleep(60); os._exit(0)\n{ANSWERS}",
    "fails": "import sys; sys.stderr.write('first\\nno \\x1b[31mnetwork\\n'); sys.exit(3)",
    "asks to log in": "print('Invalid API key · Please run /login'); raise SystemExit(1)",
    "answers without the report": 'print(\'{"type":"assistant","message":{"content":"hello"}}\')',
    "answers with an empty report": 'print(\'{"usage_report":{"rate_limits":{"limits":[]}}}\')',
    "answers too much": "import sys\nwhile True: sys.stdout.write('x' * 65536)",
}
"""What each does, in Python. Each writes its working folder, its arguments and its pids first."""


def install(folder: Path, program: str) -> Path:
    """Make it `claude` in a folder for PATH, and return the file in which it notes how it ran."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / "noted.json"
    note = (
        f"import json, os, sys\njson.dump([os.getcwd(), os.listdir('.'), sys.argv[1:], os.getpid(),"
        f" os.environ.get('CLAUDE_CONFIG_DIR'), sys.stdin.read(), sorted(os.environ)], open({str(noted)!r}, 'w'))\n"
    )
    file = folder / "claude"
    file.write_text(f"#!{sys.executable} -I\n{note}{PROGRAMS[program]}\n")
    file.chmod(0o755)
    return noted


def path_with(folder: Path) -> dict[str, str]:
    """An environment in which `claude` is the one in this folder."""
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(folder)}
