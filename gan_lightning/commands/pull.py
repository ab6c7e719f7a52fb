"""``pull``: a trained generator, from the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.sharing.hub import copy_files, refresh
from gan_lightning.sharing.names import check_repository
from gan_lightning.sharing.weights import FILE, read_generator
from gan_lightning.storage.writing import check_writable


def pull(repository: str, /, output: str | None = None) -> None:
    """Fetches a trained generator from the Hugging Face hub into a folder, which every command takes for --ckpt_path.

    Its weights, card and samples are fetched, nothing else, and no code of theirs is run. Another server than
    huggingface.co is named by the environment variable HF_ENDPOINT.

    Args:
        repository: Where it is: user/name.
        output: The folder; by default the repository's name, here.

    Raises:
        UsageError: huggingface_hub is not installed, there is no such repository, it holds no generator of this
            project, or the folder cannot be written to.
    """
    check_repository(repository)
    folder = Path(output or repository.partition("/")[2])
    stored = refresh(repository)
    read_generator(stored / FILE)
    check_writable(folder, "--output")
    for path in copy_files(stored, folder):
        print(path)
