"""Stacks whose states are in S3, through real Terraform and the backend of its own, with moto for S3."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.destroy import destroy
from infraops.commands.drift import drift
from infraops.commands.forget import forget
from infraops.commands.output import output
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.commands.status import status
from infraops.errors import Exit, InvalidInput
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import Outcome
from tests import forked
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate, surroundings
from tests.moto import REGION, Emulator, emulator

ALL = Selection(environment="local")
A = Selection(environment="local", names=("a",))
BUCKET = "states-of-us"
ENVIRONMENT = """\
schema: infraops/v1
name: local
platform: aws
emulator: {url}
providers:
  aws: {{region: {region}}}
state:
  backend: s3
  config: {{bucket: {bucket}{more}}}
"""
PROVISIONER = """\
  provisioner "local-exec" {
    command = var.value == "slow" ? "touch begun; sleep 60" : "true"
  }

"""
SLOW = MODULE.replace("  lifecycle {", f"{PROVISIONER}  lifecycle {{")


@dataclass(frozen=True)
class Estate:
    """Two stacks, of which `b` takes an output of `a`, and the AWS that keeps their states."""

    root: Path
    home: Path
    aws: Emulator

    @property
    def around(self) -> Surroundings:
        return surroundings(self.root, self.home)

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "120"}

    def shell(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return forked.infraops(*words, cwd=self.root, env=self.environ, timeout=120)

    def keys(self) -> list[str]:
        found = self.aws.client("s3").list_objects_v2(Bucket=BUCKET)
        return [each["Key"] for each in found.get("Contents", ())]

    def state(self, name: str) -> dict[str, Any]:
        body = self.aws.client("s3").get_object(Bucket=BUCKET, Key=f"local/{name}.tfstate")["Body"].read()
        document: dict[str, Any] = json.loads(body)
        return document


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An AWS that holds nothing."""
    with emulator() as running:
        yield running


@pytest.fixture
def estate(tmp_path: Path, aws: Emulator) -> Estate:
    """Two stacks that were never applied, and a bucket for their states."""
    blueprints = {"a": blueprint("a"), "b": blueprint("b", inputs="{follows: a.id}")}
    environment = ENVIRONMENT.format(url=aws.url, region=REGION, bucket=BUCKET, more="")
    root = make_estate(tmp_path / "repo", blueprints, environment=environment)
    module = root / "catalog/trial/terraform"
    (module / "local").rename(module / "aws")
    (module / "aws/main.tf").write_text(SLOW)
    (root / "catalog/trial/template.yaml").write_text(TEMPLATE.replace("local_safe: true\n", ""))
    made = Estate(root, tmp_path, aws)
    done = made.shell("init", "--state")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"made the bucket {BUCKET} for the states of local: private, versioned, encrypted\n"
    return made


def test_the_whole_line_with_states_in_a_bucket(estate: Estate) -> None:
    around = estate.around
    assert plan(ALL, around).counts.create == 2 and estate.keys() == [], "a plan writes no state"
    assert apply(ALL, around).counts.create == 2
    assert estate.keys() == ["local/a.tfstate", "local/b.tfstate"], "and no lock is left"
    encrypted = estate.aws.client("s3").head_object(Bucket=BUCKET, Key="local/a.tfstate")["ServerSideEncryption"]
    assert encrypted == "AES256"
    assert not list(around_state(around).glob("**/*.tfstate")), "nothing is kept here instead"
    proven = apply(ALL, around)
    assert proven.outcome is Outcome.UNCHANGED and all(stack.proven_by for stack in proven.stacks)
    (told,) = output(A, around)
    assert told.outputs.values["id"] == estate.state("a")["outputs"]["id"]["value"]
    assert {each.stack: each.applied for each in status(ALL, around).stacks} == {"local/a": True, "local/b": True}
    assert drift(ALL, around).outcome is Outcome.UNCHANGED

    (estate.root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: other}"))
    assert apply(ALL, around).counts == Counts(update=1)
    listed = estate.shell("exec", "a", "--", "terraform", "state", "list")
    assert listed.returncode == 0 and "module.service.terraform_data.value" in listed.stdout
    copies = around_state(around) / "local/a.backups"
    assert len(list(copies.glob("*.tfstate"))) == 1, "exec copies a state first, wherever it is"

    assert forget(A, around).counts == Counts(forget=1)
    assert estate.state("a")["resources"] == []
    (kept,) = copies.glob("forgotten-*.tfstate")
    serial = estate.state("a")["serial"]
    pushed = estate.shell("exec", "a", "--", "terraform", "state", "push", "-force", str(kept))
    assert pushed.returncode == 0, pushed.stderr
    assert plan(A, around).counts == Counts() and estate.state("a")["serial"] != serial, "the way back"
    gone = destroy(ALL, around)
    assert gone.counts == Counts(delete=2)
    assert [estate.state(name)["resources"] for name in ("a", "b")] == [[], []]


