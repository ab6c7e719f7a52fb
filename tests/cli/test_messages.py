"""What is missing, null, empty or too much is told with the option that it belongs to."""

import pytest

TOLD = {
    ("generate",): "--ckpt_path must be given, such as runs/dcgan/version_0, or --model with the name of a trained "
    "generator, such as conditional_dcgan",
    ("generate", "--ckpt_path=a.ckpt", "--model=b"): "--ckpt_path a.ckpt and --model b are two models: leave one of "
    "them out",
    ("generate", "--model=conditional_dcgn"): "there is no model conditional_dcgn: did you mean conditional_dcgan? "
    "(there are best_conditional, conditional_dcgan, stylegan, and --ckpt_path takes a run of your own)",
    ("evaluate",): "path must be given",
    ("generate", "a.ckpt"): "a.ckpt follows no option: give it by a name, and --help lists the names",
    ("generate", "--ckpt_path=a.ckpt", "--num=20000"): "--num must be at most 10000 for a grid, not 20000: "
    "give an --output in .npz",
    ("interpolate", "--ckpt_path=a.ckpt", "--num=10000000"): "--num must be at most 1000000, not 10000000",
    ("fit", "--model=null"): "--model must be given",
    ("fit", "--model="): "--model: expected the name of a class, got nothing",
    ("fit", "--model=VanillaGAN", "--model.prior=null"): "--model.prior cannot be null: leave it out for what it is by "
    "default",
    ("fit", "--model.generator_optimizer=null"): "--model.generator_optimizer cannot be null: leave it out for what it "
    "is by default",
    ("fit", "--model.generator_scheduler=StepLR"): "--model.generator_scheduler.step_size must be given",
}


@pytest.mark.parametrize("words", TOLD, ids=" ".join)
def test_a_mistake_is_told_with_its_option(command_line, words):
    status, _, err = command_line(*words, *(["--data.dataset=digits"] if words[0] == "fit" else []))
    assert status == 2
    assert err.removeprefix("Seed set to 0\n") == f"error: {TOLD[words]}\n"


def test_null_stays_possible_where_it_means_none(fit):
    tiny = "--model=VanillaGAN", "--model.hidden_dims=[8]", "--metrics.num_images=0"
    assert fit(*tiny, "--model.ema_half_life=null", "--model.penalties=null")[0] == 0


@pytest.mark.parametrize("form", ["StepLR", "{class_path: StepLR, init_args: {gamma: 0.5}}"])
def test_a_scheduler_without_its_argument_is_told_in_a_file_too(command_line, tmp_path, form):
    (tmp_path / "run.yaml").write_text(f"model: {{class_path: VanillaGAN, init_args: {{generator_scheduler: {form}}}}}")
    status, _, err = command_line("fit", f"--config={tmp_path / 'run.yaml'}", "--data.dataset=digits")
    assert (status, err) == (2, "error: --model.generator_scheduler.step_size must be given\n")


def test_what_is_no_command_is_told_with_a_checkpoint_too(command_line, checkpoint):
    status, _, err = command_line("x", "test", f"--ckpt_path={checkpoint}")
    assert status == 2
    assert err.endswith("error: x is not a command: --help lists what is accepted\n")


def test_less_than_no_images_is_one_sentence(command_line, checkpoint):
    status, _, err = command_line("generate", f"--ckpt_path={checkpoint}", "--num=-1")
    assert status == 2
    assert err.endswith("error: the number of images must be at least 1, not -1\n")
