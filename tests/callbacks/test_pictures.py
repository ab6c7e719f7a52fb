"""The pictures are where they should be, when they should be, and show what they claim."""

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from helpers import tiny_data, tiny_model
from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_lightning.callbacks import LossCurves, RealVersusGenerated, SampleGrid, TrainingGIF, losses
from gan_lightning.callbacks.grids import fixed_samples, sample_grid
from gan_lightning.models import ConditionalGAN
from gan_lightning.pictures.images import image_grid


def names(folder):
    return sorted(path.name for path in folder.glob("*"))


def test_grids_follow_epochs_and_batches(make_trainer, tmp_path):
    by_epoch, by_batch = SampleGrid(every_n_epochs=2), RealVersusGenerated(every_n_epochs=0, every_n_batches=5)
    trainer = make_trainer(max_epochs=4, limit_train_batches=3, callbacks=[by_epoch, by_batch])
    trainer.fit(tiny_model(), tiny_data())
    assert names(tmp_path / "samples") == ["0000000.png", "0000006.png", "0000012.png"]
    assert names(tmp_path / "real_v_generated") == ["0000005.png", "0000010.png"]
    assert by_epoch.path == tmp_path / "samples" / "0000012.png"


def test_the_grid_on_disk_is_the_grid_of_the_averaged_generator(make_trainer, tmp_path):
    model = tiny_model()
    make_trainer(max_epochs=1, callbacks=[SampleGrid(rows=3, columns=4)]).fit(model, tiny_data())
    on_disk = iio.imread(tmp_path / "samples" / "0000008.png")
    assert np.array_equal(on_disk, image_grid(model.sample(12, seed=0), columns=4))


def test_a_conditional_grid_has_a_row_for_each_class():
    torch.manual_seed(0)
    model = ConditionalGAN(latent_dim=4, hidden_dims=[8], classes=[1, 5, 8])
    rows = torch.cat([model.sample(12, label)[i::3] for i, label in enumerate((1, 5, 8))])
    assert np.array_equal(sample_grid(model, rows=7, columns=4), image_grid(rows, columns=4))


def test_real_images_stand_on_the_left(make_trainer, tmp_path):
    class LastBatch(Callback):
        def on_train_batch_end(self, trainer, model, outputs, batch, batch_idx):
            self.images = model.to_uint8(batch[0])

    last = LastBatch()
    make_trainer(max_epochs=1, callbacks=[last, RealVersusGenerated(side=3)]).fit(tiny_model(), tiny_data())
    picture = iio.imread(tmp_path / "real_v_generated" / "0000008.png")
    real = image_grid(last.images[:9], columns=3)
    assert np.array_equal(picture[:, : real.shape[1]], real)
    assert picture.shape[1] == 2 * real.shape[1] + 16


def test_the_gif_begins_before_training_and_moves(make_trainer, tmp_path):
    gif = TrainingGIF(every_n_epochs=0, every_n_batches=4, rows=2, columns=2)
    model = tiny_model()
    first = image_grid(fixed_samples(model, 2, 2), columns=2, enlarge=False)
    make_trainer(max_steps=12, callbacks=[gif]).fit(model, tiny_data())
    frames = iio.imread(tmp_path / "training.gif", index=None)
    assert len(frames) == 4
    assert np.abs(frames[0].astype(int) - first).mean() < 3
    assert len({frame.tobytes() for frame in frames}) == 4


def test_the_gif_of_a_long_run_is_thinned(make_trainer):
    gif = TrainingGIF(every_n_batches=1, max_frames=6)
    make_trainer(max_steps=30, callbacks=[gif]).fit(tiny_model(), tiny_data())
    assert 3 <= len(gif.frames) <= 6


def test_the_gif_ends_with_the_last_step(make_trainer):
    gif, model = TrainingGIF(every_n_epochs=0, every_n_batches=5, rows=2, columns=2), tiny_model()
    make_trainer(max_steps=7, callbacks=[gif]).fit(model, tiny_data())
    assert len(gif.frames) == 3
    assert torch.equal(gif.frames[-1], fixed_samples(model, 2, 2))


def test_an_interrupted_run_leaves_its_gif_and_a_resumed_one_keeps_its_beginning(make_trainer, tmp_path):
    class Stop(Callback):
        def on_train_batch_end(self, trainer, *_):
            if trainer.global_step == 4:
                trainer.save_checkpoint(tmp_path / "four.ckpt")
                raise RuntimeError("power cut")

    model = tiny_model()
    with pytest.raises(RuntimeError, match="power cut"):
        make_trainer(max_steps=8, callbacks=[TrainingGIF(every_n_batches=2), Stop()]).fit(model, tiny_data())
    assert len(iio.imread(tmp_path / "training.gif", index=None)) == 3
    resumed = TrainingGIF(every_n_batches=2)
    trainer = make_trainer(max_steps=8, callbacks=[resumed])
    trainer.fit(tiny_model(), tiny_data(), ckpt_path=tmp_path / "four.ckpt")
    whole = TrainingGIF(every_n_batches=2)
    make_trainer(max_steps=8, callbacks=[whole]).fit(tiny_model(), tiny_data())
    assert len(resumed.frames) == 5
    assert torch.equal(torch.stack(resumed.frames), torch.stack(whole.frames))


def test_pictures_that_are_turned_off_leave_no_file(make_trainer, tmp_path):
    off = [kind(every_n_epochs=0) for kind in (SampleGrid, RealVersusGenerated, TrainingGIF, LossCurves)]
    make_trainer(max_epochs=1, log_every_n_steps=1, callbacks=off).fit(tiny_model(), tiny_data())
    assert list(tmp_path.iterdir()) == []


