"""Checkpoints that somebody changed: each entry says what, and which commands must refuse them."""

import copy
import os
import pickle
import zipfile

import torch

REMOVED = object()
"""In place of a value: the entry is taken out."""

DOORS = ("generate", "fit")
ARGUMENTS = {
    "generate": ["generate", "--num=1", "--output=out/x.png"],
    "test": ["test", "--trainer.accelerator=cpu", "--trainer.enable_progress_bar=false", "--metrics.num_images=0"],
    "fit": [
        "fit",
        "--trainer.accelerator=cpu",
        "--trainer.max_steps=3",
        "--trainer.enable_progress_bar=false",
        "--trainer.limit_val_batches=0",
        "--metrics.num_images=0",
    ],
}


class Executed:
    """Unpickling it writes the canary."""

    def __reduce__(self):
        return os.system, ("touch canary",)


NESTED = {"class_path": "evil_module.Canary", "init_args": {}}
CLASSES = {
    "a function": {"class_path": "os.system", "init_args": {"command": "touch canary"}},
    "a process": {"class_path": "subprocess.Popen", "init_args": {"args": "touch canary", "shell": True}},
    "a module": NESTED,
    "a path": "evil_module.Canary",
    "a short name": "Hinge",
    "another kind": {"class_path": "gan_lightning.networks.mlp.MLPGenerator", "init_args": {}},
    "a tensor": {"class_path": "torch.Tensor", "init_args": {"data": [1.0]}},
    "a model": {"class_path": "gan_lightning.models.vanilla.VanillaGAN", "init_args": {}},
}
PLACES = "loss", "generator_optimizer", "discriminator_scheduler", "augment", "prior", "learning_rate_schedule"

HP, TR, FIT = ("hyper_parameters",), ("training",), ("loops", "fit_loop")
PROGRESS = (*FIT, "epoch_loop.batch_progress")
FIRST = ("optimizer_states", 0)
GIF, BEST = ("callbacks", "TrainingGIF"), ("callbacks", "BestCheckpoint")


def classes():
    for place in PLACES:
        for name, value in CLASSES.items():
            yield f"{name} for {place}", ([((*HP, place), value)], DOORS)
    yield "a module within a list", ([((*HP, "penalties"), [NESTED])], DOORS)
    inner = {"class_path": "gan_lightning.objectives.penalties.R1", "init_args": {"weight": NESTED}}
    yield "a module within a class", ([((*HP, "penalties"), inner)], DOORS)
    yield "a module as the model", ([((*HP, "_class_path"), "evil_module.Canary")], DOORS)
    yield "a module as the data", ([(("datamodule_hyper_parameters", "_class_path"), "evil_module.Canary")], ("fit",))
    yield "a tensor for an option", ([((*TR, "optimizers", 0, "options", "lr"), torch.ones(2))], DOORS)
    yield "a tensor for options", ([((*HP, "loss", "init_args"), torch.ones(2))], DOORS)
    yield "nothing for options", ([((*HP, "loss", "init_args"), None)], DOORS)
    yield "more than a class", ([((*HP, "loss", "dict_kwargs"), {"evil": 1})], DOORS)


