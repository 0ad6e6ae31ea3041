"""What another version of a template means, and the way of a pin from one environment to the next."""

import json
from pathlib import Path

import pytest

from tests.commands.estate import MODULE, blueprint
from tests.commands.versions import BLUEPRINT, add_version, infraops, template, versioned

NEWER = template(
    "1.1",
    {
        '  value: {type: string, default: ""': "  value: {type: string, max: 100, default: new",
        '  follows: {type: string, default: "", used_by: [terraform]}\n': "",
        "  broken: {type: boolean, default: false": "  zone: {type: string, default: a, used_by: []}\n"
        "  broken: {type: boolean, default: true",
        '  id: {type: string, stand_in: "not-real-yet"}': "  key: {type: string}",
        "local_safe: true": "local_safe: true\nprotected: true",
    },
)
NEWER_MODULE = MODULE.replace('output "id"', 'output "key"')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    taker = blueprint("taker", inputs="{value: shop.id}")
    made = versioned(tmp_path / "repo", {"shop": BLUEPRINT, "taker": taker}, versions=())
    add_version(made, "1.1", NEWER, NEWER_MODULE)
    return made


def pins(root: Path) -> str:
    return (root / "blueprints/shop.yaml").read_text()


def test_what_differs_is_shown_for_each_stack_and_nothing_is_written(root: Path) -> None:
    shown = infraops(root, "template", "upgrade", "trial", "shop")
    assert shown.returncode == 0, shown.stderr
    local, staging = shown.stdout.split("staging/shop")[0], shown.stdout.split("staging/shop")[1]
    assert "local/shop  trial@1.0 → trial@1.1" in local
    assert '~ value: default "" → "new"; max null → 100; stays "fine" here' in local
    assert 'stays "other" here' in staging
    assert "- follows: removed\n" in local
    assert '+ zone: new, "a" here' in local
    assert "~ broken: default false → true; false → true here" in local
    assert "- output id: removed; taken by local/taker.value" in local
    assert "+ output key: new" in local
    assert "~ protected false → true" in local
    assert 'blueprints/taker.yaml:6: shop has no output "id"' in shown.stdout
    assert "--write moves the pins" in shown.stdout
    assert pins(root) == BLUEPRINT


def test_programs_are_told_the_same(root: Path) -> None:
    shown = infraops(root, "template", "upgrade", "trial@1.1", "shop", "-e", "local", "--json")
    document = json.loads(shown.stdout)
    assert document["schema"] == "infraops/template-upgrade/v1"
    (stack,) = document["stacks"]
    assert (stack["template"], stack["target"]) == ("trial@1.0", "trial@1.1")
    changes = {one["name"]: (one["change"], one["before"], one["after"]) for one in stack["parameters"]}
    assert changes == {
        "broken": ("changed", False, True),
        "follows": ("removed", "", None),
        "value": ("changed", "fine", "fine"),
        "zone": ("new", None, "a"),
    }
    assert [each["file"] for each in document["mistakes"]] == ["blueprints/taker.yaml"]


def test_what_is_required_or_written_and_gone_is_named_with_its_place(tmp_path: Path) -> None:
    text = BLUEPRINT.replace("value: fine ", "follows: x  ").replace("{value: other}", "{broken: true}")
    root = versioned(tmp_path / "repo", {"shop": text}, versions=())
    required = NEWER.replace("default: a, used_by", "required: true, used_by")
    add_version(root, "1.1", required, NEWER_MODULE)
    shown = infraops(root, "template", "upgrade", "trial")
    assert "- follows: removed; take it out of blueprints/shop.yaml:7" in shown.stdout
    assert "! zone: must be given" in shown.stdout
    assert 'the parameter "zone" of template trial@1.1 is missing' in shown.stdout
    written = infraops(root, "template", "upgrade", "trial", "--write")
    assert written.returncode == 64
    assert "template: trial@1.1   # moved by whoever" in pins(root)
    assert infraops(root, "template", "upgrade", "--plan").returncode == 64


def test_plan_shows_what_would_happen_and_leaves_the_pins(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", versions=())
    add_version(root, "1.1", module=MODULE.replace("input            = var.value", 'input = "1.1 ${var.value}"'))
    assert infraops(root, "apply", "-e", "local", "--yes").returncode == 0
    planned = infraops(root, "template", "upgrade", "--plan")
    assert planned.returncode == 0, planned.stderr
    assert '"fine" → "1.1 fine"' in planned.stdout
    assert "staging/shop  1 to add" in planned.stdout
    assert pins(root) == BLUEPRINT
    assert "local/shop is up to date" in infraops(root, "plan", "-e", "local").stdout
    told = json.loads(infraops(root, "template", "upgrade", "--plan", "-e", "local", "--json").stdout)
    assert told["plans"][0]["stacks"][0]["template"] == "trial@1.1"


def test_a_pin_goes_from_environment_to_environment_and_then_is_the_blueprints(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo")
    infraops(root, "template", "upgrade", "trial@1.1", "-e", "local", "--write")
    assert pins(root) == BLUEPRINT.replace("local: {}", "local: {template: trial@1.1}")
    assert infraops(root, "validate").returncode == 0
    back = infraops(root, "template", "upgrade", "trial@1.0", "-e", "local", "--write")
    assert back.returncode == 0
    assert pins(root) == BLUEPRINT
    infraops(root, "template", "upgrade", "trial@1.1", "-e", "local", "--write")
    done = infraops(root, "template", "upgrade", "trial@1.1", "-e", "staging", "--write")
    assert "written: blueprints/shop.yaml" in done.stdout
    assert pins(root) == BLUEPRINT.replace("trial@1.0", "trial@1.1")
    assert "nothing to upgrade; 2 stacks there already" in infraops(root, "template", "upgrade").stdout


def test_the_newest_version_that_is_not_deprecated_is_meant(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", versions=("1.9", "1.10"))
    add_version(root, "2.0", template("2.0", {"summary:": 'deprecated: {since: "2026-01-01"}\nsummary:'}))
    assert "trial@1.0 → trial@1.10" in infraops(root, "template", "upgrade").stdout
    asked = infraops(root, "template", "upgrade", "trial@2.0").stdout
    assert "trial@2.0 is deprecated since 2026-01-01" in asked


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("trail",), 'there is no template "trail"'),
        (("trial@1.7",), 'did you mean "trial@1.1"?'),
        (("trial@new",), "there is trial@1.0, trial@1.1"),
        (("hello",), "no selected stack is made from hello"),
        (("trial", "shpo"), 'did you mean "shop"?'),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    root = versioned(tmp_path / "repo")
    refused = infraops(root, "template", "upgrade", *words, "--write")
    assert refused.returncode == 64
    assert problem in refused.stderr
    assert pins(root) == BLUEPRINT
