"""The latent space: arcs and walks between latents, and the latents of given images.

model = gan_lightning.load("runs/dcgan/version_0/checkpoints/last.ckpt")
z = walk(model.latents(3), frames_between=12, closed=True)
images = model.render(z, model.sample_labels(len(z)))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.errors import UsageError
from gan_lightning.networks.modes import eval_mode
from gan_lightning.sampling.generative import SAMPLE_BATCH, GenerativeModel

PULL = 0.001
"""Weight, in ``invert``, of the squared distance from the shell |z| = √latent_dim, near which Gaussian latents lie."""


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """The latents at shares ``t`` of the arcs from ``a`` to ``b`` (White 2016, arXiv:1609.04468).

    With unit vectors u, v of a, b and the angle ω between them, the direction is
    (sin((1-t)ω) u + sin(tω) v) / sin ω, and the length goes from |a| to |b| in proportion to t. The angle grows in
    proportion to t, too, and samples of N(0, I), which have nearly the same length, stay as long as samples are, which
    they would not on a straight line. Parallel and opposite vectors, which have no arc of their own, are joined by a
    straight line.

    Args:
        a: (..., latent_dim).
        b: (..., latent_dim).
        t: From 0, which gives ``a`` itself, to 1, which gives ``b`` itself; a tensor (...) is a share for each arc.
    """
    start, end = a.double(), b.double()
    share = torch.as_tensor(t, dtype=torch.float64, device=a.device)[..., None]
    lengths = [x.norm(dim=-1, keepdim=True).clamp_min(1e-12) for x in (start, end)]
    u, v = start / lengths[0], end / lengths[1]
    angle = 2 * torch.atan2((u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True))
    length = torch.lerp(*torch.broadcast_tensors(*lengths, share))
    arc = length / lengths[0] * torch.sin((1 - share) * angle) * start
    arc = (arc + length / lengths[1] * torch.sin(share * angle) * end) / torch.sin(angle)
    line = (1 - share) * start + share * end
    return torch.where(torch.sin(angle) < 1e-6, line, arc).to(a.dtype)


def lerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """The points (1 - t) a + t b on the straight lines from ``a`` to ``b``.

    Args:
        a: (..., dim).
        b: (..., dim).
        t: From 0, which gives ``a`` itself, to 1, which gives ``b`` itself; a tensor (...) is a share for each line.
    """
    share = torch.as_tensor(t, dtype=a.dtype, device=a.device)[..., None]
    return torch.lerp(*torch.broadcast_tensors(a, b, share))


def walk(
    points: Tensor,
    frames_between: int,
    closed: bool,
    interpolate: Callable[[Tensor, Tensor, Tensor], Tensor] = slerp,
) -> Tensor:
    """The points (F, dim) of a walk from each of ``points`` (K, dim) to the next.

    Args:
        points: What it passes through.
        frames_between: How many lie between one point and the next.
        closed: Whether it goes on from the last point to just before the first, so that it can be repeated.
        interpolate: What leads from one to the next: ``slerp`` for latents, ``lerp`` for styles.

    Raises:
        UsageError: There are fewer than two points, or no frames between them.
    """
    if len(points) < 2:
        raise UsageError(f"a walk leads through at least 2 samples, not {len(points)}: use --num 2 or more")
    shares = _shares(frames_between)
    legs = interpolate(points[:, None], points.roll(-1, 0)[:, None], shares)
    return legs.flatten(0, 1)[: _length(len(points), frames_between, closed)]


def walk_labels(labels: Tensor, frames_between: int, closed: bool) -> Tensor:
    """The labels (F,) of a ``walk`` through points with ``labels`` (K,): at each latent that of the nearer point.

    A label cannot be mixed as a latent can, so it changes halfway.

    Raises:
        UsageError: There are no frames between the points.
    """
    nearer = torch.where(_shares(frames_between) < 0.5, labels[:, None], labels.roll(-1, 0)[:, None])
    return nearer.flatten()[: _length(len(labels), frames_between, closed)]


def check_frames(frames_between: int) -> None:
    """Raises UsageError where there is no frame between two points of a walk."""
    if frames_between < 1:
        raise UsageError(f"a walk has at least 1 frame between two samples, not {frames_between}: use --frames 12")


def _shares(frames_between: int) -> Tensor:
    """How far on its arc is each latent from a point to just before the next, (frames_between + 1,)."""
    check_frames(frames_between)
    return torch.arange(frames_between + 1, dtype=torch.float64) / (frames_between + 1)


def _length(points: int, frames_between: int, closed: bool) -> int:
    """Latents of a walk through so many points."""
    return points * (frames_between + 1) if closed else (points - 1) * (frames_between + 1) + 1


class Inversion(NamedTuple):
    """What ``invert`` finds for N images.

    Args:
        latents: float32 (N, latent_dim), on the CPU.
        labels: int64 (N,), given or found; all 0 if the model is unconditional.
        images: The reconstructions that the model draws from them, uint8 (N, C, H, W), on the CPU.
        errors: Root mean squared difference between the pixels, in [0, 1], of each image and its reconstruction, (N,).
    """

    latents: Tensor
    labels: Tensor
    images: Tensor
    errors: Tensor


def invert(
    model: GenerativeModel,
    images: Tensor,
    labels: int | Sequence[int] | None = None,
    steps: int = 200,
    learning_rate: float = 0.2,
    restarts: int = 4,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Inversion:
    """The latents whose images are nearest to the given ones (Zhu et al. 2016, arXiv:1609.03552).

    Adam minimises |p(G(z, y)) - p(x)|² / CHW + PULL (|z| - √latent_dim)² over z, where p are pixels in [0, 1] and G
    is the averaged generator, in eval mode. The second term keeps z about as long as samples of N(0, I) are. Of
    several starts the best result is kept. Neither the generator nor the global random stream is changed.

    Args:
        model: What draws the reconstructions.
        images: float (N, C, H, W) in the model's ``value_range``.
        labels: What the images show, as in ``model.sample``. Without it a conditional model tries all labels that it
            knows for a quarter of the steps, and the best starts go on.
        steps: Of the optimisation.
        learning_rate: Of Adam.
        restarts: Random latents that the optimisation starts from.
        seed: Of those.
        progress: Is told, as the search goes on, what share of its work is done.

    Raises:
        UsageError: A number is not positive, the images are of another shape than the model's, or as in ``sample``.
    """
    for name, number in {"steps": steps, "learning_rate": learning_rate, "restarts": restarts}.items():
        if number <= 0:
            raise UsageError(f"--{name} must be positive, not {number}")
    if tuple(images.shape[1:]) != tuple(model.generator.image_shape):
        shapes = tuple(model.generator.image_shape), tuple(images.shape[1:])
        raise UsageError(f"the model draws images of (channels, height, width) {shapes[0]}, and these are {shapes[1]}")
    targets = _pixels(model, images.to(model.device))
    unknown = labels is None and model.generator.num_classes > 0
    tried = (
        torch.tensor([model.classes] * len(images)) if unknown else model.sample_labels(len(images), labels)[:, None]
    )
    z = model.latents(restarts, seed).repeat(len(images), tried.shape[1], 1)
    y = tried.repeat_interleave(restarts, dim=1)
    first = max(1, steps // 4) if unknown else 0
    work, done = first * y.numel() + steps * len(images) * restarts, 0

    def advance(latents: int) -> None:
        nonlocal done
        done += latents
        if progress is not None:
            progress(done / work)

    descend = partial(_descend, model, learning_rate, advance)
    if unknown:
        z, y = _nearest(descend, targets, z, y, first, keep=restarts)
    z, y = _nearest(descend, targets, z, y, steps, keep=1)
    reconstructions = model.render(z[:, 0], y[:, 0]).cpu()
    errors = (reconstructions.float() / 255 - targets.cpu()).square().mean(dim=(1, 2, 3)).sqrt()
    return Inversion(z[:, 0], y[:, 0], reconstructions, errors)


def _nearest(
    descend: Callable[..., tuple[Tensor, Tensor]], targets: Tensor, z: Tensor, y: Tensor, steps: int, keep: int
) -> tuple[Tensor, Tensor]:
    """The ``keep`` best of each image's latents (N, K, latent_dim), after optimisation, with their labels (N, K)."""
    owners = torch.arange(len(z)).repeat_interleave(z.shape[1]).split(SAMPLE_BATCH)
    parts = zip(z.flatten(0, 1).split(SAMPLE_BATCH), y.flatten().split(SAMPLE_BATCH), owners, strict=True)
    found = [descend(targets[owner], latents, labels, steps) for latents, labels, owner in parts]
    z = torch.cat([latents for latents, _ in found]).view_as(z)
    best = torch.cat([errors for _, errors in found]).view_as(y).topk(keep, dim=1, largest=False).indices
    return z.gather(1, best[..., None].expand(-1, -1, z.shape[2])), y.gather(1, best)


