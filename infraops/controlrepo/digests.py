"""Digests of everything a stack is made from; equal digests are the evidence that nothing needs to be done.

A digest is the SHA-256 over sorted (name, content) pairs. Values of secrets are never part of one, only their
references: that a secret has another value now shows in no digest.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from infraops.controlrepo.files.contents import file_digest, file_text, tree
from infraops.controlrepo.governance.policies import DIRECTORY
from infraops.controlrepo.parameters.rules import MACHINES
from infraops.controlrepo.playbooks.files import NOT_PLAYED, playbook_files
from infraops.errors import InfraOpsError
from infraops.models.files.template import ParameterType
from infraops.models.stacks.stack import Stack
from infraops.render.hcl import reference
from infraops.render.providers import providers_handed
from infraops.render.state_account import state_account

FORMAT = "infraops/digest/v1"  # part of every digest: to be changed when what goes into one changes


class Snapshot:
    """Trees as they were when they were first looked at.

    Many stacks share a template, a playbook or an environment: hand the same snapshot to all stacks of a selection.
    """

    def __init__(self) -> None:
        self._digests: dict[tuple[str, Path], str] = {}

    def once(self, kind: str, path: Path, entries: Callable[[], Iterable[tuple[str, str]]]) -> str:
        """Return the digest of the entries, which are collected only the first time."""
        if (kind, path) not in self._digests:
            self._digests[kind, path] = _combine(entries())
        return self._digests[kind, path]


def inputs_digest(stack: Stack, root: Path, snapshot: Snapshot | None = None) -> str:
    """Digest everything a stack is made from: values, template, module, environment, playbook, rules.

    Raises InfraOpsError where a file cannot be read.
    """
    snapshot = snapshot or Snapshot()
    described = stack.template.directory / "template.yaml"
    with _reading(stack):
        return _combine(
            [
                *_policies(root, snapshot),
                ("values", _json(_values(stack))),
                ("environment", _json(_environment(stack))),
                ("template", snapshot.once("file", described, lambda: [(described.name, file_digest(described))])),
                ("module", module_digest(stack, snapshot)),
                ("playbook", playbook_digest(stack, root, snapshot)),
            ]
        )


def _policies(root: Path, snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the control repo's own rules; where there are none, what is proven without them stays proven."""
    directory = root / DIRECTORY
    return [("policies", snapshot.once("tree", directory, lambda: tree(directory)))] if directory.is_dir() else []


def module_digest(stack: Stack, snapshot: Snapshot) -> str:
    """Digest a stack's Terraform module. Raises InfraOpsError where a file cannot be read."""
    with _reading(stack):
        return snapshot.once("module", stack.module.directory, lambda: _module(stack))


def template_digest(stack: Stack, root: Path, snapshot: Snapshot) -> str:
    """Digest what a stack's template does: its module and its playbook, without what is said of this stack alone.

    Raises InfraOpsError where a file cannot be read.
    """
    with _reading(stack):
        return _combine([("module", module_digest(stack, snapshot)), *_play(stack, root, snapshot)])


def playbook_digest(stack: Stack, root: Path, snapshot: Snapshot | None = None) -> str:
    """Digest what configures a stack's hosts: playbook, roles, files named by parameters, group_vars, host_vars.

    Of the files beside a user's playbook, and of the roles, those count whose names the playbook mentions, itself or
    through another that it mentions; all count where it computes a name. Raises InfraOpsError where a file cannot be
    read.
    """
    with _reading(stack):
        return _combine(_played(stack, root, snapshot or Snapshot()))


def _play(stack: Stack, root: Path, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    playbook, template = stack.playbook, stack.template.directory
    if not stack.has_playbook:
        return
    if playbook is not None:
        yield "play", snapshot.once("play", root / playbook, lambda: playbook_files(root, playbook))
    elif stack.template.file.playbook is not None:
        yield "play", snapshot.once("play", template, lambda: tree(template, without=NOT_PLAYED))


def _played(stack: Stack, root: Path, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    inventory = stack.environment.directory
    yield from _play(stack, root, snapshot)
    for written in _named_files(stack):
        yield f"file/{written}", snapshot.once("tree", root / written, partial(tree, root / written))
    for name in ("group_vars", "host_vars"):
        yield name, snapshot.once("tree", inventory / name, partial(tree, inventory / name))


@contextmanager
def _reading(stack: Stack) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"{error.filename} cannot be read: {error.strerror}"
        raise InfraOpsError(f"digesting the files of {stack.name}", problem, "check its permissions") from None


def _combine(entries: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    for pair in sorted(entries):
        for part in pair:
            encoded = part.encode("utf-8", "surrogateescape")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _values(stack: Stack) -> dict[str, Any]:
    return {
        "name": stack.name,
        "owner": stack.owner,
        "template": stack.template.reference,
        "parameters": dict(stack.parameters),
        "secrets": {name: str(reference) for name, reference in stack.secrets.items()},
        "inputs": {name: f"{one.stack}.{one.output}" for name, one in stack.inputs.items()},
        "playbook": stack.playbook,
        **_refactoring(stack),
    }


def _refactoring(stack: Stack) -> dict[str, Any]:
    """Return what only few stacks say; of those that do not, what is proven stays proven."""
    said: dict[str, Any] = {
        "moved_from": stack.moved_from,
        "forget": [reference(each) for each in stack.forget],
        "adopt": [[reference(each.to), each.id] for each in stack.adopt],
    }
    return {key: value for key, value in said.items() if value}


def _environment(stack: Stack) -> dict[str, Any]:
    """Return what of the environment reaches the stack: a machine listed for another blueprint must not void it."""
    file = stack.environment.file
    machines = file.hosts.get(stack.blueprint, {})
    return {
        "platform": file.platform,
        "state": file.state.model_dump(),
        "variables": {name: value for name, value in file.variables.items() if name in stack.module.variables},
        MACHINES: {name: machine.model_dump() for name, machine in machines.items()},
        **_providers(stack),
    }


def _providers(stack: Stack) -> dict[str, Any]:
    """Return the providers' settings as the stack and its state are handed them; of a stack without any, nothing."""
    handed, emulator = providers_handed(stack), stack.environment.file.emulator
    account = state_account(stack.environment.file)
    said = {"providers": handed, "emulator": emulator, "state_account": account}
    return {key: value for key, value in said.items() if value}


def _module(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield the files of the stack's module, and of what it uses beyond its directory.

    Where a template does not say where its module lies, and the module reaches out of its directory, all of the
    template's count.
    """
    directory = stack.module.directory
    if stack.environment.platform in stack.template.file.modules:
        beyond = ((os.path.relpath(one, directory), one) for one in stack.module.outside)
        return ((f"{shown}/{name}", digest) for shown, top in ((".", directory), *beyond) for name, digest in tree(top))
    if any("../" in file_text(path) for path in directory.rglob("*.tf*") if path.is_file()):
        return tree(stack.template.directory)
    return tree(directory)


def _named_files(stack: Stack) -> list[str]:
    """Return the files and directories of the control repo that parameters name."""
    found: set[str] = set()
    for name, parameter in stack.template.file.parameters.items():
        if ParameterType.PATH in (parameter.type, parameter.items.type if parameter.items is not None else None):
            value = stack.parameters.get(name)
            items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            found.update(item for item in items if isinstance(item, str))
    return sorted(found)
