import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.tools.signatures import ANCHOR, APPROVAL, Unsigned, principal_of, sign

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = '{"a": "ü"}\n'

Makes = Callable[[str], Path]


@pytest.fixture
def make_key(tmp_path: Path) -> Makes:
    def make(name: str) -> Path:
        path = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
        return path

    return make


def listed(key: Path, principal: str = "ann@example.org", options: str = "") -> str:
    kind, data = key.with_suffix(".pub").read_text().split()[:2]
    return " ".join(filter(None, [principal, options, kind, data])) + "\n"


def who(
    signature: str,
    signers: str,
    *,
    text: str = TEXT,
    revoked: bytes = b"",
    namespace: str = APPROVAL,
    at: datetime = NOW,
) -> str:
    return principal_of(
        text, signature, signers=signers, revoked=revoked, namespace=namespace, environ=os.environ, at=at
    )


def test_a_signature_is_of_the_principal_whose_key_made_it(make_key: Makes) -> None:
    ann, bob = make_key("ann"), make_key("bob")
    signature = sign(TEXT, key=ann, namespace=APPROVAL, environ=os.environ)

    assert who(signature, listed(bob, "bob@example.org") + listed(ann)) == "ann@example.org"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ('valid-before="20261122Z"', "the key it was made with has expired"),
        ('valid-after="20270101Z"', "the key it was made with is not valid yet"),
        ('namespaces="git"', "it was made for another purpose, or its key may not sign for this one"),
    ],
)
def test_what_the_signers_say_of_a_key_counts(make_key: Makes, options: str, reason: str) -> None:
    key = make_key("ann")
    signature = sign(TEXT, key=key, namespace=APPROVAL, environ=os.environ)

    with pytest.raises(Unsigned, match=f"^{reason}$"):
        who(signature, listed(key, options=options))


def test_a_key_that_has_expired_since_was_good_then(make_key: Makes) -> None:
    key = make_key("ann")
    signature = sign(TEXT, key=key, namespace=APPROVAL, environ=os.environ)
    signers = listed(key, options='valid-before="20261122"')  # without a zone: UTC

    assert who(signature, signers, at=datetime(2026, 11, 21, 23, 59, tzinfo=UTC)) == "ann@example.org"
    with pytest.raises(Unsigned, match="has expired"):
        who(signature, signers, at=datetime(2026, 11, 22, 0, 1, tzinfo=UTC))


def test_another_text_another_purpose_another_key_and_no_signature_are_refused(make_key: Makes) -> None:
    key, other = make_key("ann"), make_key("bob")
    signature = sign(TEXT, key=key, namespace=APPROVAL, environ=os.environ)

    with pytest.raises(Unsigned, match="the text is not what was signed"):
        who(signature, listed(key), text=TEXT.replace("a", "b"))
    with pytest.raises(Unsigned, match="another purpose"):
        who(signature, listed(key), namespace=ANCHOR)
    with pytest.raises(Unsigned, match="not among the signers"):
        who(signature, listed(other))
    with pytest.raises(Unsigned, match="it is no SSH signature"):
        who("nothing of the kind", listed(key))
    with pytest.raises(Unsigned, match="not among the signers"):
        who(signature, "")


@pytest.mark.parametrize("as_krl", [False, True])
def test_a_revoked_key_signs_nothing(make_key: Makes, tmp_path: Path, as_krl: bool) -> None:
    key = make_key("ann")
    signature = sign(TEXT, key=key, namespace=APPROVAL, environ=os.environ)
    revoked = key.with_suffix(".pub").read_bytes()
    if as_krl:
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", tmp_path / "krl", key.with_suffix(".pub")], check=True)
        revoked = (tmp_path / "krl").read_bytes()

    with pytest.raises(Unsigned, match=r"^the key it was made with is revoked$"):
        who(signature, listed(key), revoked=revoked)


def test_a_pattern_is_nobody(make_key: Makes) -> None:
    key = make_key("ann")
    signature = sign(TEXT, key=key, namespace=APPROVAL, environ=os.environ)

    with pytest.raises(Unsigned, match="stands for a pattern"):
        who(signature, listed(key, "*@example.org"))
    assert who(signature, listed(key, "*@example.org,ann@example.org")) == "ann@example.org"


def test_what_is_no_key_signs_nothing(tmp_path: Path, make_key: Makes) -> None:
    with pytest.raises(InfraOpsError) as missing:
        sign(TEXT, key=tmp_path / "none", namespace=APPROVAL, environ=os.environ)
    assert missing.value.problem == "there is no such file"
    (tmp_path / "text").write_text("no key")
    with pytest.raises(InfraOpsError, match="ended with 255"):
        sign(TEXT, key=tmp_path / "text", namespace=APPROVAL, environ=os.environ)
