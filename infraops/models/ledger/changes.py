"""What the ledger takes down of changes and who said yes to them: payloads of its entries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claimed:
    """What whoever starts a run says of the change: the protected branch, who wrote it, and for which incident."""

    base: str = ""
    author: str = ""
    emergency: str = ""


UNCLAIMED = Claimed()


@dataclass(frozen=True)
class ChangeReviewed:
    """A review found what a change would do; `change` is that as text, as `approve` signs it."""

    change: str


@dataclass(frozen=True)
class ApprovalGiven:
    """Somebody signed a statement about a change. Both texts are kept as they are, so that they can be verified later.

    `principal` is whom the signature was found to be of, by the signers of commit `base`.
    """

    statement: str
    signature: str
    principal: str
    base: str


@dataclass(frozen=True)
class ChangeAuthorised:
    """A stack may be changed; written before anything is. `rule` says by which rule, in words.

    `actions` counts resources by what happens to them, and hosts under "configure". `approvals` are the SHA-256 of the
    statements it rests on. Where the environment demands no approvals, `change_class` is empty, and `rule` says how
    somebody said yes.
    """

    template: str
    fingerprint: str
    rule: str
    actions: Mapping[str, int] = field(default_factory=dict)
    change_class: str = ""
    approvals: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    nonces: tuple[str, ...] = ()
    cost_delta: float | None = None
    cost_after: float | None = None  # a month, by the prices that were known; None where none was
    deferred: bool = False
    template_digest: str = ""  # of its files: what was proven of a template is proven of these


@dataclass(frozen=True)
class EmergencyDeclared:
    """Somebody declared an emergency; it has to be reviewed until `due` (ISO 8601, UTC)."""

    incident: str
    due: str
    environment: str = ""


@dataclass(frozen=True)
class EmergencyReviewed:
    """The run of an emergency was reviewed afterwards; `statement` and `signature` as in `ApprovalGiven`."""

    of: str
    principal: str
    statement: str
    signature: str


@dataclass(frozen=True)
class LedgerAnchored:
    """The head of the chain was signed and written to a git ref, as `seq:hash`."""

    head: str
    ref: str
    commit: str
