"""Checking that a template can make the contract's outputs, hosts and endpoints, out of other outputs."""

import re

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote, suggest
from infraops.controlrepo.parameters.shapes import written_type
from infraops.models.files.environment import GROUP_PATTERN, USER_PATTERN
from infraops.models.files.template import ParameterType
from infraops.models.stacks.stack import Template
from infraops.render.contract import LISTED, NAMED, placeholders

_FORMS = (*LISTED, *NAMED, ParameterType.STRING)


def check_contract(template: Template, document: Document, mistakes: Mistakes) -> None:
    """Take down what `hosts` and `endpoints` name that is no output, or none that they can be made of."""
    _check_hosts(template, document, mistakes)
    declared = template.file.outputs
    for name, url in (template.file.endpoints or {}).items():
        place = document.place("endpoints", name)
        for output in placeholders(url):
            if output not in declared:
                problem = f"endpoints.{name}: {quote(output)} is no declared output"
                mistakes.add(place, problem, suggest(output, declared, none="declare it under outputs"))
            elif declared[output].sensitive:
                mistakes.add(place, f"endpoints.{name}: {quote(output)} is sensitive", "endpoints are shown")


def _check_hosts(template: Template, document: Document, mistakes: Mistakes) -> None:
    hosts, declared = template.file.hosts, template.file.outputs
    if hosts is None:
        return
    for key, name in (("from", hosts.from_), ("identity", hosts.identity)):
        if name is None:
            continue
        place = document.place("hosts", key)
        if name not in declared:
            problem = f"hosts.{key}: {quote(name)} is no declared output"
            mistakes.add(place, problem, suggest(name, declared, none="declare it under outputs"))
        elif declared[name].sensitive:
            mistakes.add(place, f"hosts.{key}: {quote(name)} is sensitive", "where hosts are is shown and recorded")
        elif key == "identity" and _form(template, name) != _form(template, hosts.from_):
            problem = f"hosts.identity: the output {quote(name)} has not the same form as {quote(hosts.from_)}"
            mistakes.add(place, problem, "both are lists, or both maps, or both text")
        elif declared[name].type not in _FORMS:
            problem = f"hosts.{key}: the output {quote(name)} is of type {written_type(declared[name])}"
            mistakes.add(place, problem, f"say its type under outputs: {listing(_FORMS)}")
    if hosts.identity is not None and _form(template, hosts.from_) == "set":
        place = document.place("hosts", "identity")
        mistakes.add(place, "hosts.identity: nothing tells which belongs to which host of a set", "remove it")
    for pattern, key, words in ((USER_PATTERN, "user", (hosts.user,)), (GROUP_PATTERN, "groups", hosts.groups)):
        for word in words:
            if re.search(pattern, word) is None:
                mistakes.add(document.place("hosts", key), f"hosts.{key}: {quote(word)} cannot be one", "mend it")


def _form(template: Template, output: str) -> str:
    kind = template.file.outputs[output].type if output in template.file.outputs else ParameterType.ANY
    if kind is ParameterType.SET:
        return "set"
    return "list" if kind in LISTED else "map" if kind in NAMED else "text"
