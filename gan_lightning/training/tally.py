"""Sums of what each step gives, on the device, so that nothing is read or copied between logged steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

Scalars = dict[str, Tensor]
"""Values of a step () by name."""


STATISTICS = "real_logit", "fake_logit", "real_sign"
"""Values of a step that terms and the augmentation follow, and that are neither summed nor logged."""


class Tally:
    """Running sums of scalars by name. ``add`` is part of a recorded step, ``count`` is not."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}

    @torch.no_grad()
    def add(self, scalars: Mapping[str, Tensor]) -> None:
        """Adds a step's values in place."""
        for name, value in scalars.items():
            if name in STATISTICS:
                continue
            if name not in self.sums:
                self.sums[name] = torch.zeros((), device=value.device)
            self.sums[name].add_(value)

    def count(self, names: Iterable[str]) -> None:
        """Counts a step that gave values of these names."""
        for name in names:  # in an order that all processes share, since they average one mean after the other
            if name not in STATISTICS:
                self.counts[name] = self.counts.get(name, 0) + 1

    def means(self) -> dict[str, Tensor]:
        """The mean of each () since ``reset``."""
        return {name: self.sums[name] / count for name, count in self.counts.items() if count}

    def reset(self) -> None:
        """Begins anew, in place."""
        for total in self.sums.values():
            total.zero_()
        self.counts = {}

    def state_dict(self) -> dict[str, dict]:
        """What a resumed run needs to go on."""
        return {"sums": {name: total.cpu() for name, total in self.sums.items()}, "counts": dict(self.counts)}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Goes on from ``state_dict()``."""
        self.sums = {name: total.clone() for name, total in state["sums"].items()}
        self.counts = dict(state["counts"])

    def to(self, device: torch.device) -> None:
        """Moves the sums."""
        self.sums = {name: total.to(device) for name, total in self.sums.items()}
