"""A stack's whole state: reading it, keeping a copy of it, and letting go of all that it holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.tools.files import write_file
from infraops.tools.terraform.command import Commander
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.state.backend import drop_old_copies, stamp
from infraops.tools.terraform.state.outputs import STATE_VERSION
from infraops.tools.terraform.state.pg_backend import EMPTY
from infraops.tools.terraform.state.site import Site


@dataclass(frozen=True)
class Held:
    """A state as it is stored, the managed resources in it (address and type), and whether it has outputs.

    `lineage` is empty and `serial` 0 where there is no state.
    """

    raw: bytes = b""
    resources: tuple[tuple[str, str], ...] = ()
    outputs: bool = False
    lineage: str = ""
    serial: int = 0


def read_held(site: Site, commander: Commander) -> Held:
    """Read a state; one that is not in a file here is asked for through its backend, which has to be initialised.

    Raises InfraOpsError where only Terraform itself can read it, or where a newer one could not be saved.
    """
    doing = f"reading the state of {site.stack}"
    if site.rescued.exists():
        hint = "`infraops plan` of the stack saves it first; or move that file away"
        raise InfraOpsError(doing, f"its last apply could not save it, and left it in {site.rescued}", hint)
    raw = read_raw(site, commander)
    try:
        document = json.loads(raw) if raw.strip() else {}
        if document and document.get("version") != STATE_VERSION:
            raise ValueError(f"its format is {document.get('version')!r}")
        return Held(
            raw,
            tuple(dict.fromkeys(_resources(document))),
            bool(document.get("outputs")),
            str(document.get("lineage") or ""),
            int(document.get("serial") or 0),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = f"let go of it by hand: infraops exec {site.stack} -- terraform state rm module.service"
        raise InfraOpsError(doing, f"only Terraform itself can read it ({error})", hint) from error


def read_raw(site: Site, commander: Commander) -> bytes:
    """Read a state as it is stored; empty where there is none."""
    if site.state is not None:
        return site.state.read_bytes() if site.state.exists() else b""
    # `state` commands refuse to work where the cache of plugins, which they do not need, was not made yet.
    commander = replace(commander, environment={**commander.environment, "TF_PLUGIN_CACHE_DIR": ""})
    return commander.run(arguments("state pull"), doing=f"reading the state of {site.stack}").stdout.encode()


def keep_copy(site: Site, commander: Commander, now: datetime) -> Path | None:
    """Keep a copy of a state beside the others, wherever the state itself is; None where there is none.

    Where the newest copy says the same already, that one serves: looking at a state pushes no older one out.
    """
    raw = read_raw(site, commander)
    if not raw.strip():
        return None
    newest = max(site.copies.glob("[0-9]*.tfstate"), default=None)
    if newest is not None and newest.read_bytes() == raw:
        return newest
    copy = site.copies / f"{stamp(now)}.tfstate"
    _write(copy, raw)
    drop_old_copies(site.copies)
    return copy


def let_go(site: Site, commander: Commander, held: Held, now: datetime, *, patience: str | None) -> Path:
    """Set a state aside, so that Terraform knows of nothing any more; returns where it is kept.

    A file is moved in one step; elsewhere an empty state takes the place of what was copied here first.
    """
    kept = site.copies / f"forgotten-{stamp(now)}.tfstate"
    if site.state is not None:
        _make(site.copies)
        site.state.chmod(0o600)
        return site.state.replace(kept)
    _write(kept, held.raw)
    before: Mapping[str, Any] = json.loads(held.raw)
    empty = {**EMPTY, "lineage": before["lineage"], "serial": before["serial"] + 1}
    file = site.directory / ".terraform" / "empty.tfstate"
    write_file(file, json.dumps(empty), mode=0o600)
    try:
        command = arguments("state push", str(file), lock_timeout=patience)
        commander.run(command, doing=f"letting go of what is in the state of {site.stack}")
    finally:
        file.unlink(missing_ok=True)
    return kept


def stands(site: Site, held: Held, document: Mapping[str, Any]) -> bool:
    """Whether a state is in its place already. Raises InfraOpsError where another one with something in it is."""
    if not held.resources and not held.outputs:
        return False
    there = json.loads(held.raw)
    if there.get("lineage") == document.get("lineage") and there.get("resources") == document.get("resources"):
        return True
    hint = "look at what it holds: it may be another stack's; `infraops forget` sets it aside"
    raise InfraOpsError(f"making room for the state of {site.stack}", "there is another state in its place", hint)


def put(site: Site, commander: Commander, document: Mapping[str, Any], *, patience: str | None) -> None:
    """Put a state in its place, where there is none, or an empty one."""
    text = json.dumps(document, indent=2) + "\n"
    if site.state is not None:
        write_file(site.state, text, mode=0o600)
        return
    file = site.directory / ".terraform" / "adopted.tfstate"
    write_file(file, text, mode=0o600)
    try:
        # By force, as the empty one that is there for some backends has a lineage of its own.
        command = arguments("state push", str(file), lock_timeout=patience, flags=("force",))
        commander = replace(commander, environment={**commander.environment, "TF_PLUGIN_CACHE_DIR": ""})
        commander.run(command, doing=f"putting the state of {site.stack} in its place")
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, raw: bytes) -> None:
    _make(file.parent)
    write_file(file, raw, mode=0o600)


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def _resources(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in document.get("resources", ()):
        if resource["mode"] != "managed":
            continue
        parts = (resource.get("module"), resource["type"], resource["name"])
        address = ".".join(part for part in parts if part)
        for instance in resource["instances"]:
            key = instance.get("index_key")
            yield (address if key is None else f"{address}[{json.dumps(key)}]"), resource["type"]
