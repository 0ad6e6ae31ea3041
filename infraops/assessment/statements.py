"""Statements as they are signed: in-toto's form, a subject for each stack, and what is said of the change. Pure."""

import json
import re
from dataclasses import asdict
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from infraops.models.changes.approval import Approval
from infraops.models.changes.change import Change

if TYPE_CHECKING:
    from pydantic import TypeAdapter

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:infraops:approval:v1"
_DIGEST = "infraopsEffect"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")  # it is part of a path


class Unreadable(Exception):
    """A text is not what it should be; the text says why."""


def write_statement(approval: Approval) -> str:
    """Write what is signed. Equal approvals make equal texts, which end with a newline."""
    predicate = _plain(approval)
    subjects = [
        {"name": stack.stack, "digest": {_DIGEST: stack.fingerprint}} for stack in approval.change.stacks.values()
    ]
    document = {"_type": TYPE, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate}
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_statement(text: str) -> Approval:
    """Read a statement. Raises Unreadable where it is another kind of text, or its subjects are not its stacks."""
    document = _object(text)
    if document.get("_type") != TYPE or document.get("predicateType") != PREDICATE:
        raise Unreadable("it is no approval, or one of a newer version")
    approval: Approval = _read(_approvals(), document.get("predicate"))
    if write_statement(approval) != text:
        raise Unreadable("it says more, or says it otherwise, than this version can read")
    if approval.issued.tzinfo is None or approval.expires.tzinfo is None:
        raise Unreadable("its times have no zone")
    _sound(approval.change)
    return approval


def write_change(change: Change) -> str:
    """Write a change, as a review hands it to who signs."""
    document = {"schema": "infraops/change/v1", **_plain(change)}
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_change(text: str) -> Change:
    """Read what `write_change` wrote. Raises Unreadable where it is anything else."""
    document = _object(text)
    if document.pop("schema", None) != "infraops/change/v1":
        raise Unreadable("it is no change, or one of a newer version")
    change: Change = _read(_changes(), document)
    if write_change(change) != text:
        raise Unreadable("it says more, or says it otherwise, than this version can read")
    return _sound(change)


def _sound(change: Change) -> Change:
    """Return a change; raise Unreadable where its id cannot name a directory, or a stack is called otherwise inside."""
    if not _ID.fullmatch(change.id):
        raise Unreadable(f"{change.id!r} is no name of a change")
    for name, stack in change.stacks.items():
        if stack.stack != name:
            raise Unreadable(f"it calls {name!r} {stack.stack!r} elsewhere")
        if stack.cost_delta is not None and not isfinite(stack.cost_delta):
            raise Unreadable(f"the cost of {name!r} is no number")
    return change


def _object(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise Unreadable("it is no JSON object")
    return document


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(asdict(value), default=lambda moment: moment.isoformat()))


def _read(adapter: "TypeAdapter[Any]", value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValueError as error:  # pydantic's is one
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in getattr(error, "errors", list)()
        )
        raise Unreadable(problems or "it cannot be read") from error


@cache
def _approvals() -> "TypeAdapter[Approval]":
    from pydantic import TypeAdapter  # costs a tenth of a second

    return TypeAdapter(Approval)


@cache
def _changes() -> "TypeAdapter[Change]":
    from pydantic import TypeAdapter

    return TypeAdapter(Change)
