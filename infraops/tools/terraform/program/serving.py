"""The embedded Terraform as a worker (infraops/processes/workers.py): one command after another in one process.

Loading the library takes as long as twenty small commands, and a provider's schema is asked for once. Terraform keeps
those schemas by the providers' names for as long as the process lives, so all commands of a worker must be of the same
environment and the same locked providers.

`python -m infraops.tools.terraform.program.serving <descriptor of a socket>`
"""

import ctypes
import json
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Sequence

from infraops.tools.terraform.program.embedded import COMMAND_NOT_FOUND, argv, library

_NAME = b"command"  # of the command at work, for cancelling it


def main(arguments: Sequence[str]) -> int:
    """Serve on the socket until it ends; returns the exit code."""
    path = library()
    if path is None:
        return COMMAND_NOT_FOUND
    descriptor = int(arguments[0])
    os.set_inheritable(descriptor, False)
    with socket.socket(fileno=descriptor) as connection:
        _Server(ctypes.CDLL(str(path)), connection).serve()
    return 0


class _Server:
    """Carries out the commands that come in on a socket, in their order."""

    def __init__(self, opened: ctypes.CDLL, connection: socket.socket) -> None:
        self._run, self._cancel = opened.RunCliWithCancel, opened.CancelCli
        texts = ctypes.POINTER(ctypes.c_char_p)
        self._run.argtypes = [ctypes.c_char_p, ctypes.c_int64, texts, ctypes.c_int64, ctypes.c_int64]
        self._cancel.argtypes = [ctypes.c_char_p]
        self._run.restype = self._cancel.restype = ctypes.c_int
        self._connection = connection
        self._commands: queue.Queue[tuple[list[str], list[int]] | None] = queue.Queue()

    def serve(self) -> None:
        """Work until the socket ends."""
        threading.Thread(target=self._listen, daemon=True).start()
        while (command := self._commands.get()) is not None:
            arguments, descriptors = command
            exit_code = self._run(_NAME, *argv(arguments), *descriptors)  # it closes them
            try:
                self._connection.sendall(f"{exit_code}\n".encode())
            except OSError:  # whoever asked is gone
                return

    def _listen(self) -> None:
        """Take commands, and the wish to cancel, while a command is at work."""
        received, descriptors = b"", list[int]()
        while True:
            part, passed, _, _ = socket.recv_fds(self._connection, 1 << 16, 2, socket.MSG_CMSG_CLOEXEC)
            if not part:
                self._commands.put(None)
                return
            descriptors += passed
            *lines, received = (received + part).split(b"\n")
            for line in lines:
                if line == b"cancel":
                    threading.Thread(target=self._end_command, daemon=True).start()
                else:
                    self._commands.put((json.loads(line)["arguments"], descriptors))
                    descriptors = []

    def _end_command(self) -> None:
        """Cancel the command at work; one that is only about to begin cannot hear of it yet."""
        while not self._cancel(_NAME):
            time.sleep(0.01)


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # nothing is left to do, and Python takes its time to end
