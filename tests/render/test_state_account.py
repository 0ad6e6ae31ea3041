"""How a state in S3 is reached, taken from the provider's settings."""

from pathlib import Path
from typing import Any

import pytest

from infraops.controlrepo.digests import inputs_digest
from infraops.errors import InfraOpsError
from infraops.models.basics.workspace import workspace_of
from infraops.models.files.environment import EnvironmentFile
from infraops.render.stack import render
from infraops.render.state_account import state_account
from infraops.tools.terraform.state.backend import backend_settings
from tests.render.stacks import make_stack, make_template

BASE = {"schema": "infraops/v1", "name": "lab", "platform": "aws"}
ROLE = {"role_arn": "arn:aws:iam::123456789012:role/terraform", "session_name": "{blueprint}"}
MODULE = 'resource "terraform_data" "x" {\n}\n'


def account(**said: Any) -> dict[str, Any]:
    return state_account(EnvironmentFile.model_validate({**BASE, "state": {"backend": "s3"}, **said}))


def settings(tmp_path: Path, config: dict[str, Any], **said: Any) -> dict[str, str]:
    template = make_template(tmp_path, MODULE, platform="aws")
    state = {"backend": "s3", "config": {"bucket": "b", **config}}
    stack = make_stack(tmp_path, template, environment={"platform": "aws", "state": state, **said})
    return backend_settings(stack, workspace_of(tmp_path, {"HOME": str(tmp_path)}))


def test_a_state_is_locked_and_encrypted_unless_said_otherwise(tmp_path: Path) -> None:
    assert account() == {"encrypt": True, "use_lockfile": True}
    assert account(state={"backend": "s3", "config": {"dynamodb_table": "locks"}}) == {"encrypt": True}
    assert account(state={"backend": "pg"}) == {}
    found = settings(tmp_path, {"use_lockfile": False, "encrypt": None})
    assert found == {"bucket": "b", "key": "lab/app.tfstate", "use_lockfile": "false"}


def test_the_account_is_the_providers_unless_said_otherwise(tmp_path: Path) -> None:
    aws = {
        "region": "eu-west-1",
        "assume_role": [ROLE],
        "endpoints": {"s3": "https://s3.example", "ec2": "https://ec2.example"},
        "s3_use_path_style": True,
        "skip_metadata_api_check": "true",
        "default_tags": {"tags": {"a": "b"}},
    }
    found = settings(tmp_path, {"region": "us-east-1"}, providers={"aws": aws, "aws.other": {"profile": "other"}})
    assert found == {
        "bucket": "b",
        "key": "lab/app.tfstate",
        "region": "us-east-1",
        "encrypt": "true",
        "use_lockfile": "true",
        "assume_role": '{ "role_arn" = "arn:aws:iam::123456789012:role/terraform", "session_name" = "app" }',
        "endpoints": '{ "s3" = "https://s3.example" }',
        "use_path_style": "true",
        "skip_metadata_api_check": "true",
    }
    without = settings(tmp_path, {"assume_role": None, "endpoints": None}, providers={"aws": aws})
    assert not {"assume_role", "endpoints"} & without.keys()


def test_a_chain_of_roles_is_refused_unless_the_state_has_its_own(tmp_path: Path) -> None:
    providers = {"aws": {"assume_role": [ROLE, ROLE]}}
    with pytest.raises(InfraOpsError, match="only take on one") as refused:
        settings(tmp_path, {}, providers=providers)
    assert "assume_role: null" in refused.value.hint
    assert "assume_role" not in settings(tmp_path, {"assume_role": None}, providers=providers)


def test_an_emulator_stands_for_the_account_of_the_state_too(tmp_path: Path) -> None:
    template = make_template(tmp_path, MODULE, platform="aws")
    said = {"platform": "aws", "emulator": "http://127.0.0.1:5000", "state": {"backend": "s3"}}
    stack = make_stack(tmp_path, template, environment=said)
    files = {str(path): text for path, text in render(stack).items()}
    assert "endpoint_url = http://127.0.0.1:5000" in files["emulator.config"], "for a stack without any resource of AWS"
    found = settings(tmp_path, {}, emulator="http://127.0.0.1:5000")
    assert found["shared_config_files"] == '["emulator.config"]' and found["profile"] == "emulator"
    assert '"s3" = "http://127.0.0.1:5000"' in found["endpoints"]


def test_another_account_voids_what_is_proven(tmp_path: Path) -> None:
    template = make_template(tmp_path, MODULE, platform="aws")

    def digest(backend: str, region: str) -> str:
        said = {"platform": "aws", "state": {"backend": backend}, "providers": {"aws": {"region": region}}}
        return inputs_digest(make_stack(tmp_path, template, environment=said), tmp_path)

    (tmp_path / "catalog/trial/template.yaml").write_text("")
    assert digest("s3", "eu-west-1") != digest("s3", "eu-west-2")
    assert digest("local", "eu-west-1") == digest("local", "eu-west-2"), "the module has nothing of AWS"
