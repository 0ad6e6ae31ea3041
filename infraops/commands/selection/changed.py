"""Which stacks have changed since a commit: by the content of all that they are made from."""

from pathlib import Path
from tempfile import TemporaryDirectory

from infraops.commands.context.surroundings import BUILT_IN_CATALOG
from infraops.controlrepo.digests import Snapshot, inputs_digest
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from infraops.models.stacks.repo import ControlRepo
from infraops.tools.files import content
from infraops.tools.git.commits import where_left
from infraops.tools.git.files import check_out
from infraops.tools.terraform.state.site import lock_file


def changed_since(repo: ControlRepo, reference: str) -> frozenset[str]:
    """Name the stacks that are made from other files or values now than where this branch left `reference`.

    Files that are not committed count, and so do deleted ones. Where the control repo was not valid then, all stacks
    have changed. Raises UsageError where git does not know the reference.
    """
    commit = where_left(repo.root, reference)
    with TemporaryDirectory(prefix="infraops-since-") as directory:
        then = Path(directory).resolve() / "repo"
        check_out(repo.root, commit, then)
        try:
            before = load(then, built_in=BUILT_IN_CATALOG, composed=Composed(repo.composed))
        except InvalidInput:
            return frozenset(repo.stacks)
        old, now = _digests(before, frozenset(repo.stacks)), _digests(repo, frozenset(before.stacks))
    return frozenset(name for name in repo.stacks if name not in old or old[name] != now[name])


def _digests(repo: ControlRepo, wanted: frozenset[str]) -> dict[str, tuple[str, bytes]]:
    snapshot = Snapshot()
    return {
        name: (inputs_digest(stack, repo.root, snapshot), content(lock_file(stack)))
        for name, stack in repo.stacks.items()
        if name in wanted
    }
