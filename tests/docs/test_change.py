"""The page about change: its example is a control repo that loads, and its lists are those of the program."""

from pathlib import Path

import pytest

from infraops.assessment.exposure import ATTRIBUTES, MEMBERSHIPS, TYPES
from infraops.controlrepo.schemas.json_schemas import environment_schema, settings_schema
from tests.controlrepo.schemas.test_json_schemas import complaints
from tests.controlrepo.trees import blueprint, load_tree
from tests.docs.markdown import ROOT, blocks

PAGE = ROOT / "docs" / "change.md"


def test_the_example_loads_as_a_control_repo(tmp_path: Path) -> None:
    written = {block.info: block.text for block in blocks(PAGE)}
    environment = written["yaml environment"].replace("platform: static", "platform: lab")
    repo = load_tree(
        tmp_path,
        {
            "inventories/production/environment.yaml": environment,
            "infraops.yaml": written["yaml settings"],
            "blueprints/shop.yaml": blueprint(owner="team-commerce", environments="{production: {}}"),
            "allowed_signers": "",
        },
    )
    change = repo.environments["production"].file.change
    assert change.approval is not None
    assert [row.name for row in change.approval.authorities] == ["always", "loses-something", "ways-in", "dear"]
    assert change.standard is not None
    assert change.standard.window in change.windows
    assert len(change.freezes) == 1


@pytest.mark.parametrize("names", [*TYPES.values(), ATTRIBUTES, MEMBERSHIPS])
def test_what_opens_ways_in_is_listed(names: tuple[str, ...]) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\n", " ")
    assert ", ".join(f"`{name}`" for name in names) in text


def test_an_editor_takes_the_example_and_marks_what_is_wrong_in_it() -> None:
    written = {block.info: block.text for block in blocks(PAGE)}
    assert complaints(settings_schema(), written["yaml settings"]) == []
    text = written["yaml environment"]
    assert complaints(environment_schema(), text) == []
    for right, wrong in (("count: 2", "count: 0"), ("any: [on-call", "anny: [on-call"), ('"09:00"', '"9:00"')):
        assert complaints(environment_schema(), text.replace(right, wrong, 1)) != []
