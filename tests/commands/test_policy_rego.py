"""Rules in Rego, from the shell: what they stop, what they say, who is let off, and that no secret is told."""

import json
import os
from pathlib import Path

from tests import forked
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate
from tests.commands.test_policy import WAIVER, infraops, stack_of

RULES = """\
package main

# METADATA
# title: words that nobody wants to read
# description: say another one
# custom:
#   control: "manners: mind your words"
deny_words[msg] {
  rc := input.resource_changes[_]
  rc.change.actions[_] == "create"
  rc.change.after.input == data.bad[_]
  msg := sprintf("%s says %q", [rc.address, rc.change.after.input])
}

warn contains msg if {
  some rc in input.resource_changes
  rc.change.after.input == ""
  msg := sprintf("%s says nothing", [rc.address])
}
"""
TELLING = """\
package telling
import rego.v1
deny contains json.marshal(input)
"""
CANARY = "canary-5e1d-b0a7"


def estate(root: Path, **files: str) -> Path:
    """Write a repo with a stack that breaks a rule, one that is warned of, a good one, and files below policies/."""
    make_estate(
        root,
        {
            "good": blueprint("good", parameters="{value: fine}"),
            "bad": blueprint("bad", parameters="{value: bad}"),
            "mute": blueprint("mute"),
        },
    )
    (root / "policies/data").mkdir(parents=True)
    (root / "policies/words.rego").write_text(RULES)
    (root / "policies/data/words.yaml").write_text("bad: [bad, worse]\n")
    for name, text in files.items():
        (root / f"policies/{name}").write_text(text)
    return root


def test_a_deny_stops_the_stack_and_a_warning_is_shown(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    planned = infraops(root, "plan", "-e", "local", "--json", "--quiet")
    assert planned.returncode == 4
    failure = stack_of(planned, "bad")["failure"]
    assert isinstance(failure, dict)
    said = 'module.service.terraform_data.value says "bad" (rule main.deny_words, policies/words.rego:8)'
    assert failure["problem"] == said
    assert failure["hint"] == "say another one; no approval overrides this, only a waiver in policies/waivers.yaml"
    found = stack_of(planned, "mute")["findings"]
    assert isinstance(found, list)
    (warned,) = found
    assert (warned["rule"], warned["severity"], warned["control"]) == (
        "main.warn",
        "warn",
        "Rego, policies/words.rego:15",
    )
    assert stack_of(planned, "good")["findings"] == []
    applied = infraops(root, "apply", "-e", "local", "bad", "mute", "--yes", "--quiet")
    assert applied.returncode == 4
    assert "policy: module.service.terraform_data.value says nothing (rule main.warn" in applied.stdout + applied.stderr
    assert [each.stem for each in (tmp_path / ".local/state").rglob("*.tfstate")] == ["mute"]
    sarif = infraops(root, "review", "-e", "local", "--format", "sarif", "--quiet", "bad").stdout
    assert "denied" in {each["ruleId"] for each in json.loads(sarif)["runs"][0]["results"]}


def test_waivers_and_severities_speak_of_rules_in_rego(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", **{"waivers.yaml": WAIVER.format(rule="main.deny_words", expires="2999-12-31")})
    planned = infraops(root, "plan", "-e", "local", "bad", "--quiet")
    assert planned.returncode == 0, planned.stderr
    assert "policy: waived by team-security until 2999-12-31 (policies/waivers.yaml:3)" in planned.stdout
    (root / "policies/waivers.yaml").write_text("schema: infraops/v1\nseverities: {main.deny_words: warn}\n")
    planned = infraops(root, "plan", "-e", "local", "bad", "--quiet")
    assert planned.returncode == 0, planned.stderr
    assert 'policy: module.service.terraform_data.value says "bad" (rule main.deny_words' in planned.stdout


def test_no_secret_is_told_by_a_rule_that_tells_all(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", **{"telling.rego": TELLING})
    template = TEMPLATE.replace("outputs:", "  token: {type: string, sensitive: true, used_by: [terraform]}\noutputs:")
    (root / "catalog/trial/template.yaml").write_text(template)
    secret = 'variable "token" {\n  type      = string\n  sensitive = true\n}\n\n'
    keeper = 'resource "terraform_data" "token" {\n  input = { url = "http://${var.token}@host" }\n}\n\n'
    open_one = 'resource "terraform_data" "open" {\n  input = nonsensitive("at ${var.token}")\n}\n'
    (root / "catalog/trial/terraform/local/main.tf").write_text(secret + MODULE + keeper + open_one)
    for name in ("good", "bad", "mute"):
        (root / f"blueprints/{name}.yaml").write_text(blueprint(name, parameters="{token: env:TOKEN}"))
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TOKEN": CANARY}
    done = forked.infraops("plan", "-e", "local", "good", "--json", "--verbose", cwd=root, env=environ)
    assert done.returncode == 4, done.stderr
    assert "terraform_data.token" in done.stdout
    assert "(sensitive)" in done.stdout
    assert CANARY not in done.stdout + done.stderr
    kept = [each for each in tmp_path.rglob("*") if each.is_file() and CANARY.encode() in each.read_bytes()]
    assert kept == []


def test_what_did_not_change_is_judged_too_and_what_is_let_go_of_is_not(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    assert infraops(root, "apply", "-e", "local", "good", "--yes", "--quiet").returncode == 0
    proven = infraops(root, "plan", "-e", "local", "good", "--json", "--quiet")
    assert stack_of(proven, "good")["proven_by"]
    standing = "package main\ndeny[m] { m := input.planned_values.root_module.child_modules[_].resources[_].address }\n"
    (root / "policies/more.rego").write_text(standing)
    planned = infraops(root, "plan", "-e", "local", "good", "--quiet")
    assert planned.returncode == 4
    assert "module.service.terraform_data.value (rule main.deny, policies/more.rego:2)" in planned.stderr
    forgotten = infraops(root, "forget", "-e", "local", "good", "--yes")
    assert "policy: rules in Rego are not asked, as Terraform plans nothing here" in forgotten.stdout + forgotten.stderr


def test_rules_are_listed_and_explained_and_mistakes_have_a_place(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    listed = {each["name"]: each for each in json.loads(infraops(root, "policy", "list", "--json").stdout)["rules"]}
    assert listed["main.deny_words"]["kind"] == "deny"
    assert listed["main.warn"]["place"] == "policies/words.rego:15"
    told = infraops(root, "policy", "explain", "main.deny_words").stdout
    assert "serves: manners: mind your words" in told
    assert "written in: policies/words.rego:8" in told
    assert "      rc := input.resource_changes[_]\n" in told
    assert "warn contains" not in told
    (root / "policies/words.rego").write_text(RULES.replace('sprintf("%s says %q"', 'sprntf("%s says %q"'))
    done = infraops(root, "validate")
    assert done.returncode == 64
    assert "policies/words.rego:12: the policy cannot be evaluated: there is no function sprntf here" in done.stderr


def test_print_says_nothing_on_stdout(tmp_path: Path) -> None:
    text = 'package main\nimport rego.v1\ndeny contains "x" if {\n  print("heard", input)\n  false\n}\n'
    root = estate(tmp_path / "repo", **{"print.rego": text})
    planned = infraops(root, "plan", "-e", "local", "good", "--json", "--quiet")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["schema"]
    assert "heard" not in planned.stdout + planned.stderr
