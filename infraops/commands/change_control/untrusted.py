"""The look at a branch that nobody trusts yet, before anything is started for it, and what is handed on after it."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infraops.assessment.untrusted import canonical
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.selection.stacks import Selection, choose_environment, select
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.untrusted.modules import look_at_module
from infraops.controlrepo.untrusted.playbooks import escapes
from infraops.controlrepo.untrusted.settings import (
    AtBase,
    look_at_providers,
    look_at_scratch,
    look_at_secrets,
    look_at_settings,
    look_at_state,
    read_allow_file,
)
from infraops.errors import Place, Untrusted, UsageError
from infraops.models.files.allowance import BUILT_IN, AllowFile
from infraops.models.runs.events import Said
from infraops.models.stacks.stack import Stack
from infraops.render.stack import template_directory
from infraops.tools.git.branches import find_branch
from infraops.tools.git.files import read_at
from infraops.tools.git.repositories import top_of
from infraops.tools.terraform.initialising import pinned_providers
from infraops.tools.terraform.state.site import lock_file

NO_HOME = f"{os.devnull}/home"  # a directory that is not there and that nobody can make
_COMPUTED = "terraform.io/builtin/"  # part of the program


@dataclass(frozen=True)
class Distrust:
    """That the branch is not trusted: the list that says what it may be made of, and the branch it is held against."""

    allow: Path | None = None
    base: str | None = None


def refuse_beside(distrust: Distrust | None, word: str) -> None:
    """Raise UsageError for an option that reaches for stacks that no look is taken at, or asks their states for hosts.

    `word` is the option that was given, without its dashes; empty for none.
    """
    if distrust is not None and word:
        problem, hint = f"--{word} does not go with --untrusted", f"leave --{word} out"
        raise UsageError("planning an untrusted branch", problem, hint)


@dataclass(frozen=True)
class Looked:
    """What a look leaves: surroundings with less in them, and what who reviews the branch should know, by stack."""

    surroundings: Surroundings
    notes: Mapping[str, tuple[str, ...]]


def look(distrust: Distrust, selection: Selection, surroundings: Surroundings) -> Looked:
    """Look at what the chosen stacks are made of; nothing is started, and nothing written.

    Raises Untrusted with all that is refused, UsageError and InvalidInput as any command does.
    """
    opened = open_repo(surroundings)
    root = opened.repo.root
    allowed = _allowed(distrust, root, surroundings)
    at_base = _reader(distrust.base, root)
    stacks = select(opened.repo, selection)
    involved = _involved(stacks, opened)
    mistakes = Mistakes()
    look_at_settings(opened.repo.settings, root, allowed, at_base, mistakes)
    look_at_scratch(_written(involved, opened), root, mistakes)
    environment = opened.repo.environments[choose_environment(opened.repo, selection.environment)]
    look_at_state(environment, root, allowed, at_base, mistakes)
    look_at_providers(environment, root, at_base, mistakes)
    for stack in involved:
        look_at_secrets(stack, allowed, mistakes)
        providers = look_at_module(stack, root, allowed, mistakes)
        _look_at_locks(stack, providers, allowed, mistakes)
    if mistakes:
        raise Untrusted(mistakes.in_order())
    notes = {stack.name: tuple(f"untrusted: {line}" for line in escapes(stack, root)) for stack in stacks}
    for name, lines in notes.items():
        for line in lines:
            surroundings.report(Said(name, "", line, important=True))
    return Looked(dataclasses.replace(surroundings, environ=_environ(allowed, involved, opened, surroundings)), notes)


def _allowed(distrust: Distrust, root: Path, surroundings: Surroundings) -> AllowFile:
    """Read the list; where it lies in the checkout, only as it is at the base, for the branch may have changed it."""
    if distrust.allow is None:
        return BUILT_IN
    written = surroundings.directory / distrust.allow
    doing = f"reading {distrust.allow}"
    top = top_of(root)
    # Both as written and as it resolves: a link is followed by whoever checked the branch out.
    lexical = Path(os.path.normpath(written))
    if lexical.is_relative_to(top) or written.resolve().is_relative_to(top):
        if distrust.base is None:
            hint = "name a file elsewhere, or add --base with the branch that it is to be read from"
            raise UsageError(doing, "it lies in the checkout, where the untrusted branch may have changed it", hint)
        at_base = _reader(distrust.base, top) if lexical.is_relative_to(top) else None
        content = at_base(lexical.relative_to(top).as_posix()) if at_base else None
        if content is None:
            raise UsageError(doing, f"there is no such file at {distrust.base}", "commit it there first")
    else:
        try:
            content = written.read_bytes()
        except OSError as error:
            raise UsageError(doing, f"it cannot be read: {error.strerror}", "look at --allow") from None
    return read_allow_file(content, str(distrust.allow))


def _reader(base: str | None, root: Path) -> AtBase | None:
    if base is None:
        return None
    branch = find_branch(root, base)
    return None if branch is None else lambda file: read_at(root, branch.commit, file)


def _involved(stacks: tuple[Stack, ...], opened: OpenRepo) -> list[Stack]:
    """Return the stacks and those whose outputs they take: a state elsewhere is asked for through Terraform."""
    names = {stack.name for stack in stacks}
    names |= {reference.stack for stack in stacks for reference in stack.inputs.values()}
    return [opened.repo.stacks[name] for name in sorted(names)]


def _written(stacks: Iterable[Stack], opened: OpenRepo) -> list[Path]:
    workspace = opened.workspace
    return [
        workspace.runs,
        *(workspace.stacks / stack.environment.name / stack.blueprint for stack in stacks),
        *(workspace.scratch / "templates" / template_directory(stack) for stack in stacks),
    ]


def _look_at_locks(stack: Stack, providers: Mapping[str, Place], allowed: AllowFile, mistakes: Mistakes) -> None:
    before = lock_file(stack, stack.moved_from) if stack.moved_from is not None else None
    pinned = {canonical(source) for source in pinned_providers(lock_file(stack), before)}
    for source, place in providers.items():
        if source in pinned or source.startswith(_COMPUTED):
            continue
        if allowed.allows("providers", source):  # what is not allowed is refused already
            problem = f"no lock file of {stack.environment.name} pins the provider {source}, which {stack.name} needs"
            hint = f"commit inventories/{stack.environment.name}/locks/{lock_file(stack).name}"
            mistakes.add(place, problem, f"{hint} in a change that is trusted")


def _environ(
    allowed: AllowFile, involved: Iterable[Stack], opened: OpenRepo, surroundings: Surroundings
) -> dict[str, str]:
    """Choose what of the environment is handed on; the user's home only where the list names HOME."""
    secrets = {each.name for stack in involved for each in stack.secrets.values() if each.scheme == "env"}
    keys = (stack.environment.file.change.fingerprint_key or "" for stack in involved)
    secrets |= {key.removeprefix("env:") for key in keys if key.startswith("env:")}
    kept = {
        name: value
        for name, value in surroundings.environ.items()
        if allowed.allows("environment", name) or name in secrets
    }
    directories = {
        "XDG_STATE_HOME": str(opened.workspace.state.parent.parent),
        "XDG_CACHE_HOME": str(opened.workspace.cache.parent),
    }
    return {"HOME": NO_HOME, **kept, **directories}
