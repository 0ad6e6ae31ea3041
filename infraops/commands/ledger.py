"""`infraops ledger`: whether the record is whole and its approvals hold, and its head signed for others to keep."""

import hashlib
from pathlib import Path

from infraops.commands.change_control.protecting import protected_at
from infraops.commands.change_control.proving import prove
from infraops.commands.change_control.signing import key_of, signer_now
from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.errors import NotApproved, UsageError
from infraops.ledger.ledger import Ledger
from infraops.models.ledger.answers import Head
from infraops.models.ledger.changes import LedgerAnchored
from infraops.models.reports.answers import Anchored, LedgerCheck, Proven
from infraops.models.stacks.protected import Protected
from infraops.tools.git.anchors import (
    REF,
    Anchor,
    anchor_text,
    push_anchors,
    read_anchor_text,
    read_anchors,
    write_anchor,
)
from infraops.tools.git.branches import find_branch
from infraops.tools.signatures import ANCHOR, sign


def verify(surroundings: Surroundings, *, head: str | None = None, base: str | None = None) -> LedgerCheck:
    """Check every link of the chain, every approval, and the newest anchor; all of it offline.

    `head` ("seq:hash", noted elsewhere) must still be in it. `base` names the protected branch whose signers anchors
    are held against.
    """
    opened = open_repo(surroundings)
    root = opened.workspace.root
    kept = None if head is None else _head(head)
    anchors = read_anchors(root)
    with open_repo_ledger(opened, surroundings) as ledger:
        own = [anchor for anchor in anchors if read_anchor_text(anchor.text)[1] == _name(ledger)]
        chain = ledger.verify(kept=kept)
        problem, anchor = "", None
        if chain.ok and own:
            anchor, problem = _held_against(own[0], opened, base, surroundings)
            why = ledger.why_not_held(own[0].head, chain.head)
            problem = f"the newest anchor is entry {own[0].head.seq}: {why}" if why else problem
        elif anchors and not own:
            problem = f"none of the {len(anchors)} anchors in {REF} is of this ledger: it was begun anew"
        approvals = prove(ledger, root, surroundings.environ) if chain.ok else Proven()
    return LedgerCheck(chain, approvals, anchor, problem)


def anchor(
    surroundings: Surroundings, *, key: Path | None = None, push: str | None = None, base: str | None = None
) -> Anchored:
    """Sign the head of the chain and write it to a git ref; with `push`, hand that to a remote.

    Raises NotApproved where the key is not among the signers of the protected branch, InfraOpsError where the chain
    does not hold, or the remote has other anchors.
    """
    opened = open_repo(surroundings)
    root = opened.workspace.root
    with open_repo_ledger(opened, surroundings) as ledger:
        found = ledger.verify()
        if not found.ok or not found.head.seq:
            raise UsageError("anchoring the ledger", found.why or "it is empty", "`infraops ledger verify` tells more")
        text = anchor_text(found.head, _name(ledger), surroundings.now())
        chosen = key_of(root, key, surroundings)
        signature = sign(text, key=chosen, namespace=ANCHOR, environ=surroundings.environ)
        principal = _principal(text, signature, opened, base, surroundings, key=chosen)
        commit = write_anchor(root, text, signature)
        payload = LedgerAnchored(str(found.head), REF, commit)
        ledger.append(payload, run=f"anchor-{commit[:12]}")
    if push:
        push_anchors(root, push)
    return Anchored(str(found.head), principal, commit, REF, push or "")


def _held_against(
    newest: Anchor, opened: OpenRepo, base: str | None, surroundings: Surroundings
) -> tuple[Anchored | None, str]:
    try:
        principal = _principal(newest.text, newest.signature, opened, base, surroundings)
    except NotApproved as error:
        return None, f"the newest anchor (commit {newest.commit[:12]}) does not hold: {error.problem}"
    return Anchored(str(newest.head), principal, newest.commit, REF), ""


def _principal(
    text: str,
    signature: str,
    opened: OpenRepo,
    base: str | None,
    surroundings: Surroundings,
    *,
    key: Path | None = None,
) -> str:
    protected, doing = _protected(opened, base), "looking at a signature"
    return signer_now(text, signature, protected, surroundings, namespace=ANCHOR, doing=doing, key=key)


def _protected(opened: OpenRepo, base: str | None) -> Protected:
    root = opened.workspace.root
    branch = find_branch(root, base) or find_branch(root, opened.repo.settings.change.base)
    if branch is None:
        problem = "there is no branch to read from whose signatures count"
        raise NotApproved("looking for the signers", problem, "push to a remote, or name it by --base or change.base")
    return protected_at(root, branch)


def _name(ledger: Ledger) -> str:
    """Name a ledger by its first entry, which stays when it moves to another place."""
    return hashlib.sha256(ledger.first_hash().encode()).hexdigest()[:16]


def _head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        problem = f'"{text}" is not a head of the ledger'
        raise UsageError("reading --head", problem, "it is printed by `infraops ledger verify` as number:hash")
    return Head(int(seq), digest)
