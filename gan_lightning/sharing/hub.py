"""Generators in repositories of the Hugging Face hub. Weights, a card and a picture are read from there, and no code.

``$HF_ENDPOINT`` names another server than huggingface.co.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan_lightning.errors import UsageError
from gan_lightning.sharing.card import CARD, PICTURE
from gan_lightning.sharing.weights import FILE
from gan_lightning.storage.writing import replacing


def fetch(repository: str) -> Path:
    """The generator's file of the repository ``repository``, such as user/name: as it was stored before, or from there.

    Raises:
        UsageError: As ``refresh``.
    """
    with refusals(repository):
        from huggingface_hub import try_to_load_from_cache

        stored = try_to_load_from_cache(repository, FILE)
    return Path(stored) if isinstance(stored, str) else refresh(repository) / FILE


def refresh(repository: str) -> Path:
    """The folder on this machine where the generator's file of a repository is stored, as it is there now.

    Its card and picture lie beside it if the repository has them.

    Raises:
        UsageError: ``huggingface_hub`` is not installed, there is no such repository, it has no generator, or it can
            be neither reached nor found among what was stored before.
    """
    with refusals(repository):
        folder = Path(api().snapshot_download(repository, allow_patterns=[FILE, CARD, PICTURE]))
    if not (folder / FILE).is_file():
        raise UsageError(f"{repository} on the hub has no generator of this project, which would be its {FILE}")
    return folder


def copy_files(source: Path, folder: Path) -> list[Path]:
    """Copies a generator's file from ``source`` to ``folder``, with its card and picture; gives where they are."""
    names = [name for name in (FILE, CARD, PICTURE) if (source / name).is_file()]
    for name in names:
        with replacing(folder / name) as partial:
            shutil.copyfile(source / name, partial)
    return [folder / name for name in names]


def push_folder(folder: Path, repository: str, private: bool) -> str:
    """Makes ``repository`` if it is not there, and puts the files of ``folder`` into it; gives its address.

    Raises:
        UsageError: ``huggingface_hub`` is not installed, or the hub refuses it or cannot be reached.
    """
    with refusals(repository):
        hub = api()
        hub.create_repo(repository, private=private, exist_ok=True)
        hub.upload_folder(repo_id=repository, folder_path=folder, commit_message="A generator with its card")
        return f"{hub.endpoint}/{repository}"


def api() -> Any:
    """The client of the hub, which knows where that is and who is logged in."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars, logging

    disable_progress_bars()
    logging.set_verbosity_error()
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"))


@contextmanager
def refusals(repository: str) -> Iterator[None]:
    """Says in one sentence what the hub refuses of ``repository``."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            "the Hugging Face hub is reached with huggingface_hub, which is not installed: "
            "pip install 'gan-lightning[hub]'"
        ) from error
    except UsageError:
        raise
    except Exception as error:  # what the client raises differs from version to version
        raise refusal(repository, error) from error


def refusal(repository: str, error: Exception) -> UsageError:
    """What is said of an exception of the hub's client."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, errors.HFValidationError):
        return UsageError(f"{repository} is no name of a repository: give one such as user/name")
    if isinstance(error, errors.LocalTokenNotFoundError) or status in (401, 403):
        return UsageError(
            f"there is no {repository} on the hub, or it is not yours to use: check the name, or run hf auth login"
        )
    if isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        return UsageError(f"there is no {repository} on the hub: check the name")
    return UsageError(f"the hub cannot be reached for {repository} ({said}): try again later, or set HF_ENDPOINT")
