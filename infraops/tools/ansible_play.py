"""A program of its own: ansible-playbook with secrets in its environment that stand in no file.

It is started by ansible-runner (`ansible_child.py`), which writes the environment it hands over to a file. So the
secrets come through stdin, one JSON object, and enter the environment here, in the one process that needs them.
"""

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Ask the kernel (Linux only) for this signal when the parent dies, so that a killed run leaves nobody at work."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def main() -> None:
    """Take the secrets, then be ansible-playbook."""
    die_with_parent(signal.SIGINT)
    os.environ.update(json.load(sys.stdin))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Ansible's workers leave for sessions of their own, out of reach of a signal to our group. They do it to get away
    # from the terminal; our session has none.
    os.setsid = lambda: None
    from ansible.cli.playbook import main as ansible_playbook

    sys.argv[0] = "ansible-playbook"
    ansible_playbook()


if __name__ == "__main__":
    main()
