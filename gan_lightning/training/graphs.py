"""CUDA graphs: the kernels of a whole step are recorded once and launched together ever after.

Small networks leave a GPU waiting for Python, which launches their hundreds of kernels one by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from gan_lightning.errors import UsageError
from gan_lightning.training.phases import Phase
from gan_lightning.training.tally import Scalars

WARM_UP = 3
"""Steps that run as usual before one is recorded, as torch asks: libraries and optimisers set themselves up."""

Step = Callable[[Tensor, Tensor, Phase], Scalars]
"""From real images, labels and what is to be done to the step's values."""


class NotRecordable(UsageError):
    """The step does something that a CUDA graph cannot repeat. It has not been taken."""


class GraphedStep:
    """A step for batches of one shape and one phase that reads its inputs where a graph can find them again.

    The first ``WARM_UP`` calls run the step itself, and the last of them notices whether it waits for the device; the
    next one records it. On other devices than GPUs every call runs the step itself.

    Args:
        step: What is recorded. It must not wait for the device, and keep what outlives it in place.
        real: Images of the shape to come.
        labels: Labels of the shape to come.
        phase: Passed on to ``step``.
    """

    def __init__(self, step: Step, real: Tensor, labels: Tensor, phase: Phase) -> None:
        self.step, self.phase = step, phase
        self.real, self.labels = torch.empty_like(real), torch.empty_like(labels)
        self.side_stream = torch.cuda.Stream(real.device) if real.is_cuda else None
        self.calls = 0
        self.waits = False
        self.graph: torch.cuda.CUDAGraph | None = None
        self.scalars: Scalars = {}

    def __call__(self, real: Tensor, labels: Tensor) -> Scalars:
        """Takes the step. Its values stay as they are until the next step of this phase.

        Raises:
            NotRecordable: The step cannot be recorded. It has not been taken.
        """
        self.real.copy_(real)
        self.labels.copy_(labels)
        if self.graph is None and self.calls >= WARM_UP and real.is_cuda:
            self._record()
        if self.graph is not None:
            self.graph.replay()
        else:
            self._run_on_side_stream(watched=self.calls == WARM_UP - 1)
        self.calls += 1
        return self.scalars

    def _run(self) -> None:
        kind = self.real.device.type  # autocast's copies of the weights must not outlive the step
        with torch.autocast(kind, enabled=torch.is_autocast_enabled(kind), cache_enabled=False):
            self.scalars = self.step(self.real, self.labels, self.phase)

    def _run_on_side_stream(self, watched: bool) -> None:
        """Runs the step on a stream of its own, where torch wants whatever precedes a recording.

        If it is watched, and waits for the device, it is not recorded later: a recording would fail half-way.
        """
        if self.side_stream is None:
            self._run()
            return
        current = torch.cuda.current_stream()
        self.side_stream.wait_stream(current)
        with torch.cuda.stream(self.side_stream), warnings.catch_warnings(record=watched) as caught:
            mode = torch.cuda.get_sync_debug_mode()
            try:
                if watched:
                    warnings.simplefilter("always")
                    torch.cuda.set_sync_debug_mode("warn")
                self._run()
            finally:
                torch.cuda.set_sync_debug_mode(mode)
        self.waits = any("synchronizing" in str(warning.message) for warning in caught or ())
        current.wait_stream(self.side_stream)

    def _record(self) -> None:
        if self.waits:
            raise NotRecordable("the step waits for the device, as reading a value does")
        graph, stream = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # other threads may use the device
                self._run()
        except RuntimeError as error:
            torch.cuda.set_stream(stream)  # a recording that failed leaves its own
            raise UsageError(
                f"recording the step as a CUDA graph failed ({first_line(error)}), after which the device's random "
                "numbers cannot be relied on: leave --model.cuda_graph out, and go on with --ckpt_path"
            ) from error
        self.graph = graph


def first_line(error: BaseException) -> str:
    """What went wrong first: ending a recording that has failed fails once more, with less to say."""
    while error.__context__ is not None:
        error = error.__context__
    return (str(error) or type(error).__name__).splitlines()[0]


class GraphedSteps:
    """The step for every shape of batch and every phase that comes, each recorded when it first comes.

    Args:
        step: What is recorded.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.recorded: dict[tuple[torch.Size, Phase], GraphedStep] = {}

    def __call__(self, real: Tensor, labels: Tensor, phase: Phase) -> Scalars:
        """Takes the step.

        Raises:
            NotRecordable: The step cannot be recorded.
        """
        kind = real.shape, phase
        if kind not in self.recorded:
            self.recorded[kind] = GraphedStep(self.step, real, labels, phase)
        return self.recorded[kind](real, labels)


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
    optimizer._warned_capturable_if_run_uncaptured = True  # the warm-up is meant to be so
    for group in optimizer.param_groups:
        group["capturable"] = True
        group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=device)
        for parameter in group["params"]:
            state = optimizer.state.get(parameter, {})
            if "step" in state:
                state["step"] = torch.as_tensor(state["step"], dtype=torch.float32, device=device)


def undo_capturable(optimizer: Optimizer) -> None:
    """Undoes ``make_capturable``, for steps that are not recorded."""
    for group in optimizer.param_groups:
        group["capturable"] = False
        group["lr"] = float(group["lr"])


def make_portable(checkpoint: dict[str, Any]) -> None:
    """Undoes ``make_capturable`` in a checkpoint that is to be saved, so that it can be loaded on any device."""
    for state in checkpoint.get("optimizer_states", []):
        for group in state["param_groups"]:
            if group.get("capturable"):
                group.update(capturable=False, lr=float(group["lr"]))
    for state in checkpoint.get("lr_schedulers", []):
        if "_last_lr" in state:
            state["_last_lr"] = [float(rate) for rate in state["_last_lr"]]
