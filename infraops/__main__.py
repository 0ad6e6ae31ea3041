"""The door of the program: nothing heavy is loaded before it is known to be needed."""

import gc
import sys

from infraops import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"infraops {__version__}\n")
        return
    # What is loaded stays: to search it for garbage, while it is loaded and at the end, took a sixth of `render`.
    gc.disable()
    from infraops.cli import program, run  # start-up time: `--version` and shell prompts must not pay for the rest

    app = program(*sys.argv[1:2])
    gc.freeze()
    gc.enable()
    sys.exit(run(sys.argv[1:], app))


if __name__ == "__main__":
    main()
