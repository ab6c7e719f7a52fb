"""``evaluate``: the figures of any images, by the protocol of ``test``."""

from __future__ import annotations

from pathlib import Path

from gan_lightning.commands.options import parse_device
from gan_lightning.data import ImageDataModule
from gan_lightning.pictures.reading import read_images
from gan_lightning.storage.writing import check_writable


def evaluate(
    path: str,
    /,
    data: ImageDataModule,
    features: str = "classifier",
    inception_weights: str | None = None,
    output: str | None = None,
    device: str = "cpu",
) -> None:
    """Measures images, whoever made them, as ``test`` measures those of a checkpoint.

    Args:
        path: An .npz file with ``images`` and perhaps ``labels``, or a folder of image files.
        data: The real images.
        features: classifier, inception or a .safetensors file that train_classifier made.
        inception_weights: A local file with Inception's weights, for machines without internet.
        output: A .json file for the figures.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: The images cannot be read or are of another shape than the real ones, or the output cannot be
            written.
    """
    from gan_lightning.metrics.evaluation import Evaluation
    from gan_lightning.metrics.features.store import extractor_for
    from gan_lightning.metrics.report import table, write_metrics

    images, labels = read_images(Path(path), data.image_shape[0])
    if output:
        check_writable(Path(output).parent, "--output")
    extractor = extractor_for(data, features, inception_weights).to(parse_device(device))
    evaluation = Evaluation(extractor, data)
    figures, floor = evaluation.measure(images, labels), evaluation.floor(len(images))
    protocol = evaluation.protocol(len(images))
    print(f"{protocol}\n\n{table(figures, floor)}")
    if output:
        write_metrics(Path(output), figures, floor, protocol, {"images": path})