def around_state(around: Surroundings) -> Path:
    return open_repo(around).workspace.terraform_state


def test_a_lock_that_somebody_else_holds_is_told_and_taken_by_name(estate: Estate) -> None:
    apply(A, estate.around)
    lock = {"ID": "6f1f4a4e-0000-4000-8000-1234567890ab", "Operation": "OperationTypeApply", "Who": "jo@elsewhere"}
    lock |= {"Version": "1.11.4", "Created": "2026-11-22T10:00:00Z", "Path": f"{BUCKET}/local/a.tfstate", "Info": ""}
    estate.aws.client("s3").put_object(Bucket=BUCKET, Key="local/a.tfstate.tflock", Body=json.dumps(lock))
    refused = estate.shell("plan", "a", "--refresh")
    assert refused.returncode == Exit.LOCKED, refused.stdout + refused.stderr
    told = " ".join((refused.stdout + refused.stderr).split())
    assert "the state is locked by jo@elsewhere since 2026-11-22 10:00:00 +0000 UTC (Apply), lock ID 6f1f4a4e" in told
    assert f"infraops exec STACK -- terraform force-unlock {lock['ID']}" in told
    freed = estate.shell("exec", "a", "--", "terraform", "force-unlock", "-force", lock["ID"])
    assert freed.returncode == 0, freed.stderr
    assert estate.keys() == ["local/a.tfstate"]
    assert estate.shell("plan", "a", "--refresh").returncode == 0


