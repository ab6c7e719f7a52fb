"""How checkpoints are written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.strategies import Strategy

from gan_lightning.errors import UsageError
from gan_lightning.storage.writing import write_bytes


class WholeCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint beside the one of that name, then puts it in its place.

    Lightning's own writes to ``$TMPDIR`` and copies from there, which can leave half a file, and none from before.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Saves ``checkpoint``.

        Raises:
            UsageError: It cannot be written.
        """
        if "://" in str(path):  # not on this machine
            super().save_checkpoint(checkpoint, path, storage_options)
            return
        content = io.BytesIO()
        torch.save(checkpoint, content)
        try:
            write_bytes(Path(path), content.getbuffer())
        except OSError as error:
            raise UsageError(
                f"the checkpoint {path} cannot be written ({error.strerror or error}), so training stops; those from "
                "before are whole: make room or choose another folder, and go on from one of them"
            ) from error


def write_whole_checkpoints(strategy: Strategy) -> None:
    """Has ``strategy`` write checkpoints by ``WholeCheckpointIO``, unless it was given another way."""
    if type(strategy.checkpoint_io) is TorchCheckpointIO:
        strategy.checkpoint_io = WholeCheckpointIO()
