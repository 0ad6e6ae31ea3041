"""A control repo with two environments and several versions of one template, and its commands from the shell."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests import forked
from tests.commands.estate import ENVIRONMENT, MODULE, TEMPLATE, make_estate

BLUEPRINT = """\
# The service that everybody asks about.
schema: infraops/v1
name: shop
template: trial@1.0   # moved by whoever looks after it
owner: team-trial
parameters:
  value: fine         # do not change on Fridays
environments:
  local: {}
  staging: {value: other}   # smaller
"""


def template(version: str, changed: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the small template in another version, with texts in it changed."""
    text = TEMPLATE.replace('version: "1.0"', f'version: "{version}"')
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    return text


def add_version(root: Path, version: str, text: str = "", module: str = MODULE) -> None:
    """Add a version of the template `trial` to the catalog."""
    directory = root / f"catalog/trial-{version}"
    (directory / "terraform/local").mkdir(parents=True)
    (directory / "template.yaml").write_text(text or template(version), encoding="utf-8")
    (directory / "terraform/local/main.tf").write_text(module, encoding="utf-8")


def versioned(root: Path, blueprints: Mapping[str, str] | None = None, versions: tuple[str, ...] = ("1.1",)) -> Path:
    """Write a control repo with environments local and staging, trial@1.0, and more versions of it."""
    make_estate(root, blueprints or {"shop": BLUEPRINT})
    staging = root / "inventories/staging/environment.yaml"
    staging.parent.mkdir()
    staging.write_text(ENVIRONMENT.replace("name: local", "name: staging"), encoding="utf-8")
    for version in versions:
        add_version(root, version)
    return root


def infraops(root: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Call infraops as a shell does, with a home beside the control repo."""
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    given = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "160", **environ}
    return forked.infraops(*words, cwd=root, env=given)
