"""The pages of the documentation."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = {
    name: (ROOT / name / "README.md").read_text()
    for name in (
        ".",
        "configs",
        "gan_lightning/data",
        "gan_lightning/training",
        "gan_lightning/callbacks",
        "gan_lightning/sampling",
        "gan_lightning/metrics",
        "gan_lightning/benchmark",
        "gan_lightning",
        "notebooks",
    )
}
"""The README of each folder, in the order in which a newcomer reads them."""
README, ZOO, SPEED, CODE = (PAGES[name] for name in (".", "configs", "gan_lightning/benchmark", "gan_lightning"))


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", "\n".join(PAGES.values()), flags=re.DOTALL)