def _descend(
    model: GenerativeModel,
    learning_rate: float,
    advance: Callable[[int], None],
    targets: Tensor,
    z: Tensor,
    y: Tensor,
    steps: int,
) -> tuple[Tensor, Tensor]:
    """Latents (M, latent_dim) moved towards ``targets`` (M, C, H, W), and their mean squared errors (M,).

    ``advance`` is told M after each step.
    """
    generator = model.sampling_generator
    weight = next(generator.parameters())
    z, y = z.to(weight.device, torch.float32, copy=True).requires_grad_(), y.to(weight.device)

    def errors() -> Tensor:
        return (_pixels(model, generator(z.to(weight.dtype), y)) - targets).square().mean(dim=(1, 2, 3))

    optimizer = torch.optim.Adam([z], lr=learning_rate)
    with eval_mode(generator):
        for _ in range(steps):
            with torch.enable_grad():
                off_shell = (z.norm(dim=1) - z.shape[1] ** 0.5).square()
                loss = (errors() + PULL * off_shell).sum()
            (z.grad,) = torch.autograd.grad(loss, z)
            optimizer.step()
            advance(len(z))
        with torch.no_grad():
            return z.detach().cpu(), errors().cpu()


def _pixels(model: GenerativeModel, images: Tensor) -> Tensor:
    """Pixels in [0, 1] from images in the model's ``value_range``."""
    low, high = model.value_range
    return (images.float() - low) / (high - low)
