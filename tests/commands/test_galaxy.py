"""Roles and collections that a playbook's requirements.yml asks for, installed from files and git on this machine."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops.cli import run
from tests.commands.change_control.test_untrusted import git
from tests.commands.estate import blueprint, make_estate
from tests.commands.test_drift import MODULE, TEMPLATE
from tests.controlrepo.trees import write_tree
from tests.counting import count

PLAYBOOK = """\
- hosts: all
  gather_facts: false
  roles: [words]
  tasks:
    - name: Write the note
      ansible.builtin.copy: {content: "{{ text | acme.words.loud }}{{ mark }}", dest: "{{ path }}", mode: "0600"}
"""
WITHOUT = PLAYBOOK.replace("  roles: [words]\n", "").replace(" | acme.words.loud }}{{ mark }}", " }}")
COLLECTION = {
    "galaxy.yml": "namespace: acme\nname: words\nversion: 1.0.0\nreadme: README.md\nauthors: [acme]\nlicense: [MIT]\n",
    "README.md": "# Words\n",
    "meta/runtime.yml": "requires_ansible: '>=2.15'\n",
    "plugins/filter/loud.py": "class FilterModule:\n    def filters(self):\n        return {'loud': str.upper}\n",
}
ROLE = {"meta/main.yml": "galaxy_info: {}\ndependencies: []\n", "defaults/main.yml": "mark: '!'\n"}
ASKED = "installing what catalog/note/requirements.yml asks for: 1 role, 1 collection"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a collection's archive, and a role's repository with two versions."""
    top = tmp_path_factory.mktemp("sources")
    write_tree(top / "collection", COLLECTION)
    program = Path(sys.executable).with_name("ansible-galaxy")
    environ = {"HOME": str(top / "home"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    argv = [str(program), "collection", "build", "--output-path", str(top), str(top / "collection")]
    subprocess.run(argv, env=environ, check=True, capture_output=True)
    write_tree(top / "role", ROLE)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
        git(top / "role", *words)
    write_tree(top / "role", {"defaults/main.yml": "mark: '?'\n"})
    for words in (["commit", "-q", "-a", "-m", "two"], ["tag", "v2"]):
        git(top / "role", *words)
    return top


def requirements(sources: Path, version: str = "v1") -> str:
    return (
        f"collections:\n  - {{name: {sources}/acme-words-1.0.0.tar.gz, type: file}}\n"
        f"roles:\n  - {{name: words, src: 'git+file://{sources}/role', version: {version}}}\n"
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "ANSIBLE_ROLES_PATH", "ANSIBLE_COLLECTIONS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def repo(tmp_path: Path, sources: Path, home: Path) -> Path:
    return estate(tmp_path, {"catalog/note/requirements.yml": requirements(sources)})


def estate(top: Path, files: dict[str, str], *names: str, template: str = TEMPLATE, playbook: str = PLAYBOOK) -> Path:
    """Write a repo whose stacks each write a note into `top`."""
    stacks = {name: note(top, name) for name in names or ("one",)}
    root = make_estate(top / "repo", stacks)
    catalog = {
        "catalog/note/template.yaml": template,
        "catalog/note/README.md": "# note\n",
        "catalog/note/terraform/local/main.tf": MODULE,
        "catalog/note/playbook.yml": playbook,
    }
    return write_tree(root, catalog | files)


def note(top: Path, name: str, text: str = "hello", more: str = "") -> str:
    parameters = f"{{path: {top}/{name}.txt, text: {text}{more}}}"
    return blueprint(name, parameters=parameters).replace("trial@1.0", "note@1.0")


def infraops(repo: Path, *words: str) -> int:
    return run([*words, "--chdir", str(repo)])


def apply(repo: Path) -> int:
    return infraops(repo, "apply", "-e", "local", "--yes", "--verbose")


def kept(home: Path) -> list[str]:
    """Name what of Galaxy is in the cache, beside locks."""
    return sorted(path.name for path in (home / ".cache/infraops/galaxy").glob("*") if path.suffix != ".lock")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    both = capsys.readouterr()
    return " ".join((both.out + both.err).split())


def test_what_is_required_is_installed_once(
    repo: Path, home: Path, tmp_path: Path, sources: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply(repo) == 0, said(capsys)
    first = said(capsys)
    assert ASKED in first
    assert "names no version" not in first
    assert (tmp_path / "one.txt").read_text() == "HELLO!"
    (one,) = kept(home)
    assert sorted(path.name for path in (home / ".cache/infraops/galaxy" / one).iterdir()) == ["collections", "roles"]

    write_tree(repo, {"blueprints/one.yaml": note(tmp_path, "one", "again")})
    assert apply(repo) == 0
    assert "asks for" not in said(capsys)
    assert (tmp_path / "one.txt").read_text() == "AGAIN!"

    write_tree(repo, {"catalog/note/requirements.yml": requirements(sources, "v2")})
    assert apply(repo) == 0
    assert ASKED in said(capsys), "another file proves nothing, and asks for other things"
    assert (tmp_path / "one.txt").read_text() == "AGAIN?"
    assert len(kept(home)) == 2


def test_looking_in_check_mode_needs_them_too(
    repo: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply(repo) == 0
    shutil.rmtree(home / ".cache/infraops/galaxy")
    capsys.readouterr()
    assert infraops(repo, "drift", "-e", "local", "--verbose") == 0, "installed anew, and nothing has drifted"
    assert ASKED in said(capsys)
    shutil.rmtree(home / ".cache/infraops/galaxy")
    write_tree(repo, {"blueprints/one.yaml": note(tmp_path, "one", "again")})
    assert infraops(repo, "review", "-e", "local") == 0
    assert "Write the note" in said(capsys)
    assert len(kept(home)) == 1


@pytest.mark.parametrize("way", ["pointed at", "chosen by a blueprint"])
def test_a_playbook_elsewhere_in_the_repo_has_its_requirements_beside_it(
    tmp_path: Path, sources: Path, home: Path, way: str
) -> None:
    asked = requirements(sources)
    collections, roles = asked.split("roles:\n")
    files = {
        "playbooks/site.yml": PLAYBOOK,
        "playbooks/collections/requirements.yml": collections,
        "playbooks/roles/requirements.yml": roles.replace("  - ", "- "),
        "catalog/note/requirements.yml": "of nobody's playbook",
    }
    template = TEMPLATE.replace("playbook: playbook.yml", "playbook: ../../playbooks/site.yml")
    if way == "chosen by a blueprint":
        template = TEMPLATE.replace("parameters:\n", "parameters:\n  plays: {type: playbook, default: null}\n")
        files["blueprints/one.yaml"] = note(tmp_path, "one", more=", plays: playbooks/site.yml")
    repo = estate(tmp_path, files, template=template)
    assert apply(repo) == 0
    assert (tmp_path / "one.txt").read_text() == "HELLO!"


def test_nothing_is_started_where_nothing_is_required(tmp_path: Path, sources: Path, home: Path) -> None:
    words = ("apply", "-e", "local", "--yes")
    repo = estate(tmp_path, {"catalog/note/roles/requirements.yml": "---\n"}, playbook=WITHOUT)
    assert not any("'galaxy'" in process for process in count(repo, home, *words).processes)
    assert (tmp_path / "one.txt").read_text() == "hello"
    assert not (home / ".cache/infraops/galaxy").exists()
    write_tree(repo, {"catalog/note/requirements.yml": requirements(sources)})
    started = [process for process in count(repo, home, *words).processes if "'galaxy'" in process]
    assert len(started) == 2, "one for collections, one for roles"


def test_stacks_that_want_the_same_at_once_install_it_once(tmp_path: Path, sources: Path, home: Path) -> None:
    repo = estate(tmp_path, {"catalog/note/requirements.yml": requirements(sources)}, "one", "two")
    counted = count(repo, home, "apply", "-e", "local", "--yes", "--parallelism", "2")
    assert len([process for process in counted.processes if "'galaxy'" in process]) == 2, "as for one stack"
    assert [(tmp_path / f"{name}.txt").read_text() for name in ("one", "two")] == ["HELLO!", "HELLO!"]
    assert len(kept(home)) == 1


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("collections: [acme.sounds]\n", "Connection refused"),
        ("roles: [{name: words, src: 'git+file://{sources}/role', version: v9}]\n", "v9"),
        ("roles: [words\n", "line 2: "),
        ("things: [words]\n", "lists of roles and collections"),
    ],
)
def test_what_cannot_be_installed_is_an_error_and_leaves_nothing(
    tmp_path: Path,
    sources: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    written: str,
    problem: str,
) -> None:
    monkeypatch.setenv("ANSIBLE_GALAXY_SERVER", "http://127.0.0.1:9/")
    written = written.replace("{sources}", str(sources))
    repo = estate(tmp_path, {"catalog/note/requirements.yml": written})
    assert apply(repo) == 1
    answer = said(capsys)
    assert problem in answer
    assert "catalog/note/requirements.yml" in answer
    if not problem.startswith("li"):
        assert "collections/ansible_collections/ beside the playbook" in answer
    assert ("names no version of acme.sounds" in answer) == ("acme.sounds" in written)
    assert "Traceback" not in answer
    assert kept(home) == []
    assert not (tmp_path / "one.txt").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_was_cut_off_half_way_does_not_count(
    repo: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    cloning = tmp_path / "cloning"
    slow = f'case "$*" in *clone*) echo $$ > {cloning}.new; mv {cloning}.new {cloning}; exec sleep 300;; esac'
    write_tree(tmp_path / "bin", {"git": f'#!/bin/sh\n{slow}\nexec {shutil.which("git")} "$@"\n'})
    (tmp_path / "bin/git").chmod(0o755)
    environ = {"HOME": str(home), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    argv = [sys.executable, "-P", "-m", "infraops", "apply", "-e", "local", "--yes"]
    process = subprocess.Popen(argv, cwd=repo, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(cloning.exists)
        process.send_signal(number)
        assert process.wait(120) == (130 if number == signal.SIGINT else -number)
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: not Path("/proc", cloning.read_text().strip()).exists())
    assert [name.endswith(".part") for name in kept(home)] == ([True] if number == signal.SIGKILL else [])
    assert apply(repo) == 0, said(capsys)
    assert [name.endswith(".part") for name in kept(home)] == [False]
    assert (tmp_path / "one.txt").read_text() == "HELLO!"


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def test_an_untrusted_branch_installs_nothing(repo: Path, home: Path, tmp_path: Path) -> None:
    (repo / ".gitignore").write_text(".infraops/\n")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
        git(repo, *words)
    assert apply(repo) == 0
    shutil.rmtree(home / ".cache/infraops/galaxy")
    write_tree(repo, {"blueprints/one.yaml": note(tmp_path, "one", "again")})
    for word in ("plan", "review"):
        assert infraops(repo, word, "-e", "local", "--untrusted", "--base", "main") == 0
        assert not (home / ".cache/infraops/galaxy").exists()
