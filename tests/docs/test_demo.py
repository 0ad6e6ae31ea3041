"""`make demo` ends with what to do next, and with how to be rid of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT


@pytest.mark.skipif(shutil.which("make") is None, reason="make is needed")
@pytest.mark.parametrize("environment", ["lab", "local"])
def test_the_demo_says_how_to_go_on_and_how_to_remove_it(tmp_path: Path, environment: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    able = "true" if environment == "lab" else "false"
    (programs / "infraops").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n[ "$1" != lab ] || {able}\n')
    (programs / "infraops").chmod(0o755)
    (programs / "python").touch()
    (tmp_path / ".demo").touch()
    argv = ["make", "-s", "demo", f"VENV={tmp_path}"]
    done = subprocess.run(argv, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "called").read_text().splitlines()[-1] == f"apply --environment {environment} --yes"
    go_on, remove = done.stdout.splitlines()[-2:]
    assert go_on.endswith(f"source {tmp_path}/bin/activate && infraops status -e {environment}")
    assert remove.endswith(f"infraops destroy -e {environment}")
