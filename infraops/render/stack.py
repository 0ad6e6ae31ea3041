"""A stack's files: its root module, its values, its play and its group variables."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.files.template import Consumer, ParameterType
from infraops.models.stacks.stack import Stack
from infraops.render.contract import endpoints_value, hosts_value
from infraops.render.hcl import Word, reference, templates, word
from infraops.render.play import group_vars, play
from infraops.render.providers import provider_files, sources

MAIN, VALUES, PLAY, GROUP_VARS = (
    PurePosixPath(name) for name in ("main.tf", "terraform.tfvars.json", "play.yml", "group_vars/all.json")
)
ROOT, TEMPLATES = "../../../..", "../../../templates"  # from a stack's directory

_TYPES = {
    ParameterType.INTEGER: "number",
    ParameterType.NUMBER: "number",
    ParameterType.PORT: "number",
    ParameterType.BOOLEAN: "bool",
    **dict.fromkeys(
        (
            ParameterType.LIST,
            ParameterType.SET,
            ParameterType.MAP,
            ParameterType.OBJECT,
            ParameterType.TUPLE,
            ParameterType.ANY,
        ),
        "any",  # the call of the module makes of it what its variable asks for
    ),
}


@dataclass(frozen=True)
class _Block:
    """A `variable` or `output` block: its name and its attributes, in the order they are written."""

    name: str
    attributes: tuple[tuple[Word, Any], ...]

    @property
    def word(self) -> Word:
        return word(self.name)

    @property
    def width(self) -> int:
        return max(len(name) for name, _ in self.attributes)


def render(stack: Stack) -> Mapping[PurePosixPath, str]:
    """Render a stack; paths are relative to its directory. Same stack, same bytes.

    Raises InfraOpsError where a value cannot be written in a file (half a surrogate pair, a number that is not
    finite, a name that Ansible reserves).
    """
    try:
        known = values(stack)
        files = {MAIN: _root_module(stack, known), VALUES: _json(known), **provider_files(stack)}
        reference = _playbook(stack)
        if reference is None:
            return files
        return {**files, GROUP_VARS: _json(group_vars(stack)), PLAY: play(reference)}
    except ValueError as error:
        problem = "text that is not Unicode" if isinstance(error, UnicodeError) else str(error)
        raise InfraOpsError(f"rendering {stack.name}", problem, f"see {stack.place}") from error


def values(stack: Stack) -> dict[str, Any]:
    """Return the Terraform variables whose values are known and may be written down."""
    standard = {
        "stack": f"{stack.environment.name}-{stack.called}",
        "environment": stack.environment.name,
        "blueprint": stack.called,
        "owner": stack.owner,
    }
    declared = stack.template.file.parameters
    parameters = {
        name: value
        for name, value in stack.parameters.items()
        if (value is not None or declared[name].nullable) and Consumer.TERRAFORM in declared[name].used_by
    }
    listed = stack.environment.file.hosts.get(stack.blueprint, {})
    machines = {"machines": {name: machine.model_dump(mode="json") for name, machine in listed.items()}}
    known = {**standard, **(machines if listed else {}), **stack.environment.file.variables, **parameters}
    return {
        name: value
        for name, value in sorted(known.items())
        if name in stack.module.variables and name not in stack.inputs and name not in stack.secrets
    }


def template_directory(stack: Stack) -> str:
    """Name the directory that the stack's template is copied to, below `.infraops/templates/`."""
    return f"{stack.template.file.name}-{stack.template.file.version}"


def _playbook(stack: Stack) -> str | None:
    if not stack.has_playbook:
        return None
    if stack.playbook is not None:
        return f"{ROOT}/{stack.playbook}"
    if stack.template.file.playbook is not None:
        return f"{TEMPLATES}/{template_directory(stack)}/{stack.template.file.playbook}"
    return None


def _root_module(stack: Stack, known: Mapping[str, Any]) -> str:
    source = _source(stack)
    variables, outputs = tuple(_variables(stack, known)), tuple(_outputs(stack))
    imports = tuple((reference(each.to), each.id) for each in stack.adopt)
    removed = tuple(map(reference, stack.forget))
    backend, aliases = stack.environment.file.state.backend, tuple(sorted(stack.module.aliases))
    return _written(backend, sources(stack), source, aliases, variables, outputs, removed, imports)


def _source(stack: Stack) -> str:
    if stack.module.in_place:
        return f"{ROOT}/{stack.module.source}"
    inside = stack.module.source or f"terraform/{stack.environment.platform}"
    return f"{TEMPLATES}/{template_directory(stack)}/{inside}"


@lru_cache(maxsize=512)
def _written(
    backend: str,
    providers: tuple[tuple[str, str], ...],
    source: str,
    aliases: tuple[str, ...],
    variables: tuple[_Block, ...],
    outputs: tuple[_Block, ...],
    removed: tuple[Word, ...],
    imports: tuple[tuple[Word, str], ...],
) -> str:
    """Write a root module. It holds no values, so that the stacks of one template mostly share one."""
    text: str = _template().render(
        backend=backend,
        providers=[(word(name), source) for name, source in providers],
        source=source,
        handed=[Word(name) for name in aliases and sorted({*(name for name, _ in providers), *aliases})],
        variables=variables,
        width=max((len(variable.name) for variable in variables), default=0),
        outputs=outputs,
        removed=removed,
        imports=imports,
    )
    return text


@cache
def _template() -> Any:
    return templates().from_string(Path(__file__).with_name("main.tf.j2").read_text(encoding="utf-8"))


def _variables(stack: Stack, known: Mapping[str, Any]) -> Iterator[_Block]:
    declared = stack.template.file.parameters
    handed = {name for name in stack.secrets if Consumer.TERRAFORM in declared[name].used_by} | set(stack.inputs)
    for name in sorted(set(known) | handed & stack.module.variables):
        attributes: list[tuple[Word, Any]] = []
        parameter = None if name in stack.inputs else declared.get(name)
        if parameter is not None and parameter.description:
            attributes.append((Word("description"), parameter.description))
        kind = _TYPES.get(parameter.type, "string") if parameter is not None else "any"
        attributes.append((Word("type"), Word(kind)))
        if name in stack.secrets or (name in stack.inputs and stack.inputs[name].sensitive):
            attributes.append((Word("sensitive"), True))
        yield _Block(name, tuple(attributes))


def _outputs(stack: Stack) -> Iterator[_Block]:
    declared, made = stack.template.file.outputs, _made(stack)
    for name in sorted({"hosts", "endpoints", *declared} & stack.module.outputs | made.keys()):
        output = declared.get(name)
        attributes: list[tuple[Word, Any]] = []
        if output is not None and output.description:
            attributes.append((Word("description"), output.description))
        attributes.append((Word("value"), made.get(name) or Word(f"module.service.{word(name)}")))
        if output is not None and output.sensitive and name not in made:
            attributes.append((Word("sensitive"), True))
        yield _Block(name, tuple(attributes))


def _made(stack: Stack) -> dict[str, Word]:
    """Return the outputs of the contract that the template makes of others."""
    file = stack.template.file
    made = {} if file.hosts is None else {"hosts": hosts_value(stack, file.hosts)}
    return made if file.endpoints is None else {**made, "endpoints": endpoints_value(file.endpoints)}


def _json(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    text.encode()
    return text
