"""`infraops template fetch`: templates of other git repositories, pinned by commit and vendored into this one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.commands.context.surroundings import BUILT_IN_CATALOG, Surroundings
from infraops.commands.selection.stacks import did_you_mean
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.find import SETTINGS, find_root
from infraops.controlrepo.templates.catalog import read_catalog
from infraops.controlrepo.templates.git_urls import address_of
from infraops.controlrepo.templates.locking import digest_of, lock_text, locked_template
from infraops.controlrepo.templates.vendored import LOCK, VENDORED, check_source, mistakes_of, read_lock
from infraops.errors import InfraOpsError, InvalidInput, Place, UsageError
from infraops.models.basics.workspace import workspace_of
from infraops.models.files.settings import SettingsFile
from infraops.models.files.vendored import Locked, Source
from infraops.models.reports.fetched import Fetch, FetchedCatalog, FetchedCatalogs
from infraops.tools.files import write_file
from infraops.tools.git import foreign
from infraops.tools.git.repositories import ignored_by_git
from infraops.tools.vendoring import remove_others, vendor


@dataclass(frozen=True)
class _Brought:
    """A catalog that was fetched: what is told of it, its entry in the lock file, and its files."""

    told: FetchedCatalog
    locked: Locked
    templates: Mapping[str, Mapping[str, foreign.File]]


def fetch(surroundings: Surroundings, *, upgrade: tuple[str, ...] = (), check: bool = False) -> FetchedCatalogs:
    """Vendor what `infraops.yaml` names and the lock file does not have yet; what is locked is only restored.

    Catalogs in `upgrade` are taken as their refs stand today. With `check` nothing is written; it is told what is not
    as locked, and which refs have moved. Nothing is written where any of it goes wrong.
    """
    root = find_root(surroundings.directory)
    sources, locks = _read(root)
    for name in upgrade:
        if name not in sources:
            hint = did_you_mean(name, sorted(sources))
            raise UsageError("fetching catalogs", f'infraops.yaml names no catalog "{name}"', hint)
    environ = surroundings.environ
    if check:
        return FetchedCatalogs(tuple(_looked_at(root, name, sources, locks, environ) for name in sources), checked=True)
    told: list[FetchedCatalog] = []
    brought: list[_Brought] = []
    for name, source in sources.items():
        locked = locks.get(name)
        if locked is None or locked.source != source or name in upgrade:
            brought.append(_bring(root, name, source, locked, environ))
        elif _is_intact(root, name, locked):
            told.append(_tell(name, source, Fetch.AS_LOCKED, locked.commit))
        else:
            brought.append(_restore(root, name, locked, environ))
    _refuse_twins(root, brought)
    told += [_tell(name, one.source, Fetch.REMOVED, one.commit) for name, one in locks.items() if name not in sources]
    kept = {name: locks[name] for name in sources if name in locks} | {one.told.name: one.locked for one in brought}
    return FetchedCatalogs((*_write(root, brought, kept, environ), *told))


def _read(root: Path) -> tuple[Mapping[str, Source], Mapping[str, Locked]]:
    """Read what is named and what is locked, and nothing else: the rest may be mistaken until it is fetched."""
    mistakes = Mistakes()
    document = read_document(root / SETTINGS, SETTINGS, mistakes)
    settings = None if document is None else validate(SettingsFile, document, mistakes)
    sources = {} if settings is None else settings.catalogs
    for name, source in sources.items():
        assert document is not None
        check_source(name, source, document, mistakes)
    locks = read_lock(root, mistakes).catalogs
    mistakes.refuse()
    return sources, locks


def _is_intact(root: Path, name: str, locked: Locked) -> bool:
    shown = ((f"{VENDORED}/{name}/{directory}", one) for directory, one in locked.templates.items())
    return not any(mistakes_of(root, directory, one) for directory, one in shown)


def _looked_at(
    root: Path, name: str, sources: Mapping[str, Source], locks: Mapping[str, Locked], environ: Mapping[str, str]
) -> FetchedCatalog:
    source, locked = sources[name], locks.get(name)
    if locked is None or locked.source != source:
        return _tell(name, source, Fetch.NOT_FETCHED, "")
    if not _is_intact(root, name, locked):
        return _tell(name, source, Fetch.DAMAGED, locked.commit)
    commit, _ = foreign.look(address_of(source.git, str(root)), source.ref, name=name, environ=environ)
    if commit == locked.commit:
        return _tell(name, source, Fetch.AS_LOCKED, commit)
    moved = locked.kind == "tag"
    told = _tell(name, source, Fetch.MOVED if moved else Fetch.BEHIND, commit)
    return replace(told, before=locked.commit, moved=moved)


def _tell(name: str, source: Source, done: Fetch, commit: str) -> FetchedCatalog:
    return FetchedCatalog(name, source.git, source.ref, done, commit)


def _bring(
    root: Path, name: str, source: Source, before: Locked | None, environ: Mapping[str, str], ref: str = ""
) -> _Brought:
    """Fetch a catalog at its ref, or at another; say what is different from `before`."""
    url = address_of(source.git, str(root))
    found = foreign.fetch(url, ref or source.ref, source.path, name=name, environ=environ)
    mistakes = Mistakes()
    templates = {}
    for directory, files in found.templates.items():
        digests = {path: digest_of(file.content, executable=file.executable) for path, file in files.items()}
        shown = f"{name}:{source.path}/{directory}/{foreign.DESCRIPTION}"
        entry = locked_template(files[foreign.DESCRIPTION].content, digests, shown, mistakes)
        if entry is not None:
            templates[directory] = entry
    mistakes.refuse()
    locked = Locked(**source.model_dump(), kind=found.kind, commit=found.commit, templates=templates)  # type: ignore[arg-type]
    now = {one.reference: one.files for one in templates.values()}
    then = {} if before is None else {one.reference: one.files for one in before.templates.values()}
    told = FetchedCatalog(
        name=name,
        git=source.git,
        ref=source.ref,
        done=Fetch.FETCHED,
        commit=found.commit,
        before=before.commit if before is not None else "",
        added=tuple(sorted(now.keys() - then.keys())),
        removed=tuple(sorted(then.keys() - now.keys())),
        changed=tuple(sorted(one for one in now.keys() & then.keys() if now[one] != then[one])),
        moved=before is not None and before.source == source and before.kind == "tag" and before.commit != found.commit,
        left_out=found.left_out,
    )
    return _Brought(told, locked, found.templates)


def _restore(root: Path, name: str, locked: Locked, environ: Mapping[str, str]) -> _Brought:
    """Fetch what the lock file says, by its commit where the ref has moved; raise where that is not what it says."""
    brought = _bring(root, name, locked.source, locked, environ)
    moved = brought.locked.commit != locked.commit
    if moved:
        try:
            brought = _bring(root, name, locked.source, locked, environ, ref=locked.commit)
        except InvalidInput:
            raise
        except InfraOpsError as error:
            problem = f"the {locked.kind} {locked.ref} has moved away from {locked.commit}, and {error.problem}"
            hint = f"take {VENDORED}/{name} from this repository's history, or `--upgrade {name}`"
            raise InfraOpsError(f"restoring the catalog {name}", problem, hint) from None
    if brought.locked.templates != locked.templates:
        problem = f"{LOCK} has other digests than commit {locked.commit}: it was changed by hand"
        hint = f"take {LOCK} from this repository's history, or `--upgrade {name}`"
        raise InfraOpsError(f"restoring the catalog {name}", problem, hint)
    told = replace(brought.told, done=Fetch.RESTORED, moved=moved and locked.kind == "tag")
    return replace(brought, told=told, locked=locked)


def _refuse_twins(root: Path, brought: list[_Brought]) -> None:
    """Raise InvalidInput where a template has the reference of another: no template shadows one."""
    mistakes, names = Mistakes(), {one.told.name for one in brought}
    known = {
        template.reference: "built into infraops" if template.built_in else f"in {template.directory.relative_to(root)}"
        for template in read_catalog(root, BUILT_IN_CATALOG, Mistakes(), Composed()).templates.values()
        if template.catalog not in names
    }
    for one in brought:
        for directory, template in one.locked.templates.items():
            place = Place(f"{one.told.name}:{one.locked.path}/{directory}/{foreign.DESCRIPTION}")
            if template.reference in known:
                problem = f"the template {template.reference} is already {known[template.reference]}"
                mistakes.add(place, problem, "have it called otherwise there, pin another ref, or remove the other")
            known[template.reference] = f"in the catalog {one.told.name}, in {directory}/"
    mistakes.refuse()


def _write(
    root: Path, brought: list[_Brought], kept: Mapping[str, Locked], environ: Mapping[str, str]
) -> Iterator[FetchedCatalog]:
    scratch = workspace_of(root, environ).scratch / "catalogs"
    for one in brought:
        vendor(root / VENDORED, one.told.name, one.templates, scratch=scratch)
    remove_others(root / VENDORED, kept)
    if kept:
        write_file(root / LOCK, lock_text(kept))
    else:
        (root / LOCK).unlink(missing_ok=True)
    for one in brought:
        paths = [f"{VENDORED}/{one.told.name}/{name}/{path}" for name, files in one.templates.items() for path in files]
        yield replace(one.told, ignored=ignored_by_git(root, (LOCK, *paths)))
