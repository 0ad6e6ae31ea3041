"""A real terminal for tests: a program on a pseudo-terminal of its own, and what stands on its screen."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scenario import environment_of

ROWS = 24
CTRL_C, CTRL_D = "\x03", "\x04"
_PIECE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]")


class Terminal:
    """A terminal with a program in its foreground."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, columns: int) -> None:
        self.process = process
        self._master = master
        self._columns = columns
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.written = ""

    def wait_for(self, text: str, seconds: float = 180) -> None:
        """Wait until the program has written a text."""
        deadline = time.monotonic() + seconds
        while text not in self.written:
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.written}"
            assert self._read(0.1), f"the program ended before {text!r} came:\n{self.written}"

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def kill(self, number: signal.Signals) -> None:
        """Send the program a signal, as `kill` does."""
        self.process.send_signal(number)

    def end(self, seconds: float = 180) -> int:
        """Wait for the program's end and return its exit code."""
        deadline = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < deadline, f"the program does not end:\n{self.written}"
        return self.process.wait(seconds)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen and above it, where one can scroll back to."""
        lines, row, column = [""], 0, 0
        for piece in _PIECE.finditer(self.written):
            text = piece.group()
            if text == "\r":
                column = 0
            elif text == "\n":
                row += 1
            elif piece[2] == "A":
                row = max(row - int(piece[1] or 1), len(lines) - ROWS, 0)
            elif piece[2] == "K":
                lines[row] = "" if piece[1] == "2" else lines[row][:column]
            elif len(text) == 1:
                if column == self._columns:
                    row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
                lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + 1 :]
                column += 1
            lines += [""] * (row + 1 - len(lines))
        return [line.rstrip() for line in lines]

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self._master, 1 << 16)
        except OSError:  # nobody has the other side open any more
            return False
        self.written += self._decoder.decode(piece)
        return bool(piece)


@contextmanager
def infraops_on_terminal(root: Path, *words: str, columns: int = 80) -> Iterator[Terminal]:
    """Start `infraops` in a control repo, on a terminal; for a user whose home is the repo's parent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    environ = environment_of(root.parent) | {"TERM": "xterm-256color"}
    del environ["COLUMNS"]
    # The first terminal that the leader of a session opens becomes the session's: then Ctrl-C is a signal to it.
    argv = ["sh", "-c", ': <"$(tty)"; exec "$@"', "sh", sys.executable, "-m", "infraops", *words]
    process = subprocess.Popen(
        argv, cwd=root, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(process, master, columns)
    finally:
        process.kill()
        process.wait()
        os.close(master)
