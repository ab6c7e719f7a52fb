"""What a library refuses of what was typed, told apart from faults of the project's own code or of the user's."""

from __future__ import annotations

import errno
import sysconfig
from collections.abc import Iterator
from traceback import walk_tb
from types import FrameType

from lightning.pytorch.utilities.exceptions import MisconfigurationException

from gan_lightning.errors import UsageError

REFUSALS = ValueError, TypeError, RuntimeError, LookupError, ImportError, OverflowError, AssertionError, OSError
"""How libraries say that they do not take an option. What they do beyond these is their fault."""

SERVICES = "mlflow", "wandb"
"""Packages of loggers, whose own exceptions say what they refuse."""

NO_FILE = errno.ENAMETOOLONG, errno.ELOOP, errno.EILSEQ, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC
"""Reasons for which the system refuses a file, however it is asked."""

OWN, COMMAND_LINE = "gan_lightning", "gan_lightning.cli"

INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def mistake(error: BaseException) -> str | None:
    """What the user did wrong, in one sentence, if that is what ``error`` or what it was raised from says.

    A library's exception is a mistake of the user if only libraries lie between it and the command line, which hands
    over what was typed. Where one of the project's own networks or callbacks lies in between, or code of the user's,
    that has asked the library for something impossible.
    """
    chain = list(causes(error))
    for link in chain:
        if isinstance(link, (UsageError, MisconfigurationException)):
            return sentence(link)
    if names_impossible_file(chain[-1]):
        return sentence(chain[-1])
    frames = [frame for link in chain for frame, _ in walk_tb(link.__traceback__)]
    own = [index for index, frame in enumerate(frames) if is_module(frame, OWN)]
    if not own or not is_module(frames[own[-1]], COMMAND_LINE) or not refuses(chain[-1]):
        return None
    inner = frames[own[-1] + 1 :]
    return sentence(chain[-1]) if inner and all(map(is_installed, inner)) else None


def refuses(error: BaseException) -> bool:
    """Whether this is how a library says that it does not take an option."""
    return isinstance(error, REFUSALS) or type(error).__module__.partition(".")[0] in SERVICES


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def names_impossible_file(error: BaseException) -> bool:
    """Whether a file's name cannot be one, or its place is closed to the user, which is so whoever asks for it."""
    return (isinstance(error, OSError) and error.errno in NO_FILE) or (
        isinstance(error, ValueError) and str(error).startswith("embedded null")
    )


def sentence(error: BaseException) -> str:
    """The message of ``error`` on one line, with its class where that is needed to understand it."""
    said = " ".join(str(error).split())
    if "mutually exclusive" in said:
        said = f"{said.rstrip('.')}: leave all of them out but one"
    return said if said and not isinstance(error, LookupError) else f"{type(error).__name__}: {said}"


def is_module(frame: FrameType, name: str) -> bool:
    return f"{frame.f_globals.get('__name__')}.".startswith(f"{name}.")


def is_installed(frame: FrameType) -> bool:
    """Whether the code is a library's or made while running, as some of Python's and torch's own is."""
    return frame.f_code.co_filename.startswith((*INSTALLED, "<"))
