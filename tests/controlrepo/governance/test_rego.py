# ruff: noqa: E501 - messages stand here as the user reads them
"""Files of Rego in a control repo: what is wrong with them is told with file and line."""

from pathlib import Path

import pytest

from infraops.controlrepo.digests import inputs_digest
from infraops.controlrepo.governance import rego
from infraops.models.plans.finding import Severity
from tests.controlrepo.trees import load_tree, mistakes_in

HEAD = "package main\nimport rego.v1\n"
GOOD = HEAD + 'deny contains "no" if input.x\n'
BAD = "policies/a.rego:{}: the policy cannot be evaluated: {}"

CASES = [
    pytest.param(HEAD + "deny contains msg if {\n  msg :=\n}\n", BAD.format(4, "invalid assignment operator"), id="syntax"),
    pytest.param(HEAD + 'deny contains "a" if {\n  nope > 3\n}\n', BAD.format(4, "a name is used here that nothing gives a value to (OPA calls it unsafe); look for a misspelling"), id="unsafe"),
    pytest.param(HEAD + 'deny contains m if {\n  m := sprintf("%v", [nope])\n}\n', BAD.format(4, "a name is used here that nothing gives a value to"), id="unsafe message"),
    pytest.param(HEAD + 'deny contains "a" if {\n  lowr(input.x)\n}\n', BAD.format(4, "there is no function lowr here"), id="function"),
    pytest.param(HEAD + 'deny contains "a" if {\n  startswith("a")\n}\n', BAD.format(4, "startswith takes 2 arguments, and is handed 1"), id="arguments"),
    pytest.param(HEAD + 'deny contains "a" if {\n  f(1, 2, 3)\n}\nf(x) := x\n', BAD.format(4, "f takes 1 arguments, and is handed 3"), id="arguments of a function"),
    pytest.param(HEAD + 'deny contains "a" if {\n  http.send({"method": "get", "url": "u"})\n}\n', BAD.format(4, "http.send reaches out of the policy"), id="reaching out"),
    pytest.param(HEAD + 'deny contains "a" if {\n  not f(1) with input as {"a": {"b": 1}}\n}\nf(x) := 1 if { x > input.a } else := false\n', "policies/a.rego: the policy cannot be evaluated: the library that compiles Rego ends, or does not end, on something in it; write it in another way; `not … with …` is one such thing", id="a crash"),
    pytest.param("deny[msg] { msg := 1 }\n", "policies/a.rego:1: the file does not begin with a package whose name is made of letters", id="no package"),
    pytest.param('package main["a b"]\n', "policies/a.rego:1: the file does not begin with a package whose name is made of letters", id="a package of other signs"),
    pytest.param(HEAD + '# METADATA\n# title: [\ndeny contains "a"\n', 'policies/a.rego:5: the comment `# METADATA` above "deny" is no mapping in YAML', id="annotation"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mistake"), CASES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, {"policies/a.rego": text})
    assert found.startswith(mistake)


def test_rules_that_ask_each_other_are_told(tmp_path: Path) -> None:
    text = HEAD + 'deny contains "a" if p\np if q\nq if p\n'
    found = mistakes_in(tmp_path, {"policies/a.rego": text})
    assert [each.partition(";")[0] for each in found] == [
        BAD.format(4, "p asks itself, directly or through other rules"),
        BAD.format(5, "q asks itself, directly or through other rules"),
    ]


def test_a_mistake_is_told_of_the_file_it_is_in(tmp_path: Path) -> None:
    bad = "package lib\nimport rego.v1\nf(x) := y\n"
    user = HEAD + "import data.lib\ndeny contains lib.f(1)\n"
    (found,) = mistakes_in(tmp_path, {"policies/a.rego": user, "policies/lib/a.rego": bad})
    assert found.startswith("policies/lib/a.rego:3: the policy cannot be evaluated: a name is used here")


@pytest.mark.parametrize(
    ("name", "text", "mistake"),
    [
        ("data/a.yaml", "main: 1\n", "policies/data/a.yaml: data.main is a package of policies"),
        ("data/a.json", "[1]", "policies/data/a.json:1: the top of the file is no object"),
        ("data/a.json", '{"x":\n}', "policies/data/a.json:2: this is no JSON"),
        ("data/a.yaml", "x: [\n", "policies/data/a.yaml:"),
        ("more.yaml", "x: 1\n", "policies/more.yaml:1: the file needs"),
    ],
)
def test_mistakes_in_data_are_told(tmp_path: Path, name: str, text: str, mistake: str) -> None:
    found = mistakes_in(tmp_path, {"policies/a.rego": GOOD, f"policies/{name}": text})
    assert any(each.startswith(mistake.replace("the file needs", "")) for each in found), found


def test_data_with_the_same_name_twice_is_told(tmp_path: Path) -> None:
    files = {"policies/a.rego": GOOD, "policies/data/a.yaml": "x: 1\n", "policies/data/b.json": '{"x": 2}'}
    (found,) = mistakes_in(tmp_path, files)
    assert found.startswith("policies/data/b.json: data.x is in policies/data/a.yaml already")


def test_severities_and_waivers_name_rules_with_their_package(tmp_path: Path) -> None:
    settings = "schema: infraops/v1\nseverities: {main.deny: warn}\n"
    repo = load_tree(tmp_path, {"policies/a.rego": GOOD, "policies/s.yaml": settings})
    (rule,) = repo.policies.rego_rules
    assert (rule.name, rule.severity, str(rule.place)) == ("main.deny", Severity.WARN, "policies/a.rego:3")
    (found,) = mistakes_in(tmp_path, {"policies/s.yaml": settings.replace("main.deny", "main.dny")})
    assert found.startswith('policies/s.yaml:2: there is no rule "main.dny"; did you mean "main.deny"?')


def test_without_the_library_nothing_passes_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rego, "is_there", lambda: False)
    (found,) = mistakes_in(tmp_path, {"policies/a.rego": GOOD})
    assert found.endswith("pip install 'infraops[rego]'")


def test_rego_counts_among_what_a_stack_is_made_from(tmp_path: Path) -> None:
    first = load_tree(tmp_path, {"policies/a.rego": GOOD})
    before = inputs_digest(first.stacks["lab/shop"], first.root)
    second = load_tree(tmp_path, {"policies/a.rego": GOOD.replace("input.x", "input.y")})
    assert inputs_digest(second.stacks["lab/shop"], second.root) != before


def test_no_program_is_started_where_there_is_no_rego(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infraops.controlrepo.governance.rego_compiling.run", None)
    repo = load_tree(tmp_path, {"policies/data/a.yaml": "schema: infraops/v1\n"})
    assert not repo.policies.read_plans
