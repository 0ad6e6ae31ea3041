"""`infraops new`: another blueprint, from a template."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Protocol

from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.selection.stacks import choose_environment, did_you_mean
from infraops.commands.template import find_template, list_templates
from infraops.controlrepo.parameters.answers import read_value
from infraops.controlrepo.scaffolding.scaffold import new_blueprint, part_of_blueprint
from infraops.controlrepo.templates.checking import LOCAL
from infraops.errors import InvalidInput, Mistake, Place, UsageError
from infraops.models.files.template import Parameter
from infraops.models.stacks.stack import Environment, Template
from infraops.tools.files import write_file


class Interview(Protocol):
    """Whom to ask for what was not given: a person on a terminal."""

    def template(self, templates: Sequence[Template]) -> str:
        """Ask for one of these templates."""

    def value(self, name: str, parameter: Parameter, wrong: Sequence[Mistake]) -> str:
        """Ask for a parameter's value; `wrong` says what is wrong with the answer before."""


def new(
    name: str,
    surroundings: Surroundings,
    *,
    template: str | None,
    owner: str,
    environments: Sequence[str] = (),
    settings: Sequence[str] = (),
    interview: Interview | None = None,
) -> PurePath:
    """Write `blueprints/<name>.yaml` and check it; return its path in the repo.

    `settings` are `parameter=value`, the value read as in a blueprint. The `interview` asks for the template and for
    required parameters that are not given; without it they are a UsageError. A blueprint that is not valid is not kept.
    """
    opened = open_repo(surroundings)
    root = opened.workspace.root
    path = PurePath("blueprints", f"{name}.yaml")
    doing = f"writing {path}"
    if (root / path).exists() or any(stack.blueprint == name for stack in opened.repo.stacks.values()):
        raise UsageError(doing, f'there is a blueprint "{name}" already', "choose another name, or edit that one")
    chosen = _template(template, surroundings, interview, doing)
    where = tuple(environments) or (choose_environment(opened.repo, None),)
    _refuse_where_it_cannot_be(chosen, where, opened, doing)
    given = _values(settings, chosen, opened)
    given |= _answers(chosen, given, opened, interview, doing)
    text = new_blueprint(chosen, name=name, owner=owner, environments=where, parameters=given)
    write_file(root / path, text)
    try:
        open_repo(surroundings)
    except InvalidInput as invalid:
        (root / path).unlink()
        raise InvalidInput(tuple(_as_given(mistake, path, text) for mistake in invalid.mistakes)) from None
    return path


def _template(asked: str | None, surroundings: Surroundings, interview: Interview | None, doing: str) -> Template:
    if asked is None and interview is None:
        hint = "add --template NAME; `infraops template list` shows what there is"
        raise UsageError(doing, "no template was named", hint)
    if asked is None and interview is not None:
        asked = interview.template(list_templates(surroundings))
    return find_template(asked or "", surroundings)


def _refuse_where_it_cannot_be(template: Template, names: Sequence[str], opened: OpenRepo, doing: str) -> None:
    known = opened.repo.environments
    fitting = sorted(name for name, environment in known.items() if _fits(template, environment))
    for name in names:
        if name not in known:
            raise UsageError(doing, f'there is no environment "{name}"', did_you_mean(name, sorted(known)))
        if name not in fitting:
            platform = known[name].platform
            problem = f"{template.reference} has no module for platform {platform} of environment {name}"
            if platform in template.modules:
                problem = f"{template.reference} is not declared safe for this machine itself, as {name} is"
            platforms = ", ".join(sorted(template.modules))
            otherwise = f"add an environment of a platform that it has a module for: {platforms}"
            choices = " or ".join(f"-e {each}" for each in fitting)
            raise UsageError(doing, problem, f"say where it runs: {choices}" if fitting else otherwise)


def _fits(template: Template, environment: Environment) -> bool:
    return environment.platform in template.modules and (environment.platform != LOCAL or template.file.local_safe)


def _values(settings: Sequence[str], template: Template, opened: OpenRepo) -> dict[str, Any]:
    values: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign or not name:
            raise UsageError("reading --set", f'"{setting}" is not parameter=value', "for example --set hosts=3")
        values[name], wrong = read_value(template, name, text, root=opened.workspace.root)
        mistakes += wrong
    if mistakes:
        raise InvalidInput(tuple(mistakes))
    return values


def _answers(
    template: Template, given: Mapping[str, Any], opened: OpenRepo, interview: Interview | None, doing: str
) -> dict[str, Any]:
    declared = template.file.parameters
    missing = [name for name, each in declared.items() if each.required and each.default is None and name not in given]
    if missing and interview is None:
        hint = " ".join(f"--set {name}={_form(declared[name])}" for name in missing)
        raise UsageError(doing, f"{template.reference} requires {', '.join(missing)}", hint)
    return {} if interview is None else {name: _answer(template, name, opened, interview) for name in missing}


def _answer(template: Template, name: str, opened: OpenRepo, interview: Interview) -> Any:
    """Ask until the answer will do: what was answered before must not be lost by a slip."""
    wrong: tuple[Mistake, ...] = ()
    while True:
        text = interview.value(name, template.file.parameters[name], wrong)
        value, wrong = read_value(template, name, text, root=opened.workspace.root)
        if value is None:
            wrong = (Mistake(Place(f"--set {name}"), "it is required", "type a value"),)
        if not wrong:
            return value


def _form(parameter: Parameter) -> str:
    return "generated:NAME" if parameter.sensitive else "…"


def _as_given(mistake: Mistake, path: PurePath, text: str) -> Mistake:
    """Let a mistake point to what was typed, where it stands in a file that is not there any more."""
    if mistake.place.file != str(path):
        return mistake
    key, name = part_of_blueprint(text, mistake.place.line or 1)
    words = {"parameters": f"--set {name}", "environments": f"--environment {name}", "name": "NAME"}
    given = words.get(key, f"--{key}").strip()
    return replace(mistake, place=Place(given), problem=mistake.problem.removeprefix(f"{key}: "))
