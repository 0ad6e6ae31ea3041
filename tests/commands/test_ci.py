"""`infraops ci`: what pipelines are made from, what is warned of, and files that are left as they are."""

import subprocess
from pathlib import Path

import pytest

from infraops.commands.ci import child_pipeline, pipeline_of, write_hooks, write_pipeline
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.pipelines import waves
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit, UsageError
from infraops.models.reports.pipeline import Forge, Pipeline
from tests.commands.estate import blueprint, make_estate, surroundings

GUARDED = """\
schema: infraops/v1
name: guarded
platform: local
state: {backend: pg, config: {conn_str: "postgres://db/state"}}
change:
  fingerprint_key: env:FINGERPRINT_KEY
  confirm_name: true
  approval: {}
"""
ALL = Selection(environment="local")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    chain = {
        "a": blueprint("a"),
        "b": blueprint("b", inputs="{follows: a.id}"),
        "c": blueprint("c", inputs="{follows: b.id}"),
    }
    beside = {name: blueprint(name) for name in ("x", "y", "z")}
    root = make_estate(tmp_path / "repo", chain | beside)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return surroundings(root, tmp_path)


def made(around: Surroundings, *, waves_from: int = 100) -> Pipeline:
    return pipeline_of(open_repo(around), waves_from=waves_from)


def guard(around: Surroundings) -> None:
    file = around.directory / "inventories/guarded/environment.yaml"
    file.parent.mkdir()
    file.write_text(GUARDED)
    (around.directory / "allowed_signers").write_text("")


def test_environments_say_what_their_jobs_need_and_would_lose(around: Surroundings) -> None:
    guard(around)
    (around.directory / "infraops.yaml").write_text(
        "schema: infraops/v1\nledger: postgresql://db/ledger\n"
        "notify: {url: https://example.org/hook, secret: env:HOOK_SECRET}\nchange: {base: release/1.x}\n"
    )
    pipeline = made(around)
    guarded, local = pipeline.environments
    assert (pipeline.base, pipeline.extras) == ("release/1.x", ("embedded", "postgres"))
    assert (guarded.environment, guarded.approval, local.approval) == ("guarded", True, False)
    assert guarded.variables == ("FINGERPRINT_KEY", "HOOK_SECRET", "PGPASSWORD")
    assert local.variables == ("HOOK_SECRET", "PGPASSWORD")
    assert [line.split(" (")[0] for line in guarded.lost] == ["guarded has its name typed"]
    assert [line.split(":")[0] for line in local.lost] == ["local keeps its states on the machine"]


def test_a_ledger_on_the_machine_is_warned_of_once(around: Surroundings) -> None:
    guard(around)
    written = write_pipeline(Forge.GITHUB, made(around), around)
    assert [line for line in written.warnings if "ledger" in line] == [written.warnings[0]]
    text = (around.directory / ".github/workflows/infraops.yml").read_text()
    assert f"# WARNING: {written.warnings[0]}" in text
    assert (around.directory / ".github/workflows/infraops-apply-guarded.yml").is_file()


def test_files_that_differ_stay_unless_forced(around: Surroundings) -> None:
    first = write_pipeline(Forge.GITHUB, made(around), around)
    assert write_pipeline(Forge.GITHUB, made(around), around).unchanged == first.files
    file = around.directory / ".github/workflows/infraops.yml"
    other = around.directory / ".github/workflows/infraops-apply-local.yml"
    own = file.read_text().replace("17 4", "0 5")
    file.write_text(own)
    other.unlink()
    with pytest.raises(UsageError) as caught:
        write_pipeline(Forge.GITHUB, made(around), around)
    assert caught.value.exit_code == Exit.USAGE
    assert '-    - cron: "0 5 * * *"' in caught.value.problem and '+    - cron: "17 4 * * *"' in caught.value.problem
    assert file.read_text() == own and not other.exists()
    assert write_pipeline(Forge.GITHUB, made(around), around, force=True).files == first.files
    assert file.read_text() != own


