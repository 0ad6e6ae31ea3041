"""What a template may say, and what its parameters accept."""

from pathlib import Path
from typing import Any

import pytest

from infraops.controlrepo.documents.writing import yaml_value
from tests.controlrepo.trees import CATALOG, OUTPUTS, TEMPLATE, VARIABLES, blueprint, load_tree, mistakes_in

WEB = "built-in/web/template.yaml"
SHOP = "blueprints/shop.yaml"


def with_parameter(text: str) -> dict[str, str | bytes]:
    return {WEB: TEMPLATE.replace("  network:", f"  extra: {text}\n  network:")}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("type: string", "x"),
        ("type: string, min: 2, max: 3", "abc"),
        ("type: string, pattern: '^[a-z]+$'", "abc"),
        ("type: string, pattern: '(?<!x)y'", "y"),  # what only Python's expressions know
        ("type: integer, min: -2, max: 2", -2),
        ("type: number, min: 0.5", 0.5),
        ("type: number", 3),
        ("type: boolean", False),
        ("type: list", [1, "a", {"b": None}]),
        ("type: list, items: integer, max: 2", [1, 2]),
        ("type: list, items: enum, values: [a, b]", ["a", "b"]),
        ("type: list, items: string, pattern: a", ["a", "ba"]),
        ("type: list, items: map", [{"a": 1}]),
        ("type: map", {"a": [1]}),
        ("type: map, items: boolean", {"a": True}),
        ("type: enum, values: [a, 'yes', '1']", "1"),
        ("type: port, min: 1024", 1024),
        ("type: cidr", "10.0.0.0/8"),
        ("type: cidr", "2001:db8::/32"),
        ("type: cidr", "0.0.0.0/0"),
        ("type: duration", "1.5h"),
        ("type: duration", "7d"),
        ("type: path", "infraops.yaml"),
        ("type: list, items: path", ["infraops.yaml", "blueprints"]),
    ],
)
def test_values_are_accepted_as_they_are(tmp_path: Path, parameter: str, value: Any) -> None:
    changes = with_parameter("{" + parameter + ", used_by: [playbook]}")
    changes[SHOP] = blueprint(f"parameters: {{extra: {yaml_value(value)}}}\n")
    found = load_tree(tmp_path, changes).stacks["lab/shop"].parameters["extra"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("type: string, min: 2", "a", 'expected at least 2 characters, found "a"'),
        ("type: string, max: 2", "abc", 'expected at most 2 characters, found "abc"'),
        ("type: string, pattern: '^[a-z]+$'", "A", 'expected text that matches ^[a-z]+$, found "A"'),
        ("type: string, pattern: '^[a-z]{2}[$]?$'", "ab\n", 'expected text that matches ^[a-z]{2}[$]?$, found "ab⏎"'),
        ("type: integer", True, "expected an integer, found true"),
        ("type: integer", 1.0, "expected an integer, found 1.0"),
        ("type: number", "x", 'expected a number, found "x"'),
        ("type: number, max: 1", 1.5, "expected at most 1, found 1.5"),
        ("type: boolean", "no", 'expected true or false, found "no"'),
        ("type: boolean", 0, "expected true or false, found 0"),
        ("type: list", {"a": 1}, "expected a list, found a mapping"),
        ("type: list, min: 1", [], "expected at least 1 entry, found none"),
        ("type: list, max: 1", [1, 2], "expected at most 1 entry, found 2 entries"),
        ("type: map, max: 1", {"a": 1, "b": 2}, "expected at most 1 entry, found 2 entries"),
        ("type: map", [], "expected a mapping, found a list"),
        ("type: enum, values: [a, b]", "c", 'expected one of a, b, found "c"'),
        ("type: enum, values: [a]", "c", 'expected a, found "c"'),
        ("type: port", 0, "expected at least 1, found 0"),
        ("type: port, min: 1024", 80, "expected at least 1024, found 80"),
        ("type: cidr", "10.0.0.0/33", 'expected a network such as 10.0.0.0/24, found "10.0.0.0/33"'),
        ("type: cidr", "10.0.0.0/255.0.0.0", 'expected a network with the length of its prefix, found "10.0.0.0/255'),
        ("type: cidr", 10, "expected text, found 10"),
        ("type: duration", "5", 'expected a duration such as 500ms, 30s, 5m, 2h or 1d, found "5"'),
        ("type: duration", "5 m", "expected a duration"),
        ("type: duration", "5m\n", "expected a duration"),
    ],
)
def test_values_are_refused_with_a_reason(tmp_path: Path, parameter: str, value: Any, message: str) -> None:
    changes = with_parameter("{" + parameter + ", used_by: [playbook]}")
    changes[SHOP] = blueprint(f"parameters: {{extra: {yaml_value(value)}}}\n")
    (found,) = mistakes_in(tmp_path, changes)
    assert found.startswith(f"{SHOP}:6: parameters.extra: {message}")


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("type: list, items: integer", ["a"], '[0]: expected an integer, found "a"'),
        ("type: list, items: cidr", ["10.0.0.0/8", "x"], '[1]: expected a network such as 10.0.0.0/24, found "x"'),
        ("type: map, items: port", {"a": 70000}, ".a: expected at most 65535, found 70000"),
        ("type: list, items: path", ["nope"], '[0]: the path "nope" does not exist'),
    ],
)
def test_items_are_named_in_messages(tmp_path: Path, parameter: str, value: Any, message: str) -> None:
    changes = with_parameter("{" + parameter + ", used_by: [playbook]}")
    changes[SHOP] = blueprint(f"parameters: {{extra: {yaml_value(value)}}}\n")
    (found,) = mistakes_in(tmp_path, changes)
    assert found.startswith(f"{SHOP}:6: parameters.extra{message}")


