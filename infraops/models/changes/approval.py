"""An approval: what somebody signed about a change, and until when it is good. Pure."""

from dataclasses import dataclass
from datetime import datetime

from infraops.models.changes.change import Change


@dataclass(frozen=True)
class Approval:
    """The content of a signed statement. `nonce` makes it good for one run a stack.

    `after` says that it is the review of an emergency that has happened already: `change` is what that did.
    """

    change: Change
    issued: datetime
    expires: datetime
    nonce: str
    after: bool = False


@dataclass(frozen=True)
class SignedStatement:
    """A statement and a signature over exactly this text; `origin` says where both were found.

    Where they could not be read, `unread` says why.
    """

    statement: str
    signature: str
    origin: str
    unread: str = ""
