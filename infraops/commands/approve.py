"""`infraops approve`: somebody says yes to a change, by signing what a review found."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from infraops.assessment.statements import Unreadable, read_change, read_statement, write_statement
from infraops.commands.change_control.controlling import control_of
from infraops.commands.change_control.signing import key_of, signer_now
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.controlrepo.governance.approvals import approval_file, signature_file
from infraops.errors import NotApproved, UsageError
from infraops.models.basics.duration import parse_duration
from infraops.models.changes.approval import Approval
from infraops.models.changes.change import Change
from infraops.models.ledger.changes import ApprovalGiven, ChangeReviewed, Claimed, EmergencyReviewed
from infraops.models.ledger.entries import Kind
from infraops.models.ledger.runs import Asked
from infraops.models.reports.answers import Approved
from infraops.stations.bench.control import Control
from infraops.stations.change_control.emergency import open_emergencies
from infraops.stations.change_control.vouching import statement_digest
from infraops.tools.files import write_file
from infraops.tools.signatures import APPROVAL, sign

_DOING = "approving a change"
_RUN = re.compile("[0-9a-f-]+")


@dataclass(frozen=True)
class Signing:
    """How somebody signs: with which key (none: git's, or the user's own), for how long, and where it is put."""

    key: Path | None = None
    expires: str | None = None
    to_ledger: bool = False
    base: str = ""
    after: bool = False  # it reviews an emergency, which allows nothing


@dataclass(frozen=True)
class Ready:
    """A change that waits for its signature alone: all else that could be wrong was looked at."""

    change: Change
    signing: Signing
    key: Path
    span: timedelta  # for how long the approval is good
    control: Control
    opened: OpenRepo


def find_emergency(name: str, surroundings: Surroundings) -> Change:
    """Return what a run changed in an emergency, for whoever reviews it afterwards.

    Raises UsageError where the run was none, or was reviewed already.
    """
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        run = ledger.run(name).id
        waiting = next((each for each in open_emergencies(ledger) if each.run == run), None)
        if waiting is None:
            hint = "`infraops status` names those that wait"
            raise UsageError("reviewing an emergency", f"run {run} is none that waits for its review", hint)
        used = {digest for entry in ledger.entries(run) for digest in getattr(entry.payload, "approvals", ())}
        statements = [entry.payload for entry in ledger.entries(kind=Kind.APPROVAL_GIVEN)]
    found = [
        read_statement(each.statement).change
        for each in statements
        if isinstance(each, ApprovalGiven) and statement_digest(each.statement) in used
    ]
    stacks = {name: stack for change in found for name, stack in change.stacks.items()}
    authors = tuple(sorted({author for change in found for author in change.authors}))
    return Change(run, waiting.environment, f"incident {waiting.incident}", "", "", "", authors, stacks)


def find_change(name: str, surroundings: Surroundings) -> Change:
    """Return the change of this name: a file that a review wrote, or a review's run as the ledger has it.

    Raises UsageError where there is none.
    """
    file = surroundings.directory / name
    if file.is_file():
        return _read(file.read_text(encoding="utf-8", errors="replace"), name)
    if not _RUN.fullmatch(name):
        hint = "name a run of `review`, as its last lines do, or the file that `infraops review --change` wrote"
        raise UsageError(_DOING, f"there is no file {name}, and no run is called like that", hint)
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        try:
            record = ledger.run(name)
        except UsageError as error:
            beyond = "one that this ledger does not have is approved by the file that `infraops review --change` wrote"
            error.hint = f"{error.hint}; {beyond}"
            raise
        for entry in ledger.entries(record.id, kind=Kind.CHANGE_REVIEWED):
            if isinstance(entry.payload, ChangeReviewed):
                return _read(entry.payload.change, f"run {record.id}")
    problem = f"run {record.id} left nothing that could be approved"
    hint = f"`infraops history {record.id}` shows what it was; a review whose last lines name a change leaves one"
    raise UsageError(_DOING, problem, hint)


def prepare(change: Change, signing: Signing, surroundings: Surroundings) -> Ready:
    """Look at all that would keep a change from being signed, before anybody is asked.

    Raises UsageError where there is no key, or it would be good for too long; NotApproved where it needs no approval.
    """
    opened = open_repo(surroundings)
    control = _control(change, opened, signing)
    rules = control.rules.approval
    assert rules is not None
    span = timedelta(seconds=_seconds(signing.expires or rules.expires))
    longest = timedelta(seconds=parse_duration(rules.expires))
    if span > longest:
        problem = f"{change.environment} takes no approval that is good for longer than {rules.expires}"
        raise UsageError("reading --expires", problem, f"give {rules.expires} or less")
    key = key_of(opened.workspace.root, signing.key, surroundings)
    return Ready(change, signing, key, span, control, opened)


def approve(ready: Ready, surroundings: Surroundings) -> Approved:
    """Sign a change, and put the statement with its signature into a file of the control repo, or into the ledger.

    Raises NotApproved where the key is not one that may sign, or signs for an author of the change.
    """
    change, signing, control, opened = ready.change, ready.signing, ready.control, ready.opened
    issued = surroundings.now().replace(microsecond=0)
    approval = Approval(change, issued, issued + ready.span, secrets.token_hex(16), after=signing.after)
    statement = write_statement(approval)
    signature = sign(statement, key=ready.key, namespace=APPROVAL, environ=surroundings.environ)
    principal = signer_now(
        statement, signature, control.protected, surroundings, namespace=APPROVAL, doing=_DOING, key=ready.key
    )
    if principal in change.authors:
        problem = f"{principal} is an author of this change, and cannot approve it"
        raise NotApproved(_DOING, problem, "let somebody else look at it")
    if signing.after:
        return _taken_down(approval, statement, signature, principal, opened, surroundings)
    if signing.to_ledger:
        with open_repo_ledger(opened, surroundings) as ledger:
            payload = ApprovalGiven(statement, signature, principal, control.protected.commit)
            entry = ledger.append(payload, run=change.id)
        where: tuple[str, ...] = (f"entry {entry.seq} of the ledger",)
    else:
        name = approval_file(change.environment, change.id, principal)
        where = (name, signature_file(name))
        for file, text in zip(where, (statement, signature), strict=True):
            write_file(opened.workspace.root / file, text)
    return Approved(
        change=change.id,
        principal=principal,
        authorities=tuple(sorted(control.protected.groups_of(principal))),
        expires=approval.expires,
        digest=statement_digest(statement),
        where=where,
        in_ledger=signing.to_ledger,
    )


def _taken_down(
    approval: Approval, statement: str, signature: str, principal: str, opened: OpenRepo, surroundings: Surroundings
) -> Approved:
    """Take down that somebody reviewed an emergency; that is for the record alone, and travels with it."""
    with open_repo_ledger(opened, surroundings) as ledger:
        payload = EmergencyReviewed(approval.change.id, principal, statement, signature)
        entry = ledger.append(payload, run=approval.change.id)
    where = (f"entry {entry.seq} of the ledger",)
    return Approved(approval.change.id, principal, (), approval.expires, statement_digest(statement), where, True)


def _control(change: Change, opened: OpenRepo, signing: Signing) -> Control:
    environment = opened.repo.environments.get(change.environment)
    if environment is None:
        problem = f"it is about the environment {change.environment}, which this control repo does not have"
        raise UsageError(_DOING, problem, "is it a change of this repository?")
    control = control_of(opened, environment, Asked(claimed=Claimed(signing.base)))
    if control is None:
        problem = f"changes of {change.environment} need no approvals"
        raise UsageError(_DOING, problem, "change.approval of its environment.yaml would demand them")
    if not signing.after and control.then(change.base) is None:
        problem = (
            f"it was reviewed on base {change.base[:12]}, which is not in the history of {control.protected.branch}"
        )
        raise NotApproved(_DOING, problem, "fetch, or have it reviewed anew")
    return control


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError("reading --expires", str(error), "for example 2d") from error


def _read(text: str, name: str) -> Change:
    try:
        return read_change(text)
    except Unreadable as error:
        raise UsageError(f"reading {name}", str(error), "name a file that `infraops review --change` wrote") from error
