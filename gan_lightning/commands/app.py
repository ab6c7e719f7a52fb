"""``app``: a web page that draws from a checkpoint."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from gan_lightning.commands.options import locate_trained
from gan_lightning.errors import UsageError


def app(ckpt_path: str | None = None, model: str | None = None, port: int = 7860, host: str = "127.0.0.1") -> None:
    """Opens a web page about trained generators: samples, walks, your own digits found, styles, how they were trained.

    Args:
        ckpt_path: A checkpoint, the folder of a run or of a digit-wise one, or a folder of runs to choose from.
        model: Instead of it a generator that comes with the package, such as conditional_dcgan, a .safetensors file, or
            user/name of one on the hub.
        port: Where the page is.
        host: The address to listen on; by default only this machine sees the page.

    Raises:
        UsageError: There is no such checkpoint, its model cannot be shown, Gradio is not installed, or the port is
            taken.
    """
    check_port(host, port)
    from gan_lightning.app.runs import Runs, find_runs

    found = locate_trained(ckpt_path, model)
    runs = find_runs(found) if model is None else Runs({model: found})
    os.environ["HF_HUB_OFFLINE"] = "1"  # data of the hub are at hand if they are stored
    with TemporaryDirectory() as pictures, ended_in_order():
        os.environ["GRADIO_TEMP_DIR"] = pictures  # the folder that Gradio takes by itself is never emptied
        try:
            from gan_lightning.app.controls import LOOKS
            from gan_lightning.app.guard import guards
            from gan_lightning.app.page import build
        except ModuleNotFoundError as error:
            raise UsageError("the page is made with Gradio, which is not installed: pip install gradio") from error
        page = build(runs)
        bypass_proxy(host)
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            enable_monitoring=False,
            show_error=True,
            quiet=True,
            prevent_thread_lock=True,
            app_kwargs={"middleware": guards(host)},
            **LOOKS,
        )
        print(f"{model or ckpt_path} is at http://{host}:{port} until you press Ctrl-C", flush=True)
        page.block_thread()


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Has a SIGTERM end this process as Ctrl-C does, so that temporary files go with it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def check_port(host: str, port: int) -> None:
    """Raises UsageError where no page can be opened at ``host`` and ``port``."""
    if not 1 <= port <= 65535:
        raise UsageError(f"--port takes a number from 1 to 65535, such as 7860, not {port}")
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is in use: choose another one with --port") from error
        raise UsageError(
            f"no page can be opened at {host}, port {port} ({error.strerror}): choose others with --host and --port"
        ) from error


def bypass_proxy(host: str) -> None:
    """Has this process ask ``host`` itself: Gradio asks its server whether it is up, which no proxy can tell."""
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, [others, host, "localhost"]))
