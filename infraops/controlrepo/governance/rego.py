"""Reading policies in Rego, as conftest takes them: the files below `policies/`, and the data in `policies/data/`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from infraops.assessment.rego.judging import EXCEPTION
from infraops.assessment.rego.source import Definition, RegoFile, read_rego
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.composing import compose_value
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.documents.reading import read_document, read_text
from infraops.controlrepo.governance.rego_compiling import compile_rego, is_there
from infraops.errors import Place
from infraops.models.files.policy import Rego, RegoModule, RegoRule
from infraops.models.plans.finding import Severity

_ENDING, _TESTS = ".rego", "_test.rego"  # tests are for `conftest verify`, or `opa test`
_DATA_ENDINGS = (".yaml", ".yml", ".json")


def is_rego(file: str) -> bool:
    """Whether a file holds policies in Rego."""
    return file.endswith(_ENDING) and not file.endswith(_TESTS)


def is_data(file: str, directory: str) -> bool:
    """Whether a file holds data for policies in Rego."""
    return str(PurePosixPath(file).parent) == f"{directory}/data" and file.endswith(_DATA_ENDINGS)


def read_rego_files(
    root: Path, files: Sequence[str], data_files: Sequence[str], mistakes: Mistakes, composed: Composed
) -> tuple[Rego, dict[str, RegoRule]]:
    """Read and compile the files of Rego; returns them, and their rules by name."""
    if not is_there():
        problem = "to evaluate Rego, the package regopy is needed, and it is not installed"
        mistakes.add(Place(files[0]), problem, "pip install 'infraops[rego]'")
        return Rego(), {}
    texts = {file: read_text(root / file, file, mistakes) for file in files}
    modules = tuple(RegoModule(file, text) for file, text in texts.items() if text is not None)
    read = {module.file: read_rego(module.text) for module in modules}
    rules: dict[str, RegoRule] = {}
    exceptions: dict[str, Place] = {}
    for file, found in read.items():
        _take(file, found, rules, exceptions, mistakes)
    data = _data(root, data_files, {each.package.partition(".")[0] for each in read.values()}, mistakes, composed)
    entrypoints = [rule.entrypoint for rule in rules.values()]
    entrypoints += [f"{package.replace('.', '/')}/{EXCEPTION}" for package in exceptions]
    broken = any(not found.package for found in read.values())
    plan = {} if broken else compile_rego(modules, [each.text for each in read.values()], entrypoints, mistakes)
    if plan:
        _asked(plan, [(rule.name, rule.place) for rule in rules.values()], mistakes)
        _asked(plan, [(f"{package}.{EXCEPTION}", place) for package, place in exceptions.items()], mistakes)
    return Rego(modules, tuple(exceptions.items()), {**plan, "data": data}), rules


def _asked(plan: Mapping[str, Any], wanted: Iterable[tuple[str, Place]], mistakes: Mistakes) -> None:
    """Refuse a rule that the compiled plan has no answer to, as it has none to `deny.part contains …`."""
    there = {each["name"] for each in plan["funcs"]["funcs"]}
    for name, place in wanted:
        if f"g0.data.{name}" not in there:
            own = name.rpartition(".")[2]
            problem = f"{quote(own)} is defined by its parts alone, and cannot be asked as a whole"
            mistakes.add(place, problem, f"write `{own} contains …`")


def _take(
    file: str, found: RegoFile, rules: dict[str, RegoRule], exceptions: dict[str, Place], mistakes: Mistakes
) -> None:
    """Take over the rules of one file; definitions of the same name, in whatever file, are one rule."""
    if not found.package:
        problem = "the file does not begin with a package whose name is made of letters, digits, underscores and dots"
        mistakes.add(Place(file, 1), problem, "write `package main`")
        return
    for line in found.unheard:
        problem = "the library that compiles Rego passes over a `with … as …` whose value is looked up"
        mistakes.add(Place(file, line), problem, "give the value a name before: `value := …`, and `with … as value`")
    for definition in found.definitions:
        place = Place(file, definition.line)
        if definition.name == EXCEPTION:
            exceptions.setdefault(found.package, place)
        elif definition.is_checked:
            rule = _rule(found.package, definition, place, mistakes)
            known = rules.get(rule.name)
            rules[rule.name] = _joined(known, rule) if known is not None else rule


def _joined(known: RegoRule, more: RegoRule) -> RegoRule:
    return replace(
        known,
        text=f"{known.text}\n\n{more.text}",
        title=known.title or more.title,
        hint=known.hint or more.hint,
        control=known.control or more.control,
    )


def _rule(package: str, definition: Definition, place: Place, mistakes: Mistakes) -> RegoRule:
    said = _annotation(definition, place, mistakes)
    custom = said.get("custom")
    own: Mapping[str, Any] = custom if isinstance(custom, dict) else {}
    return RegoRule(
        package=package,
        head=definition.name,
        severity=Severity.WARN if definition.name.startswith("warn") else Severity.DENY,
        place=place,
        text=definition.text,
        title=str(said.get("title") or ""),
        hint=str(own.get("hint") or said.get("description") or "").strip(),
        control=str(own.get("control") or ""),
    )


def _annotation(definition: Definition, place: Place, mistakes: Mistakes) -> Mapping[str, Any]:
    if not definition.annotation:
        return {}
    own = Mistakes()
    value = compose_value(definition.annotation, place.file, own)
    if own or not isinstance(value, dict):
        problem = f"the comment `# METADATA` above {quote(definition.name)} is no mapping in YAML"
        mistakes.add(place, problem, "indent what belongs together")
        return {}
    return value


def _data(
    root: Path, files: Iterable[str], packages: set[str], mistakes: Mistakes, composed: Composed
) -> dict[str, Any]:
    """Return what stands in the files of data, all of it at the top of `data`, as conftest does with `--data`."""
    found: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for file in files:
        for key, value in _values(root / file, file, mistakes, composed).items():
            if key in origin:
                mistakes.add(Place(file), f"data.{key} is in {origin[key]} already", "take one of them away")
            elif key in packages:
                mistakes.add(Place(file), f"data.{key} is a package of policies", "call the data something else")
            else:
                found[key], origin[key] = value, file
    return found


def _values(path: Path, file: str, mistakes: Mistakes, composed: Composed) -> Mapping[str, Any]:
    if not file.endswith(".json"):
        document = read_document(path, file, mistakes, composed)
        return document.value if document is not None else {}
    text = read_text(path, file, mistakes)
    try:
        value = json.loads(text) if text is not None else {}
    except (ValueError, RecursionError) as error:
        mistakes.add(Place(file, getattr(error, "lineno", None)), f"this is no JSON: {error}", "mend it")
        return {}
    if isinstance(value, dict):
        return value
    mistakes.add(Place(file, 1), "the top of the file is no object", "give what is there a name")
    return {}
