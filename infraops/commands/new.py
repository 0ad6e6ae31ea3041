"""`infraops new`: another blueprint, from a template."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import yaml

from infraops.commands.selection import choose_environment
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.commands.template import find_template
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

    `settings` are `parameter=value` with YAML values. `ask_for` is called for required parameters that are not
    given; without it they are a UsageError. A blueprint that is not valid is not kept.
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
        given[key] = yaml.safe_load(ask_for(key, chosen.file.parameters[key])) if ask_for is not None else None
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
        try:
            values[key] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UsageError("reading --set", f'the value of "{key}" is not YAML: {error}', "quote it") from error
    return values


def _required(parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    return tuple(key for key, each in parameters.items() if each.required and each.default is None)
