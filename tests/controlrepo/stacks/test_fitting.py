# ruff: noqa: E501 - messages stand here as the user reads them
"""What an output of one stack may be handed to: parameters, and variables of modules by their type constraints."""

from pathlib import Path

import pytest

from infraops.controlrepo.parameters.constraints import read_constraint
from infraops.controlrepo.parameters.shapes import ANY, Shape, declared_shape, fits, shape_of_value
from infraops.models.files.template import DeclaredOutput, Parameter
from tests.controlrepo.trees import OUTPUTS, TEMPLATE, VARIABLES, blueprint, load_tree, mistakes_in

MAKER = """\
schema: infraops/v1
name: maker
version: "1.0"
summary: Makes something.
outputs:
  made: {{{output}}}
  number: {{type: integer}}
"""
MADE = 'output "made" { value = null }\noutput "number" { value = 1 }\n'


def repo(output: str, *, constraint: str = "any", parameter: str = "") -> dict[str, str | bytes]:
    """Return a repo whose shop takes the output `made` of db for its variable `taken`, perhaps by a parameter."""
    declared = f"parameters:\n  taken: {{{parameter}}}\n" if parameter else "parameters:\n"
    module = VARIABLES + OUTPUTS + f'variable "taken" {{\n  type = {constraint}\n}}\n'
    return {
        "catalog/maker/template.yaml": MAKER.format(output=output),
        "catalog/maker/terraform/lab/main.tf": MADE,
        "catalog/maker/terraform/aws/main.tf": MADE,
        "blueprints/db.yaml": blueprint(name="db", template="maker@1.0"),
        "built-in/web/template.yaml": TEMPLATE.replace("parameters:\n", declared),
        "built-in/web/terraform/lab/main.tf": module,
        "built-in/web/terraform/aws/main.tf": module,
        "blueprints/shop.yaml": blueprint("inputs:\n  taken: db.made\n"),
    }


FITTING = [
    ("type: string", "string"),
    ("type: port", "number"),
    ("type: port", "string"),  # Terraform makes text of it, whatever it is
    ("type: boolean", "string"),
    ("type: boolean", "bool"),
    ("type: duration", "string"),
    ("type: list, items: cidr", "list(string)"),
    ("type: list, items: port", "set(string)"),
    ("type: list", "list(number)"),  # of what, nobody says
    ("type: list, stand_in: [80, 443]", "list(number)"),
    ("type: list, stand_in: [80, 443]", "tuple([number, number])"),
    ("type: list, stand_in: []", "list(number)"),
    ("type: list", "any"),
    ("type: map, items: integer", "map(number)"),
    ("type: map", "object({ a = string })"),
    ("type: map, items: string", "object({ a = string, b = optional(number) })"),
    ("type: map, stand_in: {a: x}", "object({\n  a = string # its name\n  b = optional(number, 3)\n})"),
    ("type: map, stand_in: {a: x, more: 1}", "object({ a = string })"),
    ("type: map, stand_in: {a: [{b: 1}]}", "map(list(object({ b = number })))"),
    ("type: map, stand_in: {a: null}", "map(number)"),
    ("type: string", "no_such_type"),  # Terraform says so itself
]
NOT_FITTING = [
    ("type: string", "number"),  # "80" would do, and "eighty" not; that would show only on the way
    ("type: string", "bool"),
    ("type: string", "list(string)"),
    ("type: port", "bool"),
    ("type: boolean", "number"),
    ("type: list", "string"),
    ("type: list", "map(string)"),
    ("type: list, items: string", "list(number)"),
    ("type: list, items: map", "list(string)"),
    ("type: map", "list(string)"),
    ("type: map, items: string", "map(number)"),
    ("type: map, items: string", "object({ a = number })"),
    ("type: list, items: string", "tuple([string, number])"),
]
STAND_IN_NOT_FITTING = [
    ("type: list, stand_in: [a]", "list(number)"),
    ("type: list, stand_in: [80]", "tuple([number, number])"),
    ("type: map, stand_in: {b: x}", "object({ a = string })"),
    ("type: map, stand_in: {a: [x]}", "object({ a = string })"),
    ("type: map, stand_in: {a: {b: x}}", "map(map(number))"),
]


