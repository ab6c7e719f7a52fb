"""Each mistake on the command line is one sentence, before training."""

import pytest
from helpers import QUICK

MISTAKES = {
    "unknown data set": (["--data.dataset=minst"], "mnist, fashion_mnist, kmnist"),
    "digits out of range": (["--data.digits=[3,12]"], "classes 0 to 9"),
    "too many samples": (["--data.samples_per_class=9999"], "only 142 of class 0"),
    "impossible size": (["--model=DCGAN", "--data.image_size=30"], "multiple of 4"),
    "unreachable range": (["--data.normalization=[0.1307,0.3081]"], "cannot reach"),
    "misspelt model option": (["--model.widht=3"], "did you mean --model.width?"),
    "misspelt inherited option": (["--model.ema_half_live=3"], "did you mean --model.ema_half_life?"),
    "misspelt data option": (["--data.bacth_size=3"], "did you mean --data.batch_size?"),
    "misspelt optimiser option": (
        ["--model.generator_optimizer.lrr=3"],
        "did you mean --model.generator_optimizer.lr?",
    ),
    "misspelt trainer option": (["--trainer.max_epohcs=3"], "did you mean --trainer.max_epochs?"),
    "misspelt group": (["--dta.root=3"], "did you mean --data.root?"),
    "misspelt callback option": (["--sample_grid.colums=3"], "did you mean --sample_grid.columns?"),
    "misspelt model": (["--model=DCGA"], "did you mean DCGAN?"),
    "misspelt loss": (["--model.loss=LeastSqares"], "did you mean LeastSquares?"),
    "neither of two types": (
        ["--model.cuda_graph=maybe"],
        "--model.cuda_graph: expected bool or 'strict', got maybe",
    ),
    "wrong type": (["--model.width=wide"], "--model.width: expected int, got wide"),
    "wrong type for the trainer": (
        ["--trainer.max_epochs=ten"],
        "--trainer.max_epochs: expected int, got ten",
    ),
    "wrong type for the data": (["--data.digits=three"], "--data.digits: expected list or int, got three"),
    "wrong type within a list": (["--data.digits=[3,x]"], "--data.digits: expected int, got x"),
    "a class without what it needs": (
        ["--trainer.callbacks=EarlyStopping"],
        "--trainer.callbacks.monitor must be given",
    ),
    "misspelt callback": (["--trainer.callbacks=EarlyStoping"], "did you mean EarlyStopping?"),
    "option of no callback": (
        ["--trainer.callbacks.scheduling=3"],
        "--trainer.callbacks.scheduling is not an option: --help",
    ),
    "class of another kind": (["--model.loss=DCGAN"], "--model.loss: no such class as DCGAN: --help"),
    "absent module": (["--model=absent.GAN"], "--model: No module named 'absent'"),
    "what Lightning refuses": (["--trainer.limit_train_batches=-1"], "invalid value"),
    "smoothing out of range": (["--model.loss.label_smoothing=2"], "must lie in [0, 1), not 2"),
    "absent config": (["--config=nowhere.yaml"], "nowhere.yaml"),
    "absent checkpoint": (["--ckpt_path=nowhere.ckpt"], "there is no checkpoint at nowhere.ckpt"),
    "clipping by the trainer": (["--trainer.gradient_clip_val=1"], "use --model.gradient_clip_norm instead"),
    "too few images to measure": (
        ["--metrics.num_images=5"],
        "--metrics.num_images must be at least 10, or 0 for never",
    ),
    "misspelt metrics option": (["--metrics.num_imgaes=50"], "did you mean --metrics.num_images?"),
    "unknown features": (["--metrics.features=vgg"], "features are classifier, inception or a .safetensors file, not"),
    "absent Inception weights": (
        ["--metrics.features=inception", "--metrics.inception_weights=nowhere.pth"],
        "there are no weights of Inception at nowhere.pth",
    ),
    "accumulation by the trainer": (["--trainer.accumulate_grad_batches=2"], "use --data.batch_size"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_before_training(command_line, tmp_path, mistake):
    args, sentence = MISTAKES[mistake]
    folder = tmp_path / "runs"
    status, _, err = command_line(
        "fit", *QUICK[2:], "--data.dataset=digits", *args, f"--trainer.logger.save_dir={folder}"
    )
    assert status != 0
    assert sentence in err
    message = err[err.index("error: ") :].strip()
    assert len(message.splitlines()) == 1
    assert "Traceback" not in err
    assert not list(folder.rglob("*.ckpt"))


def test_a_misspelt_key_in_a_file_is_found_too(command_line, tmp_path):
    for text, sentence in {
        "model:\n  class_path: DCGAN\n  init_args:\n    widht: 3\n": "did you mean --model.width?",
        "model:\n  class_path: DCGAN\n  width: 3\n": "belong below init_args",
        "data:\n  class_path: MNISTDataModule\n  init_args:\n    digit: 3\n": "did you mean --data.digits?",
        "modell:\n  class_path: DCGAN\n": "did you mean --model",
        "trainer:\n  max_epoch: 3\n": "did you mean --trainer.max_epochs?",
    }.items():
        (tmp_path / "typo.yaml").write_text(text)
        status, _, err = command_line("fit", f"--config={tmp_path / 'typo.yaml'}")
        assert status != 0
        assert sentence in err


def test_a_wrong_value_in_a_file_is_told_with_its_option(command_line, tmp_path):
    for text, sentence in {
        "model:\n  class_path: DCGAN\n  init_args:\n    width: 1e2\n": "--model.width: expected int, got 100.0",
        "trainer:\n  max_epochs: ten\n": "--trainer.max_epochs: expected int, got ten",
        "model: 3\n": "--model: Not a valid subclass of GAN, got 3",
        "": "--config: expected a file of options such as 'model: DCGAN', got an empty file",
    }.items():
        (tmp_path / "wrong.yaml").write_text(text)
        status, _, err = command_line("fit", f"--config={tmp_path / 'wrong.yaml'}")
        assert status != 0
        assert err == f"error: {sentence}\n"


def test_a_misspelt_command_is_found_too(command_line):
    for word, command in {"fti": "fit", "generat": "generate"}.items():
        status, _, err = command_line(word)
        assert status != 0
        assert err == f"error: {word} is not a command: did you mean {command}?\n"


def test_absent_mnist_without_a_download_names_the_folder_and_the_way_out(command_line, tmp_path):
    missing = ["--data.dataset=mnist", f"--data.root={tmp_path}", "--data.download=false"]
    status, _, err = command_line("fit", *QUICK[2:], *missing, f"--trainer.logger.save_dir={tmp_path}")
    assert status != 0
    assert str(tmp_path) in err
    assert "--data.dataset mnist_5k" in err
    assert not list(tmp_path.rglob("*.ckpt"))


def test_a_checkpoint_of_another_model_is_refused(fit, checkpoint):
    status, _, err = fit("--model=DCGAN", f"--ckpt_path={checkpoint}")
    assert status != 0
    assert "holds a VanillaGAN, not a DCGAN" in err


def test_a_model_option_that_contradicts_the_checkpoint_is_refused(fit, checkpoint):
    status, _, err = fit(f"--ckpt_path={checkpoint}", "--model.latent_dim=9")
    assert status != 0
    assert "trained with model.latent_dim 8, which cannot be changed to 9" in err
    assert fit(f"--ckpt_path={checkpoint}", "--model.latent_dim=8")[0] == 0


def test_data_that_do_not_fit_the_checkpoint_are_refused(fit, checkpoint):
    status, _, err = fit(f"--ckpt_path={checkpoint}", "--data.image_size=16")
    assert status != 0
    assert "trained on data with image_shape" in err


def test_an_output_folder_that_cannot_be_written_is_refused(command_line, tmp_path):
    (tmp_path / "file").touch()
    status, _, err = command_line("fit", *QUICK, f"--trainer.logger.save_dir={tmp_path / 'file'}")
    assert status != 0
    assert "cannot write to" in err