def test_an_apply_that_is_killed_leaves_its_lock_and_is_gone_on_with(estate: Estate) -> None:
    (estate.root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: slow}"))
    argv = [sys.executable, "-m", "infraops", "apply", "a", "--yes"]
    begun = estate.root / ".infraops/stacks/local/a/begun"
    with (estate.home / "killed.log").open("wb") as log:
        running = subprocess.Popen(
            argv, cwd=estate.root, env=estate.environ, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + 90
    while not begun.exists():
        assert running.poll() is None and time.monotonic() < deadline, (estate.home / "killed.log").read_text()
        time.sleep(0.1)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    (estate.root / "blueprints/a.yaml").write_text(blueprint("a", parameters="{value: quick}"))
    resumed = estate.shell("resume", "--yes")
    told = resumed.stdout + resumed.stderr
    if resumed.returncode == Exit.LOCKED:  # Terraform was ended so hard that it let go of nothing
        identity = told.partition("force-unlock ")[2].split()[0]
        freed = estate.shell("exec", "a", "--", "terraform", "force-unlock", "-force", identity)
        assert freed.returncode == 0, freed.stderr
        resumed = estate.shell("resume", "--yes")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert estate.state("a")["outputs"]["id"]["value"]
    assert estate.keys() == ["local/a.tfstate"]


def test_a_bucket_is_made_once_and_what_it_lacks_is_named_and_mended_when_asked(estate: Estate) -> None:
    again = estate.shell("init", "--state", "-e", "local")
    assert again.stdout == f"the bucket {BUCKET} of local is there, and all that it should be\n", again.stderr
    s3 = estate.aws.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    named = estate.shell("init", "--state")
    assert named.returncode == Exit.NOT_APPROVED and "add --yes" in named.stderr
    assert f"the bucket {BUCKET} of local is there, but not\n" in named.stderr
    assert "  versioned: versioning is suspended: a lost state cannot be had back\n" in named.stderr
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Suspended", "nothing was changed"
    mended = json.loads(estate.shell("init", "--state", "--yes", "--json").stdout)
    assert mended["mended"] == ["versioned"] and not mended["made"]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert estate.shell("init", "--state").returncode == 0


def test_a_bucket_of_an_account_refuses_what_comes_without_tls(estate: Estate) -> None:
    """The emulator stands at the end of an endpoint here: it refuses all by that policy, TLS or not."""
    keys = estate.home / "credentials"
    keys.write_text("[us]\naws_access_key_id = a\naws_secret_access_key = b\n")
    account = f"{{s3: '{estate.aws.url}'}}, profile: us, shared_credentials_files: [{keys}], use_path_style: true"
    more = f", region: {REGION}, endpoints: {account}"
    text = ENVIRONMENT.format(url="", region=REGION, bucket="states-of-ours", more=more)
    file = estate.root / "inventories/local/environment.yaml"
    file.write_text(text.replace("emulator: \n", ""))
    made = estate.shell("init", "--state")
    assert made.stdout.endswith(": private, versioned, encrypted, reached by TLS alone\n"), made.stderr
    s3 = estate.aws.client("s3")
    assert all(s3.get_public_access_block(Bucket="states-of-ours")["PublicAccessBlockConfiguration"].values())
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket"}
    theirs["Resource"] = "arn:aws:s3:::states-of-ours"
    s3.put_bucket_policy(Bucket="states-of-ours", Policy=json.dumps({"Version": "2012-10-17", "Statement": theirs}))
    named = estate.shell("init", "--state")
    assert "  reached by TLS alone: nothing refuses requests without TLS\n" in named.stderr
    mended = estate.shell("init", "--state", "--yes")
    assert mended.stdout.endswith("the bucket states-of-ours is mended: now reached by TLS alone\n"), mended.stderr
    policy = json.loads(s3.get_bucket_policy(Bucket="states-of-ours")["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Theirs", "OnlyByTls"]
    assert estate.shell("init", "--state").returncode == 0


def test_a_place_that_needs_no_making_and_one_that_cannot_be_made(estate: Estate) -> None:
    file = estate.root / "inventories/local/environment.yaml"
    written = file.read_text()
    file.write_text(written.replace(f"bucket: {BUCKET}", 'bucket: "{blueprint}"'))
    refused = estate.shell("init", "--state")
    assert refused.returncode == Exit.USAGE and "names a bucket for each stack" in refused.stderr
    file.write_text("schema: infraops/v1\nname: local\nplatform: aws\n")
    kept = estate.shell("init", "--state")
    assert kept.stdout == (
        "local keeps its states by backend local: kept in the user's state directory, which the first apply makes\n"
    )


def test_credentials_and_an_account_beside_an_emulator_are_refused(estate: Estate) -> None:
    file = estate.root / "inventories/local/environment.yaml"
    more = ", secret_key: abc, assume_role: {role_arn: x, token: y}"
    file.write_text(ENVIRONMENT.format(url=estate.aws.url, region=REGION, bucket=BUCKET, more=more))
    with pytest.raises(InvalidInput) as wrong:
        open_repo(estate.around)
    assert {each.problem for each in wrong.value.mistakes} == {
        "state.config.assume_role: this is for an account, and the environment has an emulator",
        "state.config.assume_role.token: a credential has no place in a file that is committed",
        "state.config.secret_key: a credential has no place in a file that is committed",
    }


def test_a_state_that_could_not_be_saved_is_saved_by_the_next_plan(estate: Estate) -> None:
    around = estate.around
    apply(A, around)
    s3 = estate.aws.client("s3")
    before = estate.state("a")
    rescued = around_state(around) / "local/a.tfstate.unsaved"
    rescued.parent.mkdir(parents=True, exist_ok=True)
    rescued.write_text(json.dumps({**before, "serial": before["serial"] + 1}))
    assert plan(Selection(environment="local", names=("a",)), around, refresh=True).counts == Counts()
    assert not rescued.exists() and estate.state("a")["serial"] > before["serial"]
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="local/a.tfstate")["Versions"]
    states = [each for each in versions if each["Key"] == "local/a.tfstate"]
    assert len(states) > 1, "S3 keeps the one before"