@pytest.mark.parametrize(("output", "constraint"), FITTING)
def test_an_output_that_fits_the_variable_is_taken(tmp_path: Path, output: str, constraint: str) -> None:
    assert "lab/shop" in load_tree(tmp_path, repo(output, constraint=constraint)).stacks


@pytest.mark.parametrize(("output", "constraint"), NOT_FITTING)
def test_an_output_that_cannot_fit_the_variable_is_a_mistake(tmp_path: Path, output: str, constraint: str) -> None:
    (found,) = mistakes_in(tmp_path, repo(output, constraint=constraint))
    assert found.startswith("blueprints/shop.yaml:7: the output db.made is of type ")
    assert f', but the variable "taken" in terraform/lab of type {constraint}; take one that fits' in found
    assert found.endswith("or mend the output's type in the template maker@1.0")


@pytest.mark.parametrize(("output", "constraint"), STAND_IN_NOT_FITTING)
def test_a_stand_in_that_cannot_fit_the_variable_is_a_mistake(tmp_path: Path, output: str, constraint: str) -> None:
    assert mistakes_in(tmp_path, repo(output, constraint=constraint)) == [
        f'blueprints/shop.yaml:7: the stand-in of the output db.made does not fit the variable "taken" in terraform/lab of type {constraint}; mend stand_in in the template maker@1.0, or take another output'
    ]


@pytest.mark.parametrize(
    ("output", "parameter"),
    [
        ("type: string", "type: cidr"),  # may be one
        ("type: string", "type: enum, values: [a, b]"),
        ("type: number", "type: port"),
        ("type: cidr", "type: string"),
        ("type: list, items: string", "type: list, items: cidr"),
        ("type: list", "type: list, items: map"),
        ("type: map, items: port", "type: map, items: integer"),
        ("type: port", "type: string, used_by: [terraform]"),
        ("type: list, items: boolean", "type: list, items: string, used_by: [terraform]"),
    ],
)
def test_an_output_that_may_fit_the_parameter_is_taken(tmp_path: Path, output: str, parameter: str) -> None:
    assert "lab/shop" in load_tree(tmp_path, repo(output, parameter=parameter)).stacks


@pytest.mark.parametrize(
    ("output", "parameter", "problem"),
    [
        ("type: cidr", "type: duration", 'is of type cidr, but the parameter "taken" of type duration'),
        ("type: port", "type: cidr, used_by: [terraform]", 'is of type port, but the parameter "taken" of type cidr'),
        (
            "type: list, items: string",
            "type: list, items: port",
            'is of type list of string, but the parameter "taken" of type list of port',
        ),
        (
            "type: port",
            "type: string, used_by: [playbook]",
            'is of type port, but the parameter "taken" of type string, and nothing converts it on its way to the playbook',
        ),
        (
            "type: map, items: boolean",
            "type: map, items: string",
            'is of type map of boolean, but the parameter "taken" of type map of string, and nothing converts it on its way to the playbook',
        ),
    ],
)
def test_an_output_that_cannot_fit_the_parameter_is_a_mistake(
    tmp_path: Path, output: str, parameter: str, problem: str
) -> None:
    (found,) = mistakes_in(tmp_path, repo(output, parameter=parameter))
    assert found.startswith(f"blueprints/shop.yaml:7: the output db.made {problem}; take one that fits")


def test_the_variable_behind_a_parameter_is_looked_at_too(tmp_path: Path) -> None:
    changes = repo("type: list, items: string", parameter="type: list", constraint="list(number)")
    (found,) = mistakes_in(tmp_path, changes)
    assert 'is of type list of string, but the variable "taken" in terraform/lab of type list(number)' in found


