"""Control of changes: all that a run needs to know where its environment demands approvals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infraops.models.changes.approval import SignedStatement
from infraops.models.files.environment import ChangeRules
from infraops.models.stacks.protected import Protected
from infraops.models.stacks.stack import Stack
from infraops.tools.git.commits import Signed


@dataclass(frozen=True)
class Control:
    """What was asked, and what the protected branch says. Nothing of it comes from the branch under review.

    `then` gives what the protected branch said at a commit; None where that commit is not in its history. `signed`
    says who signed what came after a commit.
    """

    environment: str
    protected: Protected
    then: Callable[[str], Protected | None]
    signed: Callable[[str], Signed]
    owner_then: Callable[[str, Stack], str]  # commit, stack → its owner then; "" where its file did not hold it
    approvals: Callable[[], tuple[SignedStatement, ...]] = tuple
    beyond: Callable[[bool], str] = lambda _: ""  # digest of committed files that no stack's own counts: of all, or few
    commit: str = ""
    author: str = ""  # the forge's identity
    emergency: str = ""  # the incident
    of_this_run: frozenset[str] = frozenset()  # this run and those that it goes on with
    clean_runs: Mapping[str, int] = field(default_factory=dict)  # by template

    @property
    def rules(self) -> ChangeRules:
        """The environment's rules, as the protected branch has them."""
        return self.protected.rules[self.environment]
