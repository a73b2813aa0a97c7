"""`claude-tracker completion`."""

from __future__ import annotations

import click

from exporter.cli.names import NAME
from exporter.cli.output import say_lines

VARIABLE = "_CLAUDE_TRACKER_COMPLETE"
"""In which the shell asks for completions."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands and options in your shell.

    \b
    bash   add to ~/.bashrc:   eval "$(claude-tracker completion bash)"
    zsh    add to ~/.zshrc:    eval "$(claude-tracker completion zsh)"
    fish   save as ~/.config/fish/completions/claude-tracker.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    root = context.find_root().command
    template = found(root, {}, NAME, VARIABLE)
    say_lines(template.source_template % template.source_vars())
