"""What differs between two versions of a template, as one stack sees it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from infraops.models.files.template import DeclaredOutput, Parameter
from infraops.models.reports.upgrade import Change, Difference, OutputChange, ParameterChange, StackUpgrade
from infraops.models.stacks.stack import Stack, Template

_FLAGS = ("local_safe", "protected", "independent_hosts", "shareable")
_WORDS = frozenset({"description"})  # that another text explains it is no change


def upgrade_of(
    stack: Stack, target: Template, *, written: Mapping[str, str], stacks: Iterable[Stack], today: date
) -> StackUpgrade:
    """Return what moving a stack to another version of its template means.

    `written` names where the blueprint gives a parameter, by its name; `stacks` are all of the control repo.
    """
    old = stack.template
    return StackUpgrade(
        stack=stack.name,
        template=old.reference,
        target=target.reference,
        parameters=tuple(_parameters(stack, target, written)),
        outputs=tuple(_outputs(stack, target, list(stacks))),
        flags=tuple(_flags(old, target)),
        deprecated=_ending(old, today),
        target_deprecated=_ending(target, today),
    )


def _ending(template: Template, today: date) -> str:
    end = template.file.deprecated
    return end.in_words(today) if end is not None else ""


def _parameters(stack: Stack, target: Template, written: Mapping[str, str]) -> Iterator[ParameterChange]:
    old, new = stack.template.file.parameters, target.file.parameters
    given = {*written, *stack.environment.file.variables, *stack.inputs}
    for name in sorted(old.keys() | new.keys()):
        before, where = _value(stack, name), written.get(name, "")
        if name not in new:
            yield ParameterChange(name, Change.REMOVED, (), before, None, where)
            continue
        after = _after(stack, name, new[name], before, given=name in given)
        lacks = new[name].required and name not in given
        differences = tuple(_differences(old.get(name), new[name]))
        if lacks and (name not in old or not old[name].required):
            yield ParameterChange(name, Change.REQUIRED, differences, before, None, where)
        elif name not in old:
            yield ParameterChange(name, Change.NEW, (), None, after, where)
        elif differences:
            yield ParameterChange(name, Change.CHANGED, differences, before, after, where)


def _value(stack: Stack, name: str) -> Any:
    if name in stack.inputs:
        return f"{stack.inputs[name].stack.partition('/')[2]}.{stack.inputs[name].output}"
    return str(stack.secrets[name]) if name in stack.secrets else stack.parameters.get(name)


def _after(stack: Stack, name: str, parameter: Parameter, before: Any, *, given: bool) -> Any:
    """Return the value that a parameter will have; a variable of the environment may become one."""
    if name in stack.template.file.parameters:
        return before if given else parameter.default
    return stack.environment.file.variables.get(name, parameter.default)


def _differences(old: Parameter | DeclaredOutput | None, new: Parameter | DeclaredOutput) -> Iterator[Difference]:
    if old is None:
        return
    before, after = (one.model_dump(mode="json", exclude=set(_WORDS)) for one in (old, new))
    names = sorted(after, key=lambda key: key != "default")  # what most readers look for stands first
    yield from (Difference(key, before[key], after[key]) for key in names if before[key] != after[key])


def _outputs(stack: Stack, target: Template, stacks: list[Stack]) -> Iterator[OutputChange]:
    old, new = stack.template.file.outputs, target.file.outputs
    for name in sorted(old.keys() | new.keys()):
        taken = tuple(
            f"{one.name}.{given}"
            for one in stacks
            for given, reference in sorted(one.inputs.items())
            if (reference.stack, reference.output) == (stack.name, name)
        )
        if name not in new:
            yield OutputChange(name, Change.REMOVED, (), taken)
        elif name not in old:
            yield OutputChange(name, Change.NEW)
        elif differences := tuple(_differences(old[name], new[name])):
            yield OutputChange(name, Change.CHANGED, differences, taken)


def _flags(old: Template, new: Template) -> Iterator[Difference]:
    for key in _FLAGS:
        before, after = getattr(old.file, key), getattr(new.file, key)
        if before != after:
            yield Difference(key, before, after)
