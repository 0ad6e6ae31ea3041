"""Existing root modules that become stacks: real Terraform applies them by hand first, and what it made stays."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import open_repo
from infraops.commands.import_stack import Request, import_stack
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.commands.status import status
from infraops.errors import Exit, InfraOpsError, NotApproved, UsageError
from infraops.models.plans.plan import Counts
from infraops.models.reports.answers import Adoption
from infraops.models.runs.run import Outcome
from tests import forked
from tests.commands.estate import SETTINGS, surroundings
from tests.moto import emulator

PROD = Selection(environment="prod")
MAIN = """\
terraform {
  required_version = ">= 1.5"

  backend "local" {
    path = "ours.tfstate" # beside it
  }
}

variable "names" {
  type        = set(string)
  description = "What they are called."
}

variable "sizes" {
  type    = map(object({ size = number, label = optional(string, "x") }))
  default = {}
}

variable "number" {
  type    = number
  default = 2
}

variable "token" {
  type      = string
  default   = "none"
  sensitive = true
}

resource "terraform_data" "each" {
  for_each = var.names
  input    = file("${path.module}/files/${each.key}.txt")
}

resource "terraform_data" "counted" {
  count = var.number
  input = [for one in terraform_data.each : one.id]
}

resource "terraform_data" "secret" {
  input = var.token
}

module "inner" {
  source = "./inner"
  text   = jsonencode(var.sizes)
}

module "beside" {
  source = "../../modules/name"
  text   = "beside"
}

output "ids" {
  value = [for one in terraform_data.each : one.id]
}

output "secret" {
  value     = var.token
  sensitive = true
}
"""
NAME = 'variable "text" {}\n\nresource "terraform_data" "name" {\n  input = var.text\n}\n'
OLD: Mapping[str, str] = {
    "old/prod/shop/main.tf": MAIN,
    "old/prod/shop/files/a.txt": "a",
    "old/prod/shop/files/b.txt": "b",
    "old/prod/shop/inner/main.tf": NAME,
    "old/modules/name/main.tf": NAME,
    "old/prod/shop/terraform.tfvars": 'names = ["a", "b"]\nsizes = { k = { size = 3 } }\n',
}


@dataclass(frozen=True)
class Team:
    """A team's directories: what Terraform ran in so far, and a control repo."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def old(self) -> Path:
        return self.home / "old/prod/shop"

    @property
    def repo(self) -> Path:
        return self.home / "repo"

    @property
    def around(self) -> Any:
        found = surroundings(self.repo, self.home)
        found.environ.update(self.environ)  # type: ignore[attr-defined]
        return found

    def terraform(self, *words: str) -> str:
        environ = {"HOME": str(self.home), "PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1", **self.environ}
        argv = ["terraform", *words]
        return subprocess.run(argv, cwd=self.old, env=environ, capture_output=True, text=True, check=True).stdout

    def adopt(self, **said: Any) -> Adoption:
        request = Request(Path("../old/prod/shop"), "prod", "team-shop", **{"platform": "bare", **said})
        return import_stack(request, self.around, agree=lambda found: None)

    def committed(self) -> dict[str, str]:
        files = (path for path in self.repo.rglob("*") if path.is_file() and ".infraops" not in path.parts)
        return {str(path.relative_to(self.repo)): path.read_text() for path in files}

    def shell(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environ = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "120"}
        return forked.infraops(*words, cwd=self.repo, env=environ, timeout=120)


