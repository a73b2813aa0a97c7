"""What a process is, on the three platforms: a session, Claude Desktop, one of its helpers, or nothing of ours."""

from __future__ import annotations

import json

import pytest

from exporter.domain.sessions.process import (
    Kind,
    classify,
    is_made_up_elsewhere,
    may_be_claude,
    parse_session_id,
    skips_permissions,
)
from support.services import shared_dir

CODE, DESKTOP, HELPER = Kind.CODE, Kind.DESKTOP, Kind.HELPER
ID = "0b81e3d3-db88-4eac-9201-e18c0c15ed1b"

MAC_APP = "/Applications/Claude.app/Contents"
MAC_DATA = "/Users/me/Library/Application Support/Claude"
WINDOWS_STORE = r"C:\Program Files\WindowsApps\Claude_1.0.1.0_x64__pzs8sxrjxfjjc"
WINDOWS_LOCAL = r"C:\Users\me\AppData\Local"
NPM = "/usr/lib/node_modules/@anthropic-ai/claude-code"
NODE = "/usr/bin/node"

CASES = [
    # Claude Code's own copies
    ("linux", "/home/me/.local/share/claude/versions/2.1.197", ["claude"], CODE, "named by its version"),
    ("darwin", "/Users/me/.local/share/claude/versions/2.1.100", ["claude", "--continue"], CODE, "the same on macOS"),
    ("linux", "/home/me/.local/share/claude/versions/2.1.197", ["claude", "mcp", "serve"], None, "serves MCP"),
    ("linux", f"{NPM}/bin/claude", ["claude", "fix the test"], CODE, "the binary from npm, with a prompt"),
    ("linux", f"{NPM}/bin/claude.exe", ["claude"], CODE, "the binary from npm ends in .exe everywhere"),
    ("darwin", f"{MAC_DATA}/claude-code/2.1.111/claude", ["claude", "-p"], CODE, "Desktop's copy of Claude Code"),
    (
        "darwin",
        f"{MAC_DATA}/claude-code/2.1.197/claude.app/Contents/MacOS/claude",
        ["claude", "--output-format", "stream-json"],
        CODE,
        "the same in a bundle of its own",
    ),
    ("win32", rf"{WINDOWS_LOCAL}\Claude\claude-code\2.1.197\claude.exe", ["claude.exe"], CODE, "the same on Windows"),
    (
        "linux",
        "/home/me/.vscode/extensions/anthropic.claude-code-2.1.100-linux-x64/resources/native-binary/claude",
        ["claude", "--input-format", "stream-json"],
        CODE,
        "the editor's extension",
    ),
    (
        "win32",
        r"C:\Users\me\.vscode\extensions\anthropic.claude-code-2.1.100\resources\native-binary\claude.exe",
        ["claude.exe"],
        CODE,
        "the same on Windows",
    ),
    (
        "linux",
        "/srv/app/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude",
        ["claude", "--print"],
        CODE,
        "the agent SDK's copy",
    ),
    # Claude Code elsewhere
    ("linux", "/usr/local/bin/claude", ["claude", "--resume", ID], CODE, "anywhere, by its name"),
    ("win32", r"C:\Users\me\.local\bin\claude.exe", ["claude.exe"], CODE, "the same on Windows"),
    ("linux", NODE, ["claude", "", ""], CODE, "an old client: node under another title, its arguments emptied"),
    ("linux", NODE, ["node", f"{NPM}/cli.js", "-p", "hi"], CODE, "an old client by its script"),
    ("linux", NODE, ["node", "--no-warnings", "--require", "x.js", f"{NPM}/cli.js"], CODE, "behind node's own flags"),
    ("darwin", "/opt/homebrew/bin/bun", ["bun", "run", f"{NPM}/cli.js"], CODE, "run by bun"),
    (
        "win32",
        r"C:\Program Files\nodejs\node.exe",
        ["node", r"C:\Users\me\AppData\Roaming\npm\node_modules\@anthropic-ai\claude-code\cli.js"],
        CODE,
        "an old client on Windows",
    ),
    ("linux", "/usr/local/bin/claude", ["claude", "-p", "doctor"], CODE, "a prompt that reads like a sub-command"),
    ("linux", "/usr/local/bin/claude", ["claude", "--dangerously-skip-permissions"], CODE, "asks for nothing"),
    # behind what wraps it
    ("linux", "/nix/store/a1-claude-code-2.1.280/bin/.claude-wrapped", ["claude"], CODE, "wrapped by Nix"),
    ("linux", "/nix/store/a1-cc/bin/..claude-wrapped-wrapped", ["claude", "-p"], CODE, "wrapped by Nix twice"),
    ("darwin", "/nix/store/a1-cc/bin/.claude-wrapped_", ["claude", "mcp", "serve"], None, "wrapped, and serves MCP"),
    ("linux", "/nix/store/n1-nodejs/bin/.node-wrapped", ["node", f"{NPM}/cli.js"], CODE, "node wrapped by Nix"),
    ("linux", "/lib/ld-musl-x86_64.so.1", ["/lib/ld-musl-x86_64.so.1", "/opt/claude"], CODE, "a loader before it"),
    (
        "linux",
        "/lib64/ld-linux-x86-64.so.2",
        ["ld.so", "--library-path", "/opt/lib", "--argv0", "claude", "/opt/bin/claude", "-p", "hi"],
        CODE,
        "a loader with arguments of its own",
    ),
    ("linux", "/lib/ld-linux-aarch64.so.1", ["ld.so", "/opt/claude", "doctor"], None, "a loader before a check"),
    ("linux", "/lib/ld-2.31.so", ["/lib/ld-2.31.so", "/usr/bin/node", f"{NPM}/cli.js"], CODE, "a loader before node"),
    ("linux", NODE, ["node", "/usr/local/bin/claude", "--continue"], CODE, "node running the command's link"),
    ("darwin", "/opt/homebrew/bin/bun", ["bun", "/srv/claude-agent-sdk/cli.js", "--print"], CODE, "the SDK, by bun"),
    ("linux", NODE, ["node", "/srv/node_modules/@acme/claude-agent-sdk-fork/cli.mjs"], CODE, "the SDK, of a scope"),
    (
        "linux",
        NODE,
        ["node", "/srv/.pnpm/@anthropic-ai+claude-agent-sdk@0.2.1/node_modules/@anthropic-ai/claude-agent-sdk/cli.js"],
        CODE,
        "the SDK, from pnpm's store",
    ),
    (
        "linux",
        "/usr/bin/deno",
        ["deno", "run", "-A", "/c/npm/registry.npmjs.org/@anthropic-ai/claude-agent-sdk/0.2.1/cli.js"],
        CODE,
        "the SDK in a folder of its version, by deno",
    ),
    ("win32", r"D:\Tools\NODE.EXE", ["node", r"D:\np/node_modules/@Anthropic-AI/Claude-Code\CLI.JS"], CODE, "any case"),
    ("win32", r"D:\np\node_modules\@anthropic-ai/claude-code/bin\CLAUDE.EXE", ["claude"], CODE, "both slashes"),
    (
        "linux",
        "/nix/store/e1/libexec/electron/.electron-wrapped",
        ["electron", "/nix/store/c1/lib/claude-desktop/app.asar"],
        DESKTOP,
        "Claude Desktop by a wrapped electron",
    ),
    ("linux", NODE, ["node", "/home/me/claude-code/cli.js"], None, "a project of that name"),
    ("linux", NODE, ["node", "/srv/claude-agent-sdk/examples/demo.js"], None, "a program that uses the SDK"),
    ("linux", NODE, ["node", "/srv/app/index.js", f"{NPM}/cli.js"], None, "the client's script as an argument"),
    ("linux", "/lib/ld-musl-x86_64.so.1", ["ld.so", "/usr/bin/vim", "claude"], None, "a loader before an editor"),
    ("linux", "/lib/ld-musl-x86_64.so.1", ["ld.so", "--list"], None, "a loader alone"),
    (
        "linux",
        "/lib/ld-musl-x86_64.so.1",
        ["ld.so", *["/lib/ld-musl-x86_64.so.1"] * 9],
        None,
        "a loader before loaders",
    ),
    ("linux", "/usr/bin/.vim-wrapped", ["vim", "claude"], None, "another program wrapped by Nix"),
    # of Claude Code no sessions
    ("linux", "/usr/local/bin/claude", ["claude", "mcp", "list"], None, "mcp"),
    ("linux", "/usr/local/bin/claude", ["claude", "doctor"], None, "doctor"),
    ("linux", "/usr/local/bin/claude", ["claude", "--debug", "update"], None, "update, behind a flag"),
    ("linux", "/usr/local/bin/claude", ["claude", "--version"], None, "--version"),
    ("linux", "/usr/local/bin/claude", ["claude", "--help"], None, "--help"),
    ("linux", "/usr/local/bin/claude", ["claude", "daemon", "run"], None, "daemon"),
    ("linux", "/home/me/.local/share/claude/versions/2.1.197", ["claude", "--bg-spare"], None, "a spare"),
    ("linux", "/home/me/.local/share/claude/versions/2.1.197", ["claude", "--bg-pty-host"], None, "a terminal's host"),
    ("darwin", "/usr/local/bin/claude", ["claude", "--chrome-native-host"], None, "the browser's host"),
    ("linux", NODE, ["node", f"{NPM}/cli.js", "mcp", "serve"], None, "an old client that serves MCP"),
    ("linux", "/usr/local/bin/claude", ["claude", "--model", "opus", "mcp", "list"], None, "behind a flag's value"),
    ("linux", "/home/me/.local/share/claude/versions/2.1.197", ["rg", "-n", "x"], None, "its own search, by argv[0]"),
    ("linux", "/usr/local/bin/claude", ["claude", "--ripgrep", "-n", "x"], None, "its own search, by a flag"),
    ("linux", "/usr/local/bin/claude", ["claude", "--append-system-prompt", "-v"], CODE, "a flag's value"),
    ("linux", "/usr/local/bin/claude", ["claude", "--model=opus", "doctor"], None, "behind a flag with its value"),
    ("linux", "/usr/local/bin/claude", ["claude", "--add-dir", "/a", "doctor"], CODE, "a folder of a list of folders"),
    # Claude Desktop
    ("darwin", f"{MAC_APP}/MacOS/Claude", [f"{MAC_APP}/MacOS/Claude"], DESKTOP, "the app"),
    (
        "darwin",
        f"{MAC_APP}/Frameworks/Claude Helper (Renderer).app/Contents/MacOS/Claude Helper (Renderer)",
        ["Claude Helper", "--type=renderer"],
        HELPER,
        "a renderer",
    ),
    ("darwin", f"{MAC_APP}/Helpers/disclaimer", ["disclaimer", "/bin/sh"], HELPER, "disclaimer"),
    ("darwin", f"{MAC_APP}/Helpers/chrome-native-host", ["chrome-native-host"], HELPER, "chrome-native-host"),
    ("win32", rf"{WINDOWS_STORE}\app\Claude.exe", ["Claude.exe"], DESKTOP, "the app from the store"),
    ("win32", rf"{WINDOWS_STORE}\app\Claude.exe", ["Claude.exe", "--type=gpu-process"], HELPER, "its GPU process"),
    ("win32", rf"{WINDOWS_STORE}\app\resources\cowork-svc.exe", ["cowork-svc.exe"], HELPER, "its service"),
    (
        "win32",
        rf"{WINDOWS_LOCAL}\AnthropicClaude\app-0.14.10\claude.exe",
        ["claude.exe"],
        DESKTOP,
        "the app, installed",
    ),
    ("win32", rf"{WINDOWS_LOCAL}\AnthropicClaude\claude.exe", ["claude.exe"], DESKTOP, "the same by its launcher"),
    ("linux", "/usr/bin/claude-desktop", ["claude-desktop"], DESKTOP, "the app on Linux"),
    (
        "linux",
        "/usr/lib/electron/electron",
        ["electron", "/usr/lib/claude-desktop/app.asar"],
        DESKTOP,
        "the app by electron",
    ),
    (
        "linux",
        "/usr/lib/claude-desktop/node_modules/electron/dist/electron",
        ["electron", "--type=zygote"],
        HELPER,
        "its zygote",
    ),
    (
        "linux",
        "/usr/lib/claude-desktop/chrome_crashpad_handler",
        ["chrome_crashpad_handler"],
        HELPER,
        "its crash handler",
    ),
    ("linux", "/tmp/.mount_claudeAb12/usr/bin/claude-desktop", ["claude-desktop"], DESKTOP, "an AppImage"),
    (
        "linux",
        "/tmp/.mount_claudeAb12/usr/lib/electron",
        ["electron", "--type=utility"],
        HELPER,
        "an AppImage's helper",
    ),
    (
        "linux",
        "/tmp/.mount_claudeAb12/usr/lib/node_modules/electron/dist/electron",
        ["electron", "/tmp/.mount_claudeAb12/usr/lib/node_modules/electron/dist/resources/app.asar"],
        DESKTOP,
        "an AppImage that runs its archive by electron",
    ),
    ("linux", "/usr/lib/claude-desktop/electron", ["electron", "claude://login"], DESKTOP, "the app, with a link"),
    ("win32", rf"{WINDOWS_LOCAL}\Claude\claude-code\2.1.197\Claude.exe", ["Claude.exe"], CODE, "with a capital"),
    ("linux", "/usr/local/bin/claude", ["claude", "--ide", "doctor"], None, "behind another flag"),
    (
        "linux",
        "/home/me/claude-desktop-debian/node_modules/electron/dist/electron",
        ["electron", "other-app"],
        HELPER,
        "electron that runs another app next to it",
    ),
    # false friends
    ("linux", "/usr/bin/vim.basic", ["vim", "claude"], None, "an editor on a file named claude"),
    ("linux", "/usr/bin/grep", ["grep", "-r", "claude", "."], None, "grep claude"),
    ("linux", NODE, ["npm exec @anthropic-ai/claude-code", "", ""], None, "npm exec"),
    ("linux", NODE, ["node", "/home/me/claude-mcp/server.js", "claude"], None, "an MCP server"),
    ("linux", "/usr/bin/python3.11", ["python3", "-m", "exporter", "run"], None, "this tracker"),
    ("linux", "/usr/bin/python3.11", ["/venv/bin/python", "/venv/bin/claude-tracker", "run"], None, "by its command"),
    ("linux", "/usr/bin/bash", ["bash", "./start.sh", "--config-dir", "/home/me/.claude"], None, "the shell above it"),
    (
        "linux",
        "/usr/bin/bash",
        ["/bin/bash", "-c", "source /home/me/.claude/shell-snapshots/snapshot-bash.sh && eval 'claude'"],
        None,
        "a tool of Claude Code's",
    ),
    ("linux", "/usr/bin/electron", ["electron", "/usr/lib/notes/app.asar"], None, "another electron app"),
    ("darwin", "/Applications/ClaudeBar.app/Contents/MacOS/ClaudeBar", ["ClaudeBar"], None, "another app of that name"),
    ("win32", r"C:\Windows\System32\cmd.exe", ["cmd.exe", "/c", "claude"], None, "a Windows shell"),
    ("linux", "", [], None, "a process without any details"),
]


