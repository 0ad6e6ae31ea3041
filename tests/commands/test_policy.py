"""Rules of policy, from the shell: what they stop, what they say, and who is let off."""

import json
import os
import subprocess
from pathlib import Path

from tests import forked
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate

RULE = """\
schema: infraops/v1
rules:
  - name: no-secret-words
    severity: {severity}
    when: "resources.exists(r, r.action == 'create' && r.type == 'terraform_data' && r.attributes['input'] == 'bad')"
    message: "{{stack.name}} says a bad word"
    hint: say another one
    control: "manners: mind your words"
"""
WAIVER = """\
schema: infraops/v1
waivers:
  - rule: {rule}
    stack: local/b*
    owner: team-security
    reason: it is being moved
    expires: "{expires}"
"""


def estate(root: Path, *, severity: str = "deny", **policies: str) -> Path:
    """Write a repo with one good stack, one that breaks a rule, and more files below policies/."""
    make_estate(
        root,
        {
            "good": blueprint("good", parameters="{value: fine}"),
            "bad": blueprint("bad", parameters="{value: bad}"),
        },
    )
    (root / "policies").mkdir()
    (root / "policies/words.yaml").write_text(RULE.format(severity=severity))
    for name, text in policies.items():
        (root / f"policies/{name}.yaml").write_text(text)
    return root


