"""How good the images are, while training and after."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info, rank_zero_warn
from torchmetrics import Metric

from gan_lightning.errors import SEEDS, UsageError, check_number
from gan_lightning.metrics.evaluation import Evaluation, spread
from gan_lightning.metrics.extra import check_metrics
from gan_lightning.metrics.features import FeatureExtractor
from gan_lightning.metrics.features.store import LabelledData, extractor_for
from gan_lightning.metrics.ratings import final_rating
from gan_lightning.metrics.report import FIGURES, table, write_metrics
from gan_lightning.storage.folders import run_folder

FEWEST = 10
"""Images that all figures can be computed from, though not well."""

MOST = 1_000_000
"""Images that are kept in memory while they are measured."""


class QualityMetrics(Callback):
    """Measures generated images at each validation, as ``val/fid`` and others, and at the end of ``test``.

    The images are drawn by the generator that ``sample`` draws from, from the same latents each time; a conditional
    one is asked for the labels of the test split. How often validation runs is the trainer's
    ``check_val_every_n_epoch``. Under DDP each process draws its share, and all have the figures of the whole.

    Args:
        num_images: How many images to draw and measure; 0 for never.
        features: "classifier", "inception" or a file that ``train_classifier`` made.
        inception_weights: A local file with Inception's weights, for machines without internet.
        seed: Of the latents.
        extra: Figures of your own, computed beside the others: torchmetrics metrics whose ``update`` takes ``images``,
            ``labels``, ``features`` or ``logits``, and perhaps ``real``, and whose ``compute`` gives a number or a
            dictionary of numbers.
    """

    def __init__(
        self,
        num_images: int = 10_000,
        features: str = "classifier",
        inception_weights: str | None = None,
        seed: int = 0,
        extra: list[Metric] | Metric | None = None,
    ) -> None:
        if num_images and not FEWEST <= num_images <= MOST:
            bound = f"at least {FEWEST}" if num_images < FEWEST else f"at most {MOST}"
            raise UsageError(f"--metrics.num_images must be {bound}, or 0 for never, not {num_images}")
        check_number("--metrics.seed", seed, 0, SEEDS)
        self.extra = [extra] if isinstance(extra, Metric) else list(extra or [])
        check_metrics(self.extra)
        self.num_images, self.seed = num_images, seed
        self.features, self.inception_weights = features, inception_weights
        self.extractor: FeatureExtractor | None = None
        self.evaluation: Evaluation | None = None
        self.folder = Path()

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Finds or trains the extractor, which validation, without gradients, could not."""
        data = getattr(trainer, "datamodule", None)
        self.folder = run_folder(trainer)
        if self.num_images == 0 or stage == "predict" or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        if not isinstance(data, LabelledData):
            rank_zero_warn(f"no figures are measured: {type(data).__name__} has no images(train) to compare with")
            return
        if self.features == "classifier" and data.num_classes < 2:
            rank_zero_warn(
                f"no figures are measured, because {data.dataset} has one class, from which no classifier learns "
                "features: give --metrics.features inception, or --metrics.num_images 0 to measure nothing"
            )
            return
        if len(data.images(False)[0]) < FEWEST:
            rank_zero_warn(
                f"no figures are measured, because the test split of {data.dataset} has fewer than {FEWEST} images: "
                "hold out more of them, or give --metrics.num_images 0 to measure nothing"
            )
            return
        if trainer.is_global_zero:
            self.extractor = self._extractor(data)
        trainer.strategy.barrier()  # the others find in the cache what the first process trained
        self.extractor = self.extractor or self._extractor(data)
        self.extractor.to(trainer.strategy.root_device)

    def _extractor(self, data: LabelledData) -> FeatureExtractor:
        return extractor_for(data, self.features, self.inception_weights, announce=rank_zero_info)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.extractor is not None and not trainer.sanity_checking:
            figures = self.measure(trainer, pl_module)
            pl_module.log_dict({f"val/{name}": value for name, value in figures.items()}, sync_dist=True)

    def on_test_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.extractor is None:
            return
        figures, floor = self.measure(trainer, pl_module), self.real_figures(trainer)
        pl_module.log_dict({f"test/{name}": value for name, value in figures.items()}, sync_dist=True)
        if trainer.is_global_zero:
            protocol = self._evaluation(trainer).protocol(self.num_images)
            path = self.folder / "metrics.json"
            source = {
                "model": type(pl_module).__name__,
                "checkpoint": str(trainer.ckpt_path),
                "images_seen": pl_module.images_seen,
                "seed": self.seed,
            }
            rating = final_rating(figures, floor)
            write_metrics(path, figures, floor, protocol, {**source, "rating": rating})
            print(f"\n{protocol}\n\n{table(figures, floor)}\n\n{rating}; metrics in {path}")

    def measure(self, trainer: Trainer, model: Any, only: Collection[str] = tuple(FIGURES)) -> dict[str, float]:
        """The figures of the model's images, those in ``only`` at least."""
        evaluation = self._evaluation(trainer)
        labels = spread(evaluation.data.images(False)[1], self.num_images)
        conditional = model.generator.num_classes > 0
        asked, ranks = labels.tolist() if conditional else None, (trainer.global_rank, trainer.world_size)
        images, wanted = model.sample_share(self.num_images, asked, self.seed, *ranks)
        if conditional:
            return evaluation.measure(images, wanted, only=only)
        single = labels[: len(images)] if len(labels.unique()) == 1 else None  # the one to be drawn
        return evaluation.measure(images, single, only=only)

    def real_figures(self, trainer: Trainer) -> dict[str, float]:
        """The figures of as many training images; none where nothing is measured. All processes have to ask for it."""
        return {} if self.extractor is None else self._evaluation(trainer).floor(self.num_images)

    def _evaluation(self, trainer: Trainer) -> Evaluation:
        """What measures against the trainer's data, made when it is first needed."""
        assert self.extractor is not None
        if self.evaluation is None:
            data, ranks = trainer.datamodule, (trainer.global_rank, trainer.world_size)  # type: ignore[attr-defined]
            self.evaluation = Evaluation(self.extractor, data, *ranks, self.extra)
        return self.evaluation
