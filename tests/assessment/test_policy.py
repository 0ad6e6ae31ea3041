"""Rules judge plain documents: what breaks them, who is let off, and what happens to expressions that fail."""

import subprocess
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infraops.assessment.expressions import Unusable, try_out
from infraops.assessment.policy import judge, sentence
from infraops.assessment.samples import SAMPLES
from infraops.assessment.subject import fill_in, subject_of, unknown_fields
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.governance.policies import read_policies
from infraops.errors import Place
from infraops.models.files.policy import PlacedWaiver, Policies, PolicyRule, Rule, Waiver
from infraops.models.plans.finding import Severity
from infraops.models.plans.plan import Action, AttributeChange, PlanModel, Provisioner, ResourceChange
from tests.render.stacks import make_stack, make_template

TODAY = date(2026, 11, 22)


def rule(when: str, name: str = "a-rule", severity: Severity = Severity.DENY, message: str = "no") -> Rule:
    written = PolicyRule(name=name, severity=severity, when=when, message=message, control="a control")
    return Rule(written, Place("policies/a.yaml", 3), severity)


def waiver(expires: str, stack: str = "production/*") -> PlacedWaiver:
    written = Waiver(rule="a-rule", stack=stack, owner="us", reason="because", expires=expires)
    return PlacedWaiver(written, Place("policies/waivers.yaml", 4))


def subject(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(SAMPLES[0]), **changes}


def test_denying_rules_come_first_and_rules_that_are_off_are_not_asked() -> None:
    rules = (
        rule("true", "warns", Severity.WARN),
        rule("nonsense(", "off", Severity.OFF),
        rule("stack.owner == 'team-web'", "denies", message="{stack.owner} has {counts.create}"),
        rule("size(lost) > 0", "holds"),
    )
    found = judge(subject(), Policies(rules), today=TODAY)
    assert [(each.rule, each.denies) for each in found] == [("denies", True), ("warns", False)]
    assert found[0].message == "team-web has 0"


@pytest.mark.parametrize(
    "when", ["stack.nope", "resources[0].type == 'x'", "1 / 0 == 1", "stack.owner", "1 < 'a'", "("]
)
def test_what_cannot_be_judged_does_not_pass(when: str) -> None:
    (found,) = judge(subject(), Policies((rule(when),)), today=TODAY)
    assert found.denies
    assert "its expression cannot be evaluated: " in found.message


def test_a_document_that_cel_cannot_hold_passes_no_rule() -> None:
    (found,) = judge(subject(failed_checks=["\ud800"]), Policies((rule("false"),)), today=TODAY)
    assert found.denies


@pytest.mark.parametrize(
    ("waivers", "denies", "told"),
    [
        ((waiver("2026-11-22"),), False, "waived by us until 2026-11-22"),
        ((waiver("2026-11-21"),), True, "the waiver by us (policies/waivers.yaml:4) expired 2026-11-21"),
        ((waiver("2026-11-21"), waiver("2027-01-01")), False, "waived by us until 2027-01-01"),
        ((waiver("2027-01-01", "local/*"),), True, "no (rule a-rule, policies/a.yaml:3)"),
    ],
)
def test_a_waiver_lets_its_stacks_pass_to_the_end_of_its_last_day(
    waivers: tuple[PlacedWaiver, ...], denies: bool, told: str
) -> None:
    (found,) = judge(subject(), Policies((rule("true"),), waivers), today=TODAY)
    assert found.denies is denies
    assert told in sentence(found)


def test_the_samples_have_the_form_of_what_is_judged(tmp_path: Path) -> None:
    def form(value: Any) -> Any:
        return {key: form(item) for key, item in value.items()} if isinstance(value, dict) else type(value)

    real = subject_of(
        make_stack(tmp_path, make_template(tmp_path, "")), PlanModel(), today=TODAY, destroy=False, cost_centers=False
    )
    assert form(real) == form(SAMPLES[0]) == form(SAMPLES[1])


