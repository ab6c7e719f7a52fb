"""Generators go to the hub and come back, by its own client and a server that answers as the hub does."""

import pytest
import torch
import yaml
from sharing.stand_in import stand_in

import gan_lightning
from gan_lightning.sharing.weights import read_origin

pytest.importorskip("huggingface_hub")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "stored"))
    monkeypatch.setenv("HF_TOKEN", "hf_token")
    with stand_in() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def test_a_run_comes_back_as_the_same_generator(command_line, hub, conditional_checkpoint, tmp_path):
    status, out, err = command_line("push", conditional_checkpoint.parents[1], "jo/digits", "--private=true")
    assert status == 0, err
    assert out == f"{hub.address}/jo/digits\n"
    assert hub.repositories["jo/digits"].keys() == {"model.safetensors", "README.md", "samples.png"}
    assert hub.private["jo/digits"]
    card = hub.repositories["jo/digits"]["README.md"].decode()
    assert yaml.safe_load(card.split("---\n")[1])["license"] == "mit"
    assert 'gan_lightning.load("jo/digits")' in card
    hub.repositories["jo/digits"]["pickle.pt"] = b"no"
    status, out, err = command_line("pull", "jo/digits")
    assert status == 0, err
    assert out.split() == ["digits/model.safetensors", "digits/README.md", "digits/samples.png"]
    assert {path.name for path in (tmp_path / "digits").iterdir()} == {"model.safetensors", "README.md", "samples.png"}
    assert not any("pickle" in path for path in hub.asked)
    trained = gan_lightning.load(conditional_checkpoint)
    for name in ("jo/digits", "digits", tmp_path / "digits"):
        assert torch.equal(gan_lightning.load(name).sample(6, labels=8), trained.sample(6, labels=8))
    assert read_origin(tmp_path / "digits" / "model.safetensors").data == {"dataset": "digits", "digits": [3, 8]}


def test_what_was_fetched_once_needs_no_hub_and_pull_asks_again(command_line, hub, checkpoint, conditional_checkpoint):
    assert command_line("push", checkpoint, "jo/it")[0] == 0
    first = gan_lightning.load("jo/it").sample(2)
    hub.asked.clear()
    assert torch.equal(gan_lightning.load("jo/it").sample(2), first)
    assert hub.asked == []
    status, _, err = command_line("generate", "--model=jo/it", "--num=2", "--output=x.npz")
    assert (status, hub.asked) == (0, []), err
    assert command_line("push", conditional_checkpoint, "jo/it", "--half=true")[0] == 0
    assert command_line("pull", "jo/it", "--output=folder/it")[0] == 0
    assert gan_lightning.load("folder/it").classes == [3, 8]


def test_a_card_and_a_picture_may_be_absent(command_line, hub, checkpoint):
    assert command_line("push", checkpoint, "jo/it")[0] == 0
    for name in ("README.md", "samples.png"):
        del hub.repositories["jo/it"][name]
    assert command_line("pull", "jo/it")[1] == "it/model.safetensors\n"


def mistakes(checkpoint):
    yield ["pull", "jo/nothing"], "there is no jo/nothing on the hub"
    yield ["generate", "--model=jo/nothing"], "there is no jo/nothing on the hub"
    yield ["pull", "jo/empty"], "jo/empty on the hub has no generator of this project, which would be its model.safe"
    yield ["pull", "jo/other"], "holds no generator of this project"
    yield ["pull", "jo"], "a repository of the hub has a name such as user/name, not jo"
    yield ["pull", "../jo"], "has a name such as user/name, not ../jo"
    yield ["pull", ""], "not none"
    yield ["pull", f"jo/{'x' * 300}"], "is no name of a repository"
    yield ["push", checkpoint, "jo"], "a repository of the hub has a name such as user/name, not jo"
    yield ["push", "nowhere", "jo/it"], "there is no model nowhere"


def test_a_mistake_is_one_sentence(command_line, hub, checkpoint, tmp_path):
    from safetensors.torch import save

    hub.repositories |= {"jo/empty": {"README.md": b"#"}, "jo/other": {"model.safetensors": save({"x": torch.ones(2)})}}
    for words, sentence in mistakes(checkpoint):
        status, out, err = command_line(*words)
        assert (status, out) == (2, ""), words
        assert sentence in err
        assert len(err.strip().splitlines()) == 1
        assert not (tmp_path / "other").exists()


def test_a_hub_that_refuses_or_is_out_of_reach_is_one_sentence(command_line, hub, checkpoint, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    status, _, err = command_line("push", checkpoint, "jo/it")
    assert (status, err.count("\n")) == (2, 1)
    assert "run hf auth login" in err
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for words in (["push", checkpoint, "jo/it"], ["pull", "jo/it"], ["generate", "--model=jo/it"]):
        status, _, err = command_line(*words)
        assert (status, err.count("\n")) == (2, 1)
        assert "the hub cannot be reached for jo/it" in err
