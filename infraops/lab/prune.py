"""Removing what nobody needs any more: hosts that no Terraform state knows, half-made ones, leftovers, old bases."""

import shutil
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab import hosts
from infraops.lab.base import archive_of, layers, wanted_base
from infraops.lab.locks import locked
from infraops.lab.records import Phase, names, read_record
from infraops.lab.strays import bases_in_use, find_strays, remove_strays
from infraops.models.basics.workspace import Workspace


@dataclass(frozen=True)
class Pruned:
    """What was removed, or with a dry run would be. `busy` names hosts that are being worked on and were left alone."""

    unknown: tuple[str, ...] = ()  # finished hosts that no state knows
    half_made: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.unknown, self.half_made, self.leftovers, self.bases))


def prune(
    workspace: Workspace,
    known: Set[str],
    *,
    dry_run: bool,
    bases: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Pruned:
    """Remove the checkout's hosts that are not in `known` (names from all Terraform states) and what hosts left behind.

    With `bases` also the base layers in the user's cache that no host of any checkout stands on and that new hosts
    (made with `environ`) would not use.
    """
    unknown: list[str] = []
    half_made: list[str] = []
    busy: list[str] = []
    for name in names(workspace):
        half = _is_half_made(workspace, name)
        if not half and name in known:
            continue
        if dry_run or hosts.delete_idle(workspace, name):
            (half_made if half else unknown).append(name)
        else:
            busy.append(name)
    strays = find_strays(workspace)
    if not dry_run:
        remove_strays(workspace, strays)
    old = unused_bases(workspace, environ or {}) if bases else ()
    if not dry_run and old:
        _remove_bases(workspace.cache, old)
    return Pruned(
        unknown=tuple(unknown),
        half_made=tuple(half_made),
        leftovers=strays.describe(),
        bases=tuple(map(str, old)),
        busy=tuple(busy),
    )


def unused_bases(workspace: Workspace, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the base layers and archives in the cache that no host stands on and that new hosts would not need."""
    current = wanted_base(workspace.cache, environ)
    used = {current.path, *map(Path, bases_in_use())}
    for record in workspace.state.parent.glob("*/lab/hosts/*/host.json"):
        text = record.read_text()
        used |= {base.path for base in layers(workspace.cache) if str(base.path) in text}
    archives = (workspace.cache / "lab").glob("base-*.tar")
    unused_archives = (archive for archive in sorted(archives) if archive != archive_of(current))
    return (*(base.path for base in layers(workspace.cache) if base.path not in used), *unused_archives)


def _is_half_made(workspace: Workspace, name: str) -> bool:
    try:
        record = read_record(workspace, name)
    except InfraOpsError:  # damaged: nothing can be done with it
        return True
    return record is None or record.phase is not Phase.READY or not Path(record.base).is_dir()


def _remove_bases(cache: Path, doomed: tuple[Path, ...]) -> None:
    with locked(cache / "lab" / "base.lock"):
        for path in doomed:
            away = path.with_name(f".deleted-{path.name}")
            path.rename(away)  # nobody starts to use a half-removed one
            if away.is_dir():
                shutil.rmtree(away)
            else:
                away.unlink()
