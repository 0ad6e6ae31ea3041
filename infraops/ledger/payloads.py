"""Payloads to the ledger's JSON and back."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from infraops.errors import InfraOpsError
from infraops.ledger.chain import Row, canonical, read_at
from infraops.models.ledger.entries import PAYLOADS, Entry, Kind, Payload, Unknown

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_KNOWN = frozenset(kind.value for kind in Kind)


def write_payload(payload: Payload) -> str:
    """Write a payload as text."""
    return canonical(_plain(payload))


def read_entry(row: Row) -> Entry:
    """Make an entry of a row. InfraOpsError where its content is not what was written."""
    try:
        at = read_at(row.at)
        payload = (
            _adapter(row.kind).validate_python(json.loads(row.payload)) if row.kind in _KNOWN else Unknown(row.payload)
        )
    except (ValueError, RecursionError) as error:  # pydantic's and json's errors are ValueErrors
        problem = f"entry {row.seq} ({row.kind}) cannot be read: {_why(error)}"
        hint = "`infraops ledger verify` tells whether it was changed; where it was not, ask who else may write there"
        raise InfraOpsError("reading the ledger", problem, hint) from error
    return Entry(row.seq, at, row.kind, row.run, row.stack, payload, row.previous, row.hash)


def _why(error: Exception) -> str:
    """Return the first thing that is wrong, without what pydantic says of itself."""
    if hasattr(error, "errors"):
        first = error.errors(include_url=False)[0]
        return ": ".join((*map(str, first["loc"]), first["msg"]))
    return str(error)


def _plain(value: object) -> object:
    """Make plain JSON values of a payload; unlike `dataclasses.asdict` of any mapping, read-only ones too."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


@cache
def _adapter(kind: str) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter  # costs a tenth of a second

    return TypeAdapter(PAYLOADS[Kind(kind)])
