"""What the protected branch says of changes: rules, people, policies, prices; no other branch has a say in it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infraops.models.files.environment import ChangeRules
from infraops.models.files.policy import Policies
from infraops.models.files.prices import Catalogue
from infraops.models.files.settings import ChangeSettings


@dataclass(frozen=True)
class Protected:
    """The protected branch at a commit. `signers` and `revoked` are contents of files, `digest` is of its policies."""

    branch: str
    commit: str
    people: ChangeSettings
    rules: Mapping[str, ChangeRules] = field(default_factory=dict)  # by environment
    policies: Policies = field(default_factory=Policies)
    prices: Catalogue = field(default_factory=Catalogue)
    digest: str = ""
    signers: str = ""
    revoked: bytes = b""
    ledger: str | None = None  # the setting: which approvals were used, and which runs were clean, stands there

    def groups_of(self, principal: str) -> frozenset[str]:
        """Return the authorities that a principal speaks for."""
        return frozenset(name for name, members in self.people.groups.items() if principal in members)

    def knows(self, principal: str) -> bool:
        """Whether anything here names a principal: a signer, a member of a group, or whom a forge's identity means."""
        named = {*self.people.people.values(), *(each for members in self.people.groups.values() for each in members)}
        lists = (line.split(maxsplit=1)[0] for line in self.signers.splitlines() if line.strip())
        return principal in named or any(principal in each.strip('"').split(",") for each in lists)

    def principal(self, identity: str) -> str:
        """Return the principal that a forge's identity stands for; the identity itself where nobody says."""
        return self.people.people.get(identity, identity)