def test_loss_curves_hold_the_logged_values(make_trainer, tmp_path):
    logger = CSVLogger(tmp_path)
    curves = LossCurves()
    make_trainer(max_epochs=1, log_every_n_steps=2, logger=logger, callbacks=[curves]).fit(tiny_model(), tiny_data())
    rows = np.genfromtxt(tmp_path / "lightning_logs/version_0/metrics.csv", delimiter=",", names=True)
    logged = rows["traindiscriminator_loss"]
    np.testing.assert_allclose(curves.history["train/discriminator_loss"], logged[~np.isnan(logged)], rtol=1e-5)
    assert curves.history["step"] == [2, 4, 6, 8]
    picture = iio.imread(curves.path)
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert (31, 119, 180) in colours  # the discriminator's curve
    assert (255, 127, 14) in colours  # the generator's


@pytest.mark.parametrize(("share", "drawn"), [(1e-9, [4, 12]), (1e9, [4, 8, 12])])
def test_loss_curves_wait_where_drawing_would_take_more_than_its_share(make_trainer, monkeypatch, share, drawn):
    """But for the first epoch's and the end's, which are always drawn."""
    monkeypatch.setattr(losses, "SHARE", share)
    curves, steps = LossCurves(), []
    monkeypatch.setattr(curves, "publish", lambda trainer, *_: steps.append(trainer.global_step))
    make_trainer(max_epochs=3, log_every_n_steps=1, limit_train_batches=4, callbacks=[curves]).fit(
        tiny_model(), tiny_data()
    )
    assert steps == drawn


@pytest.mark.parametrize("steps", [1, 3])
def test_a_run_too_short_for_a_logged_step_has_its_curves(make_trainer, tmp_path, steps):
    curves, model = LossCurves(every_n_epochs=100), tiny_model()
    make_trainer(max_steps=steps, log_every_n_steps=50, callbacks=[curves]).fit(model, tiny_data())
    assert curves.history["step"] == [steps]
    assert curves.history["train/generator_loss"] == [float(model.scalars["generator_loss"])]
    colours = {tuple(colour) for colour in iio.imread(tmp_path / "losses.png").reshape(-1, 3)}
    assert (255, 127, 14) in colours, "a point can be seen"


def test_loss_curves_go_on_after_resuming(make_trainer, tmp_path):
    """Also where the generator has its turn in the third step and the sixth, and keeps its loss in between."""
    whole, resumed = LossCurves(), LossCurves()
    options, model = {"log_every_n_steps": 2}, {"discriminator_steps": 3}
    make_trainer(max_steps=8, callbacks=[whole], **options).fit(tiny_model(**model), tiny_data())
    trainer = make_trainer(max_steps=4, callbacks=[LossCurves()], **options)
    trainer.fit(tiny_model(**model), tiny_data())
    trainer.save_checkpoint(tmp_path / "four.ckpt")
    trainer = make_trainer(max_steps=8, callbacks=[resumed], **options)
    trainer.fit(tiny_model(**model), tiny_data(), ckpt_path=tmp_path / "four.ckpt")
    assert resumed.history["step"] == [2, 4, 6, 8]
    assert len(resumed.history["train/generator_loss"]) == 3
    assert resumed.history == whole.history


def test_tensorboard_shows_every_picture_and_the_gif_as_it_is(make_trainer, tmp_path):
    pictures = [SampleGrid(), RealVersusGenerated(), LossCurves(), TrainingGIF()]
    logger = TensorBoardLogger(tmp_path, name="run")
    make_trainer(max_epochs=2, log_every_n_steps=1, logger=logger, callbacks=pictures).fit(tiny_model(), tiny_data())
    events = EventAccumulator(logger.log_dir).Reload()
    assert {"samples", "real_v_generated", "losses", "training"} <= set(events.Tags()["images"])
    assert [event.step for event in events.Images("samples")] == [0, 8, 16]
    (animation,) = events.Images("training")
    assert animation.encoded_image_string == pictures[-1].path.read_bytes()
    assert animation.encoded_image_string.startswith(b"GIF89a")
    shown = iio.imread(events.Images("samples")[-1].encoded_image_string)
    assert np.array_equal(shown, iio.imread(pictures[0].path))
    assert str(pictures[0].path).startswith(logger.log_dir)


def test_a_logger_with_log_image_is_shown_pictures_and_others_leave_them_files(make_trainer, tmp_path):
    class Album(CSVLogger):
        """What Weights & Biases' logger offers: log_image(key, images, step)."""

        shown = ()

        def log_image(self, key, images, step=None):
            self.shown = (*self.shown, (key, step, images[0].shape))

    album = Album(tmp_path / "album")
    make_trainer(max_epochs=1, logger=album, callbacks=[SampleGrid(rows=1, columns=1)]).fit(tiny_model(), tiny_data())
    assert album.shown == (("samples", 0, (56, 56, 3)), ("samples", 8, (56, 56, 3)))
    files = CSVLogger(tmp_path / "files")
    make_trainer(max_epochs=1, logger=files, callbacks=[SampleGrid()]).fit(tiny_model(), tiny_data())
    assert (tmp_path / "files/lightning_logs/version_0/samples/0000008.png").is_file()


def test_a_run_whose_animation_is_off_can_go_on(fit, tmp_path):
    off = "--model=VanillaGAN", "--model.hidden_dims=[8]", "--metrics.num_images=0", "--training_gif.every_n_epochs=0"
    assert fit(*off)[0] == 0
    status, _, err = fit(*off, "--ckpt_path=last", "--trainer.max_epochs=2")
    assert status == 0, err
