"""LightningCLI with the model linked to the data, the callbacks added, and checkpoints that agree with the options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.environments import SLURMEnvironment
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ModelSummary, ProgressBar
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI

import gan_lightning.augment
import gan_lightning.data  # noqa: F401  (classes become known by their short names)
from gan_lightning import callbacks
from gan_lightning.callbacks.stopping import say
from gan_lightning.checkpoints.budget import Budget
from gan_lightning.checkpoints.description import describe
from gan_lightning.checkpoints.format import read_checkpoint
from gan_lightning.cli.agreement import (
    CLASSES,
    LINKS,
    NETWORKS,
    as_config,
    check_agreement,
    check_saved,
    import_datasets,
    named_options,
    with_classes,
)
from gan_lightning.cli.ending import ending
from gan_lightning.cli.naming import name_of_run, with_config_files
from gan_lightning.cli.nulls import check_nulls
from gan_lightning.cli.resuming import (
    NAMED,
    RESUME,
    find_named,
    nothing_left,
    parent_of_runs,
    same_folder,
)
from gan_lightning.cli.trainer_options import check_seed, check_trainer, checked_callbacks
from gan_lightning.errors import UsageError
from gan_lightning.sampling.generative import GenerativeModel
from gan_lightning.storage.folders import checkpoint_in, folder_of_run, newest_run, next_version
from gan_lightning.storage.writing import check_writable

CALLBACKS = {
    "sample_grid": callbacks.SampleGrid,
    "real_v_generated": callbacks.RealVersusGenerated,
    "training_gif": callbacks.TrainingGIF,
    "loss_curves": callbacks.LossCurves,
    "histograms": callbacks.Histograms,
    "metrics": callbacks.QualityMetrics,
    "best_checkpoint": callbacks.BestCheckpoint,
    "epoch_checkpoint": callbacks.EpochCheckpoint,
    "last_checkpoint": callbacks.LastCheckpoint,  # after the others, so that what it says of them is there
}
"""Always there; each is configured under its own name, such as ``--sample_grid.every_n_epochs 5``."""

LOGGER: dict[str, Any] = {
    "class_path": "TensorBoardLogger",
    "init_args": {"save_dir": "runs", "default_hp_metric": False},
}
"""That of a run, whose name comes of the command line."""

DEFAULTS = {
    "trainer.max_epochs": 20,
    "trainer.num_sanity_val_steps": 0,
}

NAMES_A_FOLDER = "--trainer.logger", "--trainer.default_root_dir"
"""Options without which what ``test`` and its like write goes to the run that the checkpoint is of."""

MOST_NUMBERS = 10**9
"""Weights of a model: four gigabytes of them, and with their gradients and Adam's averages sixteen."""

TOO_LARGE = (
    "the model would have more than a billion weights: give smaller --model options, such as its width, or a smaller "
    "--data.image_size"
)


