"""What conftest takes is taken as it is: names of rules, forms of messages, both syntaxes, exceptions, data."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraops.assessment.policy import judge
from infraops.assessment.samples import SAMPLES
from infraops.errors import InvalidInput
from infraops.models.files.policy import Policies
from tests.assessment.rego.trial import findings, found_by, policies_in
from tests.assessment.test_policy import TODAY

OLD = """\
package main

kept := ["aws_db_instance", "aws_kms_key"]

going[address] {
  rc := input.resource_changes[_]
  rc.change.actions[_] == "delete"
  rc.type == kept[_]
  address := rc.address
}

deny_destroy[msg] {
  count(going) > 0
  msg := sprintf("these hold data and would go: %s", [concat(", ", going)])
}

violation_acl[{"msg": msg, "details": {"acl": acl}}] {
  rc := input.resource_changes[_]
  rc.type == "aws_s3_bucket"
  acl := rc.change.after.acl
  startswith(acl, "public")
  msg := sprintf("%q is open to everybody", [rc.address])
}

warn[msg] {
  rc := input.resource_changes[_]
  not tagged(rc)
  msg := sprintf("%v lacks tags", [rc.address])
}

tagged(rc) {
  rc.change.after.tags.owner
} else {
  rc.change.actions == ["delete"]
}
"""
NEW = """\
package main

import rego.v1

kept := {"aws_db_instance", "aws_kms_key"}

going contains rc.address if {
	some rc in input.resource_changes
	"delete" in rc.change.actions
	rc.type in kept
}

deny_destroy contains msg if {
	count(going) > 0
	msg := sprintf("these hold data and would go: %s", [concat(", ", going)])
}

violation_acl contains {"msg": msg, "details": {"acl": acl}} if {
	some rc in input.resource_changes
	rc.type == "aws_s3_bucket"
	acl := rc.change.after.acl
	startswith(acl, "public")
	msg := sprintf("%q is open to everybody", [rc.address])
}

warn contains sprintf("%v lacks tags", [rc.address]) if {
	some rc in input.resource_changes
	not tagged(rc)
}

tagged(rc) if rc.change.after.tags.owner

