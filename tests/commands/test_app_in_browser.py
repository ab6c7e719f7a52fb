"""The page in a browser. It needs Gradio, Playwright and an installed Chromium."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from browser import CHROMIUM, QUIET

from gan_lightning.models import GAN
from gan_lightning.pictures.images import image_grid

pytest.importorskip("gradio")
playwright = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

WATCHED = """
import runpy, sys
log = open(sys.argv.pop(1), "a", buffering=1)
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        print((args[1] if event == "socket.connect" else args)[0], file=log)
sys.addaudithook(watch)
runpy.run_module("gan_lightning", run_name="__main__", alter_sys=True)
"""
"""The command line in a process that writes down every host that it asks for."""


@pytest.fixture
def served(conditional_checkpoint, tmp_path):
    """The address of a page that the command serves, and the file with the hosts that its process asked for."""
    hosts, output = tmp_path / "hosts", tmp_path / "output"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-c", WATCHED, hosts, "app", "--ckpt_path", conditional_checkpoint, "--port", port]
    proxy = dict.fromkeys(("http_proxy", "https_proxy"), "http://192.0.2.1:9")
    with output.open("w") as stream:
        process = subprocess.Popen(
            [str(word) for word in command], env={**os.environ, **proxy}, stdout=stream, stderr=stream
        )
    try:
        deadline = time.monotonic() + 120
        while "http://" not in output.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert f"is at http://127.0.0.1:{port} until" in output.read_text()
        yield f"http://127.0.0.1:{port}", hosts
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode == 0, output.read_text()


def test_a_browser_shows_what_was_asked_for_and_asks_no_other_host(served, conditional_checkpoint):
    address, hosts = served
    model, requests, errors = GAN.load_from_checkpoint(conditional_checkpoint), [], []
    with playwright.sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 900})
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(address)

        page.get_by_role("radio", name="8").check()
        number = page.get_by_role("spinbutton", name="Number of images")
        number.fill("16")
        number.press("Enter")
        wait_for(page, image_grid(model.sample(16, labels=8, seed=0)))
        assert page.get_by_role("cell", name="label accuracy").is_visible()
        page.get_by_label("Seed", exact=True).fill("5")
        wait_for(page, image_grid(model.sample(16, labels=8, seed=5)))

        page.get_by_role("tab", name="Mix").click()
        ends = [model.sample(1, labels=3, seed=seed) for seed in (0, 1)]
        share = page.get_by_role("spinbutton", name="Share of the right image")
        share.fill("1")
        share.press("Enter")
        wait_for(page, image_grid(torch.cat([ends[0], ends[1], ends[1]]), columns=3))

        page.get_by_role("tab", name="Training").click()
        page.locator(".picture img:visible").wait_for()
        assert picture(page) == (conditional_checkpoint.parent.parent / "training.gif").read_bytes()
    assert errors == []
    asked = {urlsplit(url).netloc for url in requests if not url.startswith(("data:", "blob:"))}
    assert asked == {urlsplit(address).netloc}
    assert set(hosts.read_text().split()) == {"127.0.0.1"}, "the server asks itself whether it is up"
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.2", urlsplit(address).port)) != 0, "it listens at one address alone"


def picture(page):
    """The file that the page shows."""
    return page.request.get(page.locator(".picture img:visible").get_attribute("src")).body()


def wait_for(page, expected):
    """Until the page shows a picture, which it does soon after a control has changed."""
    page.locator(".picture img:visible").wait_for()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if np.array_equal(iio.imread(picture(page)), expected):
            return
        page.wait_for_timeout(100)
    pytest.fail("the page does not show the picture")
