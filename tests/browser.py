"""A served page, a browser, and what the page shows in it."""

import base64
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import imageio.v3 as iio
import numpy as np
import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Options that keep Chromium from calling home, and let root start it."""

WATCHED = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background has ignored
log = open(sys.argv.pop(1), "a", buffering=1)
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        print((args[1] if event == "socket.connect" else args)[0], file=log)
sys.addaudithook(watch)
runpy.run_module("gan_lightning", run_name="__main__", alter_sys=True)
"""
"""The command line in a process that writes down every host that it asks for."""

PATIENCE = 90_000
"""Milliseconds that a busy machine may take."""


@contextmanager
def serving(path, folder):
    """Serves the page of the runs at ``path``; gives its address, the hosts that it asked for, and what it printed.

    It has to end in order, and to print no traceback.
    """
    hosts, output = folder / "hosts", folder / "output"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-c", WATCHED, hosts, "app", "--ckpt_path", path, "--port", port]
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
    assert "Traceback" not in output.read_text()


def open_page(chrome, address, width=1280, height=900, errors=None, **options):
    """A new window with the page, once it shows images."""
    page = chrome.new_page(viewport={"width": width, "height": height}, **options)
    page.set_default_timeout(PATIENCE)
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.locator(".cell:visible").first.wait_for()
    return page


def decode(address):
    """The picture in a data URL, as an array."""
    return iio.imread(io.BytesIO(base64.b64decode(address.partition("base64,")[2])))


def shown(page, within=".pictures"):
    """The images that are visible in grids, uint8 (H, W) or (H, W, 3) each."""
    sources = page.locator(f"{within} .cell:visible img").evaluate_all("all => all.map(image => image.src)")
    return [decode(source) for source in sources]


def wait_for(page, expected, within=".pictures"):
    """Until the page shows exactly the images ``expected``, uint8 (N, C, H, W), and no others."""
    arrays = [image.permute(1, 2, 0).squeeze(2).numpy() for image in expected]
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        found = shown(page, within)
        if len(found) == len(arrays) and all(map(np.array_equal, found, arrays)):
            return
        page.wait_for_timeout(100)
    pytest.fail("the page does not show the images")


def type_in(page, label, value):
    """Types a number into the field of that name on the tab that is open."""
    field = page.get_by_role("spinbutton", name=f"number input for {label}", exact=True).locator("visible=true").first
    field.fill(str(value))
    field.press("Enter")


def choose_run(page, name):
    """Chooses a run of the list, and waits for its samples."""
    page.get_by_label("Run", exact=True).click()
    page.get_by_role("option", name=name).click()


def save(page, button):
    """The content of the file that a button saves, and its name."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    with open(download.value.path(), "rb") as file:
        return download.value.suggested_filename, file.read()
