"""Processes that this one starts and waits for."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any

from typing_extensions import Self

from gan_lightning.callbacks.stopping import SAVING, SIGNALS, Interrupted

INTERVAL = 1.0
"""Seconds between two questions whether a program is to end."""


class Children:
    """Processes that hear of the signals that this one gets, and end before it does.

    They may be started from several threads. After a signal none is started any more, and leaving raises
    ``Interrupted``.
    """

    def __init__(self) -> None:
        self.signal = 0
        """The signal that came; 0 for none."""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._handlers: dict[int, Any] = {}

    def run(self, args: Sequence[str], stop: Callable[[], bool] | None = None, **options: Any) -> int:
        """Runs a program to its end, with ``options`` of Popen. Gives its exit code.

        Every ``INTERVAL`` seconds ``stop`` may say that the program is to end, which it then hears by SIGTERM.

        Raises:
            Interrupted: A signal has come before it could start.
        """
        with self._lock:
            if self.signal:
                raise Interrupted(self.signal)
            # In a session of its own, or else a terminal would tell it of Ctrl-C besides.
            process = subprocess.Popen(args, start_new_session=True, **options)
            self._running.add(process)
        try:
            while stop is not None:
                try:
                    return process.wait(INTERVAL)
                except subprocess.TimeoutExpired:
                    if stop():
                        process.terminate()
                        break
            return process.wait()
        finally:
            self._running.discard(process)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        for process in list(self._running):
            process.send_signal(number)

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, self._forward) for number in SIGNALS if number != SAVING}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self.signal:
            raise Interrupted(self.signal)
