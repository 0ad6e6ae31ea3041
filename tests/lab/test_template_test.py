"""A template's own sequence on a host of the lab."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infraops.lab.base import Base
from tests.commands.estate import make_estate

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_a_template_is_tested_on_a_host_that_is_gone_after_it(
    base: Base, environ: Mapping[str, str], tmp_path: Path
) -> None:
    root = make_estate(tmp_path / "repo", {})
    environment = root / "inventories/lab/environment.yaml"
    environment.parent.mkdir()
    environment.write_text("schema: infraops/v1\nname: lab\nplatform: lab\n")
    done = subprocess.run(
        [sys.executable, "-m", "infraops", "template", "test", "host-group", "-e", "lab", "--json"],
        cwd=root,
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    (case,) = json.loads(done.stdout)["cases"]
    steps = {step["name"]: step["verdict"] for step in case["steps"]}
    assert steps == dict.fromkeys(("render", "create", "converge", "idempotence", "verify", "destroy"), "passed")
    assert list((tmp_path / "state/infraops/template-tests").iterdir()) == []
