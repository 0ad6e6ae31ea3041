"""`terraform init`, only when something that it depends on is not as it was."""

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.errors import InfraOpsError, Interrupted
from infraops.tools.files import content, write_file
from infraops.tools.terraform.command import LOCK_FILE, Answer, Commander
from infraops.tools.terraform.messages.events import LogLine
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.state.pg_backend import lost_a_race
from infraops.tools.terraform.state.site import Site

MARKER = Path(".terraform") / "infraops-init.json"
BACKEND = Path(".terraform") / "terraform.tfstate"  # where Terraform notes which backend it was told of
CACHE_VARIABLE = "TF_PLUGIN_CACHE_DIR"

_PROVIDER = re.compile(r'^provider "(?P<source>[^"]+)" \{\n  version += "(?P<version>[^"]+)".*?^\}\n', re.M | re.S)
_HEADER = """\
# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
"""
_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")


@dataclass(frozen=True)
class Initialised:
    """Whether init ran, and the committed lock file where init made or changed it."""

    ran: bool
    lock_changed: Path | None = None
    seconds: float = 0.0


def initialise(
    site: Site, commander: Commander, plugin_cache: Path, *, force: bool = False, locked: bool = False
) -> Initialised:
    """Initialise a stack's directory unless it is initialised from the same modules, program, backend and locks.

    The committed lock file decides which providers are taken; where init makes or changes it, it is copied back.
    With `locked`, Terraform takes none that the lock files do not pin, and nothing is copied back.
    """
    if not force and _is_initialised(site, commander):
        return Initialised(ran=False)
    own = site.directory / LOCK_FILE
    seeded = _put_lock_file(site, own)
    try:
        answer = _init(site, commander, plugin_cache, own, locked=locked)
    except Interrupted:
        raise
    except InfraOpsError:
        if not seeded or locked:
            raise
        # The other stacks' versions do not suit this one: let Terraform choose.
        commander.say(
            LogLine("init with the provider versions of the environment's other stacks failed; without them:")
        )
        own.unlink()
        answer = _init(site, commander, plugin_cache, own)
    if seeded:
        _drop_unused(site.directory, own)
    changed = not locked and own.is_file() and write_file(site.locks, own.read_bytes())
    write_file(site.directory / MARKER, json.dumps({"digest": _digest(site, commander)}) + "\n")
    return Initialised(ran=True, lock_changed=site.locks if changed else None, seconds=answer.seconds)


def forget_initialisation(directory: Path) -> None:
    """Let the next init of a directory begin anew, without a word of where its state was before."""
    for noted in (MARKER, BACKEND):
        (directory / noted).unlink(missing_ok=True)


def look_again(directory: Path) -> bool:
    """Take back what somebody may have done to an initialised directory: the next command of ours inits, as ever.

    Returns whether a workspace was chosen there, which no stack has.
    """
    (directory / MARKER).unlink(missing_ok=True)
    workspace = directory / ".terraform" / "environment"
    chosen = workspace.exists()
    workspace.unlink(missing_ok=True)
    return chosen


def _init(site: Site, commander: Commander, plugin_cache: Path, lock_file: Path, *, locked: bool = False) -> Answer:
    readonly = "readonly" if locked and lock_file.is_file() else None
    command = arguments("init", input=False, backend_config=dict(site.backend), lockfile=readonly, flags=("no_color",))
    doing = f"initialising Terraform for {site.stack}"
    wanted = locked_providers(lock_file)
    if wanted is None:
        # Without a lock file Terraform trusts no cache: it would write the provider there anew, under other stacks'
        # hands. So this one init goes past the cache, and past those that wait for it.
        past_the_cache = replace(commander, environment={**commander.environment, CACHE_VARIABLE: ""})
        return _run(past_the_cache, command, doing)
    with _holding(plugin_cache, wanted):
        return _run(commander, command, doing)