class GANCLI(LightningCLI):
    """``fit``, ``validate``, ``test`` and ``predict`` for GANs."""

    def setup_parser(self, *args: Any, **options: Any) -> None:
        super().setup_parser(*args, **options)
        self._subcommand_parsers["fit"].add_argument(
            RESUME, action="store_true", help="go on with the newest run of this name, in its folder, if there is one"
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        for name in LINKS:
            parser.link_arguments(f"data.{name}", f"model.init_args.{name}", apply_on="instantiate")
        for network in NETWORKS:
            for name in LINKS[:2]:
                target = f"model.init_args.{network}.init_args.{name}"
                parser.link_arguments(f"data.{name}", target, apply_on="instantiate")
        for key, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, key)
        parser.set_defaults(DEFAULTS)

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parses ``args``; a checkpoint's model and data become the defaults of ``model`` and ``data``.

        Raises:
            UsageError: There is no such checkpoint, or a model option contradicts it.
        """
        words = list(args or [])
        if words and words[0] not in self._subcommand_parsers:
            super().parse_arguments(parser, words)  # shows the help, or says what is wrong
            return
        words = with_config_files(words)
        self.name = name_of_run(words)
        logger = {**LOGGER, "init_args": {**LOGGER["init_args"], "name": self.name}}
        self._subcommand_parsers[words[0]].set_defaults({"trainer.logger": logger})
        import_datasets(words)
        self.checkpoint: dict[str, Any] = {}
        self.run: Path | None = None
        """The folder of the run that goes on or is measured; a new one by default."""
        named = named_options(words)
        path, resume = named.get("ckpt_path"), named.get("resume", False) is not False  # a bare word has no value
        if path is None or path in NAMED:
            super().parse_arguments(parser, with_classes(words, CLASSES))
            if path is None and words[0] != "fit":
                raise UsageError(f"{words[0]} needs a trained model: give --ckpt_path a checkpoint or a run's folder")
            if path is None and not resume:
                return
            path = self._find(path or "last", new_if_none=resume)
            if path is None:
                return
        path = checkpoint_in(Path(path), *(["last"] if words[0] == "fit" else ["best", "last"]))
        checkpoint = self.checkpoint = read_checkpoint(path)
        words.append(f"--ckpt_path={path}")
        if self.run is not None:
            self.save_config_kwargs = {"goes_on": True}
            words += same_folder(self.run, self.config[words[0]].trainer, checkpoint.get("global_step", 0))
        if words[0] != "fit" and not any(word.startswith(NAMES_A_FOLDER) for word in words):
            self.run = folder_of_run(path)
            words.append("--trainer.logger=false")
        hparams = {"model": checkpoint["hyper_parameters"], "data": checkpoint.get("datamodule_hyper_parameters")}
        saved = {key: as_config(value) for key, value in hparams.items() if value}
        try:
            check_saved(saved)
        except UsageError:
            super().parse_arguments(parser, with_classes(words, CLASSES))  # imports the classes that the words name
            check_saved(saved)
        subparser = self._subcommand_parsers[words[0]]
        subparser.set_defaults(saved)
        absent = {option: name for option, name in CLASSES.items() if option not in saved}
        super().parse_arguments(parser, with_classes(words, absent))
        check_agreement(str(path), self.config[words[0]].model, subparser.get_defaults().model)

    def _find(self, name: str, new_if_none: bool) -> Path | None:
        """The checkpoint that ``last``, ``best`` or ``--resume`` means; None for a new run."""
        command = self.config.subcommand
        parent = parent_of_runs(self.config[command].trainer, self.name)
        if new_if_none and newest_run(parent, name) is None:
            say(f"there is no run to go on with in {parent}: this is the first")
            return None
        path = find_named(name, parent)
        self.run = path.parent.parent if command == "fit" and name == "last" else None
        return path

    def _parse_ckpt_path(self) -> None:
        """Lightning's own would let the checkpoint win silently over options; ``parse_arguments`` compares them."""

    def _set_seed(self) -> None:
        check_seed(self._get(self.config, "seed_everything"))
        super()._set_seed()

    def before_instantiate_classes(self) -> None:
        # A model keeps its own arguments; Lightning's way to hand it the parsed ones knows no links to networks.
        self.parser.add_instantiator(lambda cls, *a, **options: cls(*a, **options), GenerativeModel, prepend=True)
        defaults = self._parser(self.subcommand).get_defaults().trainer
        options = self._get(self.config, "trainer")
        check_nulls("--model", self._get(self.config, "model"))
        check_nulls("--data", self._get(self.config, "data"))
        check_trainer(options, defaults)
        if not options.logger:
            options.default_root_dir = str(self.run or next_version(parent_of_runs(options, self.name)))
        elif options.default_root_dir is None:  # or else Lightning under SLURM goes on from whatever it finds here
            options.default_root_dir = str(parent_of_runs(options, self.name))
        if self.subcommand == "test" and self._get(self.config, "metrics").num_images:
            self.config.test.verbose = False  # there is a table of figures instead

    def instantiate_classes(self) -> None:
        with Budget(MOST_NUMBERS, TOO_LARGE):
            super().instantiate_classes()

    def after_instantiate_classes(self) -> None:
        for name in LINKS:
            saved, given = self.checkpoint.get("hyper_parameters", {}).get(name), self.model.hparams.get(name)
            if name != "classes" and None not in (saved, given) and describe(saved) != describe(given):
                raise UsageError(
                    f"the checkpoint's model was trained on data with {name} {saved}, and these have {given}: "
                    "leave out the data options that changed it, or train anew without --ckpt_path"
                )
        folder = self.trainer.loggers[0].save_dir if self.trainer.loggers else None
        check_writable(Path(folder or self.trainer.default_root_dir), "--trainer.logger.init_args.save_dir")

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """The trainer, with images per second, the history, the report, the progress bar and the predictions."""
        config = self._get(self.config_init, "trainer")
        own = [self._get(self.config_init, key) for key in CALLBACKS]
        if config["enable_checkpointing"] is False:
            own = [callback for callback in own if not isinstance(callback, ModelCheckpoint)]
        given = checked_callbacks(config["callbacks"])
        own += [callbacks.Throughput(), callbacks.GradientNorms(), callbacks.PixelMetrics(), callbacks.History()]
        own += [callbacks.HTMLReport(), callbacks.PredictionWriter(), callbacks.LoggerFaults()]
        own += [callbacks.TensorBoardPages(), callbacks.GracefulStop()]
        if SLURMEnvironment.detect() and not config["plugins"]:
            kwargs["plugins"] = SLURMEnvironment(auto_requeue=False)  # GracefulStop does it between two batches
        if config["enable_progress_bar"] is not False and not any(isinstance(c, ProgressBar) for c in given):
            own.append(callbacks.GANProgressBar() if sys.stdout.isatty() else callbacks.EpochLines())
        if config["enable_model_summary"] is not False and not any(isinstance(c, ModelSummary) for c in given):
            own.append(callbacks.NetworkSummary())
            kwargs["enable_model_summary"] = False  # Lightning's own
        self.callbacks = [*given, *own]
        return self._instantiate_trainer({**config, **kwargs, "callbacks": given}, own)

    def fit(self, model: LightningModule, **options: Any) -> None:
        """Trains, unless the checkpoint to go on from has reached the end; its own folder is completed even then."""
        reason = nothing_left(self.checkpoint, self.trainer) if self.checkpoint else None
        if reason is not None:
            say(f"there is nothing left to do after {options['ckpt_path']}: {reason}")
        if reason is None or self.run:
            self.trainer.fit(model, **options)

    def after_fit(self) -> None:
        """Says where everything is, and what to type next."""
        if not self.trainer.state.finished:
            return
        told = ending(self.trainer, self.callbacks)
        if self.trainer.is_global_zero:
            print(told)

    def after_predict(self) -> None:
        """Says where the predictions are."""
        for callback in self.callbacks:
            if isinstance(callback, callbacks.PredictionWriter):
                print(f"predictions in {callback.path}")
