"""What a run knows of approvals: asked once, before it begins, of git and of the ledger."""

from functools import cache, partial
from pathlib import Path

from infraops.commands.change_control.protecting import protected_at, protection
from infraops.commands.context.surroundings import OpenRepo
from infraops.controlrepo.files.find import SETTINGS
from infraops.controlrepo.governance.approvals import DIRECTORY, read_approvals
from infraops.controlrepo.governance.protected import owner_in
from infraops.errors import InfraOpsError, NotApproved, UsageError
from infraops.ledger.ledger import Ledger
from infraops.models.ledger.runs import Asked, RunStarted
from infraops.models.stacks.protected import Protected
from infraops.models.stacks.stack import Environment, Stack
from infraops.stations.bench.control import Control
from infraops.stations.changes.beyond import digest_beyond
from infraops.tools.git.branches import Branch
from infraops.tools.git.commits import Signed, describe, leads_to, signers_of
from infraops.tools.git.files import committed_files, read_at


def control_of(opened: OpenRepo, environment: Environment, asked: Asked) -> Control | None:
    """Return what a run has to know of approvals; None where its environment demands none.

    Raises NotApproved where nobody can say who may approve, UsageError where an emergency is declared and none can be.
    """
    protected = protection(opened, environment, asked.claimed.base or None)
    if protected is None:
        if asked.claimed.emergency:
            problem = f"changes of {environment.name} need no approvals"
            raise UsageError("declaring an emergency", problem, "leave --emergency out")
        return None
    if opened.repo.settings.ledger != protected.ledger:
        problem = f"{SETTINGS} here names another ledger than on {protected.branch}, which knows what was approved"
        raise NotApproved("looking for the ledger", problem, "merge that change of the ledger first, alone")
    root = opened.workspace.root
    state = describe(root)
    return Control(
        environment=environment.name,
        protected=protected,
        then=partial(_then, root, protected),
        signed=partial(_signed, root, protected),
        owner_then=partial(_owner, root),
        approvals=partial(read_approvals, root, environment.name),
        beyond=cache(partial(digest_beyond, cache(partial(committed_files, root)))),
        commit=state.commit if state is not None else "",
        author=asked.claimed.author,
        emergency=asked.claimed.emergency,
    )


def _owner(root: Path, commit: str, stack: Stack) -> str:
    """Return whose a blueprint was at a commit; empty where its file was not there, or did not hold it."""
    content = _read(root, commit, stack.place.file)
    return "" if content is None else owner_in(content.decode("utf-8", "replace"), stack.blueprint, stack.moved_from)


@cache
def _read(root: Path, commit: str, file: str) -> bytes | None:
    return read_at(root, commit, file)


def with_earlier_runs(run: str, resumes: str, ledger: Ledger) -> frozenset[str]:
    """Return a run and all that it goes on with: what was approved for one of them is not used twice by the next."""
    runs = {run}
    while resumes and resumes not in runs:
        runs.add(resumes)
        entries = ledger.entries(resumes, kind="run_started")
        begun = entries[0].payload if entries else None
        resumes = begun.resumes if isinstance(begun, RunStarted) else ""
    return frozenset(runs)


def _then(root: Path, protected: Protected, commit: str) -> Protected | None:
    """Return what the protected branch said at a commit; None where that is not in its history, or says nothing."""
    if commit == protected.commit:
        return protected
    if not commit or not leads_to(root, commit, protected.commit):
        return None
    try:
        return protected_at(root, Branch(protected.branch, commit))
    except InfraOpsError:
        return None


@cache
def _authors(root: Path, signers: str, since: str) -> Signed:
    return signers_of(root, since, signers=signers, without=DIRECTORY)


def _signed(root: Path, protected: Protected, since: str) -> Signed:
    return _authors(root, protected.signers, since)
