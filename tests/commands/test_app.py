import socket
import sys

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import tiny_model

pytest.importorskip("gradio")

from gan_lightning.app.page import ALL, UNTRUNCATED, build, mix, sample
from gan_lightning.app.reference import Reference
from gan_lightning.errors import UsageError
from gan_lightning.models import ConditionalGAN
from gan_lightning.sampling.latent import slerp


@pytest.fixture(scope="module")
def conditional():
    torch.manual_seed(0)
    return ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[3, 8])


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    return free


def test_samples_are_those_of_the_model(conditional):
    images, labels = sample(conditional, 8, 5.0, 3, UNTRUNCATED)
    assert torch.equal(images, conditional.sample(5, labels=8, seed=3))
    assert labels.tolist() == [8] * 5
    images, labels = sample(conditional, ALL, 5, None, 0.5)
    assert torch.equal(images, conditional.sample(5, seed=0, truncation=0.5))
    assert not torch.equal(images, conditional.sample(5, seed=0))
    assert labels.tolist() == [3, 8, 3, 8, 3]
    model = tiny_model()
    images, labels = sample(model, None, 3, 1, UNTRUNCATED)
    assert torch.equal(images, model.sample(3, seed=1))
    assert labels is None


def test_the_ends_of_a_mix_are_the_two_samples(conditional):
    left, right = (conditional.sample(1, labels=8, seed=seed) for seed in (4, 5))
    assert torch.equal(mix(conditional, 8, 4, 5, 0), torch.cat([left, left, right]))
    assert torch.equal(mix(conditional, 8, 4, 5, 1), torch.cat([left, right, right]))
    z = slerp(conditional.latents(1, 4), conditional.latents(1, 5), 0.3)
    between = conditional.render(z, torch.tensor([8]))
    assert torch.equal(mix(conditional, 8, 4, 5, 0.3), torch.cat([left, between, right]))


def test_only_what_a_model_has_is_on_its_page(conditional, tmp_path):
    def labels(*args):
        return [getattr(block, "label", None) for block in build(*args).blocks.values()]

    assert labels(conditional, Reference()).count("Class") == 2
    assert "Training" not in labels(conditional, Reference())
    assert "Class" not in labels(tiny_model(), Reference())
    iio.imwrite(tmp_path / "training.gif", np.zeros((4, 4, 3), np.uint8))
    assert "Training" in labels(tiny_model(), Reference(), "", tmp_path / "training.gif")


def test_a_model_that_cannot_be_shown_is_refused(conditional):
    with pytest.raises(UsageError, match=r"images of 2 channels, and the page shows grey ones \(1\) or RGB \(3\): use"):
        build(tiny_model(image_shape=(2, 28, 28)), Reference())
    broken = tiny_model()
    torch.nn.init.constant_(next(broken.sampling_generator.parameters()), torch.nan)
    with pytest.raises(UsageError, match="draws NaN"):
        build(broken, Reference())


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_one_sentence(command_line, checkpoint, port):
    status, _, err = command_line("app", "--ckpt_path", checkpoint, "--port", port)
    assert status != 0
    assert err == f"error: --port takes a number from 1 to 65535, such as 7860, not {port}\n"


def test_a_port_in_use_or_a_foreign_host_is_one_sentence(command_line, checkpoint):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, _, err = command_line("app", "--ckpt_path", checkpoint, "--port", port)
    assert status != 0
    assert err == f"error: port {port} is in use: choose another one with --port\n"
    status, _, err = command_line("app", "--ckpt_path", checkpoint, "--host", "192.0.2.1", "--port", port)
    assert status != 0
    assert err.startswith(f"error: no page can be opened at 192.0.2.1, port {port} (")
    assert len(err.splitlines()) == 1


def test_a_missing_or_foreign_checkpoint_is_one_sentence(command_line, port, tmp_path):
    (tmp_path / "notes.ckpt").write_text("no weights")
    for name, sentence in {"absent.ckpt": "there is no checkpoint at", "notes.ckpt": "is no checkpoint"}.items():
        status, _, err = command_line("app", "--ckpt_path", tmp_path / name, "--port", port)
        assert status != 0
        assert sentence in err
        assert len(err.splitlines()) == 1


def test_without_gradio_there_is_one_sentence(command_line, checkpoint, port, monkeypatch):
    for variable in ("HF_HUB_OFFLINE", "GRADIO_TEMP_DIR"):  # the command sets them
        monkeypatch.setenv(variable, "")
    monkeypatch.delitem(sys.modules, "gan_lightning.app.page")
    monkeypatch.setitem(sys.modules, "gradio", None)
    status, _, err = command_line("app", "--ckpt_path", checkpoint, "--port", port)
    assert status != 0
    assert err == "error: the page is made with Gradio, which is not installed: pip install gradio\n"
