"""The command line, whose libraries are imported when a command needs them."""

from __future__ import annotations

import sys

from gan_lightning.cli.overview import answer

__all__ = ["main"]


def main(args: list[str] | None = None) -> None:
    """Runs the command line ``args``, by default that of the process."""
    words = sys.argv[1:] if args is None else args
    try:
        answered = answer(words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the help, such as head, has had enough
        return
    if not answered:
        from gan_lightning.cli.entry import main as run

        run(words)
