"""A command starts without what it does not use, and its memory does not grow."""

import re
import subprocess
import sys

from helpers import QUICK

from gan_lightning.benchmark.startup import measure_startup

UNUSED = ["gradio", "datasets", "sklearn", "playwright", "gan_lightning.app.page", "gan_lightning.benchmark"]

EPOCHS = """
import sys
from lightning.pytorch import Callback
from gan_lightning.cli import main

class Resident(Callback):
    def on_train_epoch_end(self, *_):
        with open("/proc/self/statm") as file:
            print("pages", int(file.read().split()[1]), flush=True)

main(sys.argv[1:])
"""


def test_fit_imports_nothing_that_it_does_not_use():
    program = f"import sys, gan_lightning.cli.entry; print([name for name in {UNUSED} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert found.strip() == "[]"


def test_start_up_is_measured_from_the_command_on(tmp_path):
    options = ["--model=VanillaGAN", "--model.hidden_dims=[8]", "--data.dataset=digits", "--trainer.accelerator=cpu"]
    found = measure_startup(options, repeats=1)
    assert 0 < found["import_package"] < found["import_libraries"] < found["one_batch"]


def test_memory_stays_flat_over_epochs(tmp_path):
    """With every picture, figure and checkpoint that a run makes."""
    quick = [option for option in QUICK if "max_epochs" not in option and "limit_train" not in option]
    options = [
        "--trainer.max_epochs=3",
        "--model.width=8",
        "--data.batch_size=64",
        f"--trainer.logger.save_dir={tmp_path}",
    ]
    options += ["--trainer.callbacks+=__main__.Resident", f"--trainer.logger.save_dir={tmp_path}"]
    command = [sys.executable, "-c", EPOCHS, "fit", *quick, *options]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    first, _, third = (int(pages) for pages in re.findall(r"pages (\d+)", out))
    assert third < 1.05 * first
