"""The commands besides Lightning's fit, validate, test and predict: each a function whose arguments are its options."""

from gan_lightning.commands.generate import generate

COMMANDS = {"generate": generate}

__all__ = ["COMMANDS", "generate"]
