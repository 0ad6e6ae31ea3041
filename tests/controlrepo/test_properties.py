"""Whatever stands in a file, reading ends in mistakes with places or in a checked repo; never in anything else."""

import re
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from infraops.models.files.template import ParameterType
from tests.controlrepo.trees import CATALOG, REPO, TEMPLATE, blueprint, mistakes_in, write_tree

PIECES = "a@b@: @:\n@\n@  @- @? @[@]@{@}@,@&a @*a@<<: @'@\"@>@|\n@!x @#@%@---\n@...\n@\t@1@~@é@\x85@\\"
YAML_LIKE = st.lists(st.sampled_from(PIECES.split("@")), max_size=40).map("".join)
LINE_BREAK = re.compile(rb"\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]")  # what YAML 1.1 takes for one
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def outcome(name: str, content: str | bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = write_tree(Path(directory) / "repo", {**REPO, name: content})
        try:
            load(root, built_in=write_tree(Path(directory) / "built-in", CATALOG))
        except InvalidInput as invalid:
            assert invalid.mistakes
            for mistake in invalid.mistakes:
                assert mistake.place.file
                assert mistake.problem
                lines = len(LINE_BREAK.split(content if isinstance(content, bytes) else content.encode()))
                if mistake.place.file == name and mistake.place.line is not None:
                    assert 1 <= mistake.place.line <= lines
                for word in ("pydantic", "Input should", "validation error", "Traceback", "type="):
                    assert word not in str(mistake)


FILES = st.sampled_from(
    ["blueprints/shop.yaml", "inventories/lab/environment.yaml", "infraops.yaml", "catalog/x/template.yaml"]
)


@given(FILES, st.binary(max_size=200))
@FEW
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    outcome(name, content)


@given(YAML_LIKE | st.text(max_size=100))
def test_any_text_is_composed_or_refused(text: str) -> None:
    mistakes = Mistakes()
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    document = compose(text, "f.yaml", mistakes)
    assert document is not None or len(mistakes) > 0


WORDS = ["", "lab", "prod", "shop", "web@1.0", "shop.url", "a-b", "env:X", "10.0.0.0/8", "infraops.yaml"]
NAMES = st.sampled_from(["lab", "prod", "hosts", "size", "token", "template", "type", "x"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99999)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
KEYS = {
    "blueprints/shop.yaml": "schema name template owner parameters environments inputs depends_on budget tags",
    "inventories/lab/environment.yaml": "schema name platform state variables change hosts",
    "infraops.yaml": "schema terraform ledger defaults",
    "catalog/x/template.yaml": "schema name version summary parameters outputs playbook checks",
}
SOUND: dict[str, dict[str, Any]] = {
    "blueprints/shop.yaml": {"name": "shop", "template": "web@1.0", "owner": "me", "environments": {"lab": {}}},
    "inventories/lab/environment.yaml": {"name": "lab", "platform": "lab"},
    "infraops.yaml": {},
    "catalog/x/template.yaml": {"name": "x", "version": "1.0", "summary": "x"},
}


@given(FILES, st.data())
@FEW
def test_any_values_under_the_known_keys_are_read_or_refused(name: str, data: st.DataObject) -> None:
    changed = data.draw(st.dictionaries(st.sampled_from(KEYS[name].split()), JSON, max_size=3))
    values = {"schema": "infraops/v1", **SOUND[name], **changed}
    outcome(name, "".join(f"{key}: {yaml_value(value)}\n" for key, value in values.items()))


PARAMETER = st.fixed_dictionaries(
    {"type": st.sampled_from([str(kind) for kind in ParameterType])},
    optional={
        "default": JSON,
        "required": st.booleans(),
        "min": st.integers(-3, 9) | st.floats(-1, 9),
        "max": st.integers(-3, 9) | st.floats(-1, 9),
        "pattern": st.sampled_from(["^a$", "(", "[a-", "a{2}", "(?i)x"]),
        "values": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "items": st.sampled_from(["string", "integer", "list", "enum", "playbook", "cidr"]),
        "sensitive": st.booleans(),
        "used_by": st.just([]),
    },
)


@given(PARAMETER, JSON)
@FEW
def test_any_parameter_with_any_value_is_accepted_or_refused(parameter: dict[str, Any], value: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        template = TEMPLATE.replace("  network:", f"  extra: {yaml_value(parameter)}\n  network:")
        shop = blueprint(f"parameters: {{extra: {yaml_value(value)}}}\n")
        for found in mistakes_in(
            Path(directory), {"built-in/web/template.yaml": template, "blueprints/shop.yaml": shop}
        ):
            assert found.startswith(("built-in/web/template.yaml:9: ", "blueprints/shop.yaml:6: "))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), min_size=1))
@FEW
def test_cycles_are_found_whatever_the_graph(wanted: dict[str, list[str]]) -> None:
    known = {name: [other for other in others if other in wanted] for name, others in wanted.items()}
    with tempfile.TemporaryDirectory() as directory:
        changes: dict[str, str | bytes] = {
            f"blueprints/{name}.yaml": blueprint(f"depends_on: {yaml_value(others)}\n", name=name)
            for name, others in known.items()
        }
        found = mistakes_in(Path(directory), changes)

    def reaches(start: str) -> bool:
        seen: set[str] = set()
        waiting = list(known[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += known[name]
        return start in seen

    assert bool(found) == any(reaches(name) for name in known)
    for line in found:
        around = line.partition(": the blueprint")[2].partition(": ")[2].partition(";")[0].split(" → ")
        assert around[0] == around[-1] == min(around)
        assert all(after in known[before] for before, after in pairwise(around))
