"""CUDA graphs: the kernels of a whole step are recorded once and launched together ever after.

Small networks leave a GPU waiting for Python, which launches their hundreds of kernels one by one.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from lightning.pytorch import Trainer
from torch import Tensor
from torch.optim import Optimizer

WARM_UP = 3
"""Steps that run as usual before one is recorded, as torch asks: libraries and optimisers set themselves up."""

Scalars = dict[str, Tensor]
Step = Callable[[Tensor, Tensor, "float | Tensor", bool], Scalars]
"""From real images, labels, the decay of the average and whether it is the generator's turn to logged values."""


class NotRecordable(Exception):
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
        if not self.real.is_cuda:
            self._run()
            return
        beside, current = torch.cuda.Stream(), torch.cuda.current_stream()
        beside.wait_stream(current)
        with torch.cuda.stream(beside):
            self._run()
        current.wait_stream(beside)

    def _record(self) -> None:
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # other threads may use the device
                self._run()
        except RuntimeError as error:
            raise NotRecordable(str(error).splitlines()[0]) from error
        self.graph = graph


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
    kind = trainer.strategy.root_device.type
    if kind != "cuda":
        return f"it takes an NVIDIA GPU, and this runs on {kind}"
    if trainer.world_size > 1:
        return "several processes exchange gradients in mid-step"
    if trainer.precision == "16-mixed":
        return "float16's gradient scaling waits for the device: use --trainer.precision bf16-mixed"
    for optimizer in trainer.optimizers:
        if not all("capturable" in group for group in optimizer.param_groups):
            return f"{type(optimizer).__name__} cannot be recorded: use Adam"
    return None


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


def make_portable(optimizer_state: dict) -> None:
    """Undoes ``make_capturable`` in a state that is to be saved, so that it can be loaded wherever it is needed."""
    for group in optimizer_state["param_groups"]:
        if group.get("capturable"):
            group.update(capturable=False, lr=float(group["lr"]))
