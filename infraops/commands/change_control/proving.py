"""Proving the record of approvals offline: each stack that was changed by an approval, that approval, its signature.

Signers are taken from the protected branch as it was when the approval was given, and keys are looked at as of the
moment it was used: a key that has expired or was taken away since proves what it was good for then.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from infraops.assessment.statements import Unreadable, read_statement
from infraops.commands.change_control.protecting import protected_at
from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Ledger
from infraops.models.changes.approval import Approval
from infraops.models.changes.change import ChangeClass
from infraops.models.ledger.changes import ApprovalGiven, ChangeAuthorised
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.reports.answers import Proven
from infraops.stations.change_control.vouching import statement_digest
from infraops.tools.git.branches import Branch
from infraops.tools.signatures import APPROVAL, Unsigned, signer_of

Environ = Mapping[str, str]


def prove(ledger: Ledger, root: Path, environ: Environ) -> Proven:
    """Hold every authorisation in the ledger against the approvals it names."""
    given = {
        statement_digest(entry.payload.statement): entry.payload
        for entry in ledger.entries(kind=Kind.APPROVAL_GIVEN)
        if isinstance(entry.payload, ApprovalGiven)
    }
    authorised = [
        entry
        for entry in ledger.entries(kind=Kind.CHANGE_AUTHORISED)
        if isinstance(entry.payload, ChangeAuthorised) and entry.payload.change_class  # others needed no approval
    ]
    problems = [
        f"entry {entry.seq}, {entry.stack} in run {entry.run}: {why}"
        for entry in authorised
        for why in _wrong_with(entry, given, root, environ)
    ]
    return Proven(len(authorised), len(given), tuple(problems))


def _wrong_with(entry: Entry, given: dict[str, ApprovalGiven], root: Path, environ: Environ) -> Iterator[str]:
    payload = entry.payload
    assert isinstance(payload, ChangeAuthorised)
    if not payload.approvals and payload.change_class != ChangeClass.STANDARD:
        yield f"it was called {payload.change_class}, and names no approval"
    approvers = set()
    for digest in payload.approvals:
        approval = given.get(digest)
        if approval is None:
            yield f"the approval {digest[:12]} that it names is not in the ledger"
            continue
        try:
            approvers.add(_signer(approval, entry, root, environ))
            covers = read_statement(approval.statement)
        except (Unsigned, Unreadable) as error:
            yield f"the approval {digest[:12]} does not hold: {error}"
            continue
        yield from (f"the approval {digest[:12]} {why}" for why in _not_covered(covers, entry, payload))
    missing = approvers ^ set(payload.approvers)
    if missing and payload.approvals:
        yield f"it names other approvers than those who signed: {', '.join(sorted(missing))}"


def _signer(approval: ApprovalGiven, entry: Entry, root: Path, environ: Environ) -> str:
    base = read_statement(approval.statement).change.base
    try:
        then = protected_at(root, Branch(f"base {base[:12]}", base))
    except InfraOpsError as error:
        raise Unsigned(f"the signers of its base {base[:12]} cannot be read here: {error.problem}") from error
    return signer_of(approval.statement, approval.signature, then, namespace=APPROVAL, environ=environ, at=entry.at)


def _not_covered(approval: Approval, entry: Entry, payload: ChangeAuthorised) -> Iterator[str]:
    stack = approval.change.stacks.get(entry.stack or "")
    if stack is None:
        yield "does not speak of this stack"
    elif stack.fingerprint != payload.fingerprint and not stack.deferred:
        yield "was given for another effect"
    if not approval.issued <= entry.at < approval.expires:
        yield "was not good at that time"
    if approval.nonce not in payload.nonces:
        yield "has another nonce"
