"""A pipeline's files: workflows for GitHub, includes for GitLab, hooks for pre-commit; pure."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from infraops.models.reports.pipeline import Forge, Pipeline, Waves

if TYPE_CHECKING:
    import jinja2

_EMPTY = "\0"  # stands for a macro's text where that is empty, so that its line goes as well
_EMPTY_LINE = re.compile(rf"^[ ]*{_EMPTY}\n", re.MULTILINE)
_TEMPLATES = Path(__file__).resolve().parent.parent / "pipelines"

# By full commit, as a tag can be moved. The versions are the tags that these commits had.
ACTIONS = {
    "checkout": "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    "python": "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0",
    "upload": "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4 # v5.0.0",
}


def render_pipeline(forge: Forge, pipeline: Pipeline) -> Mapping[PurePosixPath, str]:
    """Render a forge's files; paths are relative to the git repository. Same pipeline, same bytes."""
    if forge is Forge.GITLAB:
        return {
            PurePosixPath(".gitlab/infraops.yml"): _render("gitlab.yml.j2", pipeline=pipeline),
            PurePosixPath(".gitlab-ci.yml"): _render("gitlab-ci.yml.j2", pipeline=pipeline),
        }
    workflows = PurePosixPath(".github/workflows")
    return {
        workflows / "infraops.yml": _render("github.yml.j2", pipeline=pipeline),
        **{
            workflows / apply_workflow(jobs.environment): _render("github-apply.yml.j2", pipeline=pipeline, jobs=jobs)
            for jobs in pipeline.environments
        },
    }


def apply_workflow(environment: str) -> str:
    """Name the workflow that applies an environment on GitHub."""
    return f"infraops-apply-{environment}.yml"


def render_child(pipeline: Pipeline, waves: Waves) -> str:
    """Render GitLab's child pipeline: a stage for each level, a job for each group."""
    jobs = next(jobs for jobs in pipeline.environments if jobs.environment == waves.environment)
    return _render("gitlab-waves.yml.j2", pipeline=pipeline, jobs=jobs, waves=waves)


def render_hooks(directory: str) -> Mapping[PurePosixPath, str]:
    """Render the configuration of pre-commit; `directory` as a pipeline has it."""
    return {PurePosixPath(".pre-commit-config.yaml"): _render("pre-commit.yaml.j2", directory=directory)}


def _render(name: str, **values: Any) -> str:
    text = _environment().get_template(name).render(**values, actions=ACTIONS)
    return _EMPTY_LINE.sub("", text).replace(_EMPTY, "")


def _finalized(value: Any) -> Any:
    """Let what a macro wrote end where its call ends, and mark it where it wrote nothing."""
    return (value.removesuffix("\n") or _EMPTY) if isinstance(value, str) else value


@cache
def _environment() -> "jinja2.Environment":
    # Jinja takes a tenth of a second to import, and few commands render. Delimiters that neither YAML, bash nor
    # GitHub's expressions use.
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 - YAML, not HTML
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        finalize=_finalized,
        undefined=jinja2.StrictUndefined,
        variable_start_string="{=",
        variable_end_string="=}",
        comment_start_string="{##",
        comment_end_string="##}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["text"] = lambda value: json.dumps(value, ensure_ascii=False)  # YAML takes it as it is
    return environment
