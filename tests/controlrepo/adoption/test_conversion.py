"""Terraform's types as types of parameters: what is accepted here, Terraform accepts, and the reverse. It is asked."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from infraops.controlrepo.adoption.conversion import converted, written_as
from infraops.controlrepo.adoption.validations import read_condition
from infraops.controlrepo.hcl.literals import NotLiteral, read_literal
from infraops.controlrepo.hcl.type_constraints import HclType, read_type
from infraops.controlrepo.parameters.values import value_annotation
from infraops.models.files.template import ValueType
from infraops.render.hcl import literal
from tests.needs import lacking

NAMES = st.sampled_from(["a", "b", "Upper", "with-dash", "schema", "copy"])
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=5)
SCALARS = st.sampled_from([HclType("string"), HclType("number"), HclType("bool")])


def _deeper(inner: st.SearchStrategy[HclType]) -> st.SearchStrategy[HclType]:
    entries = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(HclType, st.sampled_from(["list", "set", "map"]), inner),
        st.builds(lambda found: HclType("tuple", members=tuple(found)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda found, chosen: HclType(
                "object", entries=found, optional=dict.fromkeys(name for name in found if name in chosen)
            ),
            entries,
            st.sets(NAMES),
        ),
    )


TYPES = st.recursive(SCALARS, _deeper, max_leaves=6)


def values_of(kind: HclType) -> st.SearchStrategy[Any]:
    """Draw values that are of a type without any conversion."""
    match kind.word:
        case "string":
            return TEXTS
        case "number":
            return st.integers(-(2**40), 2**40) | st.sampled_from([0.5, -2.25])
        case "bool":
            return st.booleans()
        case "list":
            return st.lists(values_of(kind.each), max_size=3)  # type: ignore[arg-type]
        case "set":
            return st.lists(values_of(kind.each), max_size=3, unique_by=_said)  # type: ignore[arg-type]
        case "map":
            return st.dictionaries(NAMES, values_of(kind.each), max_size=3)  # type: ignore[arg-type]
        case "tuple":
            return st.tuples(*map(values_of, kind.members)).map(list)
    required = {name: values_of(one) for name, one in kind.entries.items() if name not in kind.optional}
    optional = {name: values_of(one) | st.none() for name, one in kind.entries.items() if name in kind.optional}
    return st.fixed_dictionaries(required, optional=optional)


def _said(value: Any) -> str:
    """Write what a value says: that an entry is null says as much as that it is not there, and 1.0 is 1."""
    return json.dumps(_without_nulls(value), sort_keys=True)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def test_what_comes_twice_in_a_set_of_objects_is_told_in_words() -> None:
    kind = HclType("set", each=HclType("object", entries={"a": HclType("bool")}, optional={"a": None}))
    assert not accepts(kind, [{}, {"a": None}])
    assert accepts(kind, [{}, {"a": True}])


def hcl(kind: HclType) -> str:
    """Write a type constraint as a module has it."""
    if kind.each is not None:
        return f"{kind.word}({hcl(kind.each)})"
    if kind.word == "tuple":
        return f"tuple([{', '.join(map(hcl, kind.members))}])"
    if kind.word == "object":
        entries = (
            f"{name} = {f'optional({hcl(one)})' if name in kind.optional else hcl(one)}"
            for name, one in kind.entries.items()
        )
        return f"object({{{', '.join(entries)}}})"
    return kind.word


def accepts(kind: HclType, value: Any) -> bool:
    """Say whether the parameter that is made of a type takes a value."""
    adapter = TypeAdapter(value_annotation(ValueType.model_validate(written_as(kind))))
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@given(TYPES)
def test_a_type_is_read_as_it_is_written(kind: HclType) -> None:
    assert read_type(hcl(kind)) == kind


@given(TYPES.flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind))))
def test_values_of_a_type_are_accepted(drawn: tuple[HclType, Any]) -> None:
    assert accepts(*drawn)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)
    )
)
def test_literals_are_read_as_they_are_written(value: Any) -> None:
    assume("%%{" not in repr(value) and "$${" not in repr(value))
    assert read_literal(literal(value)) == value


@pytest.mark.parametrize("text", ["%%{", "$${", "a$$${b"])
def test_marks_in_front_of_marks_are_left_to_terraform(text: str) -> None:
    with pytest.raises(NotLiteral):
        read_literal(literal(text))


def test_terraform_accepts_what_is_accepted_here(tmp_path: Path) -> None:
    """One run of Terraform looks at some hundred types, each with a value of its own and a value of another."""
    drawn: list[tuple[HclType, Any, Any]] = []

    @seed(20250101)
    @settings(max_examples=150, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(TYPES.flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind), TYPES.flatmap(values_of))))
    def draw(one: tuple[HclType, Any, Any]) -> None:
        drawn.append(one)

    draw()
    asked = [(kind, value) for kind, own, other in drawn for value in (own, other) if accepts(kind, value)]
    assert len(asked) > 150
    assert {"object", "tuple", "set", "map", "list"} <= {kind.word for kind, _ in asked}
    blocks = (f'variable "v{at}" {{\n  type = {hcl(kind)}\n}}\n' for at, (kind, _) in enumerate(asked))
    (tmp_path / "main.tf").write_text("".join(blocks) + 'output "ok" { value = true }\n')
    given_values = {f"v{at}": value for at, (_, value) in enumerate(asked)}
    (tmp_path / "terraform.tfvars.json").write_text(json.dumps(given_values))
    assert _plan(tmp_path) == ""


REFUSED = [
    ("number", "text"),
    ("bool", 5),
    ("list(number)", [1, "x"]),
    ("map(bool)", {"a": [True]}),
    ("object({a = string})", {}),
    ("object({a = object({b = number})})", {"a": {"b": "x"}}),
    ("tuple([string, number])", ["a"]),
    ("tuple([string, number])", ["a", "b"]),
    ("set(number)", {"a": 1}),
    ("string", ["a"]),
]


def test_what_terraform_refuses_is_refused_here(tmp_path: Path) -> None:
    for at, (constraint, value) in enumerate(REFUSED):
        assert not accepts(read_type(constraint), value), (constraint, value)
        directory = tmp_path / str(at)
        directory.mkdir()
        (directory / "main.tf").write_text(f'variable "v" {{\n  type = {constraint}\n}}\n')
        (directory / "terraform.tfvars.json").write_text(json.dumps({"v": value}))
        assert "Invalid value for" in _plan(directory)


def _plan(directory: Path) -> str:
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        lacking("there is no Terraform program on this machine")
    argv = [program, "plan", "-input=false", "-no-color", "-refresh=false"]
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


DEFAULTS = [
    ("string", 80, "80"),
    ("number", "2", 2),
    ("bool", "true", True),
    ("list(string)", [80, True], ["80", "true"]),
    ("set(string)", ["a", "a"], ["a"]),
    ("object({a = string})", {"a": 1, "more": 2}, {"a": "1"}),
    ("map(number)", {"a": "1.5"}, {"a": 1.5}),
]


@pytest.mark.parametrize(("constraint", "value", "expected"), DEFAULTS)
def test_defaults_are_converted_as_terraform_does(constraint: str, value: Any, expected: Any) -> None:
    assert converted(value, read_type(constraint)) == expected


CONDITIONS: list[tuple[str, str, Mapping[str, Any], int]] = [
    ('contains(["a", "b"], var.x)', "string", {"type": "enum", "values": ["a", "b"]}, 0),
    ('var.x == "a" || var.x == "b"', "string", {"type": "enum", "values": ["a", "b"]}, 0),
    ('can(regex("^[a-z]+$", var.x))', "string", {"pattern": "^[a-z]+$"}, 0),
    ('length(regexall("^[a-z]+$", var.x)) > 0', "string", {"pattern": "^[a-z]+$"}, 0),
    ('can(regex("^[[:alpha:]]+$", var.x))', "string", {}, 1),  # Go knows this class, Python does not
    ('can(regex("(?i)^a$", var.x))', "string", {}, 1),
    ("var.x == null || (length(var.x) >= 3 && length(var.x) < 10)", "string", {"min": 3, "max": 9}, 0),
    ("var.x == null ? true : length(var.x) <= 4", "list", {"max": 4}, 0),
    ("var.x >= 1 && 65535 >= var.x && floor(var.x) == var.x", "number", {"type": "integer", "min": 1, "max": 65535}, 0),
    ("var.x > 0", "number", {}, 1),  # 0.001 is, and 0 is not
    ("var.x >= 1 && var.x % 2 == 0", "number", {"min": 1}, 1),
    ('can(cidrhost(var.x, 0)) || var.x == ""', "string", {}, 1),
    ("!contains([1], var.x)", "number", {}, 1),
]


@pytest.mark.parametrize(("condition", "kind", "own", "left"), CONDITIONS)
def test_conditions_become_limits(condition: str, kind: str, own: Mapping[str, Any], left: int) -> None:
    found = read_condition("x", condition, kind)
    assert (found.own, len(found.rest)) == (own, left)


@pytest.mark.parametrize("text", ["var.x", '"${a}"', "[1 2]", "{", "f(1)", "<<-EOT\n a\n EOT\n", "1 + 1", ""])
def test_what_is_more_than_a_value_is_no_literal(text: str) -> None:
    with pytest.raises(NotLiteral):
        read_literal(text)