@pytest.mark.parametrize(
    ("platform", "exe", "argv", "kind"),
    [pytest.param(*case[:4], id=f"{case[0]}: {case[4]}") for case in CASES],
)
def test_classify(platform: str, exe: str, argv: list[str], kind: Kind | None) -> None:
    assert kind is classify(platform, exe, argv)
    if kind is not None:
        assert may_be_claude(exe)


@pytest.mark.parametrize(
    ("exe", "argv", "is_elsewhere"),
    [
        ("/tmp/t/bin/claude-tracker-made-up/bin/claude", [], False),
        ("/tmp/t/claude-tracker-made-up/bin/claude", [], False),
        ("/tmp/t2/claude-tracker-made-up/bin/claude", [], True),
        ("/usr/bin/node", ["node", "/tmp/t2/claude-tracker-made-up/claude-code/cli.js"], True),
        ("/usr/bin/node", ["node", "/tmp/t/claude-tracker-made-up/claude-code/cli.js"], False),
        ("/home/ada/.local/bin/claude", ["claude", "claude-tracker-made-up"], False),
    ],
)
def test_made_up_processes_belong_to_the_tracker_above_them(exe: str, argv: list[str], is_elsewhere: bool) -> None:
    assert is_elsewhere is is_made_up_elsewhere(exe, argv, "/tmp/t")


