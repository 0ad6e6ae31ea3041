"""The protected branch as a run sees it: whether it demands approvals here, and by which rules."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from infraops.commands.context.surroundings import OpenRepo
from infraops.controlrepo.files.find import SETTINGS
from infraops.controlrepo.governance.protected import FILES, read_protected
from infraops.errors import NotApproved
from infraops.models.stacks.protected import Protected
from infraops.models.stacks.stack import Environment
from infraops.tools.git.branches import Branch, find_branch, has_remote
from infraops.tools.git.files import check_out, read_at

_LOOKING = "looking for the protected branch"


def protection(opened: OpenRepo, environment: Environment, base: str | None) -> Protected | None:
    """Return what the protected branch says where it demands approvals in an environment; None where it does not.

    `base` names the branch; else it is the one the remote starts with, and its own `change.base` may name another.
    Without a remote the settings here name it. Raises NotApproved where approvals are demanded and nobody can say by
    whom.
    """
    branch = _branch(opened, base)
    demanded = environment.file.change.approval is not None
    if branch is None:
        if demanded:
            problem = f"{environment.name} demands approvals, and there is no branch to read from who may give them"
            raise NotApproved(_LOOKING, problem, "push to a remote, or name it by --base or change.base")
        return None
    file = f"inventories/{environment.name}/environment.yaml"
    there = read_at(opened.workspace.root, branch.commit, file)
    if there is not None and b"approval" not in there and b"\\" not in there:  # which could spell it otherwise
        return None  # without reading all of the branch, as most environments demand none
    protected = protected_at(opened.workspace.root, branch)
    rules = protected.rules.get(environment.name)
    if rules is None and (demanded or any(each.approval is not None for each in protected.rules.values())):
        problem = f"{environment.name} is not on {branch.name} yet, where changes need approvals"
        raise NotApproved(_LOOKING, problem, f"merge {file} first")
    return protected if rules is not None and rules.approval is not None else None


def _branch(opened: OpenRepo, base: str | None) -> Branch | None:
    root = opened.workspace.root
    branch = find_branch(root, base)
    if branch is None:
        named = opened.repo.settings.change.base
        if named is not None and has_remote(root):
            problem = "nothing is fetched of the branch that the remote starts with, and only that may name another"
            raise NotApproved(_LOOKING, problem, f"give --base {named}, or: git remote set-head REMOTE --auto")
        return None if named is None else find_branch(root, named)
    if base is None:
        named = _settled_on(root, branch)
        return branch if named is None else find_branch(root, named)
    return branch


def _settled_on(root: Path, branch: Branch) -> str | None:
    """Return the branch that the remote's first branch itself names as the protected one."""
    written = read_at(root, branch.commit, SETTINGS) or b""
    return protected_at(root, branch).people.base if b"base" in written else None


@cache
def protected_at(root: Path, branch: Branch) -> Protected:
    """Read what a branch says at its commit, signers included."""
    with TemporaryDirectory(prefix="infraops-protected-") as directory:
        then = Path(directory).resolve() / "repo"
        check_out(root, branch.commit, then, patterns=FILES)
        found = read_protected(then, branch=branch.name, commit=branch.commit)
    people = found.people
    signers = read_at(root, branch.commit, people.signers)
    revoked = None if people.revoked is None else read_at(root, branch.commit, people.revoked)
    if people.revoked is not None and revoked is None:
        problem = f"change.revoked names {people.revoked}, which is not on {branch.name}"
        raise NotApproved(_LOOKING, problem, "add it, or take change.revoked out")
    return replace(found, signers=(signers or b"").decode("utf-8", "replace"), revoked=revoked or b"")