tagged(rc) if rc.change.actions == ["delete"]
"""


def change(address: str, *actions: str, **after: Any) -> dict[str, Any]:
    kind = address.partition(".")[0]
    return {"address": address, "type": kind, "change": {"actions": list(actions), "after": after or None}}


PLAN = {
    "resource_changes": [
        change("aws_s3_bucket.a", "create", acl="public-read", tags={"owner": "us"}),
        change("aws_s3_bucket.b", "create", acl="private"),
        change("aws_db_instance.c", "delete"),
        change("aws_instance.d", "delete"),
    ]
}
BROKEN = [
    ("main.deny_destroy", "deny", "these hold data and would go: aws_db_instance.c"),
    ("main.violation_acl", "deny", '"aws_s3_bucket.a" is open to everybody {"details":{"acl":"public-read"}}'),
    ("main.warn", "warn", "aws_s3_bucket.b lacks tags"),
]


@pytest.mark.parametrize("text", [OLD, NEW])
def test_the_same_rules_say_the_same_in_old_syntax_and_in_new(tmp_path: Path, text: str) -> None:
    assert found_by(policies_in(tmp_path, {"aws.rego": text}), PLAN) == BROKEN
    assert found_by(policies_in(tmp_path, {"aws.rego": text}), {"resource_changes": []}) == []


@pytest.mark.parametrize(
    ("rule", "messages"),
    [
        ('deny contains "a" if true', ["a"]),
        ('deny["a"]', ["a"]),
        ('deny[msg] { msg := "a" } { msg := "b" }', ["a", "b"]),
        ('deny[{"msg": "a"}]', ["a"]),
        ('deny[msg] if { msg := "a" }', ["a"]),
        ('deny["k"] := "a"', ["a"]),
        ('deny := ["a", {"msg": "b", "n": 1}]', ["a", 'b {"n":1}']),
        ('deny := "a"', ["a"]),
        ('deny contains msg if {\n  # }\n  msg := `a\n"b"`\n}', ['a "b"']),
        ('deny contains "" if true', ["it says nothing"]),
        ("deny if { true }", ["it cannot be evaluated: it is true, and no set of messages"]),
        ("deny contains 3", ["it cannot be evaluated: 3 is no message, and no object with `msg`"]),
        (
            'deny contains {"text": "a"}',
            ['it cannot be evaluated: {"text":"a"} is no message, and no object with `msg`'],
        ),
        ("default deny := false", []),
        ("deny := []", []),
        ('deny contains "a" if input.nope', []),
    ],
)
def test_messages_are_taken_in_every_form(tmp_path: Path, rule: str, messages: list[str]) -> None:
    default = "" if not rule.startswith("default") else "\ndeny := true if input.nope"
    policies = policies_in(tmp_path, {"a.rego": f"package main\nimport future.keywords\n{rule}{default}\n"})
    assert [message for _, _, message in found_by(policies, {})] == messages


def test_names_say_what_is_asked_and_packages_keep_them_apart(tmp_path: Path) -> None:
    names = ("deny", "deny_a_b", "violation", "warn_x", "denying", "my_deny", "warning")
    rules = "".join(f'{name} contains "{name}"\n' for name in names)
    library = 'package lib.names\nimport rego.v1\ndeny contains "far"\n'
    tests = 'package main_test\nimport rego.v1\ntest_it if { nonsense }\ndeny contains "test"\n'
    head = "package main\nimport rego.v1\n"
    policies = policies_in(tmp_path, {"a.rego": head + rules, "lib/b.rego": library, "a_test.rego": tests})
    expected = [
        ("main.deny", "deny"),
        ("main.deny_a_b", "deny"),
        ("main.violation", "deny"),
        ("main.warn_x", "warn"),
        ("lib.names.deny", "deny"),
    ]
    assert [(rule, severity) for rule, severity, _ in found_by(policies, {})] == expected


@pytest.mark.parametrize("imported", ["future.keywords.in", "future.keywords.contains"])
def test_a_rule_is_seen_whatever_the_import_above_it_ends_with(tmp_path: Path, imported: str) -> None:
    text = f'package main\nimport {imported}\n\ndeny[msg] {{ msg := "a" }}\n'
    assert found_by(policies_in(tmp_path, {"a.rego": text}), {}) == [("main.deny", "deny", "a")]


def test_a_rule_that_is_defined_by_its_parts_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        policies_in(tmp_path, {"a.rego": 'package main\nimport rego.v1\n\ndeny.part contains "a"\n'})
    (mistake,) = refused.value.mistakes
    assert str(mistake.place) == "policies/a.rego:4"
    assert "cannot be asked as a whole" in mistake.problem


@pytest.mark.parametrize("value", ["input.y", "input.y[0]", "count(input.y)", '{"a": input.y}', "data.main.z"])
def test_a_replacement_that_the_compiler_passes_over_is_refused(tmp_path: Path, value: str) -> None:
    text = f'package main\nimport rego.v1\nz if input.x\n\ndeny contains "a" if {{\n  z with input.x as {value}\n}}\n'
    with pytest.raises(InvalidInput) as refused:
        policies_in(tmp_path, {"a.rego": text})
    assert [str(each.place) for each in refused.value.mistakes] == ["policies/a.rego:6"]


@pytest.mark.parametrize("value", ["1", '"x"', '{"a": [1]}', "true", "y"])
def test_a_replacement_that_is_written_down_works(tmp_path: Path, value: str) -> None:
    text = f'package main\nimport rego.v1\nz if input.x\n\ndeny contains "a" if {{\n  y := 1\n  y == 1\n  z with input.x as {value}\n}}\n'  # noqa: E501
    assert found_by(policies_in(tmp_path, {"a.rego": text}), {}) == [("main.deny", "deny", "a")]


def test_files_of_one_package_are_one_and_use_others(tmp_path: Path) -> None:
    files = {
        "a.rego": "package main\nimport data.lib.plans\ndeny[m] { m := plans.addresses[_] }\n",
        "b.rego": 'package main\nimport rego.v1\ndeny contains "b" if count(plans_of_b) == 0\nplans_of_b := []\n',
        "lib/plans.rego": "package lib.plans\naddresses[a] { a := input.resource_changes[_].address }\n",
    }
    policies = policies_in(tmp_path, files)
    assert {message for _, _, message in found_by(policies, PLAN)} == {"b", *(
        str(each["address"]) for each in PLAN["resource_changes"]
    )}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "let_off"),
    [('["foo"]', {"main.deny_foo"}), ('[""]', {"main.deny"}), ('["deny"]', {"main.deny"}), ('["fo"]', set())],
)
def test_exceptions_let_plans_off_and_are_shown(tmp_path: Path, names: str, let_off: set[str]) -> None:
    text = f"""\