def test_an_environments_workflow_that_is_left_over_is_named(around: Surroundings) -> None:
    stale = around.directory / ".github/workflows/infraops-apply-gone.yml"
    stale.parent.mkdir(parents=True)
    stale.write_text("name: gone\n")
    written = write_pipeline(Forge.GITHUB, made(around), around)
    assert [step for step in written.steps if "infraops-apply-gone.yml" in step]
    assert stale.exists()


def test_a_pipeline_of_ones_own_at_gitlab_is_not_touched(around: Surroundings) -> None:
    own = around.directory / ".gitlab-ci.yml"
    own.write_text("build: {script: [make]}\n")
    written = write_pipeline(Forge.GITLAB, made(around), around, force=True)
    assert own.read_text() == "build: {script: [make]}\n"
    assert written.files == (".gitlab/infraops.yml",)
    assert "add to .gitlab-ci.yml: include: - local: .gitlab/infraops.yml" in written.steps


def test_a_control_repo_below_the_top_of_its_git_repository(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo/infra", {"a": blueprint("a")})
    subprocess.run(["git", "init", "--quiet", str(root.parent)], check=True)
    around = surroundings(root, tmp_path)
    write_pipeline(Forge.GITHUB, made(around), around)
    assert 'INFRAOPS_CHDIR: "infra"' in (root.parent / ".github/workflows/infraops.yml").read_text()
    write_hooks(around)
    hook = (root.parent / ".pre-commit-config.yaml").read_text()
    assert "entry: infraops validate --chdir infra\n" in hook and "files: ^infra/(" in hook


@pytest.mark.parametrize("base", ["a'b", "${{x}}", "*", "-x", "a b", "x\ny"])
def test_a_branch_that_rules_cannot_name_is_refused(around: Surroundings, base: str) -> None:
    with pytest.raises(UsageError, match="cannot stand in its rules"):
        pipeline_of(open_repo(around), base=base)


def test_a_variable_that_is_none_is_refused(around: Surroundings) -> None:
    with pytest.raises(UsageError, match="cannot stand in one"):
        pipeline_of(open_repo(around), variables=("A: ${{ secrets.B }}",))


def test_hooks_of_ones_own_are_shown_and_stay(around: Surroundings) -> None:
    own = around.directory / ".pre-commit-config.yaml"
    own.write_text("repos: []\n")
    with pytest.raises(UsageError, match="infraops-validate"):
        write_hooks(around)
    assert own.read_text() == "repos: []\n"


def test_many_stacks_are_spread_over_as_many_levels_as_there_are(around: Surroundings) -> None:
    assert made(around, waves_from=5).environments[0].levels == 3
    assert made(around, waves_from=6).environments[0].levels == 0


def test_waves_are_groups_by_level_and_size(around: Surroundings) -> None:
    found = waves(ALL, around, size=3)
    assert [[(each.name, each.stacks) for each in level] for level in found.levels] == [
        [("1-1", ("a", "x", "y")), ("1-2", ("z",))],
        [("2-1", ("b",))],
        [("3-1", ("c",))],
    ]


def test_what_is_deeper_shares_the_last_level_and_empty_levels_fill_up(around: Surroundings) -> None:
    assert [len(level) for level in waves(ALL, around, levels=5).levels] == [1, 1, 1, 0, 0]
    folded = waves(ALL, around, levels=2, size=2)
    assert [len(level) for level in folded.levels] == [2, 1]
    assert folded.levels[1][0].stacks == ("b", "c")
    (one,) = waves(ALL, around, levels=1, size=2).levels
    assert [each.stacks for each in one] == [("a", "x", "y", "z", "b", "c")]


def test_a_child_pipeline_speaks_of_the_branch_that_was_named(around: Surroundings) -> None:
    assert 'BASE: "release/2"' in child_pipeline(waves(ALL, around), around, base="release/2")
