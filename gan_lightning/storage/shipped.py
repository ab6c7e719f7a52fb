"""The configurations and the generators that come with the package, which are known by name."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.errors import UsageError, nearest

PACKAGE = Path(__file__).parent.parent


def shipped_configs() -> dict[str, Path]:
    """The files by name: ``dcgan``, ``overlays/bf16``. An installed package has them within, a clone beside itself."""
    within = PACKAGE / "configs"
    folder = within if within.is_dir() else PACKAGE.parent / "configs"
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def config_file(name: str) -> Path:
    """The YAML file that ``name`` means: a path, or a shipped configuration as ``dcgan`` or ``configs/dcgan.yaml``.

    Raises:
        UsageError: There is no such file, and no configuration is called so.
    """
    path, shipped = Path(name), shipped_configs()
    if path.is_file():
        return path
    short = name.removeprefix("configs/").removesuffix(".yaml")
    if short in shipped:
        return shipped[short]
    raise UsageError(f"there is no configuration {name or 'without a name'}: {meant(short, shipped)}")


def meant(name: str, shipped: dict[str, Path]) -> str:
    """What may be meant by a name that is no configuration's."""
    asked = nearest(name, shipped)
    return asked if asked.startswith("did") else "give a YAML file, or the name of one that comes with the package"


def shipped_generators() -> dict[str, Path]:
    """The files of the trained generators that come with the package, by name, such as ``conditional_dcgan``."""
    return {path.stem: path for path in sorted((PACKAGE / "zoo").glob("*.safetensors"))}
