"""Names and links that try to lead out of the control repo."""

import os
from pathlib import Path

import pytest

from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from tests.controlrepo.trees import CATALOG, REPO, TEMPLATE, blueprint, mistakes_in, write_tree

SHOP = "blueprints/shop.yaml"


def lines(root: Path, built_in: Path) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load(root, built_in=built_in)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    write_tree(tmp_path / "built-in", CATALOG)
    write_tree(tmp_path / "outside", {"shop.yaml": blueprint(), "environment.yaml": "x: 1\n"})
    return write_tree(tmp_path / "repo", REPO)


@pytest.mark.parametrize("place", ["blueprints/out.yaml", "blueprints/out", "inventories/out", "catalog/out"])
@pytest.mark.parametrize("target", ["../../outside", "../../outside/shop.yaml", "/etc/passwd"])
def test_links_out_of_the_repo_are_refused(repo: Path, place: str, target: str) -> None:
    (repo / place).parent.mkdir(exist_ok=True)
    (repo / place).symlink_to(target)
    assert lines(repo, repo.parent / "built-in") == [
        f"{place}: the symbolic link leads out of the control repo; put the file or directory itself here"
    ]


@pytest.mark.parametrize("top", ["blueprints", "inventories", "catalog"])
def test_whole_directories_that_are_links_out_are_refused(repo: Path, top: str) -> None:
    if (repo / top).exists():
        (repo / top).rename(repo / "moved")
    (repo / top).symlink_to(repo.parent / "outside")
    found = lines(repo, repo.parent / "built-in")
    assert any(line.startswith(f"{top}: the symbolic link leads out of the control repo") for line in found)


@pytest.mark.parametrize("top", ["blueprints", "inventories", "catalog"])
def test_files_in_the_place_of_directories_are_refused(repo: Path, top: str) -> None:
    if (repo / top).exists():
        (repo / top).rename(repo / "moved")
    (repo / top).touch()
    assert any(line.startswith(f"{top}: this is not a directory") for line in lines(repo, repo.parent / "built-in"))


def test_links_deep_inside_an_environment_or_template_are_refused_too(repo: Path) -> None:
    write_tree(repo, {f"catalog/{name}".replace("web/", "own/"): text for name, text in CATALOG.items()})
    (repo / "catalog/own/template.yaml").write_text(TEMPLATE.replace("name: web", "name: own"))
    (repo / "catalog/own/roles").symlink_to("/etc")
    (repo / "inventories/lab/group_vars").symlink_to(repo.parent)
    assert [line.partition(":")[0] for line in lines(repo, repo.parent / "built-in")] == [
        "catalog/own/roles",
        "inventories/lab/group_vars",
    ]


def test_links_nowhere_and_in_circles_are_refused(repo: Path) -> None:
    (repo / "blueprints/gone.yaml").symlink_to("nowhere.yaml")
    (repo / "blueprints/circle").symlink_to(".")
    (repo / "blueprints/self").symlink_to("self")
    found = lines(repo, repo.parent / "built-in")
    assert found[0].startswith("blueprints/circle: the symbolic link leads to a directory above it")
    assert found[1].startswith("blueprints/gone.yaml: the symbolic link leads nowhere")
    assert found[2].startswith("blueprints/self: the symbolic link leads nowhere")


def test_links_inside_the_repo_are_followed(repo: Path) -> None:
    write_tree(repo, {"shared/db.yaml": blueprint(name="db")})
    (repo / "blueprints/shared").symlink_to("../shared")
    assert list(load(repo, built_in=repo.parent / "built-in").stacks) == ["lab/db", "lab/shop"]


