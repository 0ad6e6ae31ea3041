"""Reading the rules: those that are built in, and the files below `policies/`: rules, severities, waivers, Rego."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from infraops.assessment.expressions import Unusable, try_out
from infraops.assessment.samples import SAMPLES
from infraops.assessment.subject import unknown_fields
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.inside import walk
from infraops.controlrepo.governance.rego import is_data, is_rego, read_rego_files
from infraops.errors import Place
from infraops.models.files.policy import PlacedWaiver, Policies, PolicyFile, Rego, RegoRule, Rule
from infraops.models.plans.finding import Severity

DIRECTORY = "policies"
BUILT_IN = Path(__file__).resolve().parents[2] / "policies" / "built-in.yaml"
_BUILT_IN_SHOWN = "infraops/policies/built-in.yaml"  # its path in the package, wherever that is installed

_Ruling = TypeVar("_Ruling", Rule, RegoRule)


@dataclass
class _Found:
    rules: dict[str, Rule] = field(default_factory=dict)
    severities: dict[str, tuple[Severity, Place]] = field(default_factory=dict)
    waivers: list[PlacedWaiver] = field(default_factory=list)
    rego: Rego = field(default_factory=Rego)
    rego_rules: dict[str, RegoRule] = field(default_factory=dict)
    broken: bool = False  # a file could not be read, so that nobody knows which rules there are


def read_policies(root: Path, mistakes: Mistakes, composed: Composed) -> Policies:
    """Read the built-in rules and every file below `root/policies`."""
    found = _Found()
    built_in = read_document(BUILT_IN, _BUILT_IN_SHOWN, mistakes, composed)
    if built_in is not None:
        _take(built_in, found, mistakes, built_in=True)
    files = list(walk(root, DIRECTORY, mistakes))
    rego, data = [file for file in files if is_rego(file)], []
    for shown in files:
        if rego and is_data(shown, DIRECTORY) and not _speaks_of_rules(root / shown):
            data.append(shown)
        elif shown.endswith((".yaml", ".yml")):
            document = read_document(root / shown, shown, mistakes, composed)
            if document is None:
                found.broken = True
            else:
                _take(document, found, mistakes, built_in=False)
    if rego:
        found.rego, found.rego_rules = read_rego_files(root, rego, data, mistakes, composed)
        found.broken = found.broken or not found.rego.modules
    if not found.broken:
        _check_names(found, mistakes)
    rules = tuple(_with_severities(found.rules.values(), found))
    return Policies(rules, tuple(found.waivers), found.rego, tuple(_with_severities(found.rego_rules.values(), found)))


def _speaks_of_rules(path: Path) -> bool:
    """Whether a file in the directory for data is one with rules, as any other below `policies/`."""
    try:
        return re.search(r"^schema: *[\"']?infraops/", path.read_text(errors="replace"), re.MULTILINE) is not None
    except OSError:
        return False


def _take(document: Document, found: _Found, mistakes: Mistakes, *, built_in: bool) -> None:
    """Take over what one file says."""
    file = validate(PolicyFile, document, mistakes)
    if file is None:
        found.broken = True
        return
    for number, written in enumerate(file.rules):
        rule = Rule(written, document.place("rules", number, "name"), written.severity, built_in)
        if written.name in found.rules:
            other = found.rules[written.name]
            hint = "give this one another name"
            hint += "; `severities` makes the built-in one graver, or turns it off" if other.built_in else ""
            mistakes.add(rule.place, f"the rule {quote(written.name)} is already at {other.place}", hint)
            continue
        found.rules[written.name] = rule
        if not built_in:  # the package's own are proven by its tests
            _check_rule(rule, document, number, mistakes)
    for name, severity in file.severities.items():
        place = document.place("severities", name)
        if name in found.severities:
            problem = f"severities.{name}: it has one already at {found.severities[name][1]}"
            mistakes.add(place, problem, "take one of them away")
        found.severities[name] = severity, place
    for number, waiver in enumerate(file.waivers):
        place = document.place("waivers", number, "rule")
        try:
            date.fromisoformat(waiver.expires)
        except ValueError:
            problem = f"waivers[{number}].expires: there is no day {waiver.expires}"
            mistakes.add(document.place("waivers", number, "expires"), problem, "write it as 2026-12-31")
            continue
        found.waivers.append(PlacedWaiver(waiver, place))


def _check_rule(rule: Rule, document: Document, number: int, mistakes: Mistakes) -> None:
    """Try a rule's expression on samples of what it will be evaluated on, and look up what its message names."""
    try:
        try_out(rule.written.when, SAMPLES)
    except Unusable as error:
        problem = f"rules[{number}].when: the expression does not work: {error}"
        mistakes.add(document.place("rules", number, "when"), problem, "docs/policy.md lists what expressions may use")
    for key, text in (("message", rule.written.message), ("hint", rule.written.hint)):
        for name in unknown_fields(text, SAMPLES[0]):
            problem = f"rules[{number}].{key}: there is no {quote(name)} to put in"
            hint = "docs/policy.md lists the fields; one of them is {stack.owner}"
            mistakes.add(document.place("rules", number, key), problem, hint)


def _check_names(found: _Found, mistakes: Mistakes) -> None:
    """Check that severities and waivers speak of rules that exist."""
    named = [(name, place) for name, (_, place) in found.severities.items()]
    named += [(waiver.written.rule, waiver.place) for waiver in found.waivers]
    known = [*found.rules, *found.rego_rules]
    for name, place in named:
        if name not in known:
            mistakes.add(place, f"there is no rule {quote(name)}", suggest(name, known))


def _with_severities(rules: Iterable[_Ruling], found: _Found) -> Iterator[_Ruling]:
    for rule in rules:
        given = found.severities.get(rule.name)
        yield rule if given is None else replace(rule, severity=given[0])