def test_outputs_that_would_fit_are_named(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, repo("type: string", constraint="number"))
    assert found.endswith("; take one that fits (db has number), or mend the output's type in the template maker@1.0")


def test_a_constraint_over_several_lines_is_shown_on_one(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, repo("type: port", constraint="object({\n    a = string\n  })"))
    assert "in terraform/lab of type object({ a = string }); take" in found


def test_only_platforms_that_a_stack_runs_on_are_looked_at(tmp_path: Path) -> None:
    changes = repo("type: port", constraint="number")
    module = VARIABLES + OUTPUTS + 'variable "taken" { type = bool }\n'
    changes["built-in/web/terraform/aws/main.tf"] = module
    assert mistakes_in(tmp_path / "a", changes) == []
    for name in ("shop", "db"):
        text = str(changes[f"blueprints/{name}.yaml"])
        changes[f"blueprints/{name}.yaml"] = text.replace("{lab: {}}", "{lab: {}, prod: {}}")
    (found,) = mistakes_in(tmp_path / "b", changes)
    assert "in terraform/aws of type bool" in found


def test_items_of_outputs_are_checked(tmp_path: Path) -> None:
    place = "catalog/maker/template.yaml:6: outputs.made"
    assert mistakes_in(tmp_path / "a", repo("type: list, items: cidr, stand_in: [10.0.0.0/8, ten]")) == [
        f'{place}.stand_in[1]: expected a network such as 10.0.0.0/24, found "ten"'
    ]
    assert mistakes_in(tmp_path / "b", repo("type: port, items: port")) == [
        f"{place}: items is for lists and maps, not for port; remove it"
    ]
    assert mistakes_in(tmp_path / "c", repo("type: list, items: playbook")) == [
        f"{place}: a list or map cannot hold playbooks; use items: path"
    ]


def test_all_is_said_together_with_the_other_mistakes(tmp_path: Path) -> None:
    changes = repo("type: string", constraint="number")
    changes["blueprints/shop.yaml"] = str(changes["blueprints/shop.yaml"]) + "parameters: {hosts: many}\nownr: x\n"
    assert len(mistakes_in(tmp_path, changes)) == 3


@pytest.mark.parametrize(
    "text",
    ["", "(", "list(", "list(string", "object({", "object({a})", "object({a =})", "tuple(string)", "list(string) x",
     "list(any_thing)", "set", "object", "optional(string)", "list(" * 5000 + "string" + ")" * 5000, "object({a = optional(string"],
)  # fmt: skip
def test_a_constraint_that_cannot_be_read_asks_for_nothing(text: str) -> None:
    assert read_constraint(text) == ANY


def test_defaults_of_optional_entries_are_stepped_over() -> None:
    text = (
        'object({a = optional(object({b = string}), {b = ")"}), /* c */ "d" : optional(list(string), []), e = bool,})'
    )
    shape = read_constraint(text)
    assert shape.entries.keys() == {"a", "d", "e"}
    assert shape.optional == {"a", "d"}


def shapes() -> list[Shape]:
    declared = [
        *(DeclaredOutput.model_validate({"type": one}) for one in ("string", "port", "boolean", "cidr", "list"))
    ]
    declared_items = Parameter.model_validate({"type": "map", "items": "duration"})
    values = [shape_of_value(one) for one in (None, True, 1.5, "x", [1, "a"], {"a": {"b": [None]}})]
    constraints = [read_constraint(one) for one in ("set(string)", "object({a = number})", "tuple([bool])")]
    return [*map(declared_shape, declared), declared_shape(declared_items), *values, *constraints]


@pytest.mark.parametrize("shape", shapes())
def test_everything_fits_itself_and_what_is_unknown(shape: Shape) -> None:
    assert fits(shape, shape, converts=False)
    assert fits(ANY, shape)
    assert fits(shape, ANY)
