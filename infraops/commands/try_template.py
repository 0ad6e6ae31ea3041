"""`infraops template test`: a template's own sequence, from render to destroy, where nothing else is."""

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from infraops.commands.context.entering import enter_lab
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo, teller
from infraops.commands.selection.stacks import choose_environment, did_you_mean
from infraops.commands.template import find_template
from infraops.commands.trials.steps import STEPS_BUT_DESTROY, destroy_all, destroy_rest
from infraops.commands.trials.throwaway import clear_abandoned, deployed, inside, place_of, throwaway
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.scaffolding.cases import FILE, beside, case_files, read_cases
from infraops.controlrepo.scaffolding.scaffold import part_of_blueprint
from infraops.controlrepo.templates.checking import LOCAL
from infraops.errors import Exit, InfraOpsError, InvalidInput, Mistake, Place, UsageError
from infraops.models.files.case import Case
from infraops.models.reports.tested import STEPS, Step, Tested, TestedCase, Verdict
from infraops.models.runs.run import Failure
from infraops.models.stacks.stack import Template
from infraops.stations.terraform.access import LAB

_DOING = "testing templates"


@dataclasses.dataclass(frozen=True)
class _Trial:
    """A case of a template, and how its file is known to the user."""

    template: Template
    case: str
    given: Case
    shown: str


def try_templates(
    names: tuple[str, ...], environment: str | None, surroundings: Surroundings, *, cases: tuple[str, ...] = ()
) -> Tested:
    """Carry each case of each template through render, create, converge, idempotence, verify and destroy.

    Without names, all of the control repo's own templates that have a module for the environment's platform. Nothing
    but the platform is taken from the environment: each case has a control repo and a state of its own. Destroy comes
    always, after a failure and after an interrupt too. Raises UsageError and InvalidInput before anything is made.
    """
    opened = open_repo(surroundings)
    platform = opened.repo.environments[choose_environment(opened.repo, environment)].platform
    if platform not in (LAB, LOCAL):
        hint = f"name an environment of platform {LAB} or {LOCAL}"
        raise UsageError(_DOING, f"platform {platform} is no place that can be thrown away", hint)
    trials = _trials(names, cases, platform, opened, surroundings)
    if platform == LAB:
        enter_lab(opened, surroundings)
    place = place_of(opened.workspace)
    clear_abandoned(place, partial(_destroyed, surroundings), teller(surroundings, "template test"))
    began, done, stopped = time.monotonic(), [], False
    for trial in trials:
        case, stopped = _tried(trial, platform, place, opened, surroundings)
        done.append(case)
        if stopped:
            break
    seconds = time.monotonic() - began
    return Tested(environment or choose_environment(opened.repo, None), platform, tuple(done), seconds, stopped)


def _trials(
    names: tuple[str, ...], wanted: tuple[str, ...], platform: str, opened: OpenRepo, surroundings: Surroundings
) -> list[_Trial]:
    chosen = [find_template(name, surroundings) for name in names] or [
        one
        for one in opened.repo.catalog.values()
        if not one.built_in
        and not one.catalog
        and platform in one.modules
        and (platform != LOCAL or one.file.local_safe)
    ]
    if not chosen:
        hint = "name one; `infraops template list` shows what there is"
        raise UsageError(_DOING, f"no template of this control repo's own runs on platform {platform}", hint)
    mistakes, found = Mistakes(), list[_Trial]()
    for template in chosen:
        if platform not in template.modules or (platform == LOCAL and not template.file.local_safe):
            hint = f"it has modules for: {', '.join(sorted(template.modules))}; choose another --environment"
            raise UsageError(_DOING, f"{template.reference} does not run on platform {platform}", hint)
        path = template.directory / FILE
        shown = str(path.relative_to(opened.workspace.root) if path.is_relative_to(opened.workspace.root) else path)
        found += [_Trial(template, case, given, shown) for case, given in read_cases(template, shown, mistakes).items()]
    mistakes.refuse()
    known = sorted({trial.case for trial in found})
    for case in wanted:
        if case not in known:
            raise UsageError(_DOING, f'there is no case "{case}"', did_you_mean(case, known))
    return [trial for trial in found if not wanted or trial.case in wanted]