def test_nothing_sensitive_reaches_a_rule(tmp_path: Path) -> None:
    attributes = (
        AttributeChange("open", after="seen"),
        AttributeChange("password", after="hunter2", sensitive=True),
        AttributeChange("later", unknown_after=True),
    )
    plan = PlanModel((ResourceChange("disk.a", "disk", Action.CREATE, attributes=attributes),))
    document = subject_of(
        make_stack(tmp_path, make_template(tmp_path, "")), plan, today=TODAY, destroy=False, cost_centers=False
    )
    assert document["resources"][0]["attributes"] == {"open": "seen"}
    assert "hunter2" not in str(document)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("1 +", "at 1:4: Syntax error"),
        ("stack.nope == 1", 'there is no "nope"'),
        ("stac.owner == ''", "'stac'"),
        ("resources.exists(r, r.typ == 'disk')", 'there is no "typ"'),
        ("stack.owner", "it is neither true nor false"),
        ("resources.all(r, r.action)", "No such overload"),
        ("frobnicate(stack)", "frobnicate"),
    ],
)
def test_an_expression_is_tried_before_there_is_a_plan(when: str, why: str) -> None:
    with pytest.raises(Unusable) as raised:
        try_out(when, SAMPLES)
    assert why in str(raised.value)


def test_attributes_need_not_be_known_beforehand() -> None:
    try_out("resources.exists(r, r.attributes['port'] == 22)", SAMPLES)


def test_messages_name_fields() -> None:
    lists = subject(lost=["a", "b"], provisioners=[{"address": "c", "type": "d"}])
    assert (
        fill_in("{lost}; {provisioners}; {destroy}; {protect_data: false}", lists)
        == "a, b; c; false; {protect_data: false}"
    )
    assert unknown_fields("{stack.owner} {stack.nope} {x}", lists) == ["stack.nope", "x"]


def built_in() -> Policies:
    mistakes = Mistakes()
    policies = read_policies(Path("/nowhere"), mistakes, Composed())
    assert len(mistakes) == 0
    return policies


def test_built_in_rules_work_and_say_nothing_of_a_sound_plan() -> None:
    for each in built_in().rules:
        try_out(each.written.when, SAMPLES)
        for text in (each.written.message, each.written.hint):
            assert unknown_fields(text, SAMPLES[0]) == []
    assert judge(subject(), built_in(), today=TODAY) == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("owner-present", {"owner": "  "}),
        ("cost-center-present", {}),
        ("protected-not-destroyed", {"protected": True}),
        ("template-not-deprecated", {"template": {**SAMPLES[0]["stack"]["template"], "deprecated": "old"}}),
        ("template-not-over", {"template": {**SAMPLES[0]["stack"]["template"], "deprecated": "old", "over": True}}),
        ("unknown-action", {}),
        ("no-provisioners", {}),
        ("no-external-data", {}),
    ],
)
def test_each_built_in_rule_can_be_broken(name: str, changes: dict[str, Any]) -> None:
    beside: dict[str, Any] = {
        "cost-center-present": {"repo": {"cost_centers": True}},
        "protected-not-destroyed": {"lost": ["disk.a"]},
        "unknown-action": {"unknown": ["disk.a"]},
        "no-provisioners": {"provisioners": [{"address": "disk.a", "type": "local-exec"}]},
        "no-external-data": {"external_data": ["data.external.a"]},
    }
    broken = subject(**beside.get(name, {}))
    broken["stack"] |= changes
    assert [each.rule for each in judge(broken, built_in(), today=TODAY)] == [name]


def test_provisioners_are_part_of_what_is_judged(tmp_path: Path) -> None:
    plan = PlanModel(provisioners=(Provisioner("disk.a", "local-exec"),), external_data=("data.external.a",))
    document = subject_of(
        make_stack(tmp_path, make_template(tmp_path, "")), plan, today=TODAY, destroy=False, cost_centers=False
    )
    assert document["provisioners"] == [{"address": "disk.a", "type": "local-exec"}]
    assert document["external_data"] == ["data.external.a"]


LOADING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from infraops.assessment.expressions import context_of, holds

with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(lambda number: holds(f"n == {number}", context_of({"n": number})), range(64)))
assert found == [True] * 64
heavy = {"prompt_toolkit", "pygments", "typer"} & set(sys.modules)
assert not heavy, heavy
import cel
assert cel.evaluate("1 + 1") == 2, "who imports all of the library later has all of it"
"""


def test_expressions_load_what_evaluates_them_and_no_more_whichever_thread_comes_first() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
