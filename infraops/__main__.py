"""The door of the program: nothing heavy is loaded before it is known to be needed."""

import sys

from infraops import __version__


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"infraops {__version__}\n")
        return
    from infraops.cli import run  # start-up time: `--version` and shell prompts must not pay for the rest

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