def _tried(
    trial: _Trial, platform: str, place: Path, opened: OpenRepo, surroundings: Surroundings
) -> tuple[TestedCase, bool]:
    """Return what became of a case, and whether it was interrupted."""
    template = trial.template
    files = case_files(template, trial.given, platform=platform, terraform=opened.repo.settings.terraform)
    tell = teller(surroundings, f"{template.reference} {trial.case}")
    steps: list[Step] = []
    kept = ""
    with throwaway(place, files, template, beside(template), surroundings) as there:
        try:
            _refuse_mistaken(trial, files, there)
            for name, work in STEPS_BUT_DESTROY.items():
                tell(name)
                steps.append(_step(name, partial(work, there)))
                if steps[-1].failure is not None:
                    break
        finally:
            tell("destroy")
            after = inside(there.directory.parent, surroundings)  # an interrupt that was heard is not heard again
            ending = _step("destroy", partial(destroy_rest, after))
            left = deployed(there.directory.parent)
        if ending.failure is not None or any(step.failure is not None for step in steps):
            kept = _keep_logs(there.directory, opened, f"{template.file.name}-{template.file.version}-{trial.case}")
        if left:
            kept += f"; not destroyed, in {there.directory.parent}: the next test tries again"
    passed = {step.name for step in steps}
    skipped = [Step(name, Verdict.SKIPPED) for name in STEPS if name not in passed and name != "destroy"]
    stopped = any(one.failure is not None and one.failure.exit_code == Exit.INTERRUPTED for one in (*steps, ending))
    return TestedCase(template.reference, trial.case, (*steps, *skipped, ending), kept), stopped


def _refuse_mistaken(trial: _Trial, files: Mapping[PurePosixPath, str], there: Surroundings) -> None:
    """Raise InvalidInput where the case gives its template what it does not take, at the place in `test.yaml`."""
    blueprint = f"blueprints/{trial.template.file.name}.yaml"
    text = next(text for path, text in files.items() if str(path) == blueprint)
    try:
        open_repo(there)
    except InvalidInput as invalid:
        found = []
        for each in invalid.mistakes:
            key, entry = part_of_blueprint(text, each.place.line or 0) if each.place.file == blueprint else ("", "")
            about = f"cases.{trial.case}" + (f".parameters.{entry}" if key == "parameters" and entry else "")
            found.append(Mistake(Place(trial.shown), f"{about}: {each.problem}", each.hint))
        raise InvalidInput(tuple(found)) from None


def _step(name: str, work: Callable[[], None]) -> Step:
    began = time.monotonic()
    try:
        work()
    except InfraOpsError as error:
        failure = Failure(name, error.doing, error.problem, error.hint, int(error.exit_code))
        return Step(name, Verdict.FAILED, time.monotonic() - began, failure)
    except KeyboardInterrupt:
        failure = Failure(name, f"testing: {name}", "interrupted", "", int(Exit.INTERRUPTED))
        return Step(name, Verdict.FAILED, time.monotonic() - began, failure)
    return Step(name, Verdict.PASSED, time.monotonic() - began)


def _destroyed(surroundings: Surroundings, directory: Path) -> bool:
    """Destroy what another test left behind, whatever its states say so far; say whether nothing is left."""
    try:
        destroy_all(inside(directory, surroundings))
    except InfraOpsError as error:
        teller(surroundings, "template test")(f"{directory}: {error}")
    return not deployed(directory)


def _keep_logs(repo: Path, opened: OpenRepo, name: str) -> str:
    runs, kept = repo / ".infraops/runs", opened.workspace.scratch / "tests" / name
    if not runs.is_dir():
        return ""
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(runs, kept, ignore=shutil.ignore_patterns("*.tfplan", "*.sock", "ssh*"), symlinks=True)
    return f"logs in {kept.relative_to(opened.workspace.root)}"
