"""A pseudo-terminal of 80 columns, on which progress moves."""

import fcntl
import os
import pty
import re
import struct
import termios


def on_terminal(*args, **environment):
    """Runs a program on a terminal; gives its exit code and the lines that were to be seen at any time."""
    child, terminal = pty.fork()
    if not child:
        os.environ.update(environment, TERM="xterm", COLUMNS="80")
        os.execv(args[0], args)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = b""
    try:
        while part := os.read(terminal, 65536):
            seen += part
    except OSError:  # the program has ended
        pass
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", text)]
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), list(dict.fromkeys(lines))
