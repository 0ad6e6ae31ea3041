"""Greeting hosts by ssh itself: whether a login works by the way that Ansible takes, and which key a host shows."""

import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.tools.host_keys import is_for_first_use
from infraops.tools.ssh import known_hosts, pinned_by, side_by_side

# With one of these Ansible may go by a jump host: what answers at the host's own address and port tells nothing.
OWN_WORDS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
OTHER_KEY = "its host key is not the pinned one"
_ASIDE = 16
_ATTEMPT_SECONDS = 30
_CONNECT_SECONDS = 10
_SSH_FAILED = 255
_FINAL = ("Host key verification failed", "IDENTIFICATION HAS CHANGED", "SessionManagerPlugin is not found")
# What ssh says where a proxy ended before the host had said a word; why it ended, the proxy itself said before.
_ON_THE_WAY = re.compile("kex_exchange_identification|banner exchange|UNKNOWN port 65535")
_FOR_SSM = ("aws", "session-manager-plugin")
_INSTALL = "SSH by SSM needs the AWS CLI and its session-manager-plugin on PATH"


@dataclass(frozen=True)
class Greeting:
    """What became of greeting a host: `reason` where there was no login, `key` where it was of first use and seen."""

    host: Host
    reason: str | None = None
    key: str | None = None


def own_words(host: Host) -> list[str]:
    """Return the words that a host's own variables add to ssh's, taken apart as Ansible does.

    Raises InfraOpsError where quotes in them are not closed.
    """
    try:
        return [word for name in OWN_WORDS for word in shlex.split(str(host.vars.get(name) or ""))]
    except ValueError as error:
        hint = "the module's output `hosts` gives them in `vars`"
        raise InfraOpsError(f"reading the SSH options of {host.name}", str(error), hint) from error


def way_to(host: Host) -> str | None:
    """Name what a host's own variables lead by: a jump host, or the program of a proxy command; None for neither."""
    jump, proxy = _jump(host), _option(host, "ProxyCommand")
    return jump or (_program(proxy) if proxy else None)


def goes_by_aws(host: Host) -> bool:
    """Whether a host's proxy command calls the AWS CLI, which needs the caller's profile and credentials."""
    return re.search(r"(^|[\s/\"'])aws\s", _option(host, "ProxyCommand") or "") is not None


def login_argv(host: Host, options: Mapping[str, str]) -> list[str]:
    """Return ssh's command line to a host, by the way its own variables lead; `options` go before these."""
    argv = ["ssh", "-p", str(host.port)]
    if key_file := host.private_key_file or host.vars.get("ansible_ssh_private_key_file"):
        argv += ["-i", str(key_file), "-o", "IdentitiesOnly=yes"]
    for key, value in options.items():
        argv += ["-o", f"{key}={value}"]
    return [*argv, *own_words(host), f"{host.user}@{host.address}"]


def greet(
    hosts: Sequence[Host],
    *,
    seconds: float,
    environ: Mapping[str, str],
    children: processes.Children,
    unpinned: Callable[[Host], str],
    on_wait: Callable[[Sequence[str], float], None] | None = None,
) -> tuple[Greeting, ...]:
    """Log into every host, all at once, and try again for `seconds` where that does not work; at least one attempt.

    A host's key has to be its `host_key`, else one of the lines that `unpinned` returns, unless it is one of first use:
    then what it shows is returned, and it is for the caller to keep it. Raises Interrupted as soon as the run is.
    """
    deadline = time.monotonic() + seconds
    found = side_by_side(
        hosts, lambda host: _greet(host, deadline, environ, children, unpinned), aside=_ASIDE, on_wait=on_wait
    )
    if children.interrupted.is_set():
        raise Interrupted("waiting for SSH", "interrupted")
    return found


