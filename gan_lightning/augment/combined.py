"""Several transforms one after the other: always, or as often as the discriminator overfits."""

from __future__ import annotations

from itertools import groupby
from typing import cast

from torch import Tensor

from gan_lightning.augment.base import Augmentation
from gan_lightning.augment.geometric import Geometric, Rotation, Scale, Translation, move_pixels
from gan_lightning.augment.pixels import Brightness, Contrast, Cutout
from gan_lightning.errors import UsageError


class DiffAugment(Augmentation):
    """All of several transforms in their order, applied to every image (Zhao et al. 2020, arXiv:2006.10738).

    Geometric transforms that follow one another are done by one sampling.

    Args:
        transforms: Such as ``[Translation, Cutout]``, or ``{class_path: Cutout, init_args: {share: 0.3}}`` in the list
            where one takes options; brightness, contrast, translation and cutout by default, as in the paper.

    Raises:
        UsageError: ``transforms`` is empty.
    """

    def __init__(self, transforms: list[Augmentation] | None = None) -> None:
        transforms = self.default_transforms() if transforms is None else transforms
        if not transforms:
            raise UsageError(f"{type(self).__name__} needs transforms: give some, such as [Translation, Cutout]")
        self.transforms = transforms

    @staticmethod
    def default_transforms() -> list[Augmentation]:
        """What is done if nothing is asked for."""
        return [Brightness(), Contrast(), Translation(), Cutout()]

    def set_value_range(self, value_range: tuple[float, float]) -> None:
        super().set_value_range(value_range)
        for transform in self.transforms:
            transform.set_value_range(value_range)

    def __call__(self, images: Tensor, p: Tensor | float = 1.0) -> Tensor:
        for moves, group in groupby(self.transforms, key=lambda transform: isinstance(transform, Geometric)):
            if moves:
                images = move_pixels(cast("list[Geometric]", list(group)), images, p)
            else:
                for transform in group:
                    images = transform(images, p)
        return images


class AdaptiveAugment(DiffAugment):
    """Each of several transforms with a probability p that follows how much the discriminator overfits (ADA).

    Overfitting is r = E sign(D(T(x))) over real images x. Every few batches p moves up if r is above its target and
    down if it is below, within [0, 1]. Karras et al. 2020, arXiv:2006.06676. The trainer keeps p, which begins at 0.

    Args:
        transforms: As of DiffAugment; translation, scale, rotation, brightness, contrast and cutout by default.
        target: The r that is aimed at.
        speed: After how many real images, of all processes, p can have gone from 0 to 1.
        every: Batches from one move to the next.

    Raises:
        UsageError: An argument is out of range.
    """

    def __init__(
        self,
        transforms: list[Augmentation] | None = None,
        target: float = 0.6,
        speed: int = 500_000,
        every: int = 4,
    ) -> None:
        super().__init__(transforms)
        if not -1 < target < 1:
            raise UsageError(f"target of {type(self).__name__} must lie in (-1, 1), not {target}")
        for name, value in (("speed", speed), ("every", every)):
            if value < 1:
                raise UsageError(f"{name} of {type(self).__name__} must be at least 1, not {value}")
        self.target, self.speed, self.every = target, speed, every

    @staticmethod
    def default_transforms() -> list[Augmentation]:
        return [Translation(), Scale(), Rotation(), Brightness(), Contrast(), Cutout()]

    def adapted(self, p: Tensor, sign: Tensor, images: int) -> Tensor:
        """The next p: p + sgn(r - target) · images / speed, clamped to [0, 1].

        Args:
            p: The present one, a tensor of no dimensions.
            sign: r, the mean of sign(D(T(x))) since the last move, over the real images of all processes.
            images: How many real images that were.
        """
        return (p + (sign - self.target).sign() * (images / self.speed)).clamp(0, 1)
