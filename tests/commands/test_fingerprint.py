"""The effect fingerprint: machines that would do the same agree on it, and nothing else has the same one."""

from dataclasses import replace
from pathlib import Path

import pytest

from infraops.commands.apply import apply
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit
from infraops.views.documents import run_document
from tests.commands.estate import ENVIRONMENT, MODULE, TEMPLATE, blueprint, make_estate, surroundings

ALL = Selection(environment="local")
SECRET = TEMPLATE.replace("outputs:", "  token: {type: string, sensitive: true, used_by: [terraform]}\noutputs:")
TAKES_IT = MODULE.replace("input            = var.value", "input            = sensitive([var.value, var.token])") + (
    '\nvariable "token" {\n  type      = string\n  default   = ""\n  sensitive = true\n}\n'
)


def fingerprints(root: Path, home: Path, *, token: str = "one", key: str = "", destroy: bool = False) -> dict[str, str]:
    around = surroundings(root, home)
    environ = {**around.environ, "TOKEN": token, **({"KEY": key} if key else {})}
    result = plan(ALL, replace(around, environ=environ), destroy=destroy)
    assert not any(stack.failure for stack in result.stacks)
    return {stack.stack.removeprefix("local/"): stack.fingerprint for stack in result.stacks}


def estate(root: Path, *, value: str = "x", secret: bool = False, environment: str = ENVIRONMENT) -> Path:
    parameters = f"{{value: {value}, token: 'env:TOKEN'}}" if secret else f"{{value: {value}}}"
    blueprints = {"first": blueprint("first", parameters=parameters), "second": blueprint("second")}
    make_estate(root, blueprints, environment=environment)
    if secret:
        (root / "catalog/trial/template.yaml").write_text(SECRET)
        (root / "catalog/trial/terraform/local/main.tf").write_text(TAKES_IT)
    return root


def test_two_machines_agree(tmp_path: Path) -> None:
    here = fingerprints(estate(tmp_path / "here/repo"), tmp_path / "here")
    there = fingerprints(estate(tmp_path / "there/repo"), tmp_path / "there")
    assert here == there
    assert len({*here.values()}) == 2, "each stack has one of its own"
    assert all(len(digest) == 64 for digest in here.values())


def test_another_effect_has_another_one(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    before = fingerprints(root, tmp_path)
    estate(root, value="y")
    after = fingerprints(root, tmp_path)
    assert after["first"] != before["first"]
    assert after["second"] == before["second"]
    module = root / "catalog/trial/terraform/local/main.tf"
    module.write_text(f"{MODULE}\n# A word, and nothing else.\n")
    assert fingerprints(root, tmp_path)["second"] != before["second"], "another module may do anything at apply"


def test_what_is_done_has_none_and_its_end_has_another(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    before = fingerprints(root, tmp_path)
    apply(ALL, surroundings(root, tmp_path))
    result = plan(ALL, surroundings(root, tmp_path), refresh=True)
    assert [stack.fingerprint for stack in result.stacks] == ["", ""]
    assert {stack["fingerprint"] for stack in run_document(result)["stacks"]} == {None}
    gone = fingerprints(root, tmp_path, destroy=True)
    assert gone["first"]
    assert gone["first"] != before["first"]


def test_who_shares_the_environments_key_agrees_on_secrets(tmp_path: Path) -> None:
    shared = ENVIRONMENT + "change: {fingerprint_key: 'env:KEY'}\n"
    for name in ("here", "there"):
        estate(tmp_path / name / "repo", secret=True, environment=shared)

    def of(name: str, *, token: str = "one", key: str = "a key") -> str:
        return fingerprints(tmp_path / name / "repo", tmp_path / name, token=token, key=key)["first"]

    assert of("here") == of("there")
    assert of("here") != of("there", token="two")
    assert of("here") != of("there", key="another key")


def test_without_a_shared_key_secrets_are_this_machines_own(tmp_path: Path) -> None:
    for name in ("here", "there"):
        estate(tmp_path / name / "repo", secret=True)
    here, again, there = (fingerprints(tmp_path / name / "repo", tmp_path / name) for name in ("here", "here", "there"))
    assert here == again
    assert here["first"] != there["first"]


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", secret=True, environment=ENVIRONMENT + "change: {fingerprint_key: 'env:KEY'}\n")
    around = surroundings(root, tmp_path)
    result = plan(ALL, replace(around, environ={**around.environ, "TOKEN": "one"}))
    failures = [stack.failure for stack in result.stacks if stack.failure is not None]
    assert len(failures) == 2
    for failure in failures:
        assert "KEY is not set" in failure.problem
        assert failure.doing == "looking up change.fingerprint_key of inventories/local/environment.yaml"
        assert failure.exit_code == Exit.FAILED


@pytest.mark.parametrize("written", ["generated:key", "hunter2", "env:"])
def test_a_key_itself_is_no_reference(tmp_path: Path, written: str) -> None:
    estate(tmp_path / "repo", environment=ENVIRONMENT + f"change: {{fingerprint_key: '{written}'}}\n")
    with pytest.raises(Exception, match="1 mistake found") as refused:
        plan(ALL, surroundings(tmp_path / "repo", tmp_path))
    (mistake,) = refused.value.mistakes  # type: ignore[attr-defined]
    assert mistake.place.file == "inventories/local/environment.yaml"
    assert "hunter2" not in str(mistake)
