"""What a run goes on from, perhaps with other options of its optimisers, which is fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightning.pytorch.loops.fit_loop import _FitLoop as FitLoop
from lightning.pytorch.loops.loop import _Loop
from torch.optim import Optimizer

from gan_lightning.augment import AdaptiveAugment
from gan_lightning.checkpoints.contents import PLAIN
from gan_lightning.checkpoints.description import class_path
from gan_lightning.training.adaptation import Adaptation
from gan_lightning.training.players import PLAYERS

if TYPE_CHECKING:
    from gan_lightning.training.module import AlternatingModule


def training_state(module: AlternatingModule) -> dict[str, Any]:
    """What a checkpoint holds besides the weights, the optimisers and the callbacks."""
    return {
        "images_seen": module.images_seen,
        "seed": module.seed,
        "tally": module.tally.state_dict(),
        "scalars": {name: value.cpu() for name, value in module.scalars.items()},
        "terms": {name: term.state_dict() for name, term in module.terms.items()},
        "adaptation": module.adaptation.state_dict() if module.adaptation else None,
        "knobs": dict(module.knobs.values),
        "optimizers": [optimizer_options(player.optimizer) for player in module.players.values()],
    }


def restore(module: AlternatingModule, state: dict[str, Any]) -> None:
    """Goes on from ``training_state``. Terms that it does not know begin anew."""
    module.images_seen, module.seed = state["images_seen"], state["seed"]
    module.tally.load_state_dict(state["tally"])
    module.scalars = dict(state["scalars"])
    for name, term in module.terms.items():
        term.load_state_dict(state["terms"].get(name, {}))
    if isinstance(module.augment, AdaptiveAugment) and state["adaptation"]:
        module.adaptation = Adaptation(module.augment)
        module.adaptation.load_state_dict(state["adaptation"])


def optimizer_options(optimizer: Optimizer) -> dict[str, Any]:
    """The class of the optimiser and the options that it was built with, as plain data."""
    options: dict[str, Any] = {}
    for name, value in optimizer.defaults.items():
        if isinstance(value, (list, tuple)):
            options[name] = [float(item) for item in value]
        elif isinstance(value, PLAIN):
            options[name] = value
    return {"class_path": class_path(type(optimizer)), "options": options}


def carry_over(checkpoint: dict[str, Any], configured: list[dict[str, Any]], hyperparameters: dict[str, Any]) -> None:
    """Has the optimisers' states in a checkpoint say what the run that goes on was configured with.

    Loading an optimiser's state would otherwise bring back the learning rate of the run before. What the optimiser has
    learnt of the gradients stays, unless it is of another class; a scheduler whose player changed begins anew.

    Args:
        checkpoint: Is changed.
        configured: What ``configure_optimizers`` gives now.
        hyperparameters: The model's now.
    """
    states, saved = checkpoint.get("optimizer_states"), checkpoint["training"]["optimizers"]
    if not states or not len(states) == len(saved) == len(configured):
        return
    changed = False
    for index, (before, now) in enumerate(zip(saved, configured, strict=True)):
        optimizer, scheduler = now["optimizer"], f"{PLAYERS[index]}_scheduler"
        after, kept = optimizer_options(optimizer), checkpoint["hyper_parameters"].get(scheduler)
        changed |= before != after or kept != hyperparameters.get(scheduler)
        if before == after:
            continue
        fresh = optimizer.state_dict()
        if before["class_path"] == after["class_path"]:
            fresh["state"] = states[index]["state"]
        states[index] = fresh
    if changed:
        checkpoint["lr_schedulers"] = [
            now["lr_scheduler"]["scheduler"].state_dict() for now in configured if "lr_scheduler" in now
        ]


def leave_finished_epoch(loop: FitLoop) -> None:
    """Has a run that goes on after an epoch begin the next one, called when training starts.

    With ``max_steps``, Lightning takes every checkpoint for one within an epoch, and would train on one batch more.
    """
    if loop.restarted_on_epoch_end:
        loop.epoch_progress.increment_completed()
        _Loop.restarting.fset(loop, False)  # type: ignore[attr-defined]  # the fit loop's own setter knows better
        loop.reset_restart_stage()