@pytest.mark.parametrize("value", ["env:TOKEN", "file:~/.token", "file:/run/secrets/x y", "generated:shop-db"])
def test_references_of_secrets_are_accepted(tmp_path: Path, value: str) -> None:
    stack = load_tree(tmp_path, {SHOP: blueprint(f"parameters: {{token: '{value}'}}\n")}).stacks["lab/shop"]
    assert str(stack.secrets["token"]) == value


@pytest.mark.parametrize(
    "value",
    ["hunter2", "'env:'", "env:A B", "'file:'", "generated:Up", "vault:x", "123456", "[hunter2]", "generated:../x"],
)
def test_secrets_themselves_are_refused_and_not_repeated(tmp_path: Path, value: str) -> None:
    (found,) = mistakes_in(tmp_path, {SHOP: blueprint(f"parameters: {{token: {value}}}\n")})
    assert "must be a reference" in found
    assert value.strip("[]'") not in found.partition("write")[0]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("{type: enum}", "an enum needs values; add values: [small, large]"),
        ("{type: list, items: enum}", "an enum needs values"),
        ("{type: string, values: [a]}", "values is for enum, not for string"),
        ("{type: boolean, min: 1}", "min is for integer, number, port, string, list, set, map, not for boolean"),
        ("{type: string, min: -1}", "min of a string counts its length"),
        ("{type: list, max: 1.5}", "max of a list counts its length"),
        ("{type: integer, min: 0.5}", "min of an integer is a whole number"),
        ("{type: port, max: 1e300}", "max of a port is a whole number"),
        ("{type: string, max: 1e300}", "max of a string counts its length"),
        ("{type: integer, min: 2, max: 1}", "max 1 is below min 2"),
        ("{type: integer, items: string}", "items is for lists and maps, not for integer"),
        ("{type: list, items: playbook}", "a list or map cannot hold playbooks"),
        ("{type: string, pattern: '('}", "the pattern is no regular expression"),
        ("{type: integer, sensitive: true}", "a sensitive parameter is of type string, not integer"),
        ("{type: string, required: true, default: x}", "a required parameter has no default"),
    ],
)
def test_settings_of_a_parameter_must_fit_its_type(tmp_path: Path, parameter: str, message: str) -> None:
    (found,) = mistakes_in(tmp_path, with_parameter(parameter))
    assert found.startswith(f"{WEB}:9: parameters.extra: {message}")


