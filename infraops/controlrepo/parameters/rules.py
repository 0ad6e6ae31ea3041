"""Which settings of a parameter go with which of its types."""

import re
from collections.abc import Iterator

from infraops.controlrepo.documents.document import Document, Step
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import dotted, listing, quote
from infraops.models.files.template import (
    Consumer,
    DeclaredOutput,
    Entry,
    Parameter,
    ParameterType,
    TemplateFile,
    ValueType,
)

TEMPLATE_KEY = "template"  # in an environment of a blueprint it pins the version there
STANDARD = ("stack", "environment", "blueprint", "owner")  # variables that every module is handed if it declares them
MACHINES = "machines"  # the same, of an environment's `hosts`

_COUNTED = (ParameterType.STRING, ParameterType.LIST, ParameterType.SET, ParameterType.MAP)
_MEASURED = (ParameterType.INTEGER, ParameterType.NUMBER, ParameterType.PORT)
Found = tuple[tuple[Step, ...], str, str]
_LARGEST = 2**53  # up to here every reader of JSON keeps whole numbers as they are
_NESTED = (ParameterType.LIST, ParameterType.SET, ParameterType.MAP)
_FILES = (ParameterType.PATH, ParameterType.PLAYBOOK)  # known by name: nothing looks for them deep inside of values
_DEEPEST = 20  # levels of nesting
_ANSIBLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_parameters(template: TemplateFile, document: Document, mistakes: Mistakes) -> bool:
    """Take down what does not go together in a template's parameters; return whether a model can be made of them."""
    before = len(mistakes)
    for name, parameter in template.parameters.items():
        for inside, problem, hint in _problems(name, parameter):
            path = ("parameters", name, *inside)
            mistakes.add(document.place(*path), f"{dotted((*path[:2], *inside[:-1]))}: {problem}", hint)
    playbooks = [name for name, one in template.parameters.items() if one.type is ParameterType.PLAYBOOK]
    for name in playbooks[1:]:
        problem = f"parameters.{name}: a second parameter of type playbook; the first is {quote(playbooks[0])}"
        mistakes.add(document.place("parameters", name), problem, "a stack has one playbook; remove one of them")
    return len(mistakes) == before


def _problems(name: str, parameter: Parameter) -> list[Found]:
    """Return what is wrong as (path in the parameter, problem, hint)."""
    found = [*_name_problems(name, parameter), *_type_problems(parameter, ())]
    if parameter.sensitive and parameter.type is not ParameterType.STRING:
        problem = f"a sensitive parameter is of type string, not {parameter.type}"
        found.append((("sensitive",), problem, "write type: string"))
    return found


def _type_problems(declared: ValueType, at: tuple[Step, ...]) -> Iterator[Found]:
    if len(at) > _DEEPEST:
        yield at, "it is nested too deep", "write type: any further up"
        return
    for key, problem, hint in (*_limit_problems(declared), *_text_problems(declared)):
        yield (*at, key) if key else at, problem, hint
    for key, problem, hint in inside_problems(declared):
        yield (*at, key), problem, hint
    if isinstance(declared, Entry) and declared.required and declared.default is not None:
        what = "parameter" if isinstance(declared, Parameter) else "entry"
        yield (*at, "default"), f"a required {what} has no default", "remove one of the two"
    if len(at) > 1 and declared.type in _FILES:
        yield (*at, "type"), f"{declared.type} cannot stand this deep inside of a value", "write type: string"
    for path, inner in _inner(declared):
        yield from _type_problems(inner, (*at, *path))


def _inner(declared: ValueType) -> Iterator[tuple[tuple[Step, ...], ValueType]]:
    if declared.items is not None:
        # One in short is limited by what stands beside it, which is looked at there.
        plain = declared.items.model_fields_set <= {"type"}
        beside = {"values": declared.values, "pattern": None} if plain else {}
        yield ("items",), declared.items.model_copy(update=beside)
    yield from ((("members", number), member) for number, member in enumerate(declared.members))
    yield from ((("entries", name), entry) for name, entry in declared.entries.items())


def inside_problems(declared: ValueType | DeclaredOutput) -> list[tuple[str, str, str]]:
    """Say what is wrong with the types that are declared for the inside of a value: (key, problem, hint)."""
    found: list[tuple[str, str, str]] = []
    kind = declared.type
    if declared.items is not None and kind not in _NESTED:
        found.append(("items", f"items is for lists and maps, not for {kind}", "remove it"))
    elif declared.items is not None and declared.items.type is ParameterType.PLAYBOOK:
        found.append(("items", "a list or map cannot hold playbooks", "use items: path"))
    if declared.entries and kind is not ParameterType.OBJECT:
        found.append(("entries", f"entries is for objects, not for {kind}", "write type: object"))
    if declared.members and kind is not ParameterType.TUPLE:
        found.append(("members", f"members is for tuples, not for {kind}", "write type: tuple"))
    if kind is ParameterType.TUPLE and not declared.members:
        found.append(("type", "a tuple needs members", "add members: [string, number]"))
    return found


def _name_problems(name: str, parameter: Parameter) -> list[Found]:
    if name in STANDARD or name == MACHINES:
        return [((), "infraops hands this to every module by itself", "give the parameter another name")]
    if name == TEMPLATE_KEY:
        return [((), "this name pins the template's version in a blueprint", "give the parameter another name")]
    if _ANSIBLE.fullmatch(name) is None and Consumer.PLAYBOOK in parameter.used_by:
        problem = "a playbook cannot have a variable with a hyphen in its name"
        return [((), problem, "add used_by: [terraform], or give the parameter another name")]
    return []


def _limit_problems(parameter: ValueType) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    kind = parameter.type
    for key, limit in (("min", parameter.min), ("max", parameter.max)):
        if limit is None:
            continue
        if kind not in (*_COUNTED, *_MEASURED):
            allowed = listing((*_MEASURED, *_COUNTED))
            found.append((key, f"{key} is for {allowed}, not for {kind}", "remove it"))
        elif kind in _COUNTED and (limit < 0 or not _is_whole(limit)):
            found.append((key, f"{key} of a {kind} counts its length", "write a whole number from 0"))
        elif kind is not ParameterType.NUMBER and not _is_whole(limit):
            found.append((key, f"{key} of {_a(kind)} is a whole number", "write one"))
    if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
        found.append(("max", f"max {parameter.max} is below min {parameter.min}", "exchange them"))
    return found


def _is_whole(limit: float) -> bool:
    return limit == int(limit) and abs(limit) < _LARGEST


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _text_problems(parameter: ValueType) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    plain = parameter.items is not None and parameter.items.model_fields_set <= {"type"}
    kinds = (parameter.type, parameter.items.type if plain and parameter.items is not None else None)
    if ParameterType.ENUM in kinds and not parameter.values:
        found.append(("", "an enum needs values", "add values: [small, large]"))
    if ParameterType.ENUM not in kinds and parameter.values:
        found.append(("values", f"values is for enum, not for {parameter.type}", "write type: enum"))
    if parameter.pattern is None:
        return found
    if ParameterType.STRING not in kinds:
        found.append(("pattern", f"pattern is for string, not for {parameter.type}", "remove it"))
    try:
        re.compile(parameter.pattern)
    except (re.error, RecursionError, OverflowError) as error:
        found.append(("pattern", f"the pattern is no regular expression: {error}", "mend it"))
    return found
