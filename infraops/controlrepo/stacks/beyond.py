"""Whether a stack's module or playbook may read files of the control repo that no digest of theirs counts.

Digests count what texts name plainly. Where a text computes a name, leads out of what is counted, or hands a command
to the machine that works, nobody can tell which files matter. This looks at words: too much may be suspected.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from infraops.controlrepo.files.contents import file_text, tree
from infraops.controlrepo.modules.reach import configuration_files, reach_of
from infraops.controlrepo.playbooks.files import LARGEST_TEXT, NOT_PLAYED, playbook_files
from infraops.models.stacks.stack import Stack

_SPELT = r"\\[xuU][0-9A-Fa-f]{2}"  # a letter that is written as a number
_UPWARDS = re.compile(r'["/](?P<path>\.\.(?=[/"])[^"$%\\\n]*)')
_IN_MODULES = re.compile(rf'{_SPELT}|\bpath\.(?:root|cwd)\b|\babspath\s*\(|\bprovisioner\b|"external"')
_FOLDED = r"\s*[|>][-+\d]*\s*\n[^\n]*\{[{%]"  # the value of a key below it, and computed
_ONE = rf"""\s*[:=](?:{_FOLDED}|\s*(?:"[^"\n]*|'[^'\n]*|[^"'\n,]*)\{{[{{%])"""
_MANY = rf"\s*[:=](?:{_FOLDED}|[^\n]*\{{[{{%])"
_IN_PLAYS = re.compile(
    rf"\.\./|{_SPELT}|\b(?:playbook_dir|role_path|inventory_dir|inventory_file)\b"
    r"|\blocal_action\b|\b(?:delegate_to|hosts)\s*:\s*['\"]?(?:localhost|127\.|::1)"
    r"|\b(?:lookup|query|q)\s*\(|\bwith_(?:file|fileglob|filetree|first_found|lines|pipe|template)\b"
    rf"|\b(?:src|script|file|tasks_from|vars_from){_ONE}|\b(?:vars_files|roles?|(?:include|import)_\w+){_MANY}"
)
_PLUGINS = re.compile(r"(?:^|/)[a-z]+_plugins/")  # programs that Ansible starts here


def may_read_beyond(stack: Stack, root: Path) -> bool:
    """Whether what a stack does may depend on files of the control repo that its digests do not count.

    Templates that come with infraops read nothing of it but what parameters name.
    """
    if not stack.template.built_in:
        top = stack.module.directory if stack.module.in_place else stack.template.directory
        if _module_does(stack.module.directory, top, stack.module.outside, _stamp((top, *stack.module.outside))):
            return True
    if stack.playbook is not None:
        return _play_does(_texts(root, playbook_files(root, stack.playbook)))
    if stack.template.file.playbook is None or stack.template.built_in:
        return False
    directory = stack.template.directory
    return _play_does(_texts(directory, tree(directory, without=NOT_PLAYED)))


def _stamp(tops: tuple[Path, ...]) -> tuple[frozenset[tuple[str, str]], ...]:
    return tuple(frozenset(tree(top)) for top in tops)


@cache
def _module_does(
    directory: Path, top: Path, outside: tuple[Path, ...], _as_it_is: tuple[frozenset[tuple[str, str]], ...]
) -> bool:
    counted = (top, *outside)
    for module in reach_of(directory).modules:
        for file in configuration_files(module):
            text = file_text(file)
            upwards = (one["path"] for one in _UPWARDS.finditer(text))
            if _IN_MODULES.search(text) or any(_leads_out(module, path, counted) for path in upwards):
                return True
    return False


def _leads_out(module: Path, path: str, counted: Iterable[Path]) -> bool:
    target = Path(os.path.normpath(module / path))
    return not target.exists() or not any(target.is_relative_to(one) for one in counted)


def _texts(top: Path, files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Path]]:
    yield from ((shown, top / shown) for shown, _ in files)


def _play_does(files: Iterable[tuple[str, Path]]) -> bool:
    return any(
        _PLUGINS.search(shown) or (path.is_file() and _IN_PLAYS.search(_text(path)) is not None)
        for shown, path in files
    )


def _text(path: Path) -> str:
    return file_text(path) if path.is_file() and path.stat().st_size <= LARGEST_TEXT else ""
