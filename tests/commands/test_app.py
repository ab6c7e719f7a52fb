import socket
import sys

import pytest

pytest.importorskip("gradio")


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    return free


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
    (tmp_path / "empty").mkdir()
    sentences = {
        "absent.ckpt": "there is no checkpoint at",
        "notes.ckpt": "is no checkpoint",
        "empty": "no checkpoint in",
    }
    for name, sentence in sentences.items():
        status, _, err = command_line("app", "--ckpt_path", tmp_path / name, "--port", port)
        assert status != 0
        assert sentence in err
        assert len(err.splitlines()) == 1


def test_without_gradio_there_is_one_sentence(command_line, checkpoint, port, monkeypatch):
    for variable in ("HF_HUB_OFFLINE", "GRADIO_TEMP_DIR"):  # the command sets them
        monkeypatch.setenv(variable, "")
    for module in ("page", "controls"):
        monkeypatch.delitem(sys.modules, f"gan_lightning.app.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "gradio", None)
    status, _, err = command_line("app", "--ckpt_path", checkpoint, "--port", port)
    assert status != 0
    assert err == "error: the page is made with Gradio, which is not installed: pip install gradio\n"
