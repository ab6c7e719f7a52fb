"""On a process's PYTHONPATH, makes the packages that only extras install look as if they were not there."""

from importlib.machinery import PathFinder
from importlib.metadata import Distribution, PackageNotFoundError

EXTRAS = {
    *("torch_fidelity", "gradio", "datasets", "huggingface_hub", "wandb", "mlflow", "optuna"),
    *("onnx", "onnxscript", "onnxruntime"),
}

find_spec, from_name = PathFinder.find_spec, Distribution.from_name


def find_other_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in EXTRAS else find_spec(name, path, target)


def from_other_name(name):
    if name.lower().replace("-", "_") in EXTRAS:
        raise PackageNotFoundError(name)
    return from_name(name)


PathFinder.find_spec = staticmethod(find_other_spec)
Distribution.from_name = staticmethod(from_other_name)