def tampered():
    """Values of wrong types, shapes and sizes."""
    for path in [("state_dict",), HP, TR, (*TR, "tally"), (*TR, "optimizers"), (*TR, "images_seen")]:
        yield f"no {path[-1]}", ([(path, REMOVED)], DOORS)
        yield f"text for {path[-1]}", ([(path, "text")], DOORS)
    for path in [("loops",), FIT, PROGRESS, (*PROGRESS, "total"), ("optimizer_states",), FIRST, (*FIRST, "state")]:
        yield f"no {path[-1]}, {len(path)} deep", ([(path, [] if path[-1] == 0 else REMOVED)], ("fit",))
        yield f"a number for {path[-1]}, {len(path)} deep", ([(path, 3)], ("fit",))
    for name, value in {"NaN": float("nan"), "infinite": float("inf"), "negative": -1, "huge": 2**200}.items():
        yield f"{name} images", ([((*TR, "images_seen"), value)], DOORS)
        yield f"{name} batches", ([((*PROGRESS, "current", "ready"), value)], ("fit",))
        yield (
            f"a {name} learning rate",
            ([((*FIRST, "param_groups", 0, "lr"), value)], ("fit",) if value != value or value == float("inf") else ()),
        )
    weight = next(iter(("generator.layers.0.weight",)))
    yield "another weight", ([(("state_dict", weight), torch.zeros(3, 3))], DOORS)
    yield "no weight", ([(("state_dict", weight), REMOVED)], DOORS)
    yield "a name for a weight", ([(("state_dict", weight), "text")], DOORS)
    yield "a complex weight", ([(("state_dict", weight), torch.zeros(16, 8, dtype=torch.complex64))], DOORS)
    yield "a sparse weight", ([(("state_dict", weight), torch.zeros(16, 8).to_sparse())], DOORS)
    yield "a strange weight", ([(("state_dict", "extra"), torch.zeros(3))], DOORS)
    yield "another moment", ([((*FIRST, "state", 0, "exp_avg"), torch.zeros(2))], ("fit",))
    yield "no moment", ([((*FIRST, "state", 0, "exp_avg"), REMOVED)], ("fit",))
    yield "a strange parameter", ([((*FIRST, "state", 99), {})], ("fit",))
    yield "parameters of another network", ([((*FIRST, "param_groups", 0, "params"), [0])], ("fit",))
    yield "a scheduler too many", ([(("lr_schedulers",), [{}])], ("fit",))
    yield "text for frames", ([((*GIF, "frames"), "text")], DOORS)
    yield "no frames", ([((*GIF, "frames"), REMOVED)], DOORS)
    yield "a list for rows", ([(("callbacks", "History", "rows"), ["text"])], DOORS)
    yield "text for losses", ([(("callbacks", "LossCurves", "history"), {"step": "text"})], DOORS)
    yield "a number for a callback", ([(BEST, 3)], ("fit",))
    yield "text for a score", ([((*BEST, "best"), "text")], DOORS)
    yield "text for the place", ([(("MNISTDataModule", "position"), "text")], ("fit",))
    yield "no version", ([(("pytorch-lightning_version",), REMOVED)], DOORS)
    yield "an old version", ([(("pytorch-lightning_version",), "0.1.0")], DOORS)
    yield "no version at all", ([(("pytorch-lightning_version",), "new")], DOORS)
    yield "a wide layer", ([((*HP, "hidden_dims"), [10**6, 10**6])], DOORS)
    yield "a long latent", ([((*HP, "latent_dim"), 10**10)], DOORS)
    yield "a latent below zero", ([((*HP, "latent_dim"), -3)], DOORS)
    yield "a huge image", ([((*HP, "image_shape"), [1, 10**6, 10**6])], DOORS)
    yield "text for a size", ([((*HP, "hidden_dims"), "text")], DOORS)
    yield "an unknown option", ([((*HP, "evil"), 1)], DOORS)
    yield "an option without a name", ([((*HP, 3), 1)], DOORS)
    yield "a learning rate below zero", ([((*HP, "generator_optimizer", "init_args", "lr"), -1.0)], DOORS)
    laughs = ["ha"]
    for _ in range(9):
        laughs = [laughs] * 10
    yield "laughs", ([((*HP, "classes"), laughs)], DOORS)
    endless = []
    endless.append(endless)
    yield "no end", ([((*HP, "classes"), endless)], DOORS)


def paths(victim, folder):
    """Paths that a run must not follow; the commands succeed, and the victim stays."""
    gone = {
        "best_model_path": str(victim),
        "last_model_path": str(victim),
        "kth_best_model_path": str(victim),
        "best_k_models": {str(victim): torch.tensor(9.0)},
        "dirpath": str(folder),
    }
    return [(("callbacks", name), {**gone, "best": None}) for name in CHECKPOINTS]


CHECKPOINTS = "LastCheckpoint", "BestCheckpoint", "EpochCheckpoint", "ModelCheckpoint{'monitor': None}"
CASES = {**dict(classes()), **dict(tampered())}


def changed(content, changes):
    """``content`` with other values at some paths."""
    content = copy.deepcopy(content)
    for path, value in changes:
        *way, last = path
        inner = content
        for key in way:
            inner = inner[key]
        if value is REMOVED:
            del inner[last]
        else:
            inner[last] = value
    return content


def write_pickle(path, content):
    path.write_bytes(pickle.dumps(Executed()))


def write_torch_pickle(path, content):
    torch.save({**content, "training": Executed()}, path)


def write_legacy(path, content):
    torch.save({**content, "training": Executed()}, path, _use_new_zipfile_serialization=False)


def write_compressed(path, content):
    torch.save(content, path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def write_truncated(path, content):
    torch.save(content, path)
    path.write_bytes(path.read_bytes()[:-500])


def write_list(path, content):
    torch.save([1, 2], path)


def write_folder(path, content):
    path.mkdir()


FILES = {
    writer.__name__: writer
    for writer in (
        write_pickle,
        write_torch_pickle,
        write_legacy,
        write_compressed,
        write_truncated,
        write_list,
        write_folder,
    )
}
