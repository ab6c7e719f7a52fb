"""CUDA graphs: the kernels of a whole step are recorded once and launched together ever after.

Small networks leave a GPU waiting for Python, which launches their hundreds of kernels one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import ParallelStrategy
from torch import Tensor
from torch.optim import Optimizer

from gan_lightning.errors import UsageError

WARM_UP = 3
"""Steps that run as usual before one is recorded, as torch asks: libraries and optimisers set themselves up."""

Scalars = dict[str, Tensor]
Step = Callable[[Tensor, Tensor, "float | Tensor", bool], Scalars]
"""From real images, labels, the decay of the average and whether it is the generator's turn to logged values."""


class NotRecordable(UsageError):
    """The step does something that a CUDA graph cannot repeat. It has not been taken."""


class GraphedStep:
    """A step for batches of one shape that reads its inputs where a graph can find them again.

    The first ``WARM_UP`` calls run the step itself; the next one records it. On other devices than GPUs every call
    runs the step itself.

    Args:
        step: What is recorded. It must not wait for the device, and keep what outlives it in place.
        real: Images of the shape to come.
        labels: Labels of the shape to come.
        generators_turn: Passed on to ``step``.
    """

    def __init__(self, step: Step, real: Tensor, labels: Tensor, generators_turn: bool) -> None:
        self.step, self.generators_turn = step, generators_turn
        self.real, self.labels = torch.empty_like(real), torch.empty_like(labels)
        self.decay = torch.empty((), dtype=torch.float32, device=real.device)
        self.beside = torch.cuda.Stream(real.device) if real.is_cuda else None
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.scalars: Scalars = {}

    def __call__(self, real: Tensor, labels: Tensor, decay: float | Tensor) -> Scalars:
        """Takes the step; the values that it gives are the caller's own.

        Raises:
            NotRecordable: The step cannot be recorded.
        """
        self.real.copy_(real)
        self.labels.copy_(labels)
        self.decay.fill_(decay)
        if self.graph is None and self.calls >= WARM_UP and real.is_cuda:
            self._record()
        if self.graph is None:
            self._run_beside()
        else:
            self.graph.replay()
        self.calls += 1
        return {name: value.clone() for name, value in self.scalars.items()}

    def _run(self) -> None:
        kind = self.real.device.type  # autocast's copies of the weights must not outlive the step
        with torch.autocast(kind, enabled=torch.is_autocast_enabled(kind), cache_enabled=False):
            self.scalars = self.step(self.real, self.labels, self.decay, self.generators_turn)

    def _run_beside(self) -> None:
        """Runs the step on a stream of its own, where torch wants whatever precedes a recording."""
        if self.beside is None:
            self._run()
            return
        current = torch.cuda.current_stream()
        self.beside.wait_stream(current)
        with torch.cuda.stream(self.beside):
            self._run()
        current.wait_stream(self.beside)

    def _record(self) -> None:
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # other threads may use the device
                self._run()
        except RuntimeError as error:
            raise NotRecordable(f"the step cannot be recorded: {first_line(error)}") from error
        self.graph = graph


def first_line(error: BaseException) -> str:
    """What went wrong first: ending a recording that has failed fails once more, with less to say."""
    while error.__context__ is not None:
        error = error.__context__
    return (str(error) or type(error).__name__).splitlines()[0]


class GraphedSteps:
    """The step for every kind of batch that comes, each recorded when it first comes.

    Args:
        step: What is recorded.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.recorded: dict[tuple[torch.Size, bool], GraphedStep] = {}

    def __call__(self, real: Tensor, labels: Tensor, decay: float | Tensor, generators_turn: bool) -> Scalars:
        """Takes the step.

        Raises:
            NotRecordable: The step cannot be recorded.
        """
        kind = real.shape, generators_turn
        if kind not in self.recorded:
            self.recorded[kind] = GraphedStep(self.step, real, labels, generators_turn)
        return self.recorded[kind](real, labels, decay)


def obstacle(trainer: Trainer) -> str | None:
    """Why the trainer's steps cannot be recorded, as far as that is known beforehand; None if nothing is in the way."""
    if isinstance(trainer.strategy, ParallelStrategy):
        return "processes exchange gradients in mid-step"
    kind = trainer.strategy.root_device.type
    if kind != "cuda":
        return f"it takes an NVIDIA GPU, and this runs on {kind}"
    if trainer.precision == "16-mixed":
        return "float16's gradient scaling waits for the device: use --trainer.precision bf16-mixed"
    for config in trainer.lr_scheduler_configs:
        if name := cycles_momentum(config.scheduler):
            return f"{name} changes Adam's betas, which a recording keeps: give it cycle_momentum false"
    return not_capturable(trainer.optimizers)


def not_capturable(optimizers: Sequence[Optimizer]) -> str | None:
    """Why the steps of one of the optimisers cannot be recorded; None if all can."""
    for optimizer in optimizers:
        if not all("capturable" in group for group in optimizer.param_groups):
            return f"{type(optimizer).__name__} cannot be recorded: use Adam"
    return None


def cycles_momentum(scheduler: Any) -> str | None:
    """The name of the scheduler, or of one that it is made of, that changes more than the learning rate."""
    parts = getattr(scheduler, "_schedulers", ())  # of a SequentialLR or a ChainedScheduler
    found = (cycles_momentum(part) for part in parts)
    own = type(scheduler).__name__ if getattr(scheduler, "cycle_momentum", False) else None
    return own or next((name for name in found if name), None)


def make_capturable(optimizer: Optimizer, device: torch.device) -> None:
    """Moves to ``device`` what a recorded step of the optimiser reads: the learning rate and the count of steps.

    Schedulers write a learning rate that is a tensor in place, so replays follow them.
    """
    for group in optimizer.param_groups:
        group["capturable"] = True
        group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=device)
        for parameter in group["params"]:
            state = optimizer.state.get(parameter, {})
            if "step" in state:
                state["step"] = torch.as_tensor(state["step"], dtype=torch.float32, device=device)


def make_portable(checkpoint: dict[str, Any]) -> None:
    """Undoes ``make_capturable`` in a checkpoint that is to be saved, so that it can be loaded on any device."""
    for state in checkpoint.get("optimizer_states", []):
        for group in state["param_groups"]:
            if group.get("capturable"):
                group.update(capturable=False, lr=float(group["lr"]))
    for state in checkpoint.get("lr_schedulers", []):
        if "_last_lr" in state:
            state["_last_lr"] = [float(rate) for rate in state["_last_lr"]]
