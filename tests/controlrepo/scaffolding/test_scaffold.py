"""What `infraops init` and `infraops new` write is read back as it was meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.load import load
from infraops.controlrepo.scaffolding.scaffold import new_blueprint, scaffold
from infraops.models.files.settings import TerraformPin
from tests.controlrepo.trees import TEMPLATE, load_tree, write_tree

REFERENCE = Path(__file__).parents[3]
BUILT_IN = REFERENCE / "infraops" / "catalog"


def test_a_new_control_repo_is_sound(tmp_path: Path) -> None:
    files = scaffold(name="our services", owner="team: web", terraform=TerraformPin(program="tofu", version="1.10"))
    root = write_tree(tmp_path, {str(path): text for path, text in files.items()})
    repo = load(root, built_in=BUILT_IN)
    assert list(repo.stacks) == ["local/hello"]
    assert repo.stacks["local/hello"].owner == "team: web"
    assert list(repo.environments) == ["lab", "local"]
    assert repo.settings.terraform == TerraformPin(program="tofu", version="1.10")
    assert repo.settings.defaults.environment == "local"
    assert (root / ".gitignore").read_text() == ".infraops/\n"
    assert (root / "README.md").read_text().startswith("# our services\n")
    assert yaml.safe_load((root / "playbooks/baseline.yml").read_text())[0]["hosts"] == "all"


def test_a_database_in_a_new_lab_can_be_destroyed_as_in_the_reference_repo(tmp_path: Path) -> None:
    files = {str(path): text for path, text in scaffold(name="x", owner="y").items()}
    files["blueprints/data.yaml"] = (REFERENCE / "blueprints" / "shop-db.yaml").read_text().replace("shop-db", "data")
    files["playbooks/files/shop.sql"] = ""
    root = write_tree(tmp_path, files)

    assert not load(root, built_in=BUILT_IN).stacks["lab/data"].protected
    reference = (REFERENCE / "inventories" / "lab" / "environment.yaml").read_text()
    assert yaml.safe_load(files["inventories/lab/environment.yaml"]) == yaml.safe_load(reference)


def test_a_scaffold_is_the_same_every_time() -> None:
    assert scaffold(name="x", owner="y") == scaffold(name="x", owner="y")


def test_every_built_in_template_makes_a_blueprint_that_says_what_is_missing(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {str(path): text for path, text in scaffold(name="x", owner="y").items()})
    repo = load(root, built_in=BUILT_IN)
    for template in repo.catalog.values():
        text = new_blueprint(template, name="new", owner="me", environments=["lab"], parameters={})
        mistakes = Mistakes()
        document = compose(text, "new.yaml", mistakes)
        mistakes.refuse()
        assert document is not None
        assert document.value["template"] == template.reference
        for name in template.file.parameters:
            assert f"# {name}: " in text


VALUES: dict[str, Any] = {
    "hosts": 3,
    "size": "large",
    "network": "10.0.0.0/8",
    "token": "env:TOKEN",
    "address": "yes: #1",
}


def test_a_new_blueprint_is_read_back_with_the_values_given(tmp_path: Path) -> None:
    template = load_tree(tmp_path / "a").catalog["web@1.0"]
    text = new_blueprint(template, name="fresh", owner="me", environments=["lab", "prod"], parameters=VALUES)
    assert text.startswith("# yaml-language-server: $schema=../.infraops/schema/blueprint.json\nschema: infraops/v1\n")
    stack = load_tree(tmp_path / "b", {"blueprints/fresh.yaml": text}).stacks["prod/fresh"]
    assert stack.parameters == {"hosts": 3, "size": "large", "port": 80, "network": "10.0.0.0/8", "address": "yes: #1"}
    assert str(stack.secrets["token"]) == "env:TOKEN"


def test_what_is_not_given_stands_as_a_comment_with_its_default(tmp_path: Path) -> None:
    template = load_tree(tmp_path).catalog["web@1.0"]
    text = new_blueprint(template, name="x", owner="me", environments=["lab"], parameters={})
    assert "\n# parameters:\n  # How many hosts.\n  # integer, from 1 to 10\n  # hosts: 1\n" in text
    assert "\n  # one of small, large\n  # size: small\n" in text
    assert "\n  # string, sensitive: env:NAME, file:path or generated:name\n  # token: …\n" in text
    uncommented = text.replace("# parameters:", "parameters:").replace("  # hosts: 1", "  hosts: 2")
    stack = load_tree(tmp_path, {"blueprints/x.yaml": uncommented}).stacks["lab/x"]
    assert stack.parameters["hosts"] == 2


def test_descriptions_cannot_break_out_of_their_comment(tmp_path: Path) -> None:
    hostile = TEMPLATE.replace("How many hosts.", '"a\\nname: evil\\u2028b\\x07\\x85c"')
    template = load_tree(tmp_path, {"built-in/web/template.yaml": hostile}).catalog["web@1.0"]
    text = new_blueprint(template, name="x", owner="me", environments=["lab"], parameters={})
    assert load_tree(tmp_path, {"blueprints/x.yaml": text}).stacks["lab/x"].blueprint == "x"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TRICKY = "yes|no|~|null|1e3|0755|- a|a: b|a #b|#a|<<|*a|&a|!x|=||a:b|12:30|-|?|true|.inf|@a|%a|`a|[|{|,"
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(TRICKY.split("|"))
)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(JSON)
@example({"<<": {"a": 1}, "a": 2})
@example("a:b")
@example("12:30")
@example("~/x")
@example("a: ")
@example("x\u2028y\ufeff\x85\x7f")
def test_values_come_back_as_they_were_written(value: Any) -> None:
    mistakes = Mistakes()
    document = compose(f"key: {yaml_value(value)}\n", "f.yaml", mistakes)
    mistakes.refuse()
    assert document is not None
    assert document.value["key"] == value


@given(JSON)
def test_other_readers_of_yaml_understand_the_same(value: Any) -> None:
    assert yaml.safe_load(f"key: {yaml_value(value)}\n") == {"key": value}


def test_a_long_word_is_written_at_once() -> None:
    """Where a quote follows sixty letters, an expression that tried all ways to part them would not end."""
    assert yaml_value("a" * 60 + '"') == '"' + "a" * 60 + '\\""'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("playbooks/site.yml", "playbooks/site.yml"),
        ("team-web", "team-web"),
        ("env:TOKEN", "env:TOKEN"),
        ("two words", "two words"),
        ("1.10", '"1.10"'),
        ("no", '"no"'),
        (["a", 1, None, True], "[a, 1, null, true]"),
        ({"a": {}}, "{a: {}}"),
    ],
)
def test_values_are_written_as_an_engineer_would(value: Any, text: str) -> None:
    assert yaml_value(value) == text
