"""The protocol: every figure of a set of generated images against the test split, from one pass through one network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor
from torchmetrics import MeanMetric, Metric

from gan_lightning.errors import UsageError
from gan_lightning.metrics.classes import ClassHistogram, InceptionScore
from gan_lightning.metrics.distances import FrechetDistance, KernelDistance
from gan_lightning.metrics.extra import extra_figures
from gan_lightning.metrics.features import FeatureExtractor, Features
from gan_lightning.metrics.features.store import LabelledData
from gan_lightning.metrics.neighbours import NearestNeighbourRatio, PrecisionRecall
from gan_lightning.metrics.pixels import PixelFigures, check_images
from gan_lightning.metrics.real import real_features
from gan_lightning.metrics.report import FIGURES, Protocol


class Evaluation:
    """Measures generated images against the test split of ``data``.

    In several processes each gives its share, the first process the first images and so on, and all get the figures of
    the whole. The features of the real images are kept, once; those of the generated ones are not.

    Args:
        extractor: What computes the features, on the device where all is computed.
        data: The data module of the real images.
        rank: Which process this is.
        world_size: How many processes share the work.
        extra: Metrics of the user's own.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        data: LabelledData,
        rank: int = 0,
        world_size: int = 1,
        extra: Sequence[Metric] = (),
    ) -> None:
        self.extractor, self.data = extractor, data
        self.rank, self.world_size, self.extra = rank, world_size, extra
        self.device = next(extractor.parameters()).device
        test, training = (real_features(extractor, data.images(train)[0]) for train in (False, True))
        self.new_images = NearestNeighbourRatio(training.features, held_out=test.features).to(self.device)
        self.real = Features(*(part.tensor_split(world_size)[rank] for part in (test.features.double(), test.logits)))

    @torch.no_grad()
    def measure(
        self,
        images: Tensor,
        labels: Tensor | None = None,
        copied: bool = False,
        only: Collection[str] = tuple(FIGURES),
    ) -> dict[str, float]:
        """The figures of generated images uint8 (N, C, H, W), of which these are this process's share.

        Args:
            images: The images.
            labels: What they were asked to show, int64 (N,), if they were asked for anything.
            copied: Whether they are training images, whose distance to the training images is not worth computing:
                the ratio is then that of the test images, 1.
            only: The figures that are wanted. Those that are as cheap or come with them are there, too.

        Raises:
            UsageError: The images are of another shape or type than the real ones, or the labels are out of range.
        """
        images = check_images(images, self.data.image_shape).to(self.device)
        if labels is not None:
            check_labels(labels, len(images), self.data.num_classes)
        found = self.extractor.extract(images)
        generated = Features(found.features.double(), found.logits)
        values = {
            **self._compare(generated, only),
            "inception_score": figure(InceptionScore(), generated.logits),
            **figure(PixelFigures(self.data.image_shape), images),
        }
        if "nn_distance_ratio" in only:
            values["nn_distance_ratio"] = 1.0 if copied else figure(self.new_images, generated.features)
        if labels is not None and self.knows_classes:
            right = generated.logits.argmax(dim=1) == labels.to(self.device)
            values["label_accuracy"] = figure(MeanMetric(), right.double())
        figures = {name: float(values[name]) for name in FIGURES if name in values}
        return figures | self._extra({"images": images, "labels": labels, **generated._asdict()})

    def _extra(self, generated: dict[str, Tensor | None]) -> dict[str, float]:
        """The figures of the user's own."""
        if not self.extra:
            return {}
        images, labels = (part.tensor_split(self.world_size)[self.rank] for part in self.data.images(False))
        return extra_figures(self.extra, generated, {"images": images, "labels": labels, **self.real._asdict()})

    @property
    def knows_classes(self) -> bool:
        """Whether the extractor's classes are those of the data."""
        return self.extractor.num_classes == self.data.num_classes

    def _compare(self, generated: Features, only: Collection[str]) -> dict[str, Tensor]:
        """The figures that need both sides, of which each process has its share."""

        def compared(metric: Metric, part: str) -> Any:
            metric.to(self.device)
            for side, real in ((self.real, True), (generated, False)):
                metric.update(getattr(side, part), real=real)
            return metric.compute()

        num_features = self.extractor.num_features
        values = {}
        if "fid" in only:
            values["fid"] = compared(FrechetDistance(num_features), "features")
        if {"kid", "kid_std"} & set(only):
            values["kid"], values["kid_std"] = compared(KernelDistance(num_features), "features")
        if {"precision", "recall", "density", "coverage"} & set(only):
            values |= compared(PrecisionRecall(), "features")
        if self.knows_classes:
            values |= compared(ClassHistogram(self.extractor.num_classes), "logits")
        return values

    def protocol(self, num_images: int) -> Protocol:
        """How ``num_images`` generated images are measured, and the floor beside them."""
        test, training = (self.data.images(train) for train in (False, True))
        return Protocol(
            num_images=num_images,
            dataset=self.data.dataset,
            image_shape=list(self.data.image_shape),
            classes=test[1].unique().tolist(),
            split="test",
            reference_images=len(test[0]),
            features=self.extractor.name,
            fingerprint=self.extractor.fingerprint(),
            floor_images=min(num_images, len(training[0])),
        )

    def floor(self, num_images: int) -> dict[str, float]:
        """The figures of real images: as many training images, chosen at random, in place of generated ones.

        They are what a perfect generator would have, which draws images as new as those of the test split.
        """
        images, labels = self.data.images(True)
        generator = torch.Generator().manual_seed(0)
        chosen = torch.randperm(len(images), generator=generator)[:num_images].tensor_split(self.world_size)[self.rank]
        return self.measure(images[chosen], labels[chosen], copied=True)


def figure(metric: Metric, *values: Tensor) -> Any:
    """What ``metric`` makes of ``values``, of which each process has its share."""
    metric.to(values[0].device).update(*values)
    result = metric.compute()
    metric.reset()
    return result


def check_labels(labels: Tensor, num_images: int, num_classes: int) -> None:
    """Raises UsageError where ``labels`` are not one for each image, from 0 to num_classes - 1."""
    if labels.shape != (num_images,):
        found = "×".join(map(str, labels.shape))
        raise UsageError(f"there are {num_images} images but {found} labels: give one label for each image")
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if len(wrong):
        raise UsageError(f"labels go from 0 to {num_classes - 1}, and there is a label {int(wrong[0])} among these")


def spread(labels: Tensor, num: int) -> Tensor:
    """``num`` of the labels, at even distances, which keeps their proportions; some repeated if there are fewer."""
    return labels[torch.arange(num) * len(labels) // num]
