"""Approvals held against what the protected branch says: who signed them, for what, and whether they still count."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infraops.assessment.approvals import why_not_good
from infraops.assessment.statements import Unreadable, read_change, read_statement
from infraops.models.basics.duration import parse_duration
from infraops.models.changes.approval import Approval, SignedStatement
from infraops.models.changes.change import Change
from infraops.models.ledger.changes import ApprovalGiven, ChangeAuthorised, ChangeReviewed
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.ledger.runs import RunStarted
from infraops.models.ledger.stations import StationEnded
from infraops.models.runs.run import PROVISION
from infraops.models.stacks.protected import Protected
from infraops.stations.bench.control import Control
from infraops.stations.bench.tools import Tools
from infraops.tools.signatures import APPROVAL, Unsigned, signer_of


@dataclass(frozen=True)
class Vouched:
    """An approval whose signature holds: whose it is, and what the protected branch said when it was given.

    `authors` are all whom anybody names as an author of the change; the approval of one of them does not count.
    `vouched` says that somebody beside the statement itself names them. `strangers` are those that nobody here knows:
    each may be the signer under another name.
    """

    approval: Approval
    signed: SignedStatement
    principal: str
    then: Protected
    authors: frozenset[str]
    vouched: bool
    strangers: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of the statement, by which the record names it."""
        return statement_digest(self.signed.statement)

    def authorities(self, now: Protected) -> frozenset[str]:
        """Return the authorities the signer had when it was given, and has still."""
        return self.then.groups_of(self.principal) & now.groups_of(self.principal)


@dataclass(frozen=True)
class Vouching:
    """Approvals that hold, and of each of the others why it does not, with the stacks it speaks of where known.

    Of which stacks one speaks is not known where it cannot be read.
    """

    good: tuple[Vouched, ...] = ()
    refused: tuple[tuple[str, frozenset[str]], ...] = ()
    used: dict[tuple[str, str], str] = field(default_factory=dict)  # (nonce, stack) → run

    @property
    def unread(self) -> tuple[str, ...]:
        """Why some cannot be read; they count for nothing, and keep nobody from what others cover."""
        return tuple(why for why, stacks in self.refused if not stacks)


def statement_digest(statement: str) -> str:
    """Return the SHA-256 of a statement."""
    return hashlib.sha256(statement.encode()).hexdigest()


def hold_against(change: Change, control: Control, tools: Tools) -> Vouching:
    """Verify every approval that speaks of stacks of this change, anew: signature, signer, base, term.

    What was authorised in the `past` is read once for all of them.
    """
    now, good, refused = tools.now(), [], []
    past = tools.ledger.entries(kind=Kind.CHANGE_AUTHORISED)
    for signed in (*control.approvals(), *_in_ledger(tools)):
        stacks: frozenset[str] = frozenset()
        try:
            if signed.unread:
                raise Unreadable(signed.unread)
            approval = read_statement(signed.statement)
            stacks = frozenset(approval.change.stacks)
            if not stacks & change.stacks.keys():
                continue
            good.append(_vouch(approval, signed, change, past, control, tools, now))
        except (Unreadable, Unsigned) as error:
            if not stacks or stacks & change.stacks.keys():
                refused.append((f"{signed.origin}: {error}", stacks))
    once = {each.digest: each for each in good}
    return Vouching(tuple(once.values()), tuple(refused), _used(past, control, tools))


def _vouch(
    approval: Approval,
    signed: SignedStatement,
    change: Change,
    past: Sequence[Entry],
    control: Control,
    tools: Tools,
    now: datetime,
) -> Vouched:
    protected, rules = control.protected, control.rules.approval
    assert rules is not None
    then = control.then(approval.change.base)
    if then is None:
        base = approval.change.base[:12] or "none"
        raise Unsigned(f"it was given on base {base}, which is not in the history of {protected.branch}")
    principal = _signer(signed, protected, tools, now)
    try:
        before = _signer(signed, then, tools, now)
    except Unsigned as error:
        raise Unsigned(f"{error}, as {protected.branch} was when it was given") from None
    if before != principal:
        raise Unsigned(f"its key was {before}'s and is {principal}'s: nobody knows whose it is")
    why = why_not_good(approval, change, longest=timedelta(seconds=parse_duration(rules.expires)), at=now)
    if why:
        raise Unsigned(why)
    authors, vouched = _authors(approval, past, control, tools)
    return Vouched(approval, signed, principal, then, authors, vouched, strangers_among(authors, control))