def _greet(
    host: Host,
    deadline: float,
    environ: Mapping[str, str],
    children: processes.Children,
    unpinned: Callable[[Host], str],
) -> Greeting:
    if lacking := _lacking(host, environ):
        return Greeting(host, lacking)
    pause, first_use = 0.5, is_for_first_use(host)
    with tempfile.TemporaryDirectory(prefix="infraops-greeting-") as directory:
        file = Path(directory) / "known_hosts"
        file.write_text("" if first_use else known_hosts([host], unpinned=unpinned))
        options = {
            **pinned_by(file),
            "StrictHostKeyChecking": "accept-new" if first_use else "yes",
            "HashKnownHosts": "no",
            "KexAlgorithms": "^curve25519-sha256",
            "ControlPath": "none",
            "BatchMode": "yes",
            "ConnectTimeout": str(_CONNECT_SECONDS),
            "LogLevel": "ERROR",
        }
        argv = [*login_argv(host, options), "true"]
        while True:
            reason = _attempt(argv, host, environ, children)
            over = time.monotonic() + pause >= deadline or children.interrupted.is_set()
            if reason is None or over or any(sign in reason for sign in _FINAL):
                return Greeting(host, reason and _in_words(reason, host), _shown(file) if first_use else None)
            children.interrupted.wait(pause)
            pause = min(pause * 1.6, 5.0)


def _attempt(argv: Sequence[str], host: Host, environ: Mapping[str, str], children: processes.Children) -> str | None:
    """Log in once; None where that worked, else what ssh and its proxy said."""
    try:
        done = processes.run(argv, env=dict(environ), timeout=_ATTEMPT_SECONDS, children=children, interrupt_group=True)
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return f"ssh cannot be started: {error.strerror}"
    return done.stderr.strip() or "ssh failed without a word" if done.exit_code == _SSH_FAILED else None


def _in_words(said: str, host: Host) -> str:
    """Say what hindered a login, and whether it was on the way to the host."""
    way = way_to(host)
    jumped = way is not None and _ON_THE_WAY.search(said) is not None
    told = [line.strip() for line in said.splitlines() if line.strip() and not _ON_THE_WAY.search(line)]
    if any(_FINAL[2] in line for line in told):
        return f"by {way}: {_INSTALL}"
    if "Host key verification failed" in said or _FINAL[1] in said:
        changed = _FINAL[1] in said
        if jumped and _jump(host):
            which = "is not the one in your known_hosts" if changed else "is not in your known_hosts"
            return f"the host key of the bastion {way} {which}; connect to it once with ssh"
        return OTHER_KEY if changed else "its host key is not known"
    if not told:
        told = ["the connection was closed"]
    return f"by {way}: {told[0]}" if jumped else told[-1]


def _lacking(host: Host, environ: Mapping[str, str]) -> str | None:
    """Say which of the programs that lead by SSM is not there; None where none is missing, or it goes another way."""
    if not goes_by_aws(host):
        return None
    missing = [name for name in _FOR_SSM if shutil.which(name, path=environ.get("PATH")) is None]
    return (
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not on PATH; {_INSTALL}" if missing else None
    )


def _program(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    return next((word for word in words if word != "exec" and not re.match(r"\w+=", word)), command)


def _jump(host: Host) -> str | None:
    words = own_words(host)
    for word, following in pairwise([*words, ""]):
        if word.startswith("-J"):
            return word[2:] or following
    return _option(host, "ProxyJump")


def _option(host: Host, name: str) -> str | None:
    """Return the value that a host's own words give an option of ssh's, as `-o Name=value` or `-oName=value`."""
    words = own_words(host)
    given = [after if word == "-o" else word[2:] for word, after in pairwise([*words, ""]) if word.startswith("-o")]
    for setting in given:
        match = re.fullmatch(rf"{name}\s*[=\s]\s*(.*)", setting.strip(), re.IGNORECASE | re.DOTALL)
        if match:
            return match[1].strip()
    return None


def _shown(file: Path) -> str | None:
    """Return the key that ssh has written down, without the name it wrote it under."""
    lines = [line.split() for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return next((f"{words[1]} {words[2]}" for words in lines if len(words) >= 3), None)