def make_team(home: Path, files: Mapping[str, str] = OLD) -> Team:
    """Write a team's files and apply them by hand."""
    for name, text in {**files, "repo/infraops.yaml": SETTINGS + "terraform: {program: terraform}\n"}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    team = Team(home)
    team.terraform("init", "-input=false")
    team.terraform("apply", "-auto-approve", "-input=false")
    return team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team whose root module was applied by hand."""
    if shutil.which("terraform") is None:
        pytest.skip("there is no terraform on PATH")
    return make_team(tmp_path)


def test_a_root_module_becomes_a_stack_whose_first_plan_is_empty(team: Team) -> None:
    before = {path: path.read_bytes() for path in team.old.rglob("*") if path.is_file()}
    outputs = json.loads(team.terraform("output", "-json"))
    refused = team.shell("import", "stack", "../old/prod/shop", "-e", "prod", "--platform", "bare")
    assert refused.returncode == Exit.NOT_APPROVED and "add --yes" in refused.stderr
    assert "prod/shop: 7 resources, and nothing to change\n" in refused.stderr
    assert team.committed().keys() == {"infraops.yaml"}, "nothing is written before somebody says yes"
    assert not list((team.repo / ".infraops/imports").iterdir())

    done = team.shell("import", "stack", "../old/prod/shop", "-e", "prod", "--platform", "bare", "--yes")
    assert done.returncode == 0, done.stderr
    assert "taken out: main.tf: backend local" in done.stdout and "prod/shop is adopted (run 2" in done.stdout
    assert {path: path.read_bytes() for path in team.old.rglob("*") if path.is_file()} == before, "it is only read"
    files = team.committed()
    catalog = "catalog/shop/terraform/bare"
    assert files[f"{catalog}/main.tf"] == MAIN.replace(
        '\n  backend "local" {\n    path = "ours.tfstate" # beside it\n  }\n', "\n"
    )
    assert files[f"{catalog}/inner/main.tf"] == files["catalog/shop/modules/name/main.tf"] == NAME
    assert f"{catalog}/terraform.tfvars" not in files and not any("tfstate" in name for name in files)
    assert "  names: [a, b]\n  sizes: {k: {size: 3}}\nenvironments:" in files["blueprints/shop.yaml"]

    assert {each.stack: each.applied for each in status(PROD, team.around).stacks} == {"prod/shop": True}
    looked = plan(PROD, team.around, refresh=True)
    assert looked.counts == Counts() and looked.outcome is Outcome.UNCHANGED
    assert apply(PROD, team.around).outcome is Outcome.UNCHANGED
    state = json.loads((open_repo(team.around).workspace.terraform_state / "prod/shop.tfstate").read_text())
    assert state["outputs"]["ids"]["value"] == outputs["ids"]["value"], "nothing was made anew"

    blueprint = team.repo / "blueprints/shop.yaml"
    blueprint.write_text(blueprint.read_text().replace("parameters:\n", "parameters:\n  number: 3\n"))
    assert apply(PROD, team.around).counts == Counts(create=1)


def test_a_difference_is_shown_and_nothing_is_written(team: Team) -> None:
    (team.old / "terraform.tfvars").write_text('names = ["a", "b"]\nnumber = 1\n')
    shown = team.shell("import", "stack", "../old/prod/shop", "-e", "prod", "--platform", "bare", "--yes")
    assert shown.returncode == Exit.FAILED
    assert "  - module.service.terraform_data.counted[1]" in shown.stdout
    assert shown.stdout.endswith("its first plan is not empty: nothing was written\n")
    assert team.committed().keys() == {"infraops.yaml"}
    assert not list(open_repo(team.around).workspace.terraform_state.glob("**/*.tfstate"))


def test_the_value_of_a_secret_is_written_nowhere(team: Team) -> None:
    (team.old / "more.auto.tfvars").write_text('token = "s3cr3t"\n')
    team.terraform("apply", "-auto-approve", "-input=false")
    adopted = team.adopt()
    assert adopted.written and "the value of token is a secret: set TF_VAR_token where infraops runs" in adopted.notes
    assert "which ended" in adopted.run, "without it there is nothing to plan with"
    assert "  token: env:TF_VAR_token\n" in team.committed()["blueprints/shop.yaml"]
    everywhere = [path for path in team.repo.rglob("*") if path.is_file() and b"s3cr3t" in path.read_bytes()]
    assert everywhere == []
    team.environ["TF_VAR_token"] = "s3cr3t"
    assert plan(PROD, team.around).counts == Counts()


def test_a_named_file_of_values_and_a_copy_of_the_state_serve(team: Team) -> None:
    (team.old / "terraform.tfvars").rename(team.home / "shop.tfvars")
    (team.home / "copy.tfstate").write_text(team.terraform("state", "pull"))
    (team.old / "ours.tfstate").unlink()
    with pytest.raises(InfraOpsError, match="there is nothing in it"):
        team.adopt()
    done = team.adopt(values=(Path("../shop.tfvars"),), state=Path("../copy.tfstate"), name="front")
    assert done.written and done.stack == "prod/front"
    assert plan(PROD, team.around).counts == Counts()


def test_what_is_there_already_is_not_written_over(team: Team) -> None:
    assert team.adopt().written
    with pytest.raises(UsageError, match='there is a blueprint "shop" already'):
        team.adopt()
    (team.repo / "blueprints/shop.yaml").unlink()
    with pytest.raises(InfraOpsError, match="there is another state in its place"):
        team.terraform("apply", "-auto-approve", "-input=false", "-var=number=3")
        (team.old / "terraform.tfvars").write_text((team.old / "terraform.tfvars").read_text() + "number = 3\n")
        team.adopt()
    assert "blueprints/shop.yaml" not in team.committed()


def test_what_cannot_be_moved_into_place_is_taken_back_and_may_be_tried_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.name == "shop.yaml":
            raise OSError(28, "No space left on device")
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        with pytest.raises(OSError, match="No space"):
            team.adopt()
    assert team.committed().keys() == {"infraops.yaml"}
    assert team.adopt().written, "the state that is in its place already is the very same"


def test_an_import_that_is_killed_leaves_nothing_half_done(team: Team, tmp_path: Path) -> None:
    wrapper = tmp_path / "deadly"
    wrapper.write_text(
        # A plan that goes on without its parent would write where the next import has just cleared away.
        f'#!/bin/sh\ncase "$*" in *trial.tfplan*) kill -9 $PPID; exit 1;; esac\nexec {shutil.which("terraform")} "$@"\n'
    )
    wrapper.chmod(0o755)
    (team.repo / "infraops.yaml").write_text(SETTINGS + f"terraform: {{program: {wrapper}}}\n")
    killed = team.shell("import", "stack", "../old/prod/shop", "-e", "prod", "--platform", "bare", "--yes")
    assert killed.returncode == -9
    assert team.committed().keys() == {"infraops.yaml"}
    assert (team.repo / ".infraops/imports/shop").stat().st_mode & 0o777 == 0o700
    (team.repo / "infraops.yaml").write_text(SETTINGS + "terraform: {program: terraform}\n")
    assert team.adopt().written
    assert not (team.repo / ".infraops/imports/shop").exists()


def test_links_are_followed_but_not_in_circles(team: Team) -> None:
    (team.old / "round").symlink_to("../shop")
    (team.old / "outputs.tf").symlink_to(team.home / "shared.tf")
    (team.home / "shared.tf").write_text('output "number" {\n  value = var.number\n}\n')
    team.terraform("apply", "-auto-approve", "-input=false")
    assert team.adopt().written
    assert "catalog/shop/terraform/bare/outputs.tf" in team.committed()


def test_who_says_no_gets_nothing(team: Team) -> None:
    def no(found: Adoption) -> None:
        raise NotApproved("importing", "no")

    with pytest.raises(NotApproved):
        request = Request(Path("../old/prod/shop"), "prod", "us", platform="bare")
        import_stack(request, team.around, agree=no)
    assert team.committed().keys() == {"infraops.yaml"}
    assert not list(open_repo(team.around).workspace.terraform_state.glob("**/*.tfstate"))


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("more.tf", 'resource "x" "y" {\n', "more.tf:1: a { is not closed"),
        ("more.tf", 'import {\n  to = terraform_data.x\n  id = "x"\n}\n', "more.tf:1: an import block"),
        ("more.tf", 'output "hosts" {\n  value = {}\n}\n', "more.tf:1: an output hosts"),
        ("more.tf.json", "{}", "more.tf.json is in JSON syntax"),
        ("more.tf", 'module "x" {\n  source = "../../../far"\n}\n', "more.tf:1: the module ../../../far lies where"),
    ],
)
def test_what_cannot_be_a_module_is_refused_by_its_place(team: Team, file: str, text: str, told: str) -> None:
    (team.home / "far").mkdir()
    (team.old / file).write_text(text)
    with pytest.raises(UsageError) as refused:
        team.adopt()
    assert told in refused.value.problem
    assert team.committed().keys() == {"infraops.yaml"}


def test_words_that_do_not_go_together_are_refused(team: Team) -> None:
    with pytest.raises(UsageError, match="a new environment needs a platform"):
        team.adopt(platform=None)
    with pytest.raises(UsageError, match="cannot be one"):
        team.adopt(name="Shop Front")
    with pytest.raises(UsageError, match="there is no such directory"):
        import_stack(Request(Path("nowhere"), "prod", "us"), team.around, agree=lambda found: None)


def test_from_a_state_in_s3_to_another(tmp_path: Path) -> None:
    if shutil.which("terraform") is None:
        pytest.skip("there is no terraform on PATH")
    with emulator() as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.create_bucket(Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        reached = (
            f'    endpoints = {{ s3 = "{aws.url}" }}\n    access_key = "x"\n    secret_key = "y"\n'
            "    use_path_style = true\n    skip_credentials_validation = true\n    skip_requesting_account_id = true\n"
            '    region = "eu-west-1"\n    bucket = "theirs"\n    key = "shop"\n'
        )
        main = MAIN.replace('backend "local" {\n    path = "ours.tfstate" # beside it\n', f'backend "s3" {{\n{reached}')
        environment = (
            f"schema: infraops/v1\nname: prod\nplatform: aws\nemulator: {aws.url}\n"
            "providers: {aws: {region: eu-west-1}}\nstate: {backend: s3, config: {bucket: ours}}\n"
        )
        files = {**OLD, "old/prod/shop/main.tf": main, "repo/inventories/prod/environment.yaml": environment}
        team = make_team(tmp_path, files)
        before = s3.get_object(Bucket="theirs", Key="shop")["Body"].read()
        assert team.adopt(platform=None).written
        assert s3.get_object(Bucket="theirs", Key="shop")["Body"].read() == before
        kept = json.loads(s3.get_object(Bucket="ours", Key="prod/shop.tfstate")["Body"].read())
        assert kept["lineage"] != json.loads(before)["lineage"]
        assert plan(PROD, team.around, refresh=True).counts == Counts()