def _run(commander: Commander, command: tuple[str, ...], doing: str) -> Answer:
    try:
        return commander.run(command, doing=doing)
    except InfraOpsError as error:
        if not lost_a_race(error):
            raise
        commander.say(LogLine(f"another init made the same at the same time, so once more: {error.problem}"))
        return commander.run(command, doing=doing)


def _put_lock_file(site: Site, own: Path) -> bool:
    """Put the stack's committed lock file in place; returns whether other stacks' had to serve for it.

    A new stack takes the versions and checksums that its environment has agreed on already. Without any, Terraform
    would fetch every provider anew even where its cache has it.
    """
    for committed in (site.locks, site.locks_before):
        if committed is not None and committed.is_file():
            write_file(own, committed.read_bytes())
            return False
    agreed: dict[str, re.Match[str]] = {}
    for file in sorted(site.locks.parent.glob("*.terraform.lock.hcl")):
        for found in _PROVIDER.finditer(file.read_text(encoding="utf-8")):
            known = agreed.get(found["source"])
            if known is None or _order(found["version"]) > _order(known["version"]):
                agreed[found["source"]] = found
    if not agreed:
        own.unlink(missing_ok=True)
        return False
    write_file(own, "\n".join([_HEADER, *(agreed[source].group() for source in sorted(agreed))]))
    return True


def _drop_unused(directory: Path, own: Path) -> None:
    """Take providers out of a lock file that init did not install; Terraform itself leaves them in."""
    text = own.read_text(encoding="utf-8")
    installed = directory / ".terraform" / "providers"
    for found in reversed(list(_PROVIDER.finditer(text))):
        if not (installed / found["source"] / found["version"]).is_dir():
            text = text[: found.start()] + text[found.end() :].lstrip("\n")
    if _PROVIDER.search(text):
        write_file(own, text.rstrip("\n") + "\n")
    else:
        own.unlink()


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def locked_providers(lock_file: Path) -> list[tuple[str, str]] | None:
    """Return source and version of the providers that a lock file names; None where there is no lock file."""
    if not lock_file.is_file():
        return None
    found = _PROVIDER.finditer(lock_file.read_text(encoding="utf-8"))
    return [(match["source"], match["version"]) for match in found]


def pinned_providers(site_locks: Path, locks_before: Path | None) -> frozenset[str]:
    """Return the sources of the providers that the lock files pin which a stack would begin with."""
    own = next((file for file in (site_locks, locks_before) if file is not None and file.is_file()), None)
    files = [own] if own is not None else sorted(site_locks.parent.glob("*.terraform.lock.hcl"))
    return frozenset(source for file in files for source, _ in locked_providers(file) or ())


def _digest(site: Site, commander: Commander) -> str:
    """Digest what an initialised directory was made from."""
    program = commander.program
    digest = hashlib.sha256(json.dumps([program.argv, program.version, sorted(site.backend.items())]).encode())
    digest.update((site.directory / "main.tf").read_bytes())
    for top in (site.template, *site.modules):
        for file in sorted(file for file in top.rglob("*") if file.name.endswith(_CONFIGURATION)):
            digest.update(f"\0{file.relative_to(top)}\0".encode())
            digest.update(file.read_bytes())
    digest.update(content(site.locks))
    return digest.hexdigest()


def _is_initialised(site: Site, commander: Commander) -> bool:
    try:
        noted = json.loads((site.directory / MARKER).read_text())["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    # Providers are links into a cache that may be deleted at any time.
    links = (site.directory / ".terraform" / "providers").glob("*/*/*/*/*")
    return bool(noted == _digest(site, commander)) and all(link.exists() for link in links)


@contextmanager
def _holding(cache: Path, wanted: list[tuple[str, str]]) -> Iterator[None]:
    """Hold the provider cache: Terraform itself does not keep two inits from writing one provider there.

    Inits whose providers are all in the cache already only read it, and may do so side by side.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".infraops.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not all((cache / source / version).is_dir() for source, version in wanted):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
