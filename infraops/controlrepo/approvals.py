"""Approvals that travel as files: `approvals/<environment>/<change>/<who>.json`, each with its signature beside it."""

import re
from pathlib import Path

from infraops.errors import UsageError
from infraops.models.approval import SignedStatement

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

    Nothing is believed of them here. Raises UsageError where one cannot be read.
    """
    directory = root / DIRECTORY / environment
    found = []
    for file in sorted(directory.glob("*/*.json")) if directory.is_dir() else ():
        shown = file.relative_to(root).as_posix()
        signature = file.with_name(signature_file(file.name))
        statement = _text(file, shown)
        signed = _text(signature, signature_file(shown)) if signature.exists() else ""
        found.append(SignedStatement(statement, signed, shown))
    return tuple(found)


def _text(file: Path, shown: str) -> str:
    doing = f"reading {shown}"
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            raise UsageError(doing, "it is no file, or larger than any approval", "take it away")
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(doing, f"it cannot be read: {error.strerror}", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise UsageError(doing, "it is no text in UTF-8", "take it away") from error