def infraops(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(root.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "300"}
    return forked.infraops(*words, cwd=root, env=environ)


def stack_of(done: subprocess.CompletedProcess[str], name: str) -> dict[str, object]:
    document = json.loads(done.stdout)
    found: dict[str, object] = next(each for each in document["stacks"] if each["stack"] == f"local/{name}")
    return found


def test_a_deny_is_not_approved_away(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    planned = infraops(root, "plan", "-e", "local", "bad", "--json", "--quiet")
    assert planned.returncode == 4
    failure = stack_of(planned, "bad")["failure"]
    assert isinstance(failure, dict)
    assert failure["problem"] == "local/bad says a bad word (rule no-secret-words, policies/words.yaml:3)"
    assert failure["hint"] == ("say another one; no approval overrides this, only a waiver in policies/waivers.yaml")
    applied = infraops(root, "apply", "-e", "local", "bad", "--yes")
    assert applied.returncode == 4
    assert list((tmp_path / ".local/state").rglob("*.tfstate")) == []
    reviewed = infraops(root, "review", "-e", "local", "bad", "--format", "sarif", "--quiet")
    assert reviewed.returncode == 4
    assert "denied" in {each["ruleId"] for each in json.loads(reviewed.stdout)["runs"][0]["results"]}


def test_a_warning_is_shown_wherever_plans_are_read(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", severity="warn")
    said = "local/bad says a bad word (rule no-secret-words, policies/words.yaml:3)"
    planned = infraops(root, "plan", "-e", "local", "--quiet")
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.count("policy: ") == 1
    assert f"policy: {said}" in planned.stdout
    reviewed = infraops(root, "review", "-e", "local", "--quiet")
    assert f"# policy: {said}" in reviewed.stdout
    assert reviewed.stdout.count("1 policy warning") == 1
    results = json.loads(infraops(root, "review", "-e", "local", "--format", "sarif", "--quiet").stdout)
    (result,) = [each for each in results["runs"][0]["results"] if each["ruleId"] == "policy/no-secret-words"]
    assert (result["level"], result["message"]["text"]) == ("warning", f"local/bad: {said}")
    applied = infraops(root, "apply", "-e", "local", "--yes", "--json", "--quiet")
    assert applied.returncode == 0, applied.stderr
    bad = stack_of(applied, "bad")
    assert isinstance(bad["findings"], list)
    assert bad["findings"][0]["control"] == "manners: mind your words"
    assert stack_of(applied, "good")["findings"] == []
    run = json.loads(applied.stdout)["run"]
    assert "policy warns: no-secret-words" in infraops(root, "history", run, "--json").stdout


def test_a_waiver_works_until_it_expires_and_is_shown(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", waivers=WAIVER.format(rule="no-secret-words", expires="2999-12-31"))
    applied = infraops(root, "apply", "-e", "local", "--yes", "--json", "--quiet")
    assert applied.returncode == 0, applied.stderr
    waived = "waived by team-security until 2999-12-31 (policies/waivers.yaml:3): it is being moved"
    run = json.loads(applied.stdout)["run"]
    assert f"no-secret-words {waived}" in infraops(root, "history", run, "--json").stdout
    (root / "blueprints/bad.yaml").write_text(blueprint("bad2", parameters="{value: bad}"))
    planned = infraops(root, "plan", "-e", "local", "--quiet")
    assert f"policy: {waived}: local/bad2 says a bad word" in planned.stdout
    assert waived in infraops(root, "review", "-e", "local", "--quiet").stdout
    (root / "policies/waivers.yaml").write_text(WAIVER.format(rule="no-secret-words", expires="2001-01-01"))
    expired = infraops(root, "apply", "-e", "local", "bad2", "--yes", "--json", "--quiet")
    assert expired.returncode == 4
    assert "the waiver by team-security (policies/waivers.yaml:3) expired 2001-01-01" in expired.stdout


def test_severities_make_a_rule_graver_or_turn_it_off(tmp_path: Path) -> None:
    off = "schema: infraops/v1\nseverities: {no-secret-words: off}\n"
    root = estate(tmp_path / "repo", settings=off)
    assert infraops(root, "plan", "-e", "local", "--quiet").returncode == 0
    listed = infraops(root, "policy", "list")
    assert [line.split()[1] for line in listed.stdout.splitlines() if line.startswith("no-secret-words")] == ["off"]


def test_what_was_proven_under_other_rules_is_looked_at_again(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", severity="warn")
    assert infraops(root, "apply", "-e", "local", "--yes", "--quiet").returncode == 0
    proven = infraops(root, "plan", "-e", "local", "good", "--json", "--quiet")
    assert stack_of(proven, "good")["proven_by"]
    strict = RULE.format(severity="deny").replace("resources.exists", "true || resources.exists")
    (root / "policies/words.yaml").write_text(strict)
    assert infraops(root, "plan", "-e", "local", "good", "--quiet").returncode == 4


def test_mistakes_in_rules_are_answered_with_their_place(tmp_path: Path) -> None:
    broken = RULE.format(severity="deny").replace("resources.exists(", "resorces.exists(")
    root = estate(tmp_path / "repo")
    (root / "policies/words.yaml").write_text(broken)
    done = infraops(root, "validate")
    assert done.returncode == 64
    assert "policies/words.yaml:5: rules[0].when: the expression does not work" in done.stderr
    assert "resorces" in done.stderr


def test_programs_that_no_plan_shows_and_old_templates_are_warned_of(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", severity="off")
    template = TEMPLATE.replace(
        'version: "1.0"', 'version: "1.0"\ndeprecated: {since: "2026-01-01", reason: use another one}'
    )
    (root / "catalog/trial/template.yaml").write_text(template)
    provisioner = '  provisioner "local-exec" {\n    command = "true"\n  }\n\n  lifecycle {'
    module = MODULE.replace("  lifecycle {", provisioner)
    (root / "catalog/trial/terraform/local/main.tf").write_text(module)
    planned = infraops(root, "plan", "-e", "local", "good", "--quiet")
    assert planned.returncode == 0, planned.stderr
    ran = "provisioners run programs that no plan shows: module.service.terraform_data.value (rule no-provisioners,"
    assert f"policy: {ran}" in planned.stdout
    assert "policy: template trial@1.0 is deprecated since 2026-01-01: use another one (rule" in planned.stdout


def test_a_cost_center_is_asked_for_where_others_have_one(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", severity="off")
    assert "cost-center" not in infraops(root, "plan", "-e", "local", "--quiet").stdout
    (root / "blueprints/good.yaml").write_text(blueprint("good") + 'cost_center: "4711"\n')
    planned = infraops(root, "plan", "-e", "local", "--quiet").stdout
    assert planned.count("(rule cost-center-present, infraops/policies/built-in.yaml:") == 1


def test_data_is_not_destroyed_but_by_waiver(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", severity="off")
    (root / "catalog/trial/template.yaml").write_text(TEMPLATE + "protected: true\n")
    assert infraops(root, "apply", "-e", "local", "bad", "--yes", "--quiet").returncode == 0
    denied = infraops(root, "destroy", "-e", "local", "bad", "--yes", "--json", "--quiet")
    assert denied.returncode == 4
    assert "template trial@1.0 protects it, because it holds data (rule protected-not-destroyed," in denied.stdout
    waiver = WAIVER.format(rule="protected-not-destroyed", expires="2999-12-31")
    (root / "policies/waivers.yaml").write_text(waiver)
    done = infraops(root, "destroy", "-e", "local", "bad", "--yes", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "local/bad policy: waived by team-security" in done.stderr


def test_every_rule_is_explained(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo", waivers=WAIVER.format(rule="no-secret-words", expires="2001-01-01"))
    for rule in json.loads(infraops(root, "policy", "list", "--json").stdout)["rules"]:
        told = infraops(root, "policy", "explain", rule["name"])
        assert told.returncode == 0, told.stderr
        assert rule["control"] in told.stdout
        assert rule["when"] in told.stdout
        assert rule["place"] in told.stdout
    assert "by team-security, expired 2001-01-01" in infraops(root, "policy", "explain", "no-secret-words").stdout
    unknown = infraops(root, "policy", "explain", "no-secret-word")
    assert unknown.returncode == 64
    assert 'did you mean "no-secret-words"?' in unknown.stderr
