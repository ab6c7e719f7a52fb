"""The command line."""

from gan_lightning.cli.entry import main

__all__ = ["main"]
