"""Pipelines as they are written: golden files, and that linters of both forges and of bash find nothing in them.

After a change that is meant, `INFRAOPS_REFRESH_GOLDEN=1 pytest tests/render/test_pipelines.py` writes them anew.
"""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from infraops.models.reports.pipeline import Forge, Group, Jobs, Pipeline, Waves
from infraops.render.pipelines import render_child, render_hooks, render_pipeline

GOLDEN = Path(__file__).with_name("golden")
PROGRAMS = Path(sys.executable).parent
SMALL = Pipeline(version="1.2.3", base="main", environments=(Jobs("lab"),), extras=("embedded",))
LARGE = Pipeline(
    version="1.2.3",
    base="release/1.x",
    environments=(
        Jobs("on", lost=('on keeps its states on the machine: that\'s all there is, "gone" with it',)),
        Jobs("null", approval=True, variables=("AWS_SECRET_ACCESS_KEY", "FINGERPRINT_KEY")),
        Jobs("true-1e3", approval=True, variables=("PGPASSWORD",), levels=3),
    ),
    directory="infra/live",
    extras=("postgres", "rego"),
    lock="ci/requirements.txt",
    allow="ci/allow.yaml",
    terraform="tofu 1.9",
)
WAVES = Waves("true-1e3", ((Group("1-1", ("a", "b")), Group("1-2", ("null",))), (Group("2-1", ("c",)),)))
PIPELINES = {"small": SMALL, "large": LARGE}
Files = Mapping[PurePosixPath, str]


def rendered(name: str) -> dict[PurePosixPath, str]:
    pipeline = PIPELINES[name]
    files = {**render_pipeline(Forge.GITHUB, pipeline), **render_pipeline(Forge.GITLAB, pipeline)}
    files |= render_hooks(pipeline.directory)
    if name == "large":
        files[PurePosixPath("waves.yml")] = render_child(pipeline, WAVES)
        files[PurePosixPath("none.yml")] = render_child(pipeline, Waves("true-1e3"))
    return files


def written(files: Files, directory: Path) -> Path:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return directory


@pytest.fixture(params=PIPELINES)
def files(request: pytest.FixtureRequest) -> dict[PurePosixPath, str]:
    return rendered(request.param)


def scripts_of(node: Any) -> Iterator[str]:
    """Find every script in a pipeline: GitHub's `run`, GitLab's `before_script` and `script`."""
    if isinstance(node, list):
        for each in node:
            yield from scripts_of(each)
    elif isinstance(node, dict):
        if isinstance(node.get("run"), str):
            yield node["run"]
        if "script" in node:
            yield "\n".join(node["script"])
        if "before_script" in node:
            yield "\n".join(node["before_script"])
        for each in node.values():
            yield from scripts_of(each)


def all_scripts(files: Files) -> list[str]:
    return [script for text in files.values() for script in scripts_of(yaml.safe_load(text))]


@pytest.mark.parametrize("name", PIPELINES)
def test_files_are_as_the_golden_ones(name: str) -> None:
    golden = GOLDEN / f"pipelines-{name}"
    files = rendered(name)
    if os.environ.get("INFRAOPS_REFRESH_GOLDEN"):
        written(files, golden)
    there = {PurePosixPath(path.relative_to(golden).as_posix()) for path in golden.rglob("*") if path.is_file()}
    assert there == set(files)
    for path, text in files.items():
        assert text == (golden / path).read_text(encoding="utf-8"), path


def test_lines_are_whole(files: Files) -> None:
    for path, text in files.items():
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        assert "\0" not in text and "{=" not in text and "{%" not in text, path
        assert not [line for line in text.splitlines() if line != line.rstrip()], path
        assert "\n\n\n" not in text, path


@pytest.mark.parametrize(
    ("schema", "chosen"),
    [("vendor.github-workflows", ".github/workflows/"), ("vendor.gitlab-ci", (".gitlab", "waves", "none"))],
)
def test_forges_would_take_the_files(files: Files, tmp_path: Path, schema: str, chosen: str | tuple[str, ...]) -> None:
    names = [str(name) for name in files if str(name).startswith(chosen)]
    assert names
    argv = [str(PROGRAMS / "check-jsonschema"), "--builtin-schema", schema, "--data-transform", "gitlab-ci"]
    done = subprocess.run([*argv, *names], cwd=written(files, tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_in_the_workflows(files: Files, tmp_path: Path) -> None:
    argv = [str(PROGRAMS / "zizmor"), "--offline", "--no-config", "--persona", "pedantic", "--no-progress", "."]
    done = subprocess.run(argv, cwd=written(files, tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_shellcheck_finds_nothing_in_the_scripts(files: Files) -> None:
    scripts = all_scripts(files)
    assert len(scripts) > 10
    for script in scripts:
        argv = [str(PROGRAMS / "shellcheck"), "--shell", "bash", "--exclude", "SC2034,SC2154", "-"]
        done = subprocess.run(argv, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + script


def test_no_expression_stands_in_a_script(files: Files) -> None:
    for script in all_scripts(files):
        assert "${{" not in script, script


def test_jobs_say_what_they_may_and_how_long(files: Files) -> None:
    workflows = [yaml.safe_load(text) for path, text in files.items() if path.parts[0] == ".github"]
    assert workflows
    for workflow in workflows:
        assert workflow["permissions"] == {}
        assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` so
        for name, job in workflow["jobs"].items():
            assert {"permissions", "timeout-minutes", "runs-on"} <= set(job), name


def test_secrets_are_nowhere_near_a_fork(files: Files) -> None:
    workflow = yaml.safe_load(files[PurePosixPath(".github/workflows/infraops.yml")])
    jobs = {name: job for name, job in workflow["jobs"].items() if name.startswith(("untrusted-", "validate"))}
    assert len(jobs) > 1
    for name, job in jobs.items():
        assert "secrets." not in yaml.safe_dump(job) and "GH_TOKEN" not in yaml.safe_dump(job), name
        assert "environment" not in job and job["permissions"] == {"contents": "read"}, name


def test_secrets_are_handed_to_the_environments_that_need_them() -> None:
    workflow = yaml.safe_load(rendered("large")[PurePosixPath(".github/workflows/infraops.yml")])
    assert "secrets.AWS_SECRET_ACCESS_KEY" in yaml.safe_dump(workflow["jobs"]["review-null"])
    assert "secrets.PGPASSWORD" not in yaml.safe_dump(workflow["jobs"]["review-null"])
    assert workflow["jobs"]["review-on"]["environment"] == "on-plan"


def test_another_environment_changes_no_other_environments_workflow() -> None:
    more = dataclasses.replace(SMALL, environments=(*SMALL.environments, Jobs("staging")))
    before, after = render_pipeline(Forge.GITHUB, SMALL), render_pipeline(Forge.GITHUB, more)
    path = PurePosixPath(".github/workflows/infraops-apply-lab.yml")
    assert before[path] == after[path]


def test_the_hook_that_others_refer_to_is_the_one_that_is_written() -> None:
    (shared,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = yaml.safe_load(render_hooks("")[PurePosixPath(".pre-commit-config.yaml")])["repos"]
    (own,) = repo["hooks"]
    for key in ("id", "entry", "pass_filenames"):
        assert shared[key] == own[key]
