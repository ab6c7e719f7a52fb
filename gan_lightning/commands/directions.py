"""``directions``: what moving a style changes in an image."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_lightning import load
from gan_lightning.commands.options import parse_device, parse_labels
from gan_lightning.errors import UsageError
from gan_lightning.pictures.images import image_grid, write_png
from gan_lightning.sampling.styles import find_directions, move, parse_layers
from gan_lightning.storage.writing import check_writable


def directions(
    ckpt_path: str,
    num: int = 6,
    steps: int = 9,
    strength: float = 6.0,
    layers: str | None = None,
    labels: str | None = None,
    seed: int = 0,
    output: str = "directions.png",
    device: str = "cpu",
) -> None:
    """Finds the directions in which a style-based generator's images change most, and moves a sample along each.

    They follow from the generator's weights alone, without labels or training (SeFa, arXiv:2007.06600). The picture has
    a row for each direction, the one that changes most first, with the sample in the middle.

    Args:
        ckpt_path: The checkpoint of a run with a StyleGenerator.
        num: How many directions.
        steps: Images in a row.
        strength: How far the style is moved either way; styles are about as long as √latent_dim.
        layers: Which layers are moved, from the coarsest to the finest, such as 0-3 or 0,2,5; by default all.
        labels: What a conditional model draws: one label, such as 7; by default the first that it knows.
        seed: Of the sample.
        output: A .png file for the picture.
        device: Where to compute, such as cuda.

    Raises:
        UsageError: There is no such checkpoint, its generator has no styles or not these layers, the model cannot draw
            the label, a number is out of range, or the output cannot be written.
    """
    path = Path(output)
    if path.suffix != ".png":
        raise UsageError(f"--output must end in .png, not {output}")
    if steps < 2 or strength <= 0:
        raise UsageError(f"a row takes --steps from 2 up and a positive --strength, not {steps} and {strength}")
    wanted = parse_labels(labels)
    if wanted and len(wanted) > 1:
        raise UsageError(f"--labels takes the one label of the sample, such as 7, not {labels}")
    model = load(ckpt_path).to(parse_device(device))
    generator = model.styled_generator
    chosen = parse_layers(layers, generator.num_layers)
    vectors, eigenvalues = find_directions(generator, chosen)
    if not 1 <= num <= len(vectors):
        raise UsageError(f"the styles have {len(vectors)} directions, and --num is {num}: choose 1 to {len(vectors)}")
    (styles,) = model.styles(model.latents(1, seed), model.sample_labels(1, wanted))
    amounts = torch.linspace(-strength, strength, steps)
    moved = torch.cat([move(styles, vector, amounts, chosen) for vector in vectors[:num].to(styles)])
    images = model.render_styles(moved)
    check_writable(path.parent, "--output")
    write_png(path, image_grid(images, columns=steps))
    for row, share in enumerate((eigenvalues / eigenvalues.sum())[:num].tolist()):
        print(f"row {row + 1}: direction {row + 1}, {share:.1%} of the squared weights")
    print(f"{num} directions in layers {', '.join(map(str, chosen))}, from -{strength:g} to +{strength:g}: {path}")