def strangers_among(authors: Iterable[str], control: Control) -> tuple[str, ...]:
    """Return the authors whom nothing on the protected branch names; whom the forge names now is who wrote it."""
    protected = control.protected
    forge = protected.principal(control.author)
    asked = frozenset({forge}) if protected.knows(forge) else authors
    return tuple(sorted(each for each in asked if not protected.knows(each)))


def _signer(signed: SignedStatement, protected: Protected, tools: Tools, now: datetime) -> str:
    return signer_of(signed.statement, signed.signature, protected, namespace=APPROVAL, environ=tools.environ, at=now)


def _authors(approval: Approval, past: Sequence[Entry], control: Control, tools: Tools) -> tuple[frozenset[str], bool]:
    """Gather everybody whom the statement, the review's record, the forge or signed commits name as an author.

    Somebody vouches for that where the forge does, where the review's record holds this very change, or where all
    commits since the stacks were last changed are signed: not those since the base, which whoever signs may choose.
    """
    reviewed = _reviewed(approval.change.id, tools)
    forge = {control.protected.principal(control.author)} - {""}
    known = {*(reviewed.authors if reviewed is not None else ()), *forge, *approval.change.authors}
    known.update(control.signed(approval.change.base).principals)
    since = _last_changed(approval.change.stacks, past, control, tools)
    signed = [control.signed(commit) for commit in since if commit]
    known.update(name for each in signed for name in each.principals)
    all_signed = "" not in since and all(each.principals and not each.unsigned for each in signed)
    return frozenset(known), bool(forge) or (reviewed == approval.change and bool(known)) or all_signed


def _last_changed(stacks: Iterable[str], past: Sequence[Entry], control: Control, tools: Tools) -> frozenset[str]:
    """Return the commits from which stacks were last changed, in the protected branch's history; empty for none."""
    newest = {entry.stack: entry.run for entry in past if entry.run not in control.of_this_run}
    runs = {newest.get(stack, "") for stack in stacks}
    return frozenset(_commit_of(run, control, tools) if run else "" for run in runs)


def _commit_of(run: str, control: Control, tools: Tools) -> str:
    begun = tools.ledger.entries(run, kind=Kind.RUN_STARTED)
    payload = begun[0].payload if begun else None
    git = payload.git if isinstance(payload, RunStarted) else None
    return git.commit if git is not None and control.then(git.commit) is not None else ""


def _reviewed(run: str, tools: Tools) -> Change | None:
    for entry in tools.ledger.entries(run, kind=Kind.CHANGE_REVIEWED):
        if isinstance(entry.payload, ChangeReviewed):
            return read_change(entry.payload.change)
    return None


def _in_ledger(tools: Tools) -> Iterator[SignedStatement]:
    for entry in tools.ledger.entries(kind=Kind.APPROVAL_GIVEN):
        if isinstance(entry.payload, ApprovalGiven):
            yield SignedStatement(entry.payload.statement, entry.payload.signature, f"entry {entry.seq} of the ledger")


def _used(past: Sequence[Entry], control: Control, tools: Tools) -> dict[tuple[str, str], str]:
    """Return the run that each nonce was used by for each stack.

    This run may use again what it goes on with, but for stacks that were carried to their end then: those are done.
    """
    done = {run: _carried_out(run, tools) for run in control.of_this_run}
    return {
        (nonce, entry.stack): entry.run
        for entry in past
        if isinstance(entry.payload, ChangeAuthorised)
        and entry.stack
        and entry.stack in done.get(entry.run, (entry.stack,))
        for nonce in entry.payload.nonces
    }


def _carried_out(run: str, tools: Tools) -> frozenset[str]:
    """Return the stacks that came through the last station of their line in a run."""
    entries = tools.ledger.entries(run)
    begun = entries[0].payload if entries else None
    if not isinstance(begun, RunStarted):
        return frozenset()
    last = begun.asked.until or ("verify" if begun.command == "apply" else PROVISION)
    return frozenset(
        entry.stack
        for entry in entries
        if entry.stack
        and isinstance(entry.payload, StationEnded)
        and entry.payload.station == last
        and entry.payload.outcome.good
    )
