"""A bare remote, an author, a reviewer and a CI machine, each with a checkout, a home and an SSH key of their own."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraops.assessment.statements import write_statement
from infraops.ledger.open import open_ledger
from infraops.models.changes.approval import Approval
from infraops.models.ledger.entries import Entry, Kind
from infraops.tools.signatures import APPROVAL, sign
from tests import forked
from tests.commands.estate import blueprint, make_estate

PEOPLE = {"ann": "ann@example.org", "bob": "bob@example.org", "eve": "eve@example.org"}
ENVIRONMENT = """\
schema: infraops/v1
name: local
platform: local
change:
  fingerprint_key: env:FINGERPRINT_KEY
  approval: {expires: 7d}
"""
SETTINGS = """\
schema: infraops/v1
change:
  groups:
    team-trial: [ann@example.org]
    environment: [bob@example.org]
    security: [eve@example.org]
  people: {"forge:ann": ann@example.org}
"""


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class World:
    """The directories below `top`: `remote`, a checkout for each person, and one for CI at a path that stays."""

    top: Path

    def checkout(self, who: str) -> Path:
        return self.top / who / "repo"

    def key(self, who: str) -> Path:
        return self.top / who / "home/.ssh/id_ed25519"

    def public(self, who: str) -> str:
        kind, data = self.key(who).with_suffix(".pub").read_text().split()[:2]
        return f"{kind} {data}"

    def environ(self, who: str) -> dict[str, str]:
        return {
            "HOME": str(self.top / who / "home"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "FINGERPRINT_KEY": "one for all",
        }

    def infraops(self, who: str, *words: str, **variables: str) -> Told:
        done = forked.infraops(*words, cwd=self.checkout(who), env=self.environ(who) | variables)
        return Told(done.returncode, done.stdout, done.stderr)

    def git(self, who: str, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.checkout(who), env=self.environ(who), capture_output=True, text=True, check=False
        )
        assert not done.returncode, done.stderr
        return done.stdout.strip()

    def write(self, who: str, file: str, text: str) -> None:
        path = self.checkout(who) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, who: str, file: str, old: str, new: str) -> None:
        text = (self.checkout(who) / file).read_text()
        assert old in text
        self.write(who, file, text.replace(old, new))

    def commit(self, who: str, message: str, *, push: str = "") -> None:
        self.git(who, "add", "--all")
        self.git(who, "commit", "--quiet", "--message", message)
        if push:
            self.git(who, "push", "--quiet", "origin", f"HEAD:refs/heads/{push}")

    def check_out(self, who: str, branch: str) -> None:
        """Stand where the remote has a branch, as a CI job does."""
        self.git(who, "fetch", "--quiet", "--prune", "origin")
        self.git(who, "checkout", "--quiet", "--force", "--detach", f"origin/{branch}")

    def squash(self, branch: str) -> None:
        """Merge a branch into main as one commit by the forge, which signs nothing."""
        self.check_out("forge", "main")
        self.git("forge", "merge", "--quiet", "--squash", f"origin/{branch}")
        self.git("forge", "commit", "--quiet", "--no-gpg-sign", "--message", f"Merge {branch}")
        self.git("forge", "push", "--quiet", "origin", "HEAD:refs/heads/main")

    @property
    def ledger_file(self) -> Path:
        """Where CI's ledger is."""
        return next((self.top / "ci/home/.local/state/infraops").glob("repo-*/ledger.sqlite3"))

    def entries(self, kind: Kind) -> list[Entry]:
        """Return the entries of a kind in CI's ledger, oldest first."""
        with open_ledger(self.ledger_file) as ledger:
            return list(ledger.entries(kind=kind))

    def apply(self, *words: str, branch: str = "main") -> Told:
        """Let CI apply what stands on a branch."""
        self.check_out("ci", branch)
        return self.infraops("ci", "apply", "-e", "local", "--yes", "--quiet", *words)

    def approvals(self, who: str) -> list[Path]:
        """Return the statements that lie in somebody's checkout."""
        return sorted(self.checkout(who).glob("approvals/*/*/*.json"))

    def forge_statement(self, who: str, approval: Approval) -> Path:
        """Let somebody sign a statement by hand, past all that `approve` would refuse, and merge it."""
        text = write_statement(approval)
        signature = sign(text, key=self.key(who), namespace=APPROVAL, environ=self.environ(who))
        file = f"approvals/local/by-hand/{who}.json"
        for name, content in ((file, text), (f"{file}.sig", signature)):
            self.write("forge", name, content)
        self.commit("forge", "By hand", push="main")
        return self.checkout("forge") / file


def make_world(top: Path, *, environment: str = ENVIRONMENT, settings: str = SETTINGS) -> World:
    """Make a remote with an estate whose environment demands approvals, and clone it for everybody."""
    world = World(top)
    remote = top / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(remote)], check=True)
    for who in (*PEOPLE, "forge", "ci"):
        (top / who / "home/.ssh").mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(world.key(who))], check=True)
        subprocess.run(
            ["git", "clone", "--quiet", str(remote), str(world.checkout(who))], check=True, capture_output=True
        )
        settings_of_git = {
            "user.name": who,
            "user.email": PEOPLE.get(who, f"{who}@example.org"),
            "gpg.format": "ssh",
            "user.signingkey": str(world.key(who)),
            "commit.gpgsign": "true" if who in PEOPLE else "false",
        }
        for name, value in settings_of_git.items():
            world.git(who, "config", name, value)
    root = make_estate(
        world.checkout("forge"),
        {
            "first": blueprint("first", parameters="{value: one}"),
            "second": blueprint("second", inputs="{follows: first.id}"),
        },
        environment=environment,
    )
    (root / "infraops.yaml").write_text(settings)
    (root / ".gitignore").write_text(".infraops/\n")
    (root / "allowed_signers").write_text("".join(f"{PEOPLE[who]} {world.public(who)}\n" for who in ("ann", "bob")))
    world.commit("forge", "estate", push="main")
    for who in (*PEOPLE, "ci"):
        world.check_out(who, "main")
    return world


def pushed(world: World, branch: str = "change", *, to: str = "two") -> None:
    """Let ann push a branch that changes a value."""
    world.edit("ann", "blueprints/first.yaml", "value: one", f"value: {to}")
    world.commit("ann", f"Say {to}", push=branch)


def reviewed(world: World, branch: str = "change", *words: str) -> Path:
    """Let CI review a branch; return the file of the change."""
    world.check_out("ci", branch)
    file = world.top / f"{branch}.json"
    told = world.infraops(
        "ci", "review", "-e", "local", "--author", "forge:ann", "--quiet", "--change", str(file), *words
    )
    assert told.code == 0, told.err + told.out
    return file


def signed(world: World, file: Path, who: str = "bob", branch: str = "change") -> None:
    """Let somebody sign a change in a checkout of its branch, and push the approval."""
    world.check_out(who, branch)
    told = world.infraops(who, "approve", str(file), "--yes")
    assert told.code == 0, told.err
    world.commit(who, "Approve", push=branch)


def merge_approved(world: World) -> None:
    """Tell the story from ann's branch to the squash merge."""
    pushed(world)
    signed(world, reviewed(world))
    world.squash("change")


def remove(world: World) -> None:
    shutil.rmtree(world.top)
