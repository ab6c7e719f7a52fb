"""How long a command takes before it trains."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from statistics import median

IMPORTS = """
import time
start = time.perf_counter()
import torch, torchvision.transforms.v2, lightning.pytorch.cli
middle = time.perf_counter()
import gan_lightning.cli.entry
print(middle - start, time.perf_counter() - middle)
"""


def measure_startup(options: Sequence[str], repeats: int = 3) -> dict[str, float]:
    """Seconds to import the libraries and this package, and to run ``fit`` to the end of its first batch."""
    imports, first = [], []
    for _ in range(repeats):
        out = subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True, text=True).stdout
        imports.append([float(word) for word in out.split()])
        with tempfile.TemporaryDirectory() as folder:
            only_one = ["--trainer.max_steps=1", "--trainer.limit_val_batches=0", "--trainer.enable_progress_bar=false"]
            command = [sys.executable, "-m", "gan_lightning", "fit", *options, *only_one]
            start = time.perf_counter()
            subprocess.run([*command, f"--trainer.logger.save_dir={folder}"], check=True, capture_output=True)
            first.append(time.perf_counter() - start)
    libraries, own = (median(column) for column in zip(*imports, strict=True))
    return {"import_libraries": libraries, "import_package": own, "one_batch": median(first)}
