"""A control repo on AWS, and infraops run in it from the shell."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forked
from tests.aws.emulator import Emulator

REGIONS = {"staging": "eu-central-1", "production": "us-east-1"}
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtC6JvX0tT9mY2Wn1XlLxQ0v6yqj1o6W3mTq5m3cQ9E trial"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Estate:
    """A control repo whose environments stand in an emulator, each in a region of its own."""

    root: Path
    home: Path
    emulator: Emulator

    def write(self, path: str, text: str) -> None:
        """Write a file of the control repo."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def blueprint(self, name: str, template: str, *, environments: str, **keys: Any) -> None:
        """Write a blueprint; `keys` are further ones, as JSON has them."""
        lines = {"schema": "infraops/v1", "name": name, "template": template, "owner": "team-shop", **keys}
        text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in {"cost_center": "CC-7", **lines}.items())
        self.write(f"blueprints/{name}.yaml", f"{text}environments: {environments}\n")

    def run(self, *words: str, code: int | None = 0, seconds: float = 600) -> Ended:
        """Run infraops; it has to end with this code, with any where that is None."""
        environ = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "COLUMNS": "120",
            "TF_CLI_CONFIG_FILE": str(self.emulator.cli_config),
            # What an operator may have set for a real account must not reach the emulator's environments.
            "AWS_PROFILE": "somebody-elses",
            "AWS_ACCESS_KEY_ID": "real",
            "AWS_SECRET_ACCESS_KEY": "real",
        }
        ended = forked.infraops(*words, cwd=self.root, env=environ, timeout=seconds)
        assert code is None or ended.returncode == code, ended.stdout + ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)


def an_estate(directory: Path, emulator: Emulator) -> Estate:
    """Make a control repo with two environments and no blueprint."""
    estate = Estate(directory / "repo", directory / "home", emulator)
    estate.home.mkdir()
    estate.write("infraops.yaml", "schema: infraops/v1\n")
    estate.write("app/wsgi.py", "application = None\n")
    for name, region in REGIONS.items():
        estate.write(
            f"inventories/{name}/environment.yaml",
            f"schema: infraops/v1\nname: {name}\nplatform: aws\nemulator: {emulator.url}\n"
            f"providers:\n  aws: {{region: {region}}}\n"
            'variables:\n  image_owner: "099720109477"\n  image_name: ubuntu/images/hvm-ssd/ubuntu-xenial-*\n'
            f"  ssh_user: ubuntu\n  public_key: {PUBLIC_KEY}\n",
        )
    return estate
