"""Which files a user's playbook is made from: those that it mentions, and those that Ansible reads unasked."""

import re
from collections.abc import Iterator
from pathlib import Path

from infraops.controlrepo.files.contents import LEFT_BEHIND, file_text, tree

ROLES = "playbooks/roles"
# What ansible-galaxy installs from, beside a playbook, as Ansible and AWX know it.
REQUIREMENTS = ("requirements.yml", "requirements.yaml", "roles/requirements.yml", "collections/requirements.yml")
_ANSIBLES = frozenset(
    {"files", "templates", "tasks", "handlers", "vars", "defaults", "meta", "group_vars", "host_vars", "library"}
    | {"module_utils", "collections"}
)
_YAML = (".yml", ".yaml", ".json", "")  # Ansible reads tasks whatever their file is called
_WRITTEN = (*_YAML, ".j2")  # a template may include another
LARGEST_TEXT = 1_000_000  # bytes; a larger file is data and mentions nothing
NOT_PLAYED = ("terraform", "template.yaml", "README.md", "test.yaml", "test")  # of a template's directory
# A name that is computed: `include_tasks: "{{ x }}.yml"`, `- role: "{{ x }}"`, `- "{{ x }}"` below `roles:`.
_COMPUTED = re.compile(
    r"(?:import|include)_(?:tasks|role|playbook|vars)[^\n]*\{\{"
    r"|(?:import|include)_(?:tasks|role|vars):\s*\n(?:[^\n]*\n){0,3}?\s*(?:file|name|dir|tasks_from):[^\n]*\{\{"
    r"|\brole:[^\n]*\{\{"
    r"|^\s*-\s*[\"']?[^\"'\n:]*\{\{",
    re.MULTILINE,
)


def playbook_files(root: Path, playbook: str) -> Iterator[tuple[str, str]]:
    """Yield (path relative to `root`, digest) of the files that the playbook at `root/playbook` is made from.

    The directories that Ansible looks into by itself count whole. Of everything else beside the playbook, and of the
    roles, that counts whose name is mentioned by something that counts; all does where a name is computed.
    """
    base = root / playbook
    beside = {path.name: path for path in base.parent.iterdir() if path.name not in LEFT_BEHIND}
    always = [path for name, path in beside.items() if path.is_dir() and _is_ansibles(name)]
    required = (base.parent / name for name in REQUIREMENTS)
    always += [path for path in required if path.is_file() and path.parent not in always]
    optional = {name: path for name, path in beside.items() if path not in (*always, base) and name != "roles"}
    for roles in (root / ROLES, base.parent / "roles"):
        if roles.is_dir():
            optional |= {path.name: path for path in roles.iterdir() if path.is_dir()}
    chosen = [base, *always]
    for path in chosen:  # grows while it is read
        text = "\n".join(_mentioning(path, _WRITTEN))
        everything = _COMPUTED.search("\n".join(_mentioning(path, _YAML))) is not None
        chosen += [
            optional.pop(name) for name in list(optional) if (everything and not name.startswith(".")) or name in text
        ]
    for path in chosen:
        shown = path.relative_to(root).as_posix()
        for relative, digest in tree(path):
            yield (shown if relative == "." else f"{shown}/{relative}"), digest


def _is_ansibles(name: str) -> bool:
    return name in _ANSIBLES or name.endswith("_plugins")


def _mentioning(path: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts of the files with one of these suffixes at or below `path`."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    for file in files:
        if file.suffix in suffixes and file.stat().st_size <= LARGEST_TEXT:
            yield file_text(file)
