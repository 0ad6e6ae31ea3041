"""An estate whose Terraform is a fake, on disk: what it declares, what was done to it, and what is there."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.ledger.open import open_ledger
from infraops.models.basics.workspace import Workspace, workspace_of
from infraops.models.ledger.answers import Owner, RunRecord, Verification
from infraops.models.ledger.entries import Entry
from tests.commands.estate import TEMPLATE, blueprint, make_estate, surroundings

FAKE = Path(__file__).with_name("fake_terraform.py")


@dataclass(frozen=True)
class Needs:
    """What one stack needs of others: one that hands it a value, and some that only come first."""

    input: str = ""
    order: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        return frozenset({*self.order, *([self.input] if self.input else ())})


@dataclass(frozen=True)
class Record:
    """What the ledger holds at one moment."""

    entries: tuple[Entry, ...]
    runs: tuple[RunRecord, ...]  # newest first
    claims: Mapping[str, Owner]
    verification: Verification


@dataclass
class World:
    """One estate: `graph` says who needs whom, `values` what is declared of each stack."""

    directory: Path
    graph: Mapping[str, Needs]
    values: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.directory / "repo"

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def around(self) -> Surroundings:
        return surroundings(self.root, self.home)

    @property
    def workspace(self) -> Workspace:
        return workspace_of(self.root, self.around.environ)

    def make(self) -> None:
        """Write it to disk."""
        self.home.mkdir(parents=True)
        fake = self.directory / "terraform"
        fake.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
        fake.chmod(0o755)
        (self.directory / "fates").mkdir()
        (self.directory / "checks").mkdir()
        make_estate(self.root, {})
        settings = f"schema: infraops/v1\nterraform: {{program: {fake}}}\n"
        (self.root / "infraops.yaml").write_text(settings)
        (self.root / "catalog/trial/template.yaml").write_text(
            f"{TEMPLATE}checks:\n  - type: command\n    name: it answers\n    endpoint: main\n"
            f'    command: ["{self.directory}/checks/{{address}}", check]\n'
        )
        (self.root / "blueprints").mkdir()
        for name in self.graph:
            (self.directory / "checks" / name).symlink_to(fake)
            self.declare(name, "as made")

    def declare(self, name: str, value: str) -> None:
        """Change what is declared of a stack."""
        self.values[name] = value
        needs = self.graph[name]
        inputs = f"{{follows: {needs.input}.id}}" if needs.input else "{}"
        text = blueprint(
            name, parameters=f"{{value: {value}}}", inputs=inputs, depends_on=f"[{', '.join(needs.order)}]"
        )
        (self.root / f"blueprints/{name}.yaml").write_text(text)

    def tempt(self, fates: Mapping[str, str], in_the_way: frozenset[str], broken: frozenset[str]) -> None:
        """Lay out what shall befall tools (`<stack>.<command>` → fate), rendering and checks in the next run."""
        for which, fate in fates.items():
            (self.directory / "fates" / which).write_text(fate)
        for name in in_the_way:
            shutil.rmtree(self._rendered(name), ignore_errors=True)
            self._rendered(name).parent.mkdir(parents=True, exist_ok=True)
            self._rendered(name).write_text("a file where a directory should be\n")
        for name in broken:
            (self.directory / "checks" / name).unlink()

    def relent(self) -> None:
        """Take away what nobody met."""
        for file in (self.directory / "fates").iterdir():
            file.unlink()
        for name in self.graph:
            if self._rendered(name).is_file():
                self._rendered(name).unlink()
            if not (self.directory / "checks" / name).is_symlink():
                (self.directory / "checks" / name).symlink_to(self.directory / "terraform")

    def _rendered(self, name: str) -> Path:
        return self.workspace.stacks / "local" / name

    def calls(self) -> list[str]:
        """Return the commands that the fake was given (`<stack> <command> <pid>`), but for its version."""
        file = self.directory / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def state(self, name: str) -> Mapping[str, Any]:
        """Return what there is of a stack."""
        file = self.workspace.terraform_state / "local" / f"{name}.tfstate"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def record(self) -> Record:
        """Read the ledger."""
        location = self.workspace.state / "ledger.sqlite3"
        with open_ledger(location, clock=self.around.now) as ledger:
            return Record(ledger.entries(), ledger.runs(None), ledger.claims.all(), ledger.verify())

    def check_files(self) -> None:
        """Raise where the estate itself is not valid, which would make every test pass."""
        open_repo(self.around)
