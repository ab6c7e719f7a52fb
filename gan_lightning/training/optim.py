"""Optimisers with the defaults that GANs want."""

from __future__ import annotations

import os

import torch
from torch.optim.optimizer import ParamsT


class Adam(torch.optim.Adam):
    """Adam with the DCGAN's settings (Radford et al. 2016, arXiv:1511.06434), in torch's fused implementation.

    Args:
        params: The parameters to train.
        lr: Learning rate.
        betas: Decay rates of the averages of the gradient and of its square. GANs want a first one of 0.5 or less:
            the players' gradients turn too fast for a longer memory.
        weight_decay: L2 penalty.
        fused: Whether to run one kernel for all parameters.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        weight_decay: float = 0.0,
        fused: bool = True,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay, fused=fused)


def use_fast_cuda_check() -> None:
    """Has optimisers on a machine without a GPU ask for one in the fast way, which they do in every step.

    Lightning has torch ask NVML instead, which takes as long as the step of a small network.
    """
    if not torch.cuda.is_available():
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"
