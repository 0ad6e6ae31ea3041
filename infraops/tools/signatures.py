"""SSH signatures over texts, by `ssh-keygen -Y`: signing, and finding out of whom a signature is.

Dates without a zone in a file of signers are read as UTC, so that every machine agrees on them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.stacks.protected import Protected

APPROVAL, ANCHOR = "infraops.approval.v1", "infraops.anchor.v1"  # namespaces: a signature for one is none for another
_SECONDS = 20.0
_PROGRAM = "ssh-keygen"


class Unsigned(Exception):
    """A signature is not of anybody who may sign; the text says why."""


def sign(text: str, *, key: Path, namespace: str, environ: Mapping[str, str]) -> str:
    """Sign a text and return the signature in its armour.

    `key` is a private key, or a public one whose private part an agent holds. A passphrase is asked for on the
    terminal. Raises InfraOpsError where the key is none, or was not unlocked.
    """
    doing = f"signing with {key}"
    if not key.is_file():
        raise InfraOpsError(doing, "there is no such file", "name a key by --key; ssh-keygen -t ed25519 makes one")
    with TemporaryDirectory(prefix="infraops-sign-") as directory:
        message = Path(directory) / "statement"
        message.write_text(text, encoding="utf-8")
        argv = (_PROGRAM, "-q", "-Y", "sign", "-n", namespace, "-f", str(key), str(message))
        try:
            # On the operator's own terminal, since it may ask for a passphrase.
            code = processes.run_attached(argv, cwd=Path(directory), env=dict(environ))
        except OSError as error:
            raise _missing(doing) from error
        signature = message.with_name("statement.sig")
        if code or not signature.is_file():
            raise InfraOpsError(
                doing, f"{_PROGRAM} ended with {code}", "is it a private key, and its passphrase right?"
            )
        return signature.read_text(encoding="utf-8")


def principal_of(
    text: str,
    signature: str,
    *,
    signers: str,
    revoked: bytes,
    namespace: str,
    environ: Mapping[str, str],
    at: datetime,
) -> str:
    """Return the principal whose signature over the text this is, as of a moment.

    `signers` is the content of a file in the form of `man ssh-keygen`, ALLOWED SIGNERS, `revoked` that of a list of
    keys or a KRL; empty for none. Raises Unsigned with the reason where nobody's signature holds.
    """
    with TemporaryDirectory(prefix="infraops-verify-") as directory:
        files = Path(directory)
        (files / "signers").write_text(signers, encoding="utf-8")
        (files / "signature").write_text(signature, encoding="utf-8")
        (files / "revoked").write_bytes(revoked)
        when = f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"
        named = ("-f", str(files / "signers"), "-s", str(files / "signature"), when)
        found = _ask(("find-principals", *named), "", environ)
        principals = [line for line in found.stdout.splitlines() if line.strip()]
        if found.exit_code or not principals:
            raise Unsigned(_why_nobody(found.stderr))
        # A line of the file may hold a list of principals and patterns; a pattern is nobody's name.
        names = [name for each in principals for name in each.split(",") if not set(name) & set("*?!")]
        if not names:
            raise Unsigned(f"the key it was made with stands for a pattern, {principals[0]}, and nobody by name")
        revocation = ("-r", str(files / "revoked")) if revoked else ()
        for name in names:
            question = ("verify", "-I", name, "-n", namespace, *named)
            answer = _ask((*question, *revocation), text, environ)
            if not answer.exit_code:
                return name
        # ssh-keygen does not say that a key is revoked, so that is found out by leaving the list away.
        if revoked and not _ask(question, text, environ).exit_code:
            raise Unsigned("the key it was made with is revoked")
        raise Unsigned(_why_not(answer.stderr))


def signer_of(
    text: str, signature: str, protected: Protected, *, namespace: str, environ: Mapping[str, str], at: datetime
) -> str:
    """Return the principal whose signature over the text this is, by the protected branch's signers as of a moment.

    Raises Unsigned with the reason where nobody's signature holds.
    """
    return principal_of(
        text,
        signature,
        signers=protected.signers,
        revoked=protected.revoked,
        namespace=namespace,
        environ=environ,
        at=at,
    )


def _ask(arguments: tuple[str, ...], stdin: str, environ: Mapping[str, str]) -> processes.Finished:
    doing = "verifying a signature"
    try:
        env = {**environ, "TZ": "UTC", "LC_ALL": "C"}
        return processes.run((_PROGRAM, "-Y", *arguments), env=env, stdin=stdin, timeout=_SECONDS)
    except OSError as error:
        raise _missing(doing) from error
    except TimeoutError as error:
        raise InfraOpsError(doing, f"{_PROGRAM} gave no answer within {_SECONDS:.0f} s", "try again") from error


def _why_nobody(said: str) -> str:
    if "parse signature" in said or "sshsig_armor" in said:
        return "it is no SSH signature"
    if "has expired" in said:
        return "the key it was made with has expired"
    if "not yet valid" in said:
        return "the key it was made with is not valid yet"
    return "the key it was made with is not among the signers"


def _why_not(said: str) -> str:
    if "incorrect signature" in said:
        return "the text is not what was signed"
    if "namespace" in said:
        return "it was made for another purpose, or its key may not sign for this one"
    return f"ssh-keygen says: {' '.join(said.split())}"


def _missing(doing: str) -> InfraOpsError:
    return InfraOpsError(doing, f"{_PROGRAM} cannot be started", "install OpenSSH's client, 8.9 or newer")
