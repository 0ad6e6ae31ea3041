"""Which settings of a parameter go with which of its types."""

import re

from infraops.controlrepo.documents import Document
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.phrases import listing, quote
from infraops.models.template import DeclaredOutput, Parameter, ParameterType, TemplateFile

TEMPLATE_KEY = "template"  # in an environment of a blueprint it pins the version there
STANDARD = ("stack", "environment", "blueprint", "owner")  # variables that every module is handed if it declares them
MACHINES = "machines"  # the same, of an environment's `hosts`

_COUNTED = (ParameterType.STRING, ParameterType.LIST, ParameterType.MAP)
_MEASURED = (ParameterType.INTEGER, ParameterType.NUMBER, ParameterType.PORT)
_LARGEST = 2**53  # up to here every reader of JSON keeps whole numbers as they are
_NESTED = (ParameterType.LIST, ParameterType.MAP)


def check_parameters(template: TemplateFile, document: Document, mistakes: Mistakes) -> bool:
    """Take down what does not go together in a template's parameters; return whether a model can be made of them."""
    before = len(mistakes)
    for name, parameter in template.parameters.items():
        for key, problem, hint in _problems(name, parameter):
            path = ("parameters", name, key) if key else ("parameters", name)
            mistakes.add(document.place(*path), f"parameters.{name}: {problem}", hint)
    playbooks = [name for name, one in template.parameters.items() if one.type is ParameterType.PLAYBOOK]
    for name in playbooks[1:]:
        problem = f"parameters.{name}: a second parameter of type playbook; the first is {quote(playbooks[0])}"
        mistakes.add(document.place("parameters", name), problem, "a stack has one playbook; remove one of them")
    return len(mistakes) == before


def _problems(name: str, parameter: Parameter) -> list[tuple[str, str, str]]:
    """Return what is wrong as (key, problem, hint); the key is empty where the parameter as a whole is meant."""
    found = [*_name_problems(name), *_limit_problems(parameter), *_text_problems(parameter)]
    kind = parameter.type
    if problem := items_problem(parameter):
        found.append(("items", *problem))
    if parameter.sensitive and kind is not ParameterType.STRING:
        found.append(("sensitive", f"a sensitive parameter is of type string, not {kind}", "write type: string"))
    if parameter.required and parameter.default is not None:
        found.append(("default", "a required parameter has no default", "remove one of the two"))
    return found


def items_problem(declared: Parameter | DeclaredOutput) -> tuple[str, str] | None:
    """Say what is wrong with the type of the items that a parameter or an output declares, and what to do."""
    if declared.items is not None and declared.type not in _NESTED:
        return f"items is for lists and maps, not for {declared.type}", "remove it"
    if declared.items is ParameterType.PLAYBOOK:
        return "a list or map cannot hold playbooks", "use items: path"
    return None


def _name_problems(name: str) -> list[tuple[str, str, str]]:
    if name in STANDARD or name == MACHINES:
        return [("", "infraops hands this to every module by itself", "give the parameter another name")]
    if name == TEMPLATE_KEY:
        return [("", "this name pins the template's version in a blueprint", "give the parameter another name")]
    return []


def _limit_problems(parameter: Parameter) -> list[tuple[str, str, str]]:
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


def _text_problems(parameter: Parameter) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    kinds = (parameter.type, parameter.items)
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
