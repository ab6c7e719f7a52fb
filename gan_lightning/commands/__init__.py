"""The commands besides Lightning's fit, validate, test and predict: each a function whose arguments are its options.

A positional-only argument is given without a name, and one that is a list takes one word or more; ``data`` is a data
module, given as it is to ``fit``; ``*options`` is what follows ``--``.
"""

from collections.abc import Callable

from gan_lightning.commands.app import app
from gan_lightning.commands.benchmark import benchmark
from gan_lightning.commands.classification_accuracy_score import classification_accuracy_score
from gan_lightning.commands.curves import curves
from gan_lightning.commands.digits import digits
from gan_lightning.commands.directions import directions
from gan_lightning.commands.evaluate import evaluate
from gan_lightning.commands.export import export
from gan_lightning.commands.gallery import gallery
from gan_lightning.commands.generate import generate
from gan_lightning.commands.interpolate import interpolate
from gan_lightning.commands.invert import invert
from gan_lightning.commands.mix import mix
from gan_lightning.commands.pull import pull
from gan_lightning.commands.push import push
from gan_lightning.commands.reproduce import reproduce
from gan_lightning.commands.runs import compare, remove, runs
from gan_lightning.commands.sweep import sweep
from gan_lightning.commands.table import table
from gan_lightning.commands.train_classifier import train_classifier

COMMANDS: dict[str, Callable[..., None]] = {
    function.__name__: function
    for function in (
        generate,
        gallery,
        interpolate,
        mix,
        directions,
        invert,
        digits,
        evaluate,
        classification_accuracy_score,
        table,
        sweep,
        reproduce,
        train_classifier,
        benchmark,
        curves,
        app,
        runs,
        export,
        push,
        pull,
    )
} | {f"runs {function.__name__}": function for function in (compare, remove)}
