# ruff: noqa: E501 - messages stand here as the user reads them
"""Policy files: what they may say, and every word of what is wrong with them."""

from pathlib import Path

import pytest

from infraops.controlrepo.digests import inputs_digest
from infraops.models.plans.finding import Severity
from tests.controlrepo.trees import load_tree, mistakes_in

RULE = "schema: infraops/v1\nrules:\n  - name: one\n    severity: deny\n    when: {when}\n    message: {message}\n    control: a control\n"
HEAD = "schema: infraops/v1\n"
WAIVER = "waivers:\n  - rule: {rule}\n    stack: lab/shop\n    owner: us\n    reason: why not\n    expires: {expires}\n"

CASES = [
    pytest.param(RULE.format(when="'true'", message="hm") + "    sevrity: off\n", 'policies/a.yaml:8: rules[0]: unknown key "sevrity"; did you mean "severity"?', id="key"),
    pytest.param(RULE.format(when="'1 +'", message="hm"), "policies/a.yaml:5: rules[0].when: the expression does not work: at 1:4: Syntax error", id="syntax"),
    pytest.param(RULE.format(when="stack.ownr == ''", message="hm"), 'policies/a.yaml:5: rules[0].when: the expression does not work: there is no "ownr"', id="field"),
    pytest.param(RULE.format(when="stack.owner", message="hm"), "policies/a.yaml:5: rules[0].when: the expression does not work: it is neither true nor false", id="no answer"),
    pytest.param(RULE.format(when="'true'", message="'{stack.ownr}'"), 'policies/a.yaml:6: rules[0].message: there is no "stack.ownr" to put in', id="message"),
    pytest.param(RULE.format(when="'true'", message="hm").replace("one", "owner-present"), 'policies/a.yaml:3: the rule "owner-present" is already at infraops/policies/built-in.yaml:4', id="taken"),
    pytest.param(HEAD + "severities: {ownr-present: off}\n", 'policies/a.yaml:2: there is no rule "ownr-present"; did you mean "owner-present"?', id="severity of no rule"),
    pytest.param(HEAD + "severities: {owner-present: of}\n", 'policies/a.yaml:2: severities.owner-present: expected one of off, warn, deny, found "of"', id="no severity"),
    pytest.param(HEAD + WAIVER.format(rule="nothing", expires="2026-12-31"), 'policies/a.yaml:3: there is no rule "nothing"', id="waiver of no rule"),
    pytest.param(HEAD + WAIVER.format(rule="owner-present", expires="2026-02-30"), "policies/a.yaml:7: waivers[0].expires: there is no day 2026-02-30; write it as 2026-12-31", id="no such day"),
    pytest.param(HEAD + WAIVER.format(rule="owner-present", expires="soon"), 'policies/a.yaml:7: waivers[0].expires: expected a day such as 2026-12-31, found "soon"', id="no day"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mistake"), CASES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, {"policies/a.yaml": text})
    assert found.startswith(mistake)


def test_a_severity_is_given_once(tmp_path: Path) -> None:
    text = HEAD + "severities: {owner-present: warn}\n"
    (found,) = mistakes_in(tmp_path, {"policies/a.yaml": text, "policies/b.yaml": text})
    assert found.startswith("policies/b.yaml:2: severities.owner-present: it has one already at policies/a.yaml:2")


def test_rules_of_the_repo_stand_behind_the_built_in_ones(tmp_path: Path) -> None:
    rule = RULE.format(when="'true'", message="hm")
    repo = load_tree(tmp_path, {"policies/a.yaml": rule + "severities: {owner-present: warn}\n"})
    severities = {each.name: each.severity for each in repo.policies.rules}
    assert list(severities)[-1] == "one"
    assert severities["owner-present"] is Severity.WARN
    assert [each.name for each in repo.policies.rules if not each.built_in] == ["one"]


def test_rules_count_among_what_a_stack_is_made_from(tmp_path: Path) -> None:
    plain = load_tree(tmp_path)
    before = inputs_digest(plain.stacks["lab/shop"], plain.root)
    rule = RULE.format(when="'true'", message="hm")
    ruled = load_tree(tmp_path, {"policies/a.yaml": rule})
    first = inputs_digest(ruled.stacks["lab/shop"], ruled.root)
    graver = load_tree(tmp_path, {"policies/a.yaml": rule.replace("deny", "warn")})
    second = inputs_digest(graver.stacks["lab/shop"], graver.root)
    assert len({before, first, second}) == 3