@pytest.mark.parametrize("name", ["stack", "environment", "blueprint", "owner", "machines", "template"])
def test_names_that_infraops_uses_itself_are_refused(tmp_path: Path, name: str) -> None:
    (found,) = mistakes_in(tmp_path, {WEB: TEMPLATE.replace("network:", f"{name}:")})
    assert found.startswith(f"{WEB}:9: parameters.{name}: ")


def test_a_second_playbook_parameter_is_refused(tmp_path: Path) -> None:
    two = TEMPLATE.replace("  network:", "  one: {type: playbook}\n  two: {type: playbook}\n  network:")
    (found,) = mistakes_in(tmp_path, {WEB: two})
    assert found.startswith(f'{WEB}:10: parameters.two: a second parameter of type playbook; the first is "one"')


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("{type: integer, default: x, used_by: []}", 'parameters.extra.default: expected an integer, found "x"'),
        ("{type: cidr, default: x, used_by: []}", "parameters.extra.default: expected a network"),
        ("{type: list, items: port, default: [0], used_by: []}", "parameters.extra.default[0]: expected at least 1"),
        ("{type: path, default: nope, used_by: []}", 'parameters.extra.default: the path "nope" does not exist'),
        ("{type: string, sensitive: true, default: x, used_by: []}", "parameters.extra.default: this is sensitive"),
    ],
)
def test_defaults_are_checked_like_values(tmp_path: Path, parameter: str, message: str) -> None:
    (found,) = mistakes_in(tmp_path, with_parameter(parameter))
    assert found.startswith(f"{WEB}:9: {message}")


def test_stand_ins_are_checked_like_values(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, {WEB: TEMPLATE.replace("stand_in: [80]", "stand_in: 80")})
    assert found == f"{WEB}:14: outputs.ports.stand_in: expected a list, found 80; write [80]"


def test_types_of_parameters_and_variables_must_agree(tmp_path: Path) -> None:
    module = VARIABLES.replace('"hosts" { type = number', '"hosts" { type = list(string)') + OUTPUTS
    (found,) = mistakes_in(tmp_path, {"built-in/web/terraform/aws/main.tf": module})
    assert found.startswith(
        f'{WEB}:6: the parameter "hosts" is of type integer, but the variable in terraform/aws of type list(string)'
    )


def test_a_variable_needs_to_be_declared_by_some_module_only(tmp_path: Path) -> None:
    without = "\n".join(line for line in VARIABLES.splitlines() if "size" not in line) + "\n" + OUTPUTS
    assert mistakes_in(tmp_path / "a", {"built-in/web/terraform/aws/main.tf": without}) == []
    both = {f"built-in/web/terraform/{platform}/main.tf": without for platform in ("aws", "lab")}
    (found,) = mistakes_in(tmp_path / "b", both)
    assert found.startswith(
        f'{WEB}:7: the parameter "size" is used by Terraform, but no module declares such a variable'
    )


def test_a_template_needs_a_module(tmp_path: Path) -> None:
    own = {
        f"catalog/own/{name.removeprefix('web/')}": text for name, text in CATALOG.items() if "terraform" not in name
    }
    own["catalog/own/template.yaml"] = TEMPLATE.replace("name: web", "name: own")
    assert mistakes_in(tmp_path, own) == [
        "catalog/own/template.yaml:2: the template has no Terraform module; put a module into terraform/<platform>/"
    ]


def test_local_safe_needs_a_local_module(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, {WEB: TEMPLATE + "local_safe: true\n"})
    assert found.startswith(f"{WEB}:16: local_safe is true, but there is no module for platform local")


def test_a_platform_is_a_name(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, {"built-in/web/terraform/My Cloud/main.tf": OUTPUTS})
    assert found.startswith(f"{WEB}:2: terraform/My Cloud is no name of a platform")


def test_directories_without_terraform_files_are_no_platforms(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, {"built-in/web/terraform/shared/script.sh": "x"}) == []


def test_a_broken_template_is_blamed_once(tmp_path: Path) -> None:
    (found,) = mistakes_in(tmp_path, {WEB: TEMPLATE.replace("type: port", "type: prot")})
    assert found.startswith(f"{WEB}:8: parameters.port.type: expected one of string, integer, number, boolean, list")
    assert found.endswith('found "prot"; did you mean "port"?')
