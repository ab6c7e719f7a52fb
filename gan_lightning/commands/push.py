"""``push``: a trained generator, to the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from gan_lightning import load
from gan_lightning.sharing.hub import push_folder
from gan_lightning.sharing.names import check_repository, locate_model
from gan_lightning.sharing.outputs import write_bundle
from gan_lightning.sharing.trained import origin_at


def push(run: str, repository: str, /, half: bool = False, private: bool = False) -> None:
    """Puts a trained generator on the Hugging Face hub: its weights in safetensors, a model card and samples.

    It is the averaged generator, as generate draws from it; the discriminator and the checkpoint stay here. Log in with
    hf auth login first. Another server than huggingface.co is named by the environment variable HF_ENDPOINT.

    Args:
        run: A checkpoint, the folder of a run, a .safetensors file, or a generator that comes with the package.
        repository: Where it goes: user/name, which is made if it is not there.
        half: Whether weights are rounded to float16, which makes the file half as large.
        private: Whether a repository that is made is for its owner alone.

    Raises:
        UsageError: There is no such model, huggingface_hub is not installed, or the hub refuses it or is out of reach.
    """
    check_repository(repository)
    path = Path(run) if Path(run).exists() else locate_model(run)
    with TemporaryDirectory() as folder:
        write_bundle(Path(folder), repository.partition("/")[2], load(path), origin_at(path), half, repository)
        print(push_folder(Path(folder), repository, private))
