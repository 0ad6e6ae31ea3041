"""Templates of another git repository: fetched, pinned, vendored, and held to their digests."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.commands.estate import MODULE, TEMPLATE, blueprint
from tests.commands.versions import infraops, versioned

IDENTITY = ["-c", "user.name=team", "-c", "user.email=team@example.com", "-c", "init.defaultBranch=main"]
CATALOGS = "catalogs:\n  platform: {{git: {url}, ref: {ref}}}\n"
VENDORED = "catalog/.vendor/platform"
HEX = "0123456789abcdef"


def git(directory: Path, *words: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *words], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Platform:
    """The repository of the others: a working copy, and the bare one that it is published to."""

    def __init__(self, directory: Path) -> None:
        self.bare, self.work = directory / "platform.git", directory / "platform"
        directory.mkdir(parents=True, exist_ok=True)
        git(directory, "init", "-q", "--bare", str(self.bare))
        git(directory, "init", "-q", str(self.work))
        self.write("catalog/kept/template.yaml", TEMPLATE.replace("name: trial", "name: kept"))
        self.write("catalog/kept/terraform/local/main.tf", MODULE)
        self.write("catalog/kept/run.sh", "#!/bin/sh\n", mode=0o755)
        self.write("README.md", "# The platform's catalog\n")

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        (self.work / path).parent.mkdir(parents=True, exist_ok=True)
        (self.work / path).write_text(text, encoding="utf-8")
        (self.work / path).chmod(mode)

    def publish(self, tag: str = "v1.0") -> str:
        git(self.work, "add", "-Af")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "change")
        git(self.work, "tag", "-f", "-a", tag, "-m", tag)
        git(self.work, "push", "-q", "-f", str(self.bare), "HEAD:main", tag)
        return git(self.work, "rev-parse", "HEAD")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path / "others")
    made.publish()
    return made


@pytest.fixture
def root(tmp_path: Path, platform: Platform) -> Path:
    kept = blueprint("kept").replace("template: trial@1.0", "template: kept@1.0")
    made = versioned(tmp_path / "repo", {"kept": kept}, versions=())
    pin(made, "../others/platform.git")
    return made


def pin(root: Path, url: object, ref: str = "v1.0", more: str = "") -> None:
    (root / "infraops.yaml").write_text(f"schema: infraops/v1\n{CATALOGS.format(url=url, ref=ref)}{more}")


def test_what_is_vendored_is_planned_without_the_other_repository(root: Path, platform: Platform) -> None:
    before = infraops(root, "validate")
    assert before.returncode == 64
    assert "infraops.yaml:3: the catalog platform was never fetched" in before.stderr
    fetched = infraops(root, "template", "fetch")
    assert fetched.returncode == 0, fetched.stderr
    assert "platform  v1.0  fetched" in fetched.stdout
    assert "+ kept@1.0" in fetched.stdout
    lock = (root / "catalog/lock.yaml").read_text()
    assert f"commit: {git(platform.work, 'rev-parse', 'HEAD')}" in lock.replace('"', "")
    assert os.access(root / VENDORED / "kept/run.sh", os.X_OK)
    platform.bare.rename(platform.bare.with_name("gone.git"))
    assert "platform" in infraops(root, "template", "list").stdout
    applied = infraops(root, "apply", "-e", "local", "--yes")
    assert applied.returncode == 0, applied.stderr
    again = infraops(root, "template", "fetch")
    assert "platform  v1.0  as locked" in again.stdout
    assert (root / "catalog/lock.yaml").read_text() == lock


@pytest.mark.parametrize("url", ["file://{bare}", "{bare}"])
def test_urls_and_whole_commits_serve_as_well(root: Path, platform: Platform, url: str) -> None:
    pin(root, url.format(bare=platform.bare), ref=git(platform.work, "rev-parse", "HEAD"))
    assert infraops(root, "template", "fetch").returncode == 0
    assert "kind: commit" in (root / "catalog/lock.yaml").read_text()
    assert infraops(root, "validate").returncode == 0


def test_a_byte_changed_by_hand_is_refused_and_brought_back(root: Path) -> None:
    infraops(root, "template", "fetch")
    main = root / VENDORED / "kept/terraform/local/main.tf"
    main.write_text(MODULE + "\n")
    (root / VENDORED / "kept/more.tf").write_text("")
    (root / VENDORED / "kept/run.sh").chmod(0o644)
    for words in (("validate",), ("plan", "-e", "local"), ("apply", "-e", "local", "--yes")):
        refused = infraops(root, *words)
        assert refused.returncode == 64
        assert (
            f"{VENDORED}/kept/terraform/local/main.tf: the file's content is not as catalog/lock.yaml" in refused.stderr
        )
        assert f"{VENDORED}/kept/more.tf: catalog/lock.yaml does not know this file" in refused.stderr
        assert f"{VENDORED}/kept/run.sh: the file's mode is not as catalog/lock.yaml has it" in refused.stderr
        assert "`infraops template fetch` brings it back" in refused.stderr
        assert "there is no template" not in refused.stderr
    assert infraops(root, "template", "fetch", "--check").returncode == 1
    restored = infraops(root, "template", "fetch")
    assert "platform  v1.0  restored" in restored.stdout
    assert main.read_text() == MODULE
    assert infraops(root, "validate").returncode == 0


def test_files_that_are_gone_linked_or_nobodys_are_named(root: Path) -> None:
    infraops(root, "template", "fetch")
    main = root / VENDORED / "kept/terraform/local/main.tf"
    elsewhere = root / "main.tf"
    main.rename(elsewhere)
    main.symlink_to(elsewhere)
    (root / VENDORED / "kept/run.sh").unlink()
    (root / VENDORED / "other/terraform").mkdir(parents=True)
    refused = infraops(root, "validate")
    assert refused.returncode == 64
    assert f"{VENDORED}/kept/terraform/local/main.tf: this is not a regular file" in refused.stderr
    assert f"{VENDORED}/kept/run.sh: the file is missing, and catalog/lock.yaml has it" in refused.stderr
    assert f"{VENDORED}/other: catalog/lock.yaml does not know it" in refused.stderr
    assert infraops(root, "template", "fetch").returncode == 0
    assert infraops(root, "validate").returncode == 0


def test_what_is_locked_stays_until_it_is_upgraded(root: Path, platform: Platform) -> None:
    pin(root, "../others/platform.git", ref="main")
    infraops(root, "template", "fetch")
    lock = (root / "catalog/lock.yaml").read_text()
    platform.write("catalog/kept/terraform/local/main.tf", MODULE + "\n# more\n")
    platform.write("catalog/new/template.yaml", TEMPLATE.replace("name: trial", "name: new"))
    platform.write("catalog/new/terraform/local/main.tf", MODULE)
    platform.publish("v2.0")
    assert infraops(root, "template", "fetch").returncode == 0
    assert (root / "catalog/lock.yaml").read_text() == lock
    looked = infraops(root, "template", "fetch", "--check")
    assert looked.returncode == 0
    assert "platform  main  behind" in looked.stdout
    upgraded = infraops(root, "template", "fetch", "--upgrade", "platform")
    assert "+ new@1.0" in upgraded.stdout
    assert "~ kept@1.0 (same version, other files)" in upgraded.stdout
    assert "# more" in (root / VENDORED / "kept/terraform/local/main.tf").read_text()
    wrong = infraops(root, "template", "fetch", "--upgrade", "platfrom")
    assert wrong.returncode == 64
    assert 'did you mean "platform"?' in wrong.stderr


def test_a_moved_tag_is_noticed_and_named(root: Path, platform: Platform) -> None:
    infraops(root, "template", "fetch")
    before = git(platform.work, "rev-parse", "HEAD")
    platform.write("catalog/kept/terraform/local/main.tf", MODULE + "\n# other\n")
    now = platform.publish("v1.0")
    looked = infraops(root, "template", "fetch", "--check", "--json")
    assert looked.returncode == 1
    (told,) = json.loads(looked.stdout)["catalogs"]
    assert (told["done"], told["before"], told["commit"]) == ("moved", before, now)
    (root / VENDORED / "kept/run.sh").unlink()
    restored = infraops(root, "template", "fetch")
    assert restored.returncode == 0, restored.stderr
    assert "the tag v1.0 was moved" in restored.stdout
    assert "# other" not in (root / VENDORED / "kept/terraform/local/main.tf").read_text()
    upgraded = infraops(root, "template", "fetch", "--upgrade", "platform")
    assert f"the tag v1.0 was moved: it stood for {before[:12]}" in upgraded.stdout
    assert "# other" in (root / VENDORED / "kept/terraform/local/main.tf").read_text()


def test_another_ref_in_the_settings_has_to_be_fetched(root: Path, platform: Platform) -> None:
    infraops(root, "template", "fetch")
    platform.write("catalog/kept/template.yaml", TEMPLATE.replace("name: trial", "name: kept").replace("1.0", "1.1"))
    platform.publish("v1.1")
    pin(root, "../others/platform.git", ref="v1.1")
    stale = infraops(root, "validate")
    assert stale.returncode == 64
    assert "infraops.yaml:3: catalogs.platform.ref is v1.1, and what is vendored is from v1.0" in stale.stderr
    fetched = infraops(root, "template", "fetch")
    assert "+ kept@1.1" in fetched.stdout
    assert "- kept@1.0" in fetched.stdout
    (root / "infraops.yaml").write_text("schema: infraops/v1\n")
    assert "catalog/lock.yaml has the catalog platform, and infraops.yaml does not" in infraops(root, "validate").stderr
    assert "platform  v1.1  removed" in infraops(root, "template", "fetch").stdout
    assert not (root / "catalog/.vendor").exists()
    (root / "blueprints/kept.yaml").write_text(blueprint("kept"))
    assert infraops(root, "validate").returncode == 0


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://me:s3cret@example.com/x.git", "the URL holds credentials"),
        ("https://s3cret@example.com/x.git", "the URL holds credentials"),
        ("ssh://git:s3cret@example.com/x.git", "the URL holds credentials"),
        ("http://example.com/s3cret.git", "http:// is not fetched from"),
        ("git://example.com/s3cret.git", "git:// is not fetched from"),
        ('"ext::sh -c s3cret"', "spaces"),
        ("ext::s3cret", "no URL or path"),
        ("--upload-pack=s3cret", "no URL or path"),
        ("ssh://-oProxyCommand=s3cret/x", "names no host"),
    ],
)
def test_urls_that_run_something_or_hold_credentials_are_refused_unseen(root: Path, url: str, problem: str) -> None:
    pin(root, url)
    for words in (("validate",), ("template", "fetch")):
        refused = infraops(root, *words)
        assert refused.returncode == 64
        assert "infraops.yaml:3: catalogs.platform.git: " in refused.stderr
        assert problem in refused.stderr
        assert "s3cret" not in refused.stdout + refused.stderr


@pytest.mark.parametrize("ref", ["--upload-pack=x", "a..b", "refs/heads/*", "HEAD", "a:b"])
def test_refs_that_name_no_commit_are_refused(root: Path, ref: str) -> None:
    pin(root, "../others/platform.git", ref=f'"{ref}"')
    refused = infraops(root, "template", "fetch")
    assert refused.returncode == 64
    assert "infraops.yaml:3: catalogs.platform.ref" in refused.stderr


def test_nothing_of_the_other_repository_runs(root: Path, platform: Platform, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    platform.write("catalog/kept/.gitattributes", "* filter=evil diff=evil\n")
    platform.write(".gitattributes", "* filter=evil\n")
    platform.write(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {ran}"\n')
    platform.publish()
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    hook = tmp_path / "hooks/post-checkout"
    hook.parent.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"):
        (hook.parent / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hook.parent / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[filter "evil"]\n\tsmudge = touch {ran}\n\tclean = touch {ran}\n\trequired = true\n'
        f"[core]\n\thooksPath = {hook.parent}\n\tfsmonitor = touch {ran}\n[submodule]\n\trecurse = true\n"
    )
    fetched = infraops(root, "template", "fetch")
    assert fetched.returncode == 0, fetched.stderr
    assert "not taken: catalog/kept/.gitattributes" in fetched.stdout
    assert not (root / VENDORED / "kept/.gitattributes").exists()
    assert (root / VENDORED / "kept/terraform/local/main.tf").read_text() == MODULE
    assert not ran.exists()


def test_a_hook_that_calls_infraops_lends_it_no_repository(root: Path, platform: Platform) -> None:
    git(root, "init", "-q")
    fetched = infraops(root, "template", "fetch", GIT_DIR=str(root / ".git"), GIT_INDEX_FILE=str(root / ".git/index"))
    assert fetched.returncode == 0, fetched.stderr
    assert not (root / ".git/FETCH_HEAD").exists()


def _link(platform: Platform) -> None:
    (platform.work / "catalog/kept/passwd").symlink_to("/etc/passwd")


def _lfs(platform: Platform) -> None:
    platform.write(
        "catalog/kept/big.bin", f"version https://git-lfs.github.com/spec/v1\noid sha256:{HEX * 4}\nsize 12\n"
    )


def _submodule(platform: Platform) -> None:
    commit = git(platform.work, "rev-parse", "HEAD")
    git(platform.work, "update-index", "--add", "--cacheinfo", f"160000,{commit},catalog/kept/roles")
    git(platform.work, "commit", "-q", "-m", "submodule")
    (platform.work / "catalog/kept/roles").mkdir()


def _large(platform: Platform) -> None:
    platform.write("catalog/kept/big.bin", "x" * 5_000_001)


def _name(platform: Platform) -> None:
    platform.write("catalog/kept/a\nb.tf", "")


def _mistaken(platform: Platform) -> None:
    platform.write("catalog/kept/template.yaml", "schema: infraops/v1\nname: kept\n")


def _none(platform: Platform) -> None:
    (platform.work / "catalog/kept/template.yaml").unlink()


def _twin(platform: Platform) -> None:
    platform.write("catalog/kept/template.yaml", TEMPLATE)


def _built_in_twin(platform: Platform) -> None:
    platform.write("catalog/kept/template.yaml", TEMPLATE.replace("name: trial", "name: hello"))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_link, "catalog/kept/passwd is a symbolic link, which is not vendored"),
        (_lfs, "catalog/kept/big.bin is kept by Git LFS"),
        (_submodule, "catalog/kept/roles is a submodule"),
        (_large, "it is more than is vendored: 5000 files, 5 MB each, 50 MB together"),
        (_name, "is no name that is vendored"),
        (_mistaken, 'platform:catalog/kept/template.yaml:1: the key "version" is missing'),
        (_none, "there is no template in catalog/, only kept"),
        (_twin, "the template trial@1.0 is already in catalog/trial"),
        (_built_in_twin, "the template hello@1.0 is already built into infraops"),
    ],
)
def test_what_cannot_be_vendored_is_named_and_nothing_is_written(
    root: Path, platform: Platform, spoil: object, problem: str
) -> None:
    assert callable(spoil)
    spoil(platform)
    platform.publish()
    refused = infraops(root, "template", "fetch")
    assert refused.returncode == 64
    assert problem in refused.stderr
    assert not (root / "catalog/lock.yaml").exists()
    assert not (root / "catalog/.vendor").exists()


def test_a_repository_that_is_not_there_is_said_by_git(root: Path) -> None:
    pin(root, "../others/nowhere.git")
    refused = infraops(root, "template", "fetch")
    assert refused.returncode == 1
    assert "fetching the catalog platform" in refused.stderr
    assert "nowhere.git" in refused.stderr
    pin(root, "../others/platform.git", ref="v9")
    assert "couldn't find remote ref v9" in infraops(root, "template", "fetch").stderr


def test_files_that_git_would_not_commit_are_named(root: Path, platform: Platform) -> None:
    git(root, "init", "-q")
    (root / ".gitignore").write_text("*.sh\n")
    assert f"git ignores {VENDORED}/kept/run.sh; add !catalog/.vendor/**" in infraops(root, "template", "fetch").stdout


def test_an_untrusted_branch_is_looked_at_in_what_it_vendors(root: Path, platform: Platform) -> None:
    provisioner = '  provisioner "local-exec" {\n    command = "true"\n  }\n\n  lifecycle {'
    platform.write("catalog/kept/terraform/local/main.tf", MODULE.replace("  lifecycle {", provisioner))
    platform.publish()
    infraops(root, "template", "fetch")
    refused = infraops(root, "plan", "-e", "local", "--untrusted")
    assert refused.returncode == 4
    assert f"{VENDORED}/kept/terraform/local/main.tf:" in refused.stderr
    assert "provisioner" in refused.stderr
