"""Small data sets of the ``datasets`` library for tests."""

import datasets
from PIL import Image

from gan_lightning.data import HuggingFaceDataModule

NAMES = ["red", "green", "blue"]
FEATURES = {
    "image": datasets.Image(),
    "label": datasets.ClassLabel(names=NAMES),
    "number": datasets.Value("int64"),
    "word": datasets.Value("string"),
    "weight": datasets.Value("float32"),
}

datasets.disable_progress_bars()


def table(num=30, start=0, **changes):
    """Image i is grey of brightness start + i; the classes take turns; ``number`` is 7, 8 or 10."""
    rows = range(num)
    columns = {
        "image": [Image.new("RGB", (10, 8), (start + i,) * 3) for i in rows],
        "label": [i % 3 for i in rows],
        "number": [(7, 8, 10)[i % 3] for i in rows],
        "word": ["xyz"[i % 3] for i in rows],
        "weight": [0.5] * num,
    }
    return datasets.Dataset.from_dict({**columns, **changes}, features=datasets.Features(FEATURES))


def save(folder, **splits):
    datasets.DatasetDict(splits).save_to_disk(folder)
    return folder


def hub(folder, **options):
    return HuggingFaceDataModule(str(folder), **{"image_size": 8, "channels": 1, "batch_size": 5, **options})


def brightness(data, train):
    images, labels = data.images(train)
    assert (images == images[:, :, :1, :1]).all()
    return images[:, 0, 0, 0].tolist(), labels.tolist()
