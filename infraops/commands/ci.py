"""`infraops ci github|gitlab|pre-commit`: the pipelines of a control repo, made from what it declares."""

import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from infraops import __version__
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.pipelines import jobs_of
from infraops.commands.selection.stacks import choose_environment
from infraops.errors import UsageError
from infraops.models.reports.pipeline import Forge, Pipeline, Waves, Written
from infraops.render.pipelines import render_child, render_hooks, render_pipeline
from infraops.tools.files import write_file
from infraops.tools.git.branches import find_branch
from infraops.tools.git.repositories import top_of

LOCK, ALLOW = "ci/requirements.txt", "ci/allow.yaml"
_INCLUDE = PurePosixPath(".gitlab-ci.yml")  # the user's own file as soon as there is one
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")  # no pattern, no quotes: it stands in rules and scripts
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def pipeline_of(
    opened: OpenRepo,
    *,
    environments: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
    base: str | None = None,
    waves_from: int = 100,
) -> Pipeline:
    """Put together what a control repo's jobs are made from; raises UsageError for names that no pipeline can hold."""
    repo, root = opened.repo, opened.workspace.root
    top = top_of(root)
    directory = root.relative_to(top).as_posix()
    for text, pattern in (*((each, _VARIABLE) for each in variables), *(((directory, _PLAIN),) if root != top else ())):
        if not pattern.fullmatch(text):
            raise UsageError("writing a pipeline", f"{text!r} cannot stand in one", "use plain letters and digits")
    chosen = [choose_environment(repo, name) for name in environments] or sorted(repo.environments)
    settings = repo.settings
    extras = {
        "embedded": settings.terraform.program == "embedded",
        "postgres": (settings.ledger or "").startswith("postgres"),
        "rego": any((root / "policies").rglob("*.rego")),
    }
    brought = "" if extras["embedded"] else f"{settings.terraform.program} {settings.terraform.version or ''}".strip()
    return Pipeline(
        version=__version__,
        base=_base(opened, base),
        environments=tuple(jobs_of(name, repo, variables, waves_from=waves_from) for name in dict.fromkeys(chosen)),
        directory="" if root == top else directory,
        extras=tuple(name for name, needed in extras.items() if needed),
        lock=LOCK if (top / LOCK).is_file() else "",
        allow=ALLOW if (top / ALLOW).is_file() else "",
        terraform=brought,
    )


def write_pipeline(forge: Forge, pipeline: Pipeline, surroundings: Surroundings, *, force: bool = False) -> Written:
    """Write a forge's files into the git repository, beside what is there; UsageError where a file there differs."""
    top = top_of(open_repo(surroundings).workspace.root)
    files = dict(render_pipeline(forge, pipeline))
    steps = [
        f"give the jobs of {each.environment} {', '.join(each.variables)}"
        for each in pipeline.environments
        if each.variables
    ]
    if forge is Forge.GITLAB and (top / _INCLUDE).is_file():
        own = files.pop(_INCLUDE)
        if ".gitlab/infraops.yml" not in (top / _INCLUDE).read_text(encoding="utf-8"):
            steps.append(f"add to {_INCLUDE}: {' '.join(own.split())}")
    if forge is Forge.GITLAB:
        steps.append("give the project's jobs INFRAOPS_TOKEN, a project access token with the scope api")
    if not pipeline.lock:
        steps.append(f"lock what is installed in {LOCK}, with hashes, and write the pipeline anew")
    if pipeline.terraform:
        steps.append(f"let the jobs bring {pipeline.terraform} along")
    steps += [_left_over(name) for name in _apply_workflows(top) if name not in files and forge is Forge.GITHUB]
    warnings = tuple(dict.fromkeys(line for each in pipeline.environments for line in each.lost))
    return _write(top, files, warnings=warnings, steps=tuple(steps), force=force)


def write_hooks(surroundings: Surroundings, *, force: bool = False) -> Written:
    """Write the configuration of pre-commit; UsageError where there is another one."""
    root = open_repo(surroundings).workspace.root
    top = top_of(root)
    directory = "" if root == top else root.relative_to(top).as_posix()
    return _write(top, render_hooks(directory), steps=("run `pre-commit install`",), force=force)


def child_pipeline(waves: Waves, surroundings: Surroundings, *, base: str | None = None) -> str:
    """Write GitLab's child pipeline that applies these waves."""
    return render_child(pipeline_of(open_repo(surroundings), environments=(waves.environment,), base=base), waves)


def _base(opened: OpenRepo, asked: str | None) -> str:
    found = find_branch(opened.workspace.root, None)
    remote = found.name.partition("/")[2] if found is not None else ""
    base = asked or opened.repo.settings.change.base or remote or "main"
    if not _PLAIN.fullmatch(base):
        hint = "name one of letters, digits, dots, dashes and slashes by --base"
        raise UsageError("writing a pipeline", f"the branch {base!r} cannot stand in its rules", hint)
    return base


def _apply_workflows(top: Path) -> list[PurePosixPath]:
    found = (top / ".github/workflows").glob("infraops-apply-*.yml")
    return sorted(PurePosixPath(each.relative_to(top).as_posix()) for each in found)


def _left_over(name: PurePosixPath) -> str:
    return f"remove {name} if its environment is no more: it was not written now"


def _write(
    top: Path,
    files: Mapping[PurePosixPath, str],
    *,
    force: bool,
    warnings: tuple[str, ...] = (),
    steps: tuple[str, ...] = (),
) -> Written:
    here = {name: (top / name).read_text(encoding="utf-8") for name in files if (top / name).is_file()}
    differing = [name for name, text in here.items() if text != files[name]]
    if differing and not force:
        difference = "\n".join(_difference(name, here[name], files[name]) for name in differing)
        problem = f"{', '.join(map(str, differing))}: not what would be written\n{difference}"
        raise UsageError("writing a pipeline", problem, "take over what you want to keep, and add --force")
    written = [str(name) for name, text in files.items() if here.get(name) != text]
    for name in written:
        write_file(top / name, files[PurePosixPath(name)])
    unchanged = tuple(str(name) for name in files if str(name) not in written)
    return Written(tuple(written), unchanged, warnings, steps)


def _difference(name: PurePosixPath, old: str, new: str) -> str:
    lines = unified_diff(
        old.splitlines(), new.splitlines(), f"{name} (as it is)", f"{name} (as it would be)", lineterm=""
    )
    return "\n".join(lines)
