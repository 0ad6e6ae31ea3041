"""What is known from before changes nothing but the time it takes: values, places and mistakes stay the same."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.commands.context.surroundings import open_repo
from infraops.controlrepo.documents.composed import Composed, Rows, read_rows, write_rows
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from infraops.models.basics.workspace import workspace_of
from infraops.models.stacks.repo import ControlRepo
from tests.commands.estate import blueprint as trial
from tests.commands.estate import make_estate, surroundings
from tests.controlrepo.test_properties import FEW, JSON, YAML_LIKE
from tests.controlrepo.trees import CATALOG, REPO, TEMPLATE, blueprint, write_tree

TEXTS = {
    "blueprints/shop.yaml": [
        blueprint(),
        blueprint("parameters: {hosts: 2}\n"),
        blueprint("parameters: {hosts: 2, token: env:TOKEN}\n", environments="{lab: {hosts: 3}, prod: {}}"),
        blueprint("# the same, but for its places\n\n\n", environments="{lab: {}, prod: {hosts: 1}}"),
        blueprint("parameters: {hosts: many}\n"),
        blueprint("parameters: {hosts: 007}\n"),
        blueprint("x: &a [1]\nparameters: {hosts: *b}\n"),
        "[",
    ],
    "blueprints/api.yaml": [
        blueprint(name="api"),
        blueprint("inputs: {address: shop.url}\n", name="api"),
        blueprint("base: &base {size: large}\nparameters: {<<: *base}\n", name="api"),
        blueprint("depends_on: [shop, gone]\n", name="api"),
        blueprint(),
    ],
    "inventories/lab/environment.yaml": [
        REPO["inventories/lab/environment.yaml"],
        "schema: infraops/v1\nname: lab\nplatform: aws\nvariables: {hosts: 4}\n",
        "schema: infraops/v1\nname: lab\nplatform: moon\n",
    ],
    "catalog/own/template.yaml": [
        TEMPLATE.replace("name: web", "name: own"),
        TEMPLATE.replace("name: web", "name: own").replace("max: 10", "max: 0"),
        "name: [\n",
    ],
}
EDITS = st.lists(
    st.sampled_from([(name, text) for name, texts in TEXTS.items() for text in [*texts, None]]), min_size=1, max_size=6
)


def outcome(root: Path, known: Rows) -> tuple[ControlRepo | None, list[str], Rows]:
    try:
        repo = load(root, built_in=root.parent / "built-in", composed=Composed(known))
    except InvalidInput as invalid:
        return None, [str(mistake) for mistake in invalid.mistakes], known
    return repo, [], repo.composed


@given(EDITS)
@FEW
def test_whatever_is_edited_what_is_known_changes_no_result(edits: list[tuple[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = write_tree(Path(directory) / "repo", REPO)
        write_tree(root.parent / "built-in", CATALOG)
        kept = root.parent / "kept"
        for name, text in edits:
            if text is None:
                (root / name).unlink(missing_ok=True)
            else:
                write_tree(root, {name: text})
            repo, mistakes, rows = outcome(root, read_rows(kept))
            assert (repo, mistakes) == outcome(root, {})[:2]
            kept.write_text(write_rows(rows))
            assert read_rows(kept) == rows


@given(YAML_LIKE | st.dictionaries(st.text(max_size=5), JSON, max_size=4).map(yaml_value))
def test_a_document_comes_back_with_its_values_types_and_places(text: str) -> None:
    composed, mistakes = Composed(), Mistakes()
    first = compose(text, "f.yaml", mistakes, composed)
    again = compose(text, "f.yaml", mistakes, Composed(composed.used))
    assert again == first
    assert repr(again.value if again else None) == repr(first.value if first else None), "1 and 1.0 and True are equal"
    assert bool(composed.used) == (first is not None and not mistakes)


@given(st.data())
def test_a_file_with_anything_wrong_in_it_counts_as_none(data: st.DataObject) -> None:
    composed = Composed()
    compose(blueprint("summary: é\n"), "f.yaml", Mistakes(), composed)
    content = write_rows(composed.used).encode()
    at = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "kept"
        for broken in (content[:at], content[:at] + bytes([other]) + content[at + 1 :], content + b"\n"):
            file.write_bytes(broken)
            assert read_rows(file) == {}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return make_estate(tmp_path / "repo", {"first": trial("first", parameters="{value: one}")})


def test_what_is_kept_is_the_users_alone_and_holds_no_password_of_a_backend(estate: Path, tmp_path: Path) -> None:
    (estate / "infraops.yaml").write_text("schema: infraops/v1\nledger: postgresql://me:hunter2@db/ledger\n")
    environment = estate / "inventories/local/environment.yaml"
    environment.write_text(
        environment.read_text() + "state: {backend: pg, config: {conn_str: postgres://a:hunter2@b}}\n"
    )
    around = surroundings(estate, tmp_path / "home")
    kept = open_repo(around).workspace.composed
    assert "first" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file() and "hunter2" in path.read_text()] == []


def test_an_edit_that_leaves_size_and_time_as_they_were_is_seen(estate: Path, tmp_path: Path) -> None:
    around, file = surroundings(estate, tmp_path / "home"), estate / "blueprints/first.yaml"
    before = file.stat()
    assert open_repo(around).repo.stacks["local/first"].parameters["value"] == "one"
    with file.open("r+") as written:
        written.write(file.read_text().replace("one", "two"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert open_repo(around).repo.stacks["local/first"].parameters["value"] == "two"


@pytest.mark.parametrize("broken", ["", "x", "{}", "é", "\0" * 100])
def test_what_is_broken_is_written_anew(estate: Path, tmp_path: Path, broken: str) -> None:
    around = surroundings(estate, tmp_path / "home")
    kept = open_repo(around).workspace.composed
    whole = kept.read_text()
    kept.write_text(broken)
    open_repo(around)
    assert kept.read_text() == whole


def test_a_cache_that_cannot_be_written_stops_nothing(estate: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.cache").write_text("a file where the directory would be")
    around = surroundings(estate, tmp_path / "home")
    assert list(open_repo(around).repo.stacks) == ["local/first"]
    kept = workspace_of(estate, {"HOME": str(tmp_path / "other")}).composed
    kept.mkdir(parents=True)
    assert list(open_repo(surroundings(estate, tmp_path / "other")).repo.stacks) == ["local/first"]
