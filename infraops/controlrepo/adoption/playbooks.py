"""Reading a playbook that knows nothing of infraops: which files it is made from, and what it asks of its hosts."""

import configparser
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infraops.controlrepo.files.contents import file_text, tree
from infraops.controlrepo.playbooks.files import LARGEST_TEXT, REQUIREMENTS, playbook_files
from infraops.controlrepo.playbooks.scalars import Scalar, UnreadablePlay, scalars
from infraops.errors import InfraOpsError
from infraops.models.reports.wrapping import Finding, Outcome

_EVERYBODY = frozenset({"all", "localhost", "127.0.0.1", "*"})
_LEADS_OUT = re.compile(r"(?<![\w.])\.\./[\w./-]+")
_HIGHEST = 3  # directories above the playbook in which an ansible.cfg is looked for


@dataclass(frozen=True)
class ForeignPlaybook:
    """A playbook, the files it is made from (where they go, beside it → where they are), and what was found out.

    `by_path` are roles that only a `roles_path` in an ansible.cfg leads to.
    """

    files: dict[str, Path] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    by_path: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_foreign_playbook(playbook: Path) -> ForeignPlaybook:
    """Look through a playbook and what it mentions. Raises InfraOpsError where it cannot be read."""
    doing = f"reading {playbook}"
    try:
        said = list(scalars(file_text(playbook)))
        beside = {shown: playbook.parent / shown for shown, _ in playbook_files(playbook.parent, playbook.name)}
    except UnreadablePlay as unreadable:
        raise InfraOpsError(doing, f"line {unreadable.line}: {unreadable.problem}", "mend it") from None
    except OSError as error:
        raise InfraOpsError(doing, f"{error.filename}: {error.strerror}", "check its permissions") from None
    roles = dict(_roles_by_path(playbook, beside))
    files = beside | {f"roles/{role}/{name}": top / name for role, top in roles.items() for name, _ in tree(top)}
    groups = tuple(dict.fromkeys(group for one in said if _is_hosts(one) for group in _groups(one.text)))
    findings = (*_on_groups(groups), *_on_files(playbook, beside, roles), *_on_words(playbook, said))
    return ForeignPlaybook(files, groups, tuple(roles), findings)


def _is_hosts(scalar: Scalar) -> bool:
    return scalar.key == "hosts" and scalar.depth == 2 and bool(scalar.text)


def _groups(pattern: str) -> Iterator[str]:
    for part in re.split(r"[:,]", pattern):
        if (name := part.strip().lstrip("&")) and name not in _EVERYBODY and not name.startswith("!"):
            yield name


def _roles_by_path(playbook: Path, files: dict[str, Path]) -> Iterator[tuple[str, Path]]:
    """Find the roles that are not beside the playbook, in the directories that an ansible.cfg names."""
    known = {name.split("/")[1] for name in files if name.startswith("roles/")}
    waiting = [path for path in files.values() if path.suffix in (".yml", ".yaml", "")]
    directories = [directory for directory in _role_directories(playbook) if directory.is_dir()]
    candidates = {path.name: path for one in reversed(directories) for path in one.iterdir() if path.is_dir()}
    for path in waiting:
        text = file_text(path) if path.stat().st_size <= LARGEST_TEXT else ""
        for role in sorted(candidates.keys() - known):
            if re.search(rf"(?<![\w.-]){re.escape(role)}(?![\w-])", text):
                known.add(role)
                yield role, candidates[role]
                waiting += [
                    candidates[role] / name for name, _ in tree(candidates[role]) if name.endswith((".yml", ".yaml"))
                ]


def _role_directories(playbook: Path) -> Iterator[Path]:
    for directory in (playbook.parent, *list(playbook.parent.parents)[: _HIGHEST - 1]):
        settings = directory / "ansible.cfg"
        if not settings.is_file():
            continue
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(settings.read_text(encoding="utf-8", errors="replace"))
        except configparser.Error:
            return
        for part in parser.get("defaults", "roles_path", fallback="").split(os.pathsep):
            if part.strip() and not part.strip().startswith("~"):
                yield Path(os.path.normpath(directory / part.strip()))
        return


def _on_groups(groups: tuple[str, ...]) -> Iterator[Finding]:
    for group in groups:
        if "{{" in group:
            yield Finding("hosts of a play", Outcome.PARTLY, f"they are computed: {group}", "hand the variable over")
        else:
            hint = f"name it under groups, in hosts of template.yaml or of the module: [{group}]"
            yield Finding(f"group {group}", Outcome.PARTLY, "the play runs on its hosts alone", hint)


def _on_files(playbook: Path, files: dict[str, Path], roles: dict[str, Path]) -> Iterator[Finding]:
    for name in sorted({name.split("/")[1] for name in files if name.startswith("roles/") and name.count("/") > 1}):
        yield Finding(f"role {name}", Outcome.MAPPED, "beside the playbook")
    for name, path in roles.items():
        yield Finding(f"role {name}", Outcome.MAPPED, f"copied from {path.parent}, where ansible.cfg leads to")
    for name in (one for one in REQUIREMENTS if one in files):
        yield Finding(name, Outcome.MAPPED, "ansible-galaxy installs what it names before the first play")
    for name in sorted(name for name in files if name.startswith(("group_vars/", "host_vars/"))):
        yield Finding(name, Outcome.MAPPED, "beside the playbook; a blueprint's parameters win over it")
    written = (file_text(path) for path in (playbook, *(files[name] for name in REQUIREMENTS if name in files)))
    for name in sorted({name for text in written for name in _LEADS_OUT.findall(text)}):
        yield Finding(
            name, Outcome.MISSING, "it lies outside of the playbook's directory", "move it beside the playbook"
        )
    settings = playbook.parent / "ansible.cfg"
    if settings.is_file():
        yield Finding(
            "ansible.cfg", Outcome.LEFT, "infraops writes settings of its own", "give what matters as variables"
        )


def _on_words(playbook: Path, said: list[Scalar]) -> Iterator[Finding]:
    if any(one.key == "vars_prompt" for one in said):
        yield Finding("vars_prompt", Outcome.MISSING, "nobody is there to be asked", "give the variables as parameters")
    if "$ANSIBLE_VAULT" in file_text(playbook) or "!vault" in file_text(playbook):
        why = "ANSIBLE_VAULT_PASSWORD_FILE is handed on to Ansible"
        yield Finding("vault", Outcome.PARTLY, why, "set it where infraops runs")
