"""The program `infraops` for scripts: has one forked by the process that `tests.forked` keeps, and ends as it ends."""

import json
import os
import signal
import socket
import sys

_, address, *words = sys.argv
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as answers:
    answers.connect(f"\0{address}")
    order = {"words": words, "cwd": os.getcwd(), "env": dict(os.environ)}  # noqa: PTH109 - to load pathlib costs more
    socket.send_fds(answers, [json.dumps(order).encode()], [0, 1, 2])
    pid = int(answers.recv(64))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: os.kill(pid, received))
    code = os.waitstatus_to_exitcode(int(answers.recv(64)))
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
