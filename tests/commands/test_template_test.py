"""`infraops template test`: the whole sequence, its failures, and that nothing is left however it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.commands.estate import MODULE, TEMPLATE, make_estate
from tests.commands.versions import infraops

STEPS = ["render", "create", "converge", "idempotence", "verify", "destroy"]
HELLO = Path(__file__).parents[2] / "infraops/catalog/hello"
PROVISIONER = '  provisioner "local-exec" {{\n    command = "touch {marker}; sleep {seconds}"\n  }}\n\n  lifecycle {{'


def cases(**parameters: str) -> str:
    written = "".join(f"  {name}: {{parameters: {values}}}\n" for name, values in parameters.items())
    return f"schema: infraops/v1\ncases:\n{written}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_estate(tmp_path / "repo", {})


def verdicts(root: Path, *words: str, code: int = 0) -> dict[str, dict[str, str]]:
    """Test templates; return the verdict of each step by case."""
    done = infraops(root, "template", "test", *words, "--json", "--quiet")
    assert done.returncode == code, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "infraops/template-test/v1"
    assert document["passed"] == (code == 0)
    return {case["case"]: {step["name"]: step["verdict"] for step in case["steps"]} for case in document["cases"]}


def left_over(root: Path) -> list[Path]:
    return list((root.parent / "home/.local/state/infraops").glob("template-tests/*"))


def test_every_case_goes_through_all_steps_and_nothing_is_left(root: Path) -> None:
    (root / "catalog/trial/test.yaml").write_text(cases(small="{value: a}", large="{value: b}"))
    before = sorted(path for path in root.rglob("*") if ".infraops" not in path.parts)
    assert verdicts(root) == {name: dict.fromkeys(STEPS, "passed") for name in ("small", "large")}
    assert left_over(root) == []
    assert sorted(path for path in root.rglob("*") if ".infraops" not in path.parts) == before
    state = root.parent / "home/.local/state/infraops"
    assert [path.name for path in state.iterdir() if path.name.startswith("repo-")] == []
    assert list(verdicts(root, "trial@1.0", "--case", "large")) == ["large"]


def test_a_failure_is_reported_and_all_the_same_destroyed(root: Path) -> None:
    (root / "catalog/trial/test.yaml").write_text(cases(good="{}", bad="{broken: true}"))
    done = infraops(root, "template", "test", "--junit", "report.xml")
    assert done.returncode == 1
    assert "trial@1.0 bad failed at create: " in done.stderr
    assert "This one is broken on purpose." in done.stderr
    assert "1 of 2 cases passed on local" in done.stdout
    assert left_over(root) == []
    assert list((root / ".infraops/tests/trial-1.0-bad").rglob("*.log"))
    report = ElementTree.parse(root / "report.xml").getroot()
    assert (report.get("tests"), report.get("failures"), report.get("skipped")) == ("12", "1", "3")
    bad = next(suite for suite in report if suite.get("name") == "trial@1.0 bad")
    assert [case.get("name") for case in bad if case.find("failure") is not None] == ["create"]


def test_terraform_that_never_comes_to_rest_is_not_idempotent(root: Path) -> None:
    module = MODULE.replace("input            = var.value", "input = timestamp()")
    (root / "catalog/trial/terraform/local/main.tf").write_text(module)
    done = infraops(root, "template", "test")
    assert done.returncode == 1
    assert "failed at idempotence: planning a second time: Terraform would change: update module" in done.stderr
    assert left_over(root) == []


@pytest.mark.slow
def test_tasks_that_change_something_each_time_are_not_idempotent(root: Path) -> None:
    shutil.copytree(HELLO, root / "catalog/hello")
    described = root / "catalog/hello/template.yaml"
    described.write_text(described.read_text().replace("name: hello", "name: restless"))
    tasks = root / "catalog/hello/roles/page/tasks/main.yml"
    tasks.write_text(f"{tasks.read_text().rstrip()}\n\n- name: Again\n  ansible.builtin.command: /bin/true\n")
    done = infraops(root, "template", "test", "restless")
    assert done.returncode == 1, done.stderr
    assert "failed at idempotence: configuring a second time: tasks changed hosts again: restless: 1" in done.stderr
    assert left_over(root) == []


@pytest.mark.slow
def test_a_built_in_template_is_tested_with_its_own_cases(root: Path) -> None:
    assert verdicts(root, "hello") == {"page": dict.fromkeys(STEPS, "passed")}


def test_files_that_a_case_needs_lie_beside_it(root: Path) -> None:
    template = TEMPLATE.replace("  follows:", "  motd: {type: path, required: true, used_by: []}\n  follows:")
    (root / "catalog/trial/template.yaml").write_text(template)
    (root / "catalog/trial/test.yaml").write_text(cases(only="{motd: files/motd}"))
    missing = infraops(root, "template", "test")
    assert missing.returncode == 64
    assert "catalog/trial/test.yaml: cases.only.parameters.motd: " in missing.stderr
    assert "does not exist" in missing.stderr
    (root / "catalog/trial/test/files").mkdir(parents=True)
    (root / "catalog/trial/test/files/motd").write_text("hi")
    assert verdicts(root)["only"]["destroy"] == "passed"


@pytest.mark.parametrize(
    ("text", "words", "problem"),
    [
        (cases(only="{vlaue: a}"), (), 'cases.only.parameters.vlaue: unknown parameter "vlaue" of template trial@1.0'),
        ("schema: infraops/v1\ncases: {}\n", (), "catalog/trial/test.yaml:2: cases"),
        (cases(only="{}"), ("--case", "olny"), 'did you mean "only"?'),
        (cases(only="{}"), ("web-service",), "web-service@1.0 does not run on platform local"),
        (cases(only="{}"), ("trail",), 'there is no template "trail"'),
    ],
)
def test_mistakes_are_named_before_anything_is_made(
    root: Path, text: str, words: tuple[str, ...], problem: str
) -> None:
    (root / "catalog/trial/test.yaml").write_text(text)
    done = infraops(root, "template", "test", *words)
    assert done.returncode == 64
    assert problem in done.stderr
    assert left_over(root) == []


def test_only_what_can_be_thrown_away_is_tested_on(root: Path) -> None:
    environment = root / "inventories/cloud/environment.yaml"
    environment.parent.mkdir()
    environment.write_text("schema: infraops/v1\nname: cloud\nplatform: aws\n")
    done = infraops(root, "template", "test", "-e", "cloud")
    assert done.returncode == 64
    assert "platform aws is no place that can be thrown away" in done.stderr


def begin(root: Path, marker: Path, *, seconds: int) -> "subprocess.Popen[str]":
    """Begin a test whose create takes some seconds, and wait until it is at that."""
    module = MODULE.replace("  lifecycle {", PROVISIONER.format(marker=marker, seconds=seconds))
    (root / "catalog/trial/terraform/local/main.tf").write_text(module)
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    begun = subprocess.Popen(
        [sys.executable, "-m", "infraops", "template", "test"],
        cwd=root,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(1800):
        if marker.exists():
            return begun
        time.sleep(0.1)
    begun.kill()
    raise AssertionError("it was never at work")


def test_an_interrupt_is_heard_and_what_was_made_is_destroyed(root: Path, tmp_path: Path) -> None:
    begun = begin(root, tmp_path / "marker", seconds=60)  # Terraform ends it where it is told to stop
    begun.send_signal(signal.SIGINT)
    out, err = begun.communicate(timeout=120)
    assert begun.returncode == 130, err
    assert "interrupted" in out
    assert "1 destroyed" in err
    assert left_over(root) == []


def test_what_a_killed_test_left_is_destroyed_by_the_next(root: Path, tmp_path: Path) -> None:
    begun = begin(root, tmp_path / "marker", seconds=4)
    begun.kill()
    begun.communicate(timeout=120)
    assert len(left_over(root)) == 1
    (root / "catalog/trial/terraform/local/main.tf").write_text(MODULE)
    done = infraops(root, "template", "test")
    assert done.returncode == 0, done.stderr
    assert "a test that was cut off left" in done.stderr
    assert left_over(root) == []
