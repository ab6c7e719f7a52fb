"""Small folders of images, and data modules that read them, for tests."""

from PIL import Image

from gan_lightning.data import ImageFolderDataModule

RED, GREEN, BLUE = (250, 10, 20), (10, 240, 30), (20, 30, 230)


def write_colour(path, colour, size=(12, 9)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **({"quality": 100} if path.suffix != ".png" else {}))


def write_classes(root, classes=(("green", GREEN), ("blue", BLUE), ("red", RED)), num=10):
    """PNG files of one colour, in a folder for each class."""
    for name, colour in classes:
        for index in range(num):
            write_colour(root / name / f"{index}.png", colour)
    return root


def write_numbered(root, num=40):
    """A flat folder in which image i is grey of brightness i."""
    for index in range(num):
        write_colour(root / f"{index:03}.png", (index, index, index), size=(8, 8))
    return root


def image_folder(root, **options):
    return ImageFolderDataModule(str(root), **{"image_size": 8, **options})


def read_folder(root, **options):
    data = image_folder(root, **options)
    data.setup("fit")
    return data


def brightness(data, train):
    return data.images(train)[0][:, 0, 0, 0].tolist()
