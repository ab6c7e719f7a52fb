"""The tensors that a step reads scheduled numbers from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


class Knobs:
    """Scheduled numbers by name, as 0-dimensional float32 tensors on the device, where a recorded step reads them.

    Args:
        sources: From the images seen to the number, by name.
    """

    def __init__(self, sources: Mapping[str, Callable[[int], float]]) -> None:
        self.sources = dict(sources)
        self.tensors = {name: torch.zeros(()) for name in self.sources}
        self.values: dict[str, float] = {}

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def to(self, device: torch.device) -> None:
        """Moves all tensors to ``device``."""
        self.tensors = {name: tensor.to(device) for name, tensor in self.tensors.items()}
        self.values = {}

    def fill(self, images_seen: int) -> None:
        """Writes the numbers of this moment into the tensors, in place."""
        for name, source in self.sources.items():
            value = source(images_seen)
            if self.values.get(name) != value:
                self.tensors[name].fill_(value)
                self.values[name] = value
