"""What in playbooks would act on the machine of who runs them, or act although only a check is asked for.

A plan starts no Ansible, so this refuses nothing; it is told to who reviews the branch. It looks at lines of text, not
at what Ansible makes of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from infraops.controlrepo.files.contents import file_text, tree
from infraops.controlrepo.playbooks.files import LARGEST_TEXT, NOT_PLAYED, playbook_files
from infraops.models.stacks.stack import Stack

_ACTING = r"(?:ansible\.builtin\.)?(?:pipe|url|env|lines|password|ini|csvfile|fileglob|vars|unvault)"
_PATTERNS = (
    (re.compile(rf"\b(?:lookup|query|q)\s*\(\s*['\"]{_ACTING}['\"]"), "a look-up that runs, fetches or reads there"),
    (re.compile(rf"^\s*(?:-\s+)?with_{_ACTING}\s*:"), "a look-up that runs, fetches or reads there"),
    (re.compile(r"\b(?:lookup|query|q)\s*\([^)]*['\"](?:/|~|\.\./)"), "a look-up of a file outside of the playbook"),
    (re.compile(r"^\s*(?:-\s+)?check_mode\s*:\s*['\"]?(?:false|no|off|0)\b", re.IGNORECASE), "acts in check mode too"),
    (re.compile(r"\bdelegate_to\s*:\s*['\"]?(?:localhost|127\.|::1)"), "a task for the machine that runs infraops"),
    (re.compile(r"^\s*(?:-\s+)?local_action\s*:"), "a task for the machine that runs infraops"),
    (re.compile(r"\b(?:ansible_)?connection\s*[:=]\s*['\"]?(?:ansible\.builtin\.)?local\b"), "a play for this machine"),
    (re.compile(r"^\s*(?:-\s+)?hosts\s*:\s*['\"]?(?:localhost|127\.)"), "a play for the machine that runs infraops"),
)
_CODE = re.compile(r"(?:^|/)(?:library|module_utils|[a-z]+_plugins)/")


def escapes(stack: Stack, root: Path) -> Iterator[str]:
    """Yield a line for each thing that stands out in what the stack's hosts would be configured with."""
    for path, shown in _files(stack, root):
        if shown.endswith("/ansible.cfg") or shown == "ansible.cfg":
            yield f"{shown}: settings of Ansible"
        elif _CODE.search(shown):
            yield f"{shown}: code that Ansible loads by itself"
        elif path.suffix in (".yml", ".yaml", ".j2", ".ini", ".cfg") and path.stat().st_size <= LARGEST_TEXT:
            for number, line in enumerate(file_text(path).splitlines(), 1):
                yield from (f"{shown}:{number}: {what}" for pattern, what in _PATTERNS if pattern.search(line))


def _files(stack: Stack, root: Path) -> Iterator[tuple[Path, str]]:
    """Yield what the stack's play is made of, as far as it is the control repo's, and what lies beside it."""
    found: dict[str, Path] = {}
    if stack.playbook is not None:
        found |= {shown: root / shown for shown, _ in playbook_files(root, stack.playbook)}
        beside = (root / stack.playbook).parent
        found |= {path.relative_to(root).as_posix(): path for path in (beside / "ansible.cfg", root / "ansible.cfg")}
    elif stack.template.file.playbook is not None and not stack.template.built_in:
        top = stack.template.directory
        found |= {(top / name).relative_to(root).as_posix(): top / name for name, _ in tree(top, without=NOT_PLAYED)}
    inventory = stack.environment.directory
    for name in ("group_vars", "host_vars"):
        found |= {
            (inventory / name / below).relative_to(root).as_posix(): inventory / name / below
            for below, _ in tree(inventory / name)
        }
    yield from ((path, shown) for shown, path in sorted(found.items()) if path.is_file())
