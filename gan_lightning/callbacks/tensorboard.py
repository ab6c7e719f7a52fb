"""What TensorBoard shows besides scalars and pictures."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from gan_lightning.callbacks.loggers import forgiving
from gan_lightning.callbacks.pixels import PANELS, PREFIX, real_name
from gan_lightning.checkpoints.contents import CLASS_PATH
from gan_lightning.metrics.report import FIGURES
from gan_lightning.storage.folders import run_folder

FID = "fid"
"""The tag of the Fréchet distance, which comes before all others, as ``val/fid`` would not."""

LAYOUT = {
    "Quality": {
        "Fréchet distance": ["Multiline", [f"^{FID}$"]],
        **{title: ["Multiline", [f"{PREFIX}{n}$", real_name(f"{PREFIX}{n}")]] for title, n in PANELS.items()},
    },
    "Training": {
        "Losses": ["Multiline", ["train/discriminator_loss", "train/generator_loss"]],
        "D(x) and D(G(z))": ["Multiline", ["train/d_real", "train/d_fake"]],
        "Gradient norms": ["Multiline", ["train/discriminator_gradient_norm", "train/generator_gradient_norm"]],
    },
}
"""The custom scalars: charts, and regular expressions of the tags in each."""


class TensorBoardPages(Callback):
    """Fills TensorBoard's pages: hyperparameters beside the newest figures, the configuration, and charts.

    The charts have both losses, D(x) with D(G(z)), both gradient norms, and figures with the real images' own. The
    Fréchet distance is shown first, as ``fid``, and Lightning's count of epochs is not shown.
    """

    def setup(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        for logger in tensorboards(trainer):
            if not getattr(logger.log_metrics, "leaves_out", None):
                logger.log_metrics = leaving_out("epoch", logger.log_metrics)  # type: ignore[method-assign]

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        from torch.utils.tensorboard.summary import hparams

        path = run_folder(trainer) / "config.yaml"
        options = {name: value for name, value in options_of(trainer, pl_module) if value is not None}
        figures = {FID: 0.0, **{f"val/{name}": 0.0 for name in FIGURES if name != FID}}  # only their names are kept
        for logger in tensorboards(trainer):
            with forgiving(logger):
                for summary in hparams(options, figures)[:2]:  # the third would say that the run has ended
                    logger.experiment._get_file_writer().add_summary(summary, trainer.global_step)
                logger.experiment.add_custom_scalars(LAYOUT)
                if path.is_file():
                    text = textwrap.indent(path.read_text(), "    ")  # Markdown's code
                    logger.experiment.add_text("configuration", text, trainer.global_step)

    def on_validation_end(self, trainer: Trainer, pl_module: Any) -> None:
        fid = trainer.callback_metrics.get("val/fid")
        if fid is not None and not trainer.sanity_checking:
            for logger in tensorboards(trainer):
                with forgiving(logger):
                    logger.experiment.add_scalar(FID, fid, trainer.global_step)


def tensorboards(trainer: Trainer) -> list[TensorBoardLogger]:
    """The trainer's loggers of this kind; none in any process but the first."""
    return [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger) and trainer.is_global_zero]


def leaving_out(name: str, log_metrics: Callable[..., None]) -> Callable[..., None]:
    """``log_metrics`` of a logger, without the metric of that name."""

    @functools.wraps(log_metrics)
    def call(metrics: Mapping[str, float], *args: Any, **options: Any) -> None:
        log_metrics({key: value for key, value in metrics.items() if key != name}, *args, **options)

    call.leaves_out = name  # type: ignore[attr-defined]
    return call


def options_of(trainer: Trainer, model: Any) -> Iterator[tuple[str, Any]]:
    """What distinguishes runs, by the names of the command line's options."""
    own, data = dict(model.hparams), getattr(trainer, "datamodule", None)
    described = {"class_path": own.pop(CLASS_PATH, type(model).__name__), "init_args": own}
    yield from flat("model", described)
    if data is not None:
        yield from flat("data", {"class_path": type(data).__name__, "init_args": dict(data.hparams)})
    yield from flat("trainer", {"max_epochs": trainer.max_epochs, "precision": str(trainer.precision)})
    yield "seed_everything", getattr(model, "seed", None)


def flat(name: str, value: Any) -> Iterator[tuple[str, bool | int | float | str | None]]:
    """An option's values by name: of a class its own name, then its arguments; of a list all as one text."""
    if isinstance(value, Mapping) and "class_path" in value:
        yield name, str(value["class_path"]).rpartition(".")[2]
        yield from flat(name, value.get("init_args", {}))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not str(key).startswith("_"):  # Lightning's notes
                yield from flat(f"{name}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                yield from flat(f"{name}.{index}", item)
        if not any(isinstance(item, Mapping) for item in value):
            yield name, ", ".join(map(str, value))
    else:
        yield name, value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
