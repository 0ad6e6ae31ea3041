"""What the program costs before it does anything: `--version` against a bare interpreter, `validate` in seconds."""

import tempfile
from pathlib import Path

from benchmarks.measuring import Finding, carry_out, in_turn, ratio
from benchmarks.places import CHECKOUT, INFRAOPS, PYTHON, environ

AIM_VERSION = 4.0
AIM_VALIDATE = 0.5


def measure_version(rounds: int) -> Finding:
    """Start the program to say its version, and the interpreter to do nothing."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        env = environ(Path(directory))
        series = in_turn(
            rounds,
            {
                "infraops --version": lambda: carry_out([INFRAOPS, "--version"], cwd=CHECKOUT, env=env).seconds,
                "python -c pass": lambda: carry_out([PYTHON, "-c", "pass"], cwd=CHECKOUT, env=env).seconds,
            },
        )
    found = ratio(*series)
    headline = f"{found:.1f}× a bare interpreter"
    return Finding("Start-up", headline, f"≤ {AIM_VERSION:.0f}×", found <= AIM_VERSION, series)


def measure_validate(rounds: int) -> Finding:
    """Validate the reference control repo."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        env = environ(Path(directory))
        argv = [INFRAOPS, "validate"]
        series = in_turn(
            rounds,
            {
                "infraops validate": lambda: carry_out(argv, cwd=CHECKOUT, env=env).seconds,
                "python -c pass": lambda: carry_out([PYTHON, "-c", "pass"], cwd=CHECKOUT, env=env).seconds,
            },
        )
    found = series[0].median
    headline = f"{found:.2f} s, {ratio(*series):.1f}× a bare interpreter"
    return Finding("Validating the reference repo", headline, f"≤ {AIM_VALIDATE} s", found <= AIM_VALIDATE, series)