def test_most_processes_are_classified_by_path_alone() -> None:
    assert not any(map(may_be_claude, ("", "/usr/bin/bash", "/usr/bin/python3.11", "/usr/lib/systemd/systemd")))


@pytest.mark.parametrize(
    ("argv", "skips"),
    [
        pytest.param(["claude"], False, id="asks"),
        pytest.param(["claude", "--dangerously-skip-permissions"], True, id="by the flag"),
        pytest.param(["claude", "--permission-mode", "bypassPermissions"], True, id="by the mode"),
        pytest.param(["claude", "--permission-mode=bypassPermissions"], True, id="by the mode, in one word"),
        pytest.param(["claude", "--permission-mode", "plan"], False, id="another mode"),
        pytest.param(["claude", "", ""], None, id="arguments that read as empty"),
    ],
)
def test_skips_permissions(argv: list[str], skips: bool | None) -> None:
    assert skips is skips_permissions(argv)


@pytest.mark.parametrize(
    ("argv", "session_id"),
    [
        pytest.param(["claude", "--session-id", ID], ID, id="given"),
        pytest.param(["claude", f"--session-id={ID}"], ID, id="given in one word"),
        pytest.param(["claude", "--resume", ID], ID, id="resumed"),
        pytest.param(["claude", "-r", ID], ID, id="resumed, shortly"),
        pytest.param(["claude", "--resume"], None, id="chosen from a list"),
        pytest.param(["claude", "--resume", "my title"], None, id="resumed by its title"),
        pytest.param(["claude", "--resume", ID, "--fork-session"], None, id="a fork gets an id of its own"),
    ],
)
def test_the_session_that_arguments_name(argv: list[str], session_id: str | None) -> None:
    assert session_id == parse_session_id(argv)


def test_the_processes_of_public_reports() -> None:
    rows = json.loads((shared_dir() / "cases" / "processes" / "rows.json").read_bytes())
    found = {row["name"]: classify(row["platform"], row["exe"], row["argv"]) for row in rows}
    assert {row["name"]: row["right"] for row in rows} == {name: kind and kind.value for name, kind in found.items()}
