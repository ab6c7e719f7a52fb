"""Whether what a checkpoint says of a run fits the run that goes on from it, before any of it is obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor
from torch.optim import Optimizer

from gan_lightning.checkpoints.contents import NO_PATHS, PLACE
from gan_lightning.checkpoints.shape import (
    ADVICE,
    ANYTHING,
    FINITE,
    Each,
    Keys,
    Rule,
    check_shape,
    like,
)
from gan_lightning.errors import UsageError
from gan_lightning.training.players import PLAYERS

if TYPE_CHECKING:
    from gan_lightning.training.module import AlternatingModule

RESUMED = "loops", "callbacks", "optimizer_states", "lr_schedulers"
"""Parts that training goes on from, which a checkpoint of weights alone lacks."""

MEANS = like(torch.zeros(2))
"""What LeCam keeps."""


def check_resumable(module: AlternatingModule, checkpoint: dict[str, Any]) -> None:
    """Checks the states of the terms, of Lightning's loops, and of the callbacks and plugins that are here.

    Args:
        module: That was built; its trainer, if it has one, is about to restore them.
        checkpoint: Whose contents were checked already.

    Raises:
        UsageError: One is of another shape than that which its object keeps.
    """
    for name in module.terms:
        kept = checkpoint["training"]["terms"].get(name, {})
        check_shape(kept, Keys({"means": MEANS}, required=False), f"the checkpoint.training.terms.{name}")
    trainer = module._trainer
    if not isinstance(trainer, Trainer):
        return
    if is_fitting(module):
        if len(checkpoint["training"]["optimizers"]) != len(PLAYERS):
            raise UsageError(f"the checkpoint.training.optimizers are not those of {len(PLAYERS)} players: {ADVICE}")
        missing = [name for name in RESUMED if name not in checkpoint]
        if missing:
            raise UsageError(f"the checkpoint has no {missing[0]} to go on from: give one that was saved with them")
    check_loops(trainer, checkpoint.get("loops", {}))
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        saved, own = checkpoint.get("callbacks", {}).get(callback.state_key), callback.state_dict()
        if saved and own:
            unread = dict.fromkeys(own.keys() & NO_PATHS.keys(), ANYTHING)
            check_shape(saved, Keys(like(own) | unread), f"the checkpoint.callbacks.{callback.state_key}")
    plugin = trainer.precision_plugin
    name = type(plugin).__qualname__
    if name in checkpoint and (own := plugin.state_dict()):
        check_shape(checkpoint[name], like(own), f"the checkpoint.{name}")


def is_fitting(module: AlternatingModule) -> bool:
    """Whether the module is about to be trained, not only to be looked at."""
    return isinstance(module._trainer, Trainer) and module._trainer.state.fn == TrainerFn.FITTING


def check_loops(trainer: Trainer, saved: dict[str, Any]) -> None:
    """Checks how far each of Lightning's loops had come. Raises UsageError where that makes no sense."""
    loops = {
        TrainerFn.FITTING: ("fit_loop", trainer.fit_loop),
        TrainerFn.VALIDATING: ("validate_loop", trainer.validate_loop),
        TrainerFn.TESTING: ("test_loop", trainer.test_loop),
        TrainerFn.PREDICTING: ("predict_loop", trainer.predict_loop),
    }
    if trainer.state.fn not in loops or not saved:
        return
    name, loop = loops[trainer.state.fn]
    if name not in saved:
        raise UsageError(f"the checkpoint.loops has no {name}: {ADVICE}")
    shape = like(loop.state_dict())
    if name == "fit_loop":
        shape["state_dict"] = Keys({"combined_loader": Each(list, PLACE)}, required=False)
    check_shape(saved[name], shape, f"the checkpoint.loops.{name}")


def check_optimizers(module: AlternatingModule, checkpoint: dict[str, Any], configured: list[dict[str, Any]]) -> None:
    """Checks the states of the optimisers and schedulers, which torch takes over as they are.

    Args:
        module: Whose they are; nothing is checked unless it is about to be trained.
        checkpoint: Its states are those that the run goes on with.
        configured: What ``configure_optimizers`` gives.

    Raises:
        UsageError: One is of another shape than that of the optimiser or scheduler here.
    """
    if not is_fitting(module):
        return
    optimizers = [now["optimizer"] for now in configured]
    schedulers = [now["lr_scheduler"]["scheduler"] for now in configured if "lr_scheduler" in now]
    for name, own in (("optimizer_states", optimizers), ("lr_schedulers", schedulers)):
        if len(checkpoint[name]) != len(own):
            raise UsageError(f"the checkpoint.{name} are {len(checkpoint[name])}, not {len(own)}: {ADVICE}")
    for index, (scheduler, state) in enumerate(zip(schedulers, checkpoint["lr_schedulers"], strict=True)):
        check_shape(state, like(scheduler.state_dict()), f"the checkpoint.lr_schedulers.{index}")
    makers = [module.optimizer_factories[name] for name in PLAYERS]
    for index, (maker, optimizer) in enumerate(zip(makers, optimizers, strict=True)):
        where = f"the checkpoint.optimizer_states.{index}"
        check_groups(checkpoint["optimizer_states"][index]["param_groups"], optimizer, where)
        check_memory(checkpoint["optimizer_states"][index]["state"], optimizer, maker, where)


def check_groups(saved: list[dict[str, Any]], optimizer: Optimizer, where: str) -> None:
    """Checks the options of an optimiser's groups of parameters, and which parameters are in each; fills in others."""
    own = optimizer.state_dict()["param_groups"]
    if [group["params"] for group in saved] != [group["params"] for group in own]:
        raise UsageError(f"{where} is of other parameters than the network has: {ADVICE}")
    for group, options in zip(saved, own, strict=True):
        known = {name: option_shape(value) for name, value in options.items()}
        further = dict.fromkeys(group.keys() - options.keys(), FINITE)  # such as a schedule's base_lr
        check_shape(group, Keys({**known, **further}, required=False), f"{where}.param_groups")
        group |= {name: options[name] for name in options.keys() - group.keys()}  # another torch knew fewer


def check_memory(saved: dict[Any, Any], optimizer: Optimizer, maker: Any, where: str) -> None:
    """Checks what an optimiser has learnt of each parameter against what another one keeps after a step of its own."""
    twins = [torch.zeros_like(p, requires_grad=True) for group in optimizer.param_groups for p in group["params"]]
    for twin in twins:
        twin.grad = torch.zeros_like(twin)
    other = maker(twins)
    other.step()
    own = other.state_dict()["state"]
    shapes = {index: {name: memory_shape(value) for name, value in state.items()} for index, state in own.items()}
    unknown = [index for index in saved if index not in shapes]
    if unknown:
        raise UsageError(f"{where} is of other parameters than the network has: {ADVICE}")
    check_shape(saved, Keys(shapes, required=False), f"{where}.state")


def memory_shape(value: Any) -> Any:
    return FINITE if isinstance(value, (int, float)) else like(value)


def option_shape(value: Any) -> Any:
    """The shape of an option of an optimiser, whose numbers are finite."""
    if isinstance(value, tuple):
        expected = f"{len(value)} numbers"
        return Rule(lambda found: is_list(found, len(value)) and all(map(FINITE.holds, found)), expected)
    return FINITE if isinstance(value, (float, Tensor)) else like(value)


def is_list(found: Any, length: int) -> bool:
    return isinstance(found, (list, tuple)) and len(found) == length
