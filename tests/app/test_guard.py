"""The page answers to this machine's names, takes no files, and leaves nothing behind."""

import signal

import pytest

pytest.importorskip("gradio")

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gan_lightning.app.guard import MAX_BODY, guards
from gan_lightning.commands.app import ended_in_order


def page(host):
    async def answer(request):
        return PlainTextResponse("page")

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    return TestClient(Starlette(routes=routes, middleware=guards(host)), base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize(
    ("host", "name", "status"),
    [
        ("127.0.0.1", "127.0.0.1:7860", 200),
        ("127.0.0.1", "localhost:7860", 200),
        ("127.0.0.1", "evil.example", 400),
        ("192.168.0.5", "192.168.0.5:7860", 200),
        ("192.168.0.5", "evil.example", 400),
        ("0.0.0.0", "my-machine:7860", 200),
    ],
)
def test_only_this_machines_names_are_answered_to(host, name, status):
    assert page(host).get("/", headers={"host": name}).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_uploads_and_long_requests_are_refused(host):
    assert page(host).post("/gradio_api/upload", content=b"x").status_code == 413
    assert page(host).post("/gradio_api/queue/join", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert page(host).post("/gradio_api/queue/join", content=iter([b"x"])).status_code == 413, "of unknown length"
    assert page(host).post("/gradio_api/queue/join", content=b"x" * 500).text == "page"


def test_sigterm_ends_in_order():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as stop, ended_in_order():
        signal.raise_signal(signal.SIGTERM)
    assert stop.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before
