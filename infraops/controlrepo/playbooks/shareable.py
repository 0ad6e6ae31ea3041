"""Whether the playbook of a template that calls itself shareable keeps its hosts apart, as far as a look can tell.

Stacks that share an Ansible run are hosts of one inventory, so nothing in the playbook may cross from host to host.
Roles that are not in the template's own directory, and plugins, are not looked at.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.files.contents import file_text, tree
from infraops.controlrepo.playbooks.files import LARGEST_TEXT, NOT_PLAYED
from infraops.controlrepo.playbooks.scalars import Scalar, UnreadablePlay, scalars
from infraops.errors import Place
from infraops.models.stacks.stack import Template

_OR_NOT = "or remove shareable"
_HAND_OVER = f"hand the playbook what it needs as a variable, {_OR_NOT}"
_EACH_ALONE = f"let each host stand for itself, {_OR_NOT}"

_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_BARE = frozenset({"when", "failed_when", "changed_when", "until", "that", "var", "break_when"})
_OF_OTHERS = re.compile(
    r"(?<![\w.'\"])(?:groups|play_hosts|ansible_play_hosts(?:_all)?|ansible_play_batch)\b(?!['\"]|\s*=(?!=))"
    r"|(?<![\w.])hostvars\b(?!\[\s*inventory_hostname\s*\])"
    r"|\binventory_hostnames\b"
    r"|(?<!\bin )\bgroup_names\b"  # which has one more in a shared run; to look for a name in it is safe
)
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "{{ inventory_hostname }}"})
_OFF = frozenset({"false", "no", "off"})

# Words of tasks and plays: what each does to the others in the run.
_WORDS = {
    "run_once": "is done for one host in the place of all stacks'",
    "any_errors_fatal": "lets a failure in one stack end the run for the others",
    "delegate_facts": "gives facts to a host that other stacks' tasks see",
    "add_host": "is done once for the hosts of all stacks",
    "pause": "is done once for the hosts of all stacks",
}
_OF_PLAYS = {
    "serial": "counts the hosts of all stacks",
    "max_fail_percentage": "counts the hosts of all stacks",
}
_META = frozenset({"end_play", "end_batch", "clear_host_errors"})
_PREFIXES = ("ansible.builtin.", "ansible.legacy.")


def check_shareable(template: Template, document: Document, mistakes: Mistakes) -> None:
    """Take down what in a shareable template's playbook, roles and templates concerns other hosts than its own."""
    if not template.file.shareable:
        return
    if template.file.playbook is None:
        place = document.place("shareable")
        mistakes.add(place, "shareable is true, but there is no playbook", "name one, or remove shareable")
        return
    shown = PurePosixPath(document.file).parent
    try:
        files = sorted(relative for relative, _ in tree(template.directory, without=NOT_PLAYED))
        for relative in files:
            for line, problem, hint in _findings(template.directory / relative, PurePosixPath(relative)):
                mistakes.add(Place(str(shown / relative), line), f"not shareable: {problem}", hint)
    except OSError as error:
        mistakes.add(Place(str(shown)), f"{error.filename} cannot be read: {error.strerror}", "check its permissions")


Finding = tuple[int | None, str, str]


def _findings(path: Path, relative: PurePosixPath) -> Iterator[Finding]:
    parts = relative.parts
    if "group_vars" in parts[:-1] and parts[parts.index("group_vars") + 1].startswith("all"):
        problem = "variables of all hosts beside the playbook would no longer win over a blueprint's parameters"
        yield None, problem, f"make them defaults of a role, {_OR_NOT}"
    if "files" in parts[:-1] or not path.is_file() or path.stat().st_size > LARGEST_TEXT:
        return
    if path.suffix == ".j2" or "templates" in parts[:-1]:
        yield from _in_template(file_text(path))
    elif path.suffix in (".yml", ".yaml", ".json"):
        try:
            yield from _in_yaml(file_text(path), only_values="vars" in parts[:-1] or "defaults" in parts[:-1])
        except UnreadablePlay as unreadable:
            yield unreadable.line, f"it cannot be read: {unreadable.problem}", f"mend it, {_OR_NOT}"


def _in_template(text: str) -> Iterator[Finding]:
    for block in _EXPRESSION.finditer(text):
        for found in _OF_OTHERS.finditer(block.group()):
            line = text.count("\n", 0, block.start() + found.start()) + 1
            yield line, _sees(found.group()), _HAND_OVER


def _in_yaml(text: str, *, only_values: bool) -> Iterator[Finding]:
    lines = text.splitlines()
    for scalar in scalars(text):
        expressions = [scalar.text] if scalar.key in _BARE else _EXPRESSION.findall(scalar.text)
        words = dict.fromkeys(found for one in expressions for found in _OF_OTHERS.findall(one))
        for word in words:
            yield scalar.line_of(word, lines), _sees(word), _HAND_OVER
        if not only_values:
            for check in _CHECKS:
                yield from check(scalar)


def _sees(word: str) -> str:
    return f"{word} tells of the hosts of other stacks"


def _in_word(scalar: Scalar) -> Iterator[Finding]:
    word = _short(scalar.key)
    of = _WORDS | (_OF_PLAYS if scalar.depth == 2 else {})
    if word in of and scalar.begins and scalar.text.lower() not in _OFF:
        yield scalar.key_line, f"{word} {of[word]}", _EACH_ALONE
    if word in ("action", "local_action") and (module := _short(scalar.text.partition(" ")[0])) in _WORDS:
        yield scalar.line, f"{module} {_WORDS[module]}", _EACH_ALONE


def _in_delegation(scalar: Scalar) -> Iterator[Finding]:
    if scalar.key == "delegate_to" and scalar.text not in _HERE:
        problem = f"the task is delegated to {quote(scalar.text)}, which may be a host of another stack"
        yield scalar.line, problem, f"delegate to localhost alone, {_OR_NOT}"


def _in_pattern(scalar: Scalar) -> Iterator[Finding]:
    if scalar.key == "hosts" and scalar.depth == 2 and ("[" in scalar.text or "{{" in scalar.text):
        problem = f"the pattern {quote(scalar.text)} chooses some hosts out of those of all stacks"
        yield scalar.line, problem, f"name whole groups, {_OR_NOT}"
    if scalar.key == "hosts" and scalar.depth == 2 and "ungrouped" in scalar.text:
        yield scalar.line, "in a shared run no host is ungrouped", f"name a group, {_OR_NOT}"


def _in_meta(scalar: Scalar) -> Iterator[Finding]:
    if _short(scalar.key) == "meta" and scalar.text in _META:
        yield scalar.line, f"{scalar.text} concerns the hosts of all stacks", f"use end_host, {_OR_NOT}"


_CHECKS: tuple[Callable[[Scalar], Iterator[Finding]], ...] = (_in_word, _in_delegation, _in_pattern, _in_meta)


def _short(word: str) -> str:
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return word
