"""The reference control repo in a directory of the test's own, worked on through the command line."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import boot, hosts, records
from infraops.lab.base import ensure_base
from infraops.lab.records import Driver
from infraops.models.basics.workspace import workspace_of
from tests import forked
from tests.needs import lacking

CHECKOUT = Path(__file__).parents[2]
PARTS = ("infraops.yaml", "blueprints", "inventories", "playbooks")


@dataclass(frozen=True)
class Repo:
    """A copy of the reference control repo, and the environment its commands run in."""

    root: Path
    environ: Mapping[str, str]

    def infraops(self, *words: str) -> dict[str, Any]:
        """Run a command to its good end; answers its JSON document."""
        ended = forked.infraops(*words, "--json", cwd=self.root, env=self.environ, timeout=1200)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        document: dict[str, Any] = json.loads(ended.stdout)
        return document

    def write(self, blueprint: str, old: str, new: str) -> None:
        """Change a blueprint as an editor would."""
        file = self.root / "blueprints" / f"{blueprint}.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


def copy_repo(directory: Path, environ: Mapping[str, str]) -> Repo:
    """Copy what is committed of the reference control repo."""
    root = directory / "repo"
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            root.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, root)
    return Repo(root, environ)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """The reference control repo of a user whose home is empty."""
    home = tmp_path / "home"
    home.mkdir()
    return copy_repo(tmp_path, {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(CHECKOUT)})


@pytest.fixture(scope="module", params=list(Driver))
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    """The reference control repo on lab hosts with systemd, and on those without; the base layer is the user's own."""
    directory = tmp_path_factory.mktemp("lab")
    environ = {**os.environ, "XDG_STATE_HOME": str(directory / "state"), "INFRAOPS_LAB_DRIVER": request.param}
    best = {name: value for name, value in environ.items() if name != "INFRAOPS_LAB_DRIVER"}
    try:
        if request.param == Driver.NSPAWN and boot.choose_driver(best) != Driver.NSPAWN:
            lacking("hosts with systemd cannot be made")
        ensure_base(workspace_of(CHECKOUT, environ).cache, environ)
    except InfraOpsError as error:
        lacking(str(error))
    repo = copy_repo(directory, environ)
    workspace = workspace_of(repo.root, environ)
    try:
        yield repo
    finally:
        for name in records.names(workspace):
            hosts.delete(workspace, name)