package main
import rego.v1
deny contains "a"
deny_foo contains "b"
exception contains rules if {{
  input.small
  rules := {names}
}}
"""
    policies = policies_in(tmp_path, {"a.rego": text})
    found = findings(policies, {"small": True})
    assert {each.rule for each in found if not each.denies} == let_off
    assert {each.waived for each in found if each.waived} <= {"by the exception at policies/a.rego:5"}
    assert all(each.denies for each in findings(policies, {"small": False}))


def test_data_beside_policies_is_read(tmp_path: Path) -> None:
    files = {
        "a.rego": "package main\nimport data.allowed\ndeny[t] { t := input.types[_]; not listed(t) }\n"
        "listed(t) { t == allowed.types[_] }\nlisted(t) { t == data.more[_] }\n",
        "data/types.yaml": "allowed: {types: [a]}\n",
        "data/more.json": '{"more": ["b"]}',
        "data/rules.yaml": "schema: infraops/v1\nseverities: {main.deny: warn}\n",
    }
    assert found_by(policies_in(tmp_path, files), {"types": ["a", "b", "c"]}) == [("main.deny", "warn", "c")]


def test_what_a_function_cannot_take_is_undefined_as_in_opa_and_is_said(tmp_path: Path) -> None:
    text = 'package main\nimport rego.v1\ndeny contains "a" if {\n  startswith(input.acl, "public")\n}\n'
    policies = policies_in(tmp_path, {"a.rego": text})
    assert found_by(policies, {"acl": "private"}) == []
    ((rule, severity, message),) = found_by(policies, {"acl": None})
    assert (rule, severity) == ("main.deny", "warn")
    assert message.endswith("startswith: a text is needed (policies/a.rego:4)")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('deny contains "a" if p == 1\np := 1\np := 2 if input.x', "a rule, or a function, has two values at once"),
        ('deny contains "a" if f(1) == 1\nf(x) := x\nf(x) := x + 1', "a rule, or a function, has two values at once"),
        (
            'deny contains "a" if count([1 | numbers.range(1, 90000)[_]; numbers.range(1, 900)[_]]) < 0',
            "it does not end within 1000 steps",
        ),
        ('deny contains "a" if regex.match(input.x, "a")', "the regular expression ( cannot be read"),
    ],
)
def test_what_cannot_be_evaluated_does_not_pass(
    tmp_path: Path, text: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infraops.assessment.rego.machine.STEPS", 1000)
    policies = policies_in(tmp_path, {"a.rego": f"package main\nimport rego.v1\n{text}\n"})
    ((_, severity, message),) = found_by(policies, {"x": "("})
    assert severity == "deny"
    assert message.startswith(f"it cannot be evaluated: {why}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    text = 'package main\ndeny[msg] { msg := sprintf("%v", [input]) }\ndeny_all["no"]\n'
    return policies_in(tmp_path_factory.mktemp("strict"), {"a.rego": text})


@settings(deadline=None)
@given(document=st.dictionaries(st.text(), JSON, max_size=5))
def test_a_rule_that_always_denies_denies_whatever_the_plan(strict: Policies, document: dict[str, Any]) -> None:
    found = judge(SAMPLES[0], strict, today=TODAY, document=document)
    assert {each.rule for each in found if each.denies} == {"main.deny", "main.deny_all"}
