"""Resolving references of sensitive parameters to their values, for the one process that needs them.

The value is returned and stays in memory; no message of this module holds it.
"""

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.models.stacks.stack import SecretReference

_BYTES = 24  # 32 characters of URL-safe base64
_LARGEST = 1_000_000


def resolve(reference: SecretReference, *, root: Path, generated: Path, environ: Mapping[str, str]) -> str:
    """Return the value that a reference stands for.

    `env:NAME` is looked up in `environ`; `file:path` is read below `root` unless it is absolute or starts with `~`
    (the `HOME` of `environ`), and one line end at its end is taken off; `generated:name` is 32 URL-safe characters in
    `<generated>/<name>`, made on first use: pass the directory of the environment's generated secrets, so that stacks
    of one environment that write the same name share the value.

    Raises InfraOpsError where there is no such value.
    """
    match reference.scheme:
        case "env":
            return _from_environment(reference, environ)
        case "file":
            return _from_file(reference, root, environ)
        case "generated":
            return _generated(reference, generated)
        case _:
            raise _refuse(
                reference, "the reference has an unknown scheme", "write env:NAME, file:path or generated:name"
            )


def _refuse(reference: SecretReference, problem: str, hint: str) -> InfraOpsError:
    return InfraOpsError(f"looking up the secret {reference}", problem, hint)


def _from_environment(reference: SecretReference, environ: Mapping[str, str]) -> str:
    value = environ.get(reference.name, "")
    if not value:
        state = "is empty" if reference.name in environ else "is not set"
        raise _refuse(reference, f"the environment variable {reference.name} {state}", f"export {reference.name}=…")
    return value


def _from_file(reference: SecretReference, root: Path, environ: Mapping[str, str]) -> str:
    path = _file_path(reference.name, root, environ)
    hint = f"write the value into {path}, readable by you alone"
    try:
        if not path.is_file():
            raise _refuse(reference, f"there is no file {path}", hint)
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise _refuse(reference, f"the file {path} cannot be read: {error.strerror}", hint) from None
    return _text(reference, content, str(path), hint)


def _file_path(written: str, root: Path, environ: Mapping[str, str]) -> Path:
    if written == "~" or written.startswith("~/"):
        return Path(environ.get("HOME") or "/root") / written[2:]
    return root / written


def _text(reference: SecretReference, content: bytes, path: str, hint: str) -> str:
    if len(content) > _LARGEST:
        raise _refuse(reference, f"the file {path} is larger than {_LARGEST // 1000} kB", hint)
    try:
        value = content.decode("utf-8")
    except UnicodeDecodeError:
        # `from None`: the decoding error carries the bytes themselves
        raise _refuse(reference, f"the file {path} is not UTF-8", hint) from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _refuse(reference, f"the file {path} is empty", hint)
    return value


def _generated(reference: SecretReference, directory: Path) -> str:
    path = directory / reference.name
    if path.parent != directory or reference.name in ("", ".", ".."):
        raise _refuse(reference, "the name is no plain name", "write generated:name")
    try:
        if not os.path.lexists(path):
            _generate(path)
        return _kept(reference, path)
    except OSError as error:
        hint = f"make {directory} writable"
        raise _refuse(reference, f"{path} cannot be kept: {error.strerror}", hint) from None


def _generate(path: Path) -> None:
    """Make the secret whole under another name and link it into place: of several processes one wins, none half."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(temporary, path)
        _keep_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _keep_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _kept(reference: SecretReference, path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o077:
            hint = f"chmod 600 {path}, and give it a new value if others had access"
            raise _refuse(reference, f"{path} can be read by others (mode {mode:04o})", hint)
        return _text(reference, file.read(_LARGEST + 1), str(path), "remove it to have a new one made")
