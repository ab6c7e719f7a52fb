"""Which classes a command line, its configurations and a checkpoint name, and whether they agree."""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule

from gan_lightning.checkpoints.arguments import check_built
from gan_lightning.checkpoints.contents import CLASS_PATH, INSTANTIATOR
from gan_lightning.checkpoints.description import known_class
from gan_lightning.checkpoints.hyperparameters import Incomplete
from gan_lightning.cli.yaml_files import load_yaml
from gan_lightning.errors import UsageError
from gan_lightning.models import GAN

LINKS = "image_shape", "num_classes", "classes", "value_range"
"""What the model learns from the data module."""

NETWORKS = "generator", "discriminator"
"""Options of the model that are networks; those learn the first two from the data module, too."""

CLASSES = {"model": "DCGAN", "data": "MNISTDataModule"}
"""The classes that are taken where none is named. They are no defaults of the parser, which would hand the defaults of
their arguments on to other classes."""


def named_options(words: list[str]) -> dict[str, Any]:
    """The options on the first level, such as ``model``, that a command line or its configurations name.

    Raises:
        UsageError: A configuration names another.
    """
    return dict(given_options(words))


def given_options(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Each option on the first level, with its value or its part of a configuration, in the order in which they count.

    Raises:
        UsageError: A configuration names another.
    """
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, given, value = word.partition("=")
        value = value if given else following
        if option in ("--config", "-c"):
            with contextlib.suppress(OSError, yaml.YAMLError, UnicodeDecodeError):  # the parser says what is wrong
                content = load_yaml(Path(value).read_text(), value)
                if isinstance(content, dict) and "config" in content:
                    raise UsageError(f"{value} sets config, which only a command line can: leave it out there")
                yield from content.items() if isinstance(content, dict) else ()
        elif option.startswith("--"):
            yield option.removeprefix("--"), value


def import_datasets(words: list[str]) -> None:
    """Imports the modules of data sets of the user's own that a command line or its configurations name.

    Raises:
        UsageError: There is no such module.
    """
    for option, value in given_options(words):
        arguments = value.get("init_args") if option == "data" and isinstance(value, dict) else None
        dataset = arguments.get("dataset") if isinstance(arguments, dict) else value
        if arguments is None and option not in ("data.dataset", "data.init_args.dataset"):
            continue
        module = str(dataset).rpartition(".")[0]
        if all(map(str.isidentifier, module.split("."))):
            try:
                importlib.import_module(module)
            except ModuleNotFoundError as error:
                raise UsageError(
                    f"--data.dataset {dataset}: there is no module {error.name} that can be imported from here"
                ) from error


def with_classes(words: list[str], classes: dict[str, str]) -> list[str]:
    """The words of a command line, with ``classes`` where neither they nor their configurations name one."""
    given = named_options(words)
    named = {option for option, value in given.items() if not isinstance(value, dict) or "class_path" in value}
    added = [f"--{option}={name}" for option, name in classes.items() if option not in named]
    return [*words[:1], *added, *words[1:]] if words and not words[0].startswith("-") else words


def check_saved(saved: dict[str, Any]) -> None:
    """Raises UsageError where a checkpoint's model or data name classes that are not known here."""
    check_built(saved["model"], GAN)
    if "data" in saved:
        check_built(saved["data"], LightningDataModule)


def as_config(hparams: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint's hyperparameters in the form of a YAML file.

    Data are not downloaded to wherever a file says: they are there, or the command line asks for it.
    """
    init_args = {key: value for key, value in hparams.items() if key not in (CLASS_PATH, INSTANTIATOR)}
    if "download" in init_args:
        init_args["download"] = False
    return {"class_path": hparams[CLASS_PATH], "init_args": init_args}


def check_agreement(path: str, given: Any, saved: Any) -> None:
    """Raises UsageError where other networks were asked for than those in the checkpoint at ``path``.

    Its own are built first, within bounds that the command line's parser does not know.
    """
    with contextlib.suppress(Incomplete):  # the command line gives what it lacks
        GAN.load_from_checkpoint(path)
    classes = [known_class(config.class_path) for config in (saved, given)]
    if classes[0] is not classes[1]:
        names = [cls.__name__ for cls in classes]
        raise UsageError(
            f"{path} holds a {names[0]}, not a {names[1]}: give a {names[1]}'s checkpoint, or --model {names[0]}"
        )
    training = set(inspect.signature(GAN.__init__).parameters) - {*NETWORKS, "prior"}
    for name, value in vars(given.init_args).items():
        if name in training or name in LINKS:
            continue
        for option, before, now in differences(f"model.{name}", getattr(saved.init_args, name, None), value):
            raise UsageError(
                f"the checkpoint was trained with {option} {before}, which cannot be changed to {now}: leave that "
                "option out, or train anew without --ckpt_path"
            )


def differences(option: str, before: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two configurations differ, apart from what is learnt from the data module: option, before, now."""
    if not (hasattr(before, "class_path") and hasattr(now, "class_path")):
        if before != now:
            yield option, before, now
        return
    classes = [known_class(config.class_path) for config in (before, now)]
    if classes[0] is not classes[1]:
        yield option, classes[0].__name__, classes[1].__name__
        return
    for name, value in vars(getattr(now, "init_args", None) or Namespace()).items():
        if name not in LINKS:
            yield from differences(f"{option}.{name}", getattr(before.init_args, name, None), value)
