"""`infraops new`: another blueprint, from a template."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from infraops.commands.selection import choose_environment
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.commands.template import find_template
from infraops.controlrepo.composing import compose_value
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.scaffold import new_blueprint
from infraops.errors import InvalidInput, UsageError
from infraops.models.template import Parameter
from infraops.tools.files import write_file

AskFor = Callable[[str, Parameter], str]


def new(
    name: str,
    surroundings: Surroundings,
    *,
    template: str,
    owner: str,
    environments: Sequence[str] = (),
    settings: Sequence[str] = (),
    ask_for: AskFor | None = None,
) -> PurePath:
    """Write `blueprints/<name>.yaml` and check it; return its path in the repo.

    `settings` are `parameter=value`, the value read as in a blueprint. `ask_for` is called for required parameters
    that are not given; without it they are a UsageError. A blueprint that is not valid is not kept.
    """
    opened = open_repo(surroundings)
    root = opened.workspace.root
    path = PurePath("blueprints", f"{name}.yaml")
    doing = f"writing {path}"
    if (root / path).exists() or any(stack.blueprint == name for stack in opened.repo.stacks.values()):
        raise UsageError(doing, f'there is a blueprint "{name}" already', "choose another name, or edit that one")
    chosen = find_template(template, surroundings)
    given = _values(settings)
    missing = [key for key in _required(chosen.file.parameters) if key not in given]
    if missing and ask_for is None:
        hint = " ".join(f"--set {key}=…" for key in missing)
        raise UsageError(doing, f"{chosen.reference} requires {', '.join(missing)}", hint)
    for key in missing:
        given[key] = _value(key, ask_for(key, chosen.file.parameters[key])) if ask_for is not None else None
    where = tuple(environments) or (choose_environment(opened.repo, None),)
    text = new_blueprint(chosen, name=name, owner=owner, environments=where, parameters=given)
    write_file(root / path, text)
    try:
        open_repo(surroundings)
    except InvalidInput:
        (root / path).unlink()
        raise
    return path


def _values(settings: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign or not key:
            raise UsageError("reading --set", f'"{setting}" is not parameter=value', "for example --set hosts=3")
        values[key] = _value(key, text)
    return values


def _value(key: str, text: str) -> Any:
    mistakes = Mistakes()
    value = compose_value(text, key, mistakes)
    try:
        mistakes.refuse()
    except InvalidInput as invalid:
        mistake = invalid.mistakes[0]
        raise UsageError(f"reading the value of {key}", mistake.problem, mistake.hint) from invalid
    return value


def _required(parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    return tuple(key for key, each in parameters.items() if each.required and each.default is None)
