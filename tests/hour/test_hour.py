"""docs/hour.md, walked through as it stands there: from Terraform and Ansible of somebody else's to services."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, Block, blocks

PAGE = DOCS / "hour.md"
ESTATE = Path(__file__).with_name("estate")


@dataclass
class Walk:
    """A directory in which the page's steps are taken, and what its commands have said by now."""

    root: Path
    environ: dict[str, str]
    said: list[str]

    def take(self, block: Block) -> None:
        """Take one step: write or edit a file, or type the commands, each of which has to end well."""
        word, *rest = block.info.split()
        if word == "sh":
            for line in block.text.splitlines():
                ended = subprocess.run(
                    line, shell=True, cwd=self.root, env=self.environ, capture_output=True, text=True, timeout=120
                )
                assert ended.returncode == 0, f"{block}: {line}\n{ended.stdout}{ended.stderr}"
                self.said.append(f"$ {line}\n{ended.stdout}")
        elif rest[:1] == ["file"]:
            file = self.root / rest[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
        elif rest[:1] == ["edit"]:
            file = self.root / rest[1]
            for line in block.text.splitlines():
                file.write_text(_edited(file.read_text(), line))

    def answer(self, command: str) -> str:
        """Return what the last command of this text printed."""
        return next(said for said in reversed(self.said) if said.startswith(f"$ {command}\n"))


def _edited(text: str, line: str) -> str:
    """Put a line in the place of the one with its key."""
    key = line.partition(":")[0]
    found, times = re.subn(rf"^{re.escape(key)}:.*$", lambda _: line, text, flags=re.MULTILINE)
    assert times == 1, f"{key} stands there {times} times"
    return found


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    root, home = tmp_path / "estate", tmp_path / "home"
    shutil.copytree(ESTATE, root)
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = team\n\temail = team@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Walk(root, {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}, [])


def _apply_by_hand(directory: Path, environ: dict[str, str]) -> None:
    """Do what somebody did long before infraops came."""
    terraform = [sys.executable, "-P", "-m", "infraops.tools.terraform.program.embedded"]
    for words in (["init"], ["apply", "-auto-approve"]):
        subprocess.run([*terraform, *words], cwd=directory, env=environ, check=True, capture_output=True)


def _before(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for part in ("terraform/modules", "terraform/live/network/main.tf", "ansible/roles", "ansible/web.yml")
        for path in sorted((root / part).rglob("*") if (root / part).is_dir() else [root / part])
        if path.is_file()
    }


def test_the_page_can_be_followed_line_by_line(walk: Walk) -> None:
    before = _before(ESTATE)
    network = walk.root / "terraform/live/network"
    _apply_by_hand(network, walk.environ)
    state = (network / "terraform.tfstate").read_bytes()
    for block in blocks(PAGE):
        if block.info:
            walk.take(block)
    pages = sorted(path.name for path in (walk.root / "site").iterdir())
    assert pages == [f"shop-{number}.html" for number in range(1, 6)]
    assert "Summer sale" in walk.answer("cat site/shop-5.html")
    assert "is up to date, proven by run" in "".join(walk.said)  # the second apply started neither tool
    plans = [said for said in walk.said if said.startswith("$ infraops plan")]
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in plans[0]
    assert "3 to add" in plans[1]
    assert "no resource changes; 5 hosts to configure" in plans[2]
    assert "Plan: no changes." in plans[3]
    assert (walk.root / "blueprints/network.yaml").is_file()
    assert (network / "terraform.tfstate").read_bytes() == state
    assert _before(walk.root) == before  # not a byte
