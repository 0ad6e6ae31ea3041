from pathlib import Path

from infraops.controlrepo.load import load
from tests.controlrepo.trees import CATALOG, REPO, write_tree


def test_a_small_repo_becomes_a_stack(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "repo", REPO)
    repo = load(root, built_in=write_tree(tmp_path / "catalog", CATALOG))
    assert list(repo.stacks) == ["lab/shop"]
    assert repo.stacks["lab/shop"].parameters == {"hosts": 1, "size": "small", "port": 80}
