"""What ``predict`` draws."""

import numpy as np
import torch
from helpers import tiny_data, tiny_model


def test_each_batch_has_images_of_its_own_and_each_run_the_same(make_trainer):
    model, data = tiny_model(), tiny_data()
    first, again = (make_trainer().predict(model, data) for _ in range(2))
    images = [batch for batch, _ in first]
    assert len(images) > 1
    rows = torch.cat(images).flatten(1)
    assert len(rows.unique(dim=0)) == len(rows)
    for (one, _), (other, _) in zip(first, again, strict=True):
        assert torch.equal(one, other)


def test_no_image_is_written_twice(command_line, checkpoint, tmp_path):
    status, _, err = command_line(
        "predict",
        f"--ckpt_path={checkpoint}",
        "--data.batch_size=20",
        "--trainer.accelerator=cpu",
        "--trainer.enable_progress_bar=false",
        f"--trainer.logger.save_dir={tmp_path}",
    )
    assert status == 0, err
    (path,) = tmp_path.rglob("predictions_0.npz")
    images = np.load(path)["images"]
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images) > 20
