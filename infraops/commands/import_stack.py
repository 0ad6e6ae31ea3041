"""`infraops import stack`: an existing root module and its state become a stack, if its first plan is empty."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infraops.commands.adoption.files import Files, free_names
from infraops.commands.apply import apply
from infraops.commands.context.surroundings import BUILT_IN_CATALOG, OpenRepo, Surroundings, open_repo
from infraops.commands.selection.stacks import Selection
from infraops.controlrepo.adoption.adopting import Wish, Written, write_down
from infraops.controlrepo.adoption.root_modules import RootModule, read_root_module
from infraops.controlrepo.load import load
from infraops.errors import InfraOpsError, UsageError
from infraops.models.basics.workspace import Workspace
from infraops.models.files.environment import StateBackend
from infraops.models.files.template import NAME_PATTERN
from infraops.models.plans.plan import PlanModel
from infraops.models.reports.answers import Adoption
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.job import Question
from infraops.stations.terraform.rendered import write_rendered
from infraops.tools.files import TemplateCopies
from infraops.tools.terraform.driver import Program, Terraform, find_program, site_of
from infraops.tools.terraform.foreign import called_state, pull_state, read_state, read_values
from infraops.tools.terraform.plans.reading import Reading
from infraops.tools.terraform.state.leftovers import note_card

Agree = Callable[[Adoption], None]


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    directory: Path
    environment: str
    owner: str
    name: str | None = None
    platform: str | None = None
    state: Path | None = None  # a copy of the state, in place of asking the backend
    values: tuple[Path, ...] = ()  # files that were named with -var-file


@dataclass(frozen=True)
class _Trial:
    """What is about to be written: files and a state in a place of their own, and what the first plan says there."""

    stack: Stack
    files: Files
    state: Mapping[str, Any]
    plan: PlanModel


def import_stack(request: Request, surroundings: Surroundings, *, agree: Agree) -> Adoption:
    """Adopt a root module. Nothing is written unless its first plan is empty, and `agree`, which is shown all, returns.

    The original and its state are only read. Raises UsageError where it cannot be, InfraOpsError where Terraform says
    so; then nothing was written.
    """
    opened = open_repo(surroundings)
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
    directory = (surroundings.directory / request.directory).resolve()
    module = read_root_module(directory)
    wish = _wish(request, module, opened)
    scratch = opened.workspace.scratch / "imports" / wish.name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)  # a state and values are in there for a while
    try:
        trial, written = _try(request, module, wish, opened, program, surroundings, scratch)
        found = _adoption(directory, module, wish, trial, written)
        if not trial.plan.settled:
            return found
        # Its lock file is still beside the control repo: to look into a backend elsewhere must write nothing.
        terraform = Terraform(program, site_of(trial.stack, opened.workspace), environ=surroundings.environ)
        write_rendered(trial.stack, opened.workspace, TemplateCopies())
        stands = terraform.stands(trial.state)
        agree(found)
        if not stands:  # else an import that was killed has put it there
            terraform.put(trial.state)
        if terraform.site.state is not None:
            note_card(terraform.site.state, trial.stack)
        # The blueprint last: without the state, it would make everything a second time.
        trial.files.move()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return replace(found, written=True, run=_record(trial.stack, surroundings))


def _wish(request: Request, module: RootModule, opened: OpenRepo) -> Wish:
    name = request.name or re.sub(r"[^a-z0-9]+", "-", module.directory.name.lower()).strip("-")
    doing = f"importing {request.directory}"
    for word, text in (("--name", name), ("--environment", request.environment)):
        if re.search(NAME_PATTERN, text) is None or len(text) > 40:
            raise UsageError(doing, f'{word} "{text}" cannot be one', "lower-case letters, digits and single hyphens")
    known = opened.repo.environments.get(request.environment)
    platform = request.platform or (known.platform if known else next(iter(sorted(module.configured)), None))
    if known is not None and platform != known.platform:
        problem = f"the environment {known.name} is of platform {known.platform}, not {platform}"
        raise UsageError(doing, problem, "leave --platform out, or name a new environment")
    if platform is None:
        raise UsageError(doing, "a new environment needs a platform", "add --platform NAME, such as aws")
    return Wish(name, free_names(name, opened, doing), request.environment, platform, request.owner)


def _try(
    request: Request,
    module: RootModule,
    wish: Wish,
    opened: OpenRepo,
    program: Program,
    surroundings: Surroundings,
    scratch: Path,
) -> tuple[_Trial, Written]:
    """Write all in a control repo of its own, with a copy of the state, and plan there."""
    environ = surroundings.environ
    document = _state(request, module, program, surroundings)
    types = {name: attributes.get("type") for name, attributes in module.variables.items()}
    also = [(surroundings.directory / file).resolve() for file in request.values]
    values = read_values(scratch / "values", types, module.value_files, program, environ, also=also)
    written = write_down(module, values, document.get("outputs", {}), wish)
    files = Files(scratch / "repo", opened, wish, module, written)
    files.write()
    repo = load(files.root, built_in=BUILT_IN_CATALOG)
    stack = repo.stacks[f"{wish.environment}/{wish.name}"]
    own = {module.providers.get(name) or name for name in module.configured}
    state = called_state(document, stack=stack.name, configured=[source.rpartition("/")[2] for source in own])
    local = replace(stack.environment, file=stack.environment.file.model_copy(update={"state": StateBackend()}))
    workspace = Workspace(root=files.root, state=scratch / "state", cache=opened.workspace.cache)
    trial = replace(stack, environment=local)
    terraform = Terraform(program, site_of(trial, workspace), environ=environ, children=surroundings.children)
    write_rendered(trial, workspace, TemplateCopies())
    terraform.init()
    terraform.put(state)
    planned = terraform.plan(scratch / "trial.tfplan", secrets=written.secrets)
    return _Trial(stack, files, state, terraform.read(planned, Reading(every=True))), written


def _state(request: Request, module: RootModule, program: Program, surroundings: Surroundings) -> dict[str, Any]:
    if request.state is None:
        return pull_state(module.directory, program, surroundings.environ, surroundings.children)
    file, doing = surroundings.directory / request.state, f"reading the state {request.state}"
    try:
        return read_state(file.read_text(encoding="utf-8"), doing)
    except (OSError, UnicodeError) as error:
        raise InfraOpsError(doing, str(error), "name a file that `terraform state pull` wrote") from error


def _adoption(directory: Path, module: RootModule, wish: Wish, trial: _Trial, written: Written) -> Adoption:
    left = [f"the provider {name} stays configured in the module" for name in sorted(module.configured)]
    taken = [f"taken out: {each}" for each in module.taken_out]
    outputs = [f"the output {name} changes" for name in trial.plan.changed_outputs]
    return Adoption(
        stack=trial.stack.name,
        directory=str(directory),
        files=trial.files.listed,
        resources=sum(len(each["instances"]) for each in trial.state["resources"] if each["mode"] == "managed"),
        plan=trial.plan,
        notes=(*taken, *left, *outputs, *module.notes, *written.notes),
    )


def _record(stack: Stack, surroundings: Surroundings) -> str:
    """Carry the stack down the line once, so that the ledger proves it; whatever it would do, it is told no."""

    def no(question: Question) -> bool:
        return False

    name = stack.blueprint
    try:
        done = apply(Selection(stack.environment.name, (name,)), replace(surroundings, ask=no))
    except InfraOpsError as error:
        return f"not yet: {error}"
    good = done.outcome in (Outcome.DONE, Outcome.UNCHANGED)
    return done.run if good else f"{done.run}, which ended {done.outcome}: see `infraops logs {done.run}`"
