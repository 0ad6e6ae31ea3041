"""Approvals that travel as files: `approvals/<environment>/<change>/<who>.json`, each with its signature beside it."""

import re
from pathlib import Path

from infraops.models.changes.approval import SignedStatement

DIRECTORY = "approvals"
_LARGEST = 5_000_000  # bytes
_SIGNATURE = ".sig"


def approval_file(environment: str, change: str, principal: str) -> str:
    """Name the file of an approval inside the control repo; its signature has `.sig` behind that."""
    who = re.sub(r"[^A-Za-z0-9.@_-]", "_", principal)
    return f"{DIRECTORY}/{environment}/{change}/{who}.json"


def signature_file(statement: str) -> str:
    """Name the file of the signature over a statement's file, as `ssh-keygen -Y sign` does."""
    return f"{statement}{_SIGNATURE}"


def read_approvals(root: Path, environment: str) -> tuple[SignedStatement, ...]:
    """Read every approval for an environment that lies in the control repo, whoever put it there.

    Nothing is believed of them here; of a file that cannot be read, it is said why.
    """
    directory = root / DIRECTORY / environment
    files = sorted(directory.glob("*/*.json")) if directory.is_dir() else ()
    return tuple(_signed(file, file.relative_to(root).as_posix()) for file in files)


def _signed(file: Path, shown: str) -> SignedStatement:
    signature = file.with_name(signature_file(file.name))
    try:
        return SignedStatement(_text(file), _text(signature) if signature.exists() else "", shown)
    except OSError as error:
        return SignedStatement("", "", shown, unread=f"it cannot be read: {error.strerror}")
    except ValueError as error:
        return SignedStatement("", "", shown, unread=str(error))


def _text(file: Path) -> str:
    """Read a file or raise OSError, ValueError."""
    if not file.is_file() or file.stat().st_size > _LARGEST:
        raise ValueError("it is no file, or larger than any approval")
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
