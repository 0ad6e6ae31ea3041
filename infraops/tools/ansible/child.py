"""A program of its own, in parts: `start` has ansible-runner start `play`, which is ansible-playbook; or `galaxy`.

It imports nothing of infraops. `start` leads a process group of its own (processes.py sees to that), and all that an
Ansible run consists of stays in it, so that one signal reaches it all. Where a parent dies, its child ends as after an
interrupt. Secrets come through stdin, which `start` hands on unread: ansible-runner writes the environment that it
gives a program to a file.
"""

import ctypes
import json
import os
import shutil
import signal
import sys
from types import FrameType

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Be the part that the first argument names."""
    if sys.argv[1] == "start":
        return start(json.loads(sys.argv[2]))
    (galaxy if sys.argv[1] == "galaxy" else play)(sys.argv[2:])
    return 0


def start(request: dict[str, object]) -> int:
    """Run a command through ansible-runner with our stdin, stdout and stderr; return its exit code.

    The request holds `parent` (a pid), `private_data_dir`, `cwd`, `arguments` (of `play`), `environment` and
    `directories`, which the parent removes or, where it is gone by then, we do.
    """
    from ansible_runner.interface import init_command_config

    signal.signal(signal.SIGINT, _leave_it_to_ansible)
    signal.signal(signal.SIGTERM, _interrupt_all)
    die_with_parent(request["parent"], signal.SIGTERM)
    arguments = [str(argument) for argument in request["arguments"]]  # type: ignore[attr-defined]
    runner = init_command_config(
        sys.executable,
        cmdline_args=["-P", __file__, "play", str(os.getpid()), *arguments],
        private_data_dir=request["private_data_dir"],
        host_cwd=request["cwd"],
        runner_mode="subprocess",
        input_fd=sys.stdin,
        output_fd=sys.stdout,
        error_fd=sys.stderr,
        quiet=True,
    )
    # ansible-runner insists on its own callback and adds settings that undo ours (no checking of host keys).
    runner.config.env = request["environment"]
    runner.run()
    if os.getppid() != request["parent"]:
        for directory in request["directories"]:  # type: ignore[attr-defined]
            shutil.rmtree(directory, ignore_errors=True)
    return int(runner.rc)


def play(arguments: list[str]) -> None:
    """Take the secrets from stdin into the environment, one JSON object, and be ansible-playbook."""
    die_with_parent(int(arguments[0]), signal.SIGINT)
    os.environ.update(json.load(sys.stdin))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Ansible's workers leave for sessions of their own, out of reach of a signal to our group. They do it to get away
    # from the terminal; our session has none.
    os.setsid = lambda: None
    from ansible.cli.playbook import main as ansible_playbook

    sys.argv = ["ansible-playbook", *arguments[1:]]
    ansible_playbook()


def galaxy(arguments: list[str]) -> None:
    """Be ansible-galaxy, which leads our group: without the parent, what it has at work (git) ends with it."""
    signal.signal(signal.SIGTERM, _interrupt_all)
    die_with_parent(int(arguments[0]), signal.SIGTERM)
    from ansible.cli.galaxy import main as ansible_galaxy

    sys.argv = ["ansible-galaxy", *arguments[1:]]
    ansible_galaxy()


def die_with_parent(parent: object, number: int) -> None:
    """Ask the kernel (Linux only) for a signal when the parent dies; end at once where it has died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(f"the parent {parent} is gone")


def _leave_it_to_ansible(number: int, frame: FrameType | None) -> None:
    """Do nothing: ansible-playbook, in the same group, has had the same interrupt and will end by itself."""


def _interrupt_all(number: int, frame: FrameType | None) -> None:
    """Interrupt the whole group: ansible-playbook alone would leave the modules behind that it has at work."""
    os.killpg(0, signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
