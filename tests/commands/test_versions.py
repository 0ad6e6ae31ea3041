"""Versions of templates side by side, and an environment that pins one of its own while it is promoted."""

import json
from pathlib import Path

from tests.commands.versions import BLUEPRINT, add_version, infraops, template, versioned

PINNED = BLUEPRINT.replace("local: {}", "local: {template: trial@1.1}")


def test_an_own_pin_is_named_wherever_the_stack_is_shown(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", {"shop": PINNED})
    words = "trial@1.1 (blueprint: 1.0)"
    assert f"local/shop pins {words}" in infraops(root, "validate").stdout
    assert words in infraops(root, "status", "-e", "local").stdout
    assert words in infraops(root, "graph", "-e", "local").stdout
    assert "1.1 #40;blueprint#58; 1.0#41;" in infraops(root, "graph", "-e", "local", "--format", "mermaid").stdout
    assert f"  template: {words}" in infraops(root, "plan", "-e", "local").stdout
    assert f"# template: {words}" in infraops(root, "review", "-e", "local").stdout
    for word in ("status", "graph", "plan", "validate"):
        shown = infraops(root, word, *(["-e", "staging"] if word != "validate" else []))
        assert shown.returncode == 0, shown.stderr
        assert "staging/shop pins" not in shown.stdout
        assert word == "validate" or "(blueprint:" not in shown.stdout


def test_programs_are_told_of_an_own_pin(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", {"shop": PINNED})

    def told(word: str, *path: str | int) -> object:
        document = json.loads(infraops(root, word, *(["-e", "local"] if word != "validate" else []), "--json").stdout)
        for step in path:
            document = document[step]
        return document

    pin = {"template": "trial@1.1", "pinned_apart_from": "trial@1.0"}
    assert told("validate", "pins") == [{"stack": "local/shop", **pin}]
    for word, key in (("status", "stacks"), ("graph", "nodes"), ("plan", "stacks")):
        found = told(word, key, 0)
        assert isinstance(found, dict)
        assert {name: found[name] for name in pin} == pin


def test_both_versions_are_rendered_side_by_side(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", {"shop": PINNED})
    for environment, version in (("local", "1.1"), ("staging", "1.0")):
        assert infraops(root, "render", "-e", environment).returncode == 0
        main = (root / f".infraops/stacks/{environment}/shop/main.tf").read_text()
        assert f"templates/trial-{version}/terraform/local" in main
        described = root / f".infraops/templates/trial-{version}/template.yaml"
        assert f'version: "{version}"' in described.read_text()


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", versions=("1.9", "1.10", "1.2"))
    listed = infraops(root, "template", "list").stdout
    at = [listed.index(f"trial@{version} ") for version in ("1.0", "1.2", "1.9", "1.10")]
    assert at == sorted(at)
    assert "trial@1.10 " in infraops(root, "template", "show", "trial").stdout
    infraops(root, "new", "newest", "--template", "trial", "-e", "local")
    assert "template: trial@1.10" in (root / "blueprints/newest.yaml").read_text()


def test_of_a_version_that_is_not_there_the_nearest_is_named(tmp_path: Path) -> None:
    wrong = BLUEPRINT.replace("local: {}", "local: {template: trial@1.3}")
    root = versioned(tmp_path / "repo", {"shop": wrong}, versions=("1.9", "1.10", "2.0"))
    done = infraops(root, "validate")
    assert done.returncode == 64
    assert "blueprints/shop.yaml:9: the template trial has no version 1.3\n" in done.stderr
    assert 'did you mean "trial@1.9"? there is trial@1.0, trial@1.9, trial@1.10, trial@2.0' in done.stderr


def test_values_are_held_to_the_version_that_is_pinned(tmp_path: Path) -> None:
    zone = {"  broken:": "  zone: {type: string, required: true, used_by: []}\n  broken:"}
    root = versioned(tmp_path / "repo", {"shop": PINNED}, versions=())
    add_version(root, "1.1", template("1.1", zone))
    missing = infraops(root, "validate")
    assert 'the parameter "zone" of template trial@1.1 is missing in local' in missing.stderr
    given = PINNED.replace("trial@1.1}", "trial@1.1, zone: a}").replace("{value: other}", "{zone: b}")
    (root / "blueprints/shop.yaml").write_text(given)
    unknown = infraops(root, "validate")
    assert unknown.returncode == 64
    assert 'unknown parameter "zone" of template trial@1.0' in unknown.stderr
    assert "trial@1.1" not in unknown.stderr


def deprecated(root: Path, written: str) -> None:
    text = template("1.0", {"summary:": f"deprecated: {written}\nsummary:"})
    (root / "catalog/trial/template.yaml").write_text(text)


def test_a_deprecated_version_is_warned_of_everywhere(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo", {"shop": PINNED})
    deprecated(root, "{since: 2026-01-01, until: 2999-12-31, successor: trial@1.1, reason: it is slow}")
    words = "deprecated since 2026-01-01, not to be used after 2999-12-31, use trial@1.1: it is slow"
    valid = infraops(root, "validate")
    assert valid.returncode == 0
    assert f"staging/shop: template trial@1.0 is {words}" in valid.stdout
    assert "local/shop: template" not in valid.stdout
    planned = infraops(root, "plan", "-e", "staging")
    assert planned.returncode == 0
    assert f"policy: template trial@1.0 is {words} (rule template-not-deprecated" in planned.stdout
    assert f"policy: template trial@1.0 is {words}" in infraops(root, "review", "-e", "staging").stdout
    assert "deprecated 2026-01-01, use trial@1.1" in infraops(root, "template", "list").stdout
    assert words in infraops(root, "template", "show", "trial@1.0").stdout
    assert "deprecated" not in infraops(root, "plan", "-e", "local").stdout
    told = json.loads(infraops(root, "validate", "--json").stdout)["deprecated"]
    assert [(use["stack"], use["over"]) for use in told] == [("staging/shop", False)]


def test_after_its_last_day_a_version_is_denied_unless_waived(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo")
    assert infraops(root, "apply", "-e", "local", "--yes").returncode == 0
    deprecated(root, "{since: 2025-01-01, until: 2025-06-30}")
    assert "policy denies its plans" in infraops(root, "validate").stdout
    denied = infraops(root, "plan", "-e", "local")
    assert denied.returncode == 4
    assert "template trial@1.0 is not to be used any more" in denied.stderr
    waiver = "rule: template-not-over, stack: local/*, owner: us, reason: it is being moved, expires: 2999-12-31"
    (root / "policies").mkdir()
    (root / "policies/waivers.yaml").write_text(f"schema: infraops/v1\nwaivers: [{{{waiver}}}]\n")
    assert infraops(root, "plan", "-e", "local").returncode == 0
    (root / "policies/waivers.yaml").unlink()
    assert infraops(root, "destroy", "-e", "local", "--yes").returncode == 0


def test_an_end_that_is_announced_warns_nobody_yet(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo")
    deprecated(root, "{since: 2999-01-01}")
    assert "deprecated" not in infraops(root, "validate").stdout
    assert "deprecated" not in infraops(root, "plan", "-e", "local").stdout
    assert "deprecated from 2999-01-01" in infraops(root, "template", "show", "trial@1.0").stdout


def test_dates_and_successors_that_cannot_be_are_mistakes(tmp_path: Path) -> None:
    root = versioned(tmp_path / "repo")
    deprecated(root, "{since: 2026-02-31, until: 2026-01-01, successor: trial@1.0}")
    wrong = infraops(root, "validate").stderr
    assert "catalog/trial/template.yaml:4: deprecated.since: there is no day 2026-02-31" in wrong
    assert "deprecated.until: 2026-01-01 comes before since, 2026-02-31" in wrong
    assert "deprecated.successor: a version does not follow itself" in wrong