def test_a_named_pipe_does_not_hang(repo: Path) -> None:
    os.mkfifo(repo / "blueprints/pipe.yaml")
    assert lines(repo, repo.parent / "built-in") == [
        "blueprints/pipe.yaml: this is not a regular file; replace it by one"
    ]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("/etc/passwd", "is absolute"),
        ("~/x", "is absolute"),
        ("../outside/shop.yaml", "leads out through .."),
        ("files/../../outside", "leads out through .."),
        ("files/missing", "does not exist"),
        ("files/link", "is a symbolic link that leads out of the control repo"),
        ("files/loop", ""),
        (".git/config", "lies in .git/"),
        (".infraops/x", "lies in .infraops/"),
        ("", "is no path"),
        ("files\\\\x", "is no path"),
        ("files/" + "x" * 300, "cannot be read"),
    ],
)
def test_path_parameters_stay_inside(repo: Path, written: str, problem: str) -> None:
    write_tree(repo, {"files/a": "x", ".git/config": "", ".infraops/x": ""})
    (repo / "files/link").symlink_to("../../outside")
    (repo / "files/loop").symlink_to("loop")
    template = TEMPLATE.replace("  network:", "  file: {type: path, used_by: [playbook]}\n  network:")
    write_tree(repo.parent / "built-in", {"web/template.yaml": template})
    (repo / SHOP).write_text(blueprint(f'parameters: {{file: "{written}"}}\n'))
    (found,) = lines(repo, repo.parent / "built-in")
    assert found.startswith(f"{SHOP}:6: parameters.file: the path ")
    assert problem in found
    (repo / SHOP).write_text(blueprint("parameters: {file: files/a}\n"))
    assert load(repo, built_in=repo.parent / "built-in").stacks["lab/shop"].parameters["file"] == "files/a"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("playbooks/site.txt", 'expected a playbook such as playbooks/site.yml, found "playbooks/site.txt"'),
        ("playbooks/dir.yml", 'the playbook "playbooks/dir.yml" is not a file'),
        ("playbooks/none.yml", 'the path "playbooks/none.yml" does not exist'),
    ],
)
def test_playbook_parameters_are_playbooks(tmp_path: Path, written: str, problem: str) -> None:
    changes = {
        "built-in/web/template.yaml": TEMPLATE.replace(
            "  network:", "  play: {type: playbook, used_by: []}\n  network:"
        ),
        SHOP: blueprint(f"parameters: {{play: {written}}}\n"),
        "playbooks/site.txt": "",
        "playbooks/dir.yml/x": "",
    }
    (found,) = mistakes_in(tmp_path, changes)
    assert found.partition(";")[0] == f"{SHOP}:6: parameters.play: {problem}"


def test_a_file_beyond_reason_is_refused(tmp_path: Path) -> None:
    found = mistakes_in(tmp_path, {SHOP: "# " + "x" * 6_000_000})
    assert found == [f"{SHOP}: the file is larger than 5000 kB; split it"]


def test_a_byte_order_mark_of_utf_8_is_allowed(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, {SHOP: b"\xef\xbb\xbf" + blueprint().encode()}) == []


def test_line_ends_of_windows_are_allowed(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, {SHOP: blueprint().replace("\n", "\r\n")}) == []


def test_a_missing_settings_file_is_a_mistake_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, built_in=tmp_path)
    assert str(caught.value.mistakes[0]).startswith("infraops.yaml: the file cannot be read: No such file")


def test_a_name_that_is_not_utf_8_is_refused(repo: Path) -> None:
    (repo / os.fsdecode(b"blueprints/\xff.yaml")).write_text(blueprint(name="other"))
    assert lines(repo, repo.parent / "built-in") == ["blueprints/\\udcff.yaml: the name is not UTF-8; rename it"]


def test_a_template_may_be_a_link_inside_the_repo(repo: Path) -> None:
    template = TEMPLATE.replace("name: web", "name: own")
    files = {f"vendor/{name.removeprefix('web/')}": text for name, text in CATALOG.items()}
    write_tree(repo, {**files, "vendor/template.yaml": template})
    (repo / "catalog").mkdir()
    (repo / "catalog/own").symlink_to("../vendor")
    (repo / SHOP).write_text(blueprint(template="own@1.0"))
    stack = load(repo, built_in=repo.parent / "built-in").stacks["lab/shop"]
    assert stack.template.directory == (repo / "vendor").resolve()


def test_a_templates_playbook_stays_inside_the_template(repo: Path) -> None:
    (repo.parent / "built-in/web/playbook.yml").unlink()
    (repo.parent / "built-in/web/playbook.yml").symlink_to("../../outside/shop.yaml")
    (found,) = lines(repo, repo.parent / "built-in")
    assert 'playbook: the path "playbook.yml" is a symbolic link that leads out of the template' in found
