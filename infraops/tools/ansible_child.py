"""A program of its own: has ansible-runner start ansible-playbook, with our stdin, stdout and stderr.

Its one argument is a JSON object: `private_data_dir`, `cwd`, `command` and `environment`. It leads a process group of
its own (processes.py starts it so), which makes one signal reach all that an Ansible run consists of.
"""

import json
import signal
import sys
from types import FrameType

from ansible_runner.interface import init_command_config


def _leave_it_to_ansible(number: int, frame: FrameType | None) -> None:
    """Do nothing: ansible-playbook, in the same group, has had the same interrupt and will end by itself."""


def main() -> int:
    """Run the command and return its exit code."""
    signal.signal(signal.SIGINT, _leave_it_to_ansible)
    request = json.loads(sys.argv[1])
    runner = init_command_config(
        request["command"][0],
        cmdline_args=request["command"][1:],
        private_data_dir=request["private_data_dir"],
        host_cwd=request["cwd"],
        runner_mode="subprocess",
        input_fd=sys.stdin,
        output_fd=sys.stdout,
        error_fd=sys.stderr,
        quiet=True,
    )
    # ansible-runner copies its own environment and insists on its own callback; ours is cheaper.
    runner.config.env = dict(request["environment"])
    runner.run()
    return int(runner.rc)


if __name__ == "__main__":
    sys.exit(main())
