"""`infraops template import`: templates from Terraform modules and playbooks that exist already."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infraops.commands.context.surroundings import BUILT_IN_CATALOG, Surroundings
from infraops.controlrepo.adoption.wrapping import Draft, Wish, draft
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.phrases import listing, quote
from infraops.controlrepo.files.find import find_root
from infraops.controlrepo.load import load
from infraops.controlrepo.modules.reach import configuration_files
from infraops.errors import InfraOpsError, InvalidInput, UsageError
from infraops.models.files.template import NAME_PATTERN, VERSION_PATTERN
from infraops.models.reports.wrapping import Finding, Outcome, Wrapped
from infraops.tools.files import write_file

_LONGEST = 40
_PASSED_OVER = frozenset({"examples", "example", "tests", "test", "docs", "fixtures"})


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    directory: Path
    name: str | None = None
    version: str = "1.0"
    platform: str | None = None
    playbook: Path | None = None
    hosts_from: str | None = None
    everything: bool = False


def import_templates(request: Request, surroundings: Surroundings) -> tuple[Wrapped, ...]:
    """Make templates of the modules in a directory; one that cannot be does not keep the others from it.

    Raises UsageError where nothing in the directory is a module, or what is asked for does not go together.
    """
    doing = f"importing {request.directory}"
    root = find_root(surroundings.directory).resolve()
    top = (surroundings.directory / request.directory).resolve()
    _refuse_wrong_words(request, doing)
    modules = _modules(top, request, doing)
    playbook = None if request.playbook is None else (surroundings.directory / request.playbook).resolve()
    if playbook is not None and not playbook.is_file():
        raise UsageError(doing, f"there is no playbook {request.playbook}", "name a file")
    results: list[Wrapped] = []
    names = {modules[0]: request.name} if request.name else _names(modules)
    for module in modules:
        name = names[module]
        result = Wrapped(str(module), name, request.platform or "")
        try:
            wish = Wish(root, module, name, request.version, request.platform, playbook, request.hosts_from)
            drafted = draft(wish)
            results.append(_write(drafted, root, replace(result, platform=drafted.platform)))
        except InfraOpsError as error:
            results.append(replace(result, error=f"{error.problem}{f'; {error.hint}' if error.hint else ''}"))
    return _without_broken(results, root)


def _refuse_wrong_words(request: Request, doing: str) -> None:
    for word, text, pattern in (
        ("--name", request.name, NAME_PATTERN),
        ("--version", request.version, VERSION_PATTERN),
        ("--platform", request.platform, NAME_PATTERN),
    ):
        if text is not None and re.search(pattern, text) is None:
            hint = 'such as "1.0"' if word == "--version" else "lower-case letters, digits and single hyphens"
            raise UsageError(doing, f"{word} {quote(text)} cannot be one", hint)


def _modules(top: Path, request: Request, doing: str) -> list[Path]:
    if not top.is_dir():
        raise UsageError(doing, "there is no such directory", "name a directory with .tf files")
    if not request.everything and configuration_files(top):
        return [top]
    below = [Path(one) for one, _, _ in os.walk(top) if configuration_files(Path(one))]
    found = sorted(one for one in below if not _is_passed_over(one.relative_to(top)))
    if not found:
        raise UsageError(doing, "there is no Terraform module in it", "name a directory with .tf files")
    if request.name is not None and len(found) > 1:
        raise UsageError(doing, f"--name is for one module, and there are {len(found)}", "leave it out")
    return found


def _is_passed_over(relative: Path) -> bool:
    return any(part.startswith(".") or part in _PASSED_OVER for part in relative.parts)


def _names(modules: Sequence[Path]) -> dict[Path, str]:
    """Name templates by their modules' directories, with as many of those above them as tell all apart."""
    names: dict[Path, str] = {}
    for module in modules:
        for parts in range(1, len(module.parts)):
            tail = module.parts[-parts:]
            names[module] = _name_of("-".join(tail))
            if sum(_name_of("-".join(other.parts[-parts:])) == names[module] for other in modules) == 1:
                break
    return names


def _name_of(directory: str) -> str:
    """Make a template's name of a directory's, as modules are called: terraform-aws-vpc is about vpc in aws."""
    name = re.sub(r"[^a-z0-9]+", "-", directory.lower()).strip("-")
    name = re.sub(r"^terraform-(?:[a-z]+-)?(?=[a-z])", "", name)
    name = name if name[:1].isalpha() else f"module-{name}".strip("-")
    return name if len(name) <= _LONGEST else name[-_LONGEST:].partition("-")[2]


def _write(drafted: Draft, root: Path, result: Wrapped) -> Wrapped:
    directory = root / "catalog" / drafted.name
    if os.path.lexists(directory):
        problem = f"there is catalog/{drafted.name} already"
        raise InfraOpsError("writing the template", problem, "give this one another --name, or remove that one")
    try:
        for relative, source in sorted(drafted.files.items()):
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
            write_file(directory / relative, source.read_bytes(), mode=mode)
        write_file(directory / "template.yaml", drafted.text)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return replace(
        result,
        reference=f"{drafted.name}@{drafted.version}",
        directory=f"catalog/{drafted.name}",
        copied=tuple(sorted(drafted.files)),
        in_place=drafted.in_place,
        findings=drafted.findings,
    )


def _without_broken(results: Sequence[Wrapped], root: Path) -> tuple[Wrapped, ...]:
    """Load the control repo with the new templates, and take back those that it does not take."""
    try:
        load(root, built_in=BUILT_IN_CATALOG, composed=Composed())
    except InvalidInput as invalid:
        return tuple(_take_back(result, invalid, root) for result in results)
    return tuple(results)


def _take_back(result: Wrapped, invalid: InvalidInput, root: Path) -> Wrapped:
    if not result.reference:
        return result
    own = [one for one in invalid.mistakes if one.place.file.startswith(f"{result.directory}/")]
    if not own:
        return result
    shutil.rmtree(root / result.directory)
    problems = listing([f"{one.problem} ({one.hint})" if one.hint else one.problem for one in own])
    finding = Finding("template.yaml", Outcome.MISSING, problems)
    return replace(result, reference="", directory="", copied=(), findings=(*result.findings, finding), error=problems)
