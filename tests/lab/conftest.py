"""A lab of the tests' own: state in a temporary directory; only the base layer is shared with the user's cache."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import boot, hosts, limits, records
from infraops.lab.base import Base, ensure_base
from infraops.models.basics.workspace import Workspace, workspace_of
from tests.needs import lacking


@pytest.fixture(scope="session")
def base() -> Base:
    """The base layer, from the user's cache; skips where no hosts can be made."""
    if os.geteuid() != 0:
        lacking("making lab hosts needs root")
    try:
        boot.choose_driver(os.environ)
        return ensure_base(workspace_of(Path.cwd(), os.environ).cache, os.environ)
    except InfraOpsError as error:
        lacking(f"{error}")


def clear(workspace: Workspace) -> None:
    for name in records.names(workspace):
        hosts.delete(workspace, name)


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    chosen = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": cache}
    if limits.inotify_left(45) < 45:  # other hosts on this machine leave no room for ten with systemd
        chosen["INFRAOPS_LAB_DRIVER"] = "light"
    return chosen


@pytest.fixture
def workspace(tmp_path: Path, environ: Mapping[str, str]) -> Iterator[Workspace]:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "infraops.yaml").write_text("schema: infraops/v1\n")
    made = workspace_of(root, environ)
    yield made
    clear(made)
