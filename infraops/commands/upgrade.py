"""`infraops template upgrade`: what another version of a template means for each stack, and the pins that say so."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from infraops.assessment.upgrading import upgrade_of
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection, did_you_mean, select
from infraops.controlrepo.blueprints.repinning import repin
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import InvalidInput, Mistake, UsageError
from infraops.models.basics.versions import nearest, version_order
from infraops.models.reports.upgrade import Upgrades
from infraops.models.runs.run import RunResult
from infraops.models.stacks.stack import Stack, Template
from infraops.tools.files import write_file

_DOING = "choosing the version to upgrade to"


def upgrade(
    asked: str | None,
    selection: Selection,
    surroundings: Surroundings,
    *,
    plans: bool = False,
    write: bool = False,
    parallelism: int | None = None,
) -> Upgrades:
    """Say what moving the selected stacks to a version of their template means; by default the newest there is.

    `asked` is a template's name or a reference; without it, every stack is looked at. Without an environment in the
    selection all are meant. With `plans`, the stacks are planned as they would be, and with `write`, the pins are
    written into the blueprints: an environment's own, until all environments of a blueprint have the same.
    """
    opened = open_repo(surroundings)
    chosen = _chosen(opened, selection)
    targets = _targets(opened, asked, chosen)
    moving = [stack for stack in chosen if stack.name in targets and targets[stack.name] is not stack.template]
    texts = _texts(opened, moving)
    files = _edited(opened, moving, targets, texts)
    then = dataclasses.replace(surroundings, edited=files)
    mistakes = _mistakes(then)
    today = surroundings.now().date()
    told = tuple(
        upgrade_of(
            stack,
            targets[stack.name],
            written=_written(stack, texts[stack.place.file]),
            stacks=opened.repo.stacks.values(),
            today=today,
        )
        for stack in moving
    )
    result = Upgrades(told, tuple(stack.name for stack in chosen if stack not in moving), mistakes, files)
    if plans and moving and not mistakes:
        result = dataclasses.replace(result, plans=tuple(_planned(moving, then, parallelism)))
    if write:
        for shown, text in files.items():
            path = opened.workspace.root / shown
            write_file(path, text, mode=path.stat().st_mode & 0o777)
    return dataclasses.replace(result, written=write and bool(files))


def _chosen(opened: OpenRepo, selection: Selection) -> tuple[Stack, ...]:
    """Return the selected stacks of the environment that was named, or of every one."""
    if selection.environment is not None:
        return select(opened.repo, selection)
    found: list[Stack] = []
    refusal: UsageError | None = None
    for name in sorted(opened.repo.environments):
        try:
            found += select(opened.repo, dataclasses.replace(selection, environment=name))
        except UsageError as error:
            refusal = error
    if not found and refusal is not None:
        raise refusal
    return tuple(found)


def _targets(opened: OpenRepo, asked: str | None, chosen: Iterable[Stack]) -> Mapping[str, Template]:
    """Return the template that each stack would have, by the stack's name; stacks of other templates have none."""
    catalog = opened.repo.catalog
    name, _, version = (asked or "").partition("@")
    known = {template.file.name for template in catalog.values()}
    if asked is not None and name not in known:
        raise UsageError(_DOING, f'there is no template "{name}"', did_you_mean(name, sorted(known)))
    if version and asked not in catalog:
        versions = [one.file.version for one in catalog.values() if one.file.name == name]
        meant = f"{name}@{nearest(version, versions)}" if all(part.isdigit() for part in version.split(".")) else ""
        hint = f'did you mean "{meant}"?' if meant else f"there is {', '.join(f'{name}@{one}' for one in versions)}"
        raise UsageError(_DOING, f"the template {name} has no version {version}", hint)
    found: dict[str, Template] = {}
    for stack in chosen:
        if asked is None or stack.template.file.name == name:
            found[stack.name] = catalog[asked] if asked is not None and version else _newest(opened, stack.template)
    if asked is not None and not found:
        raise UsageError(_DOING, f"no selected stack is made from {name}", "`infraops status` shows their templates")
    return found


def _newest(opened: OpenRepo, template: Template) -> Template:
    """Return the newest version that is not deprecated and not older; the template itself where there is none."""
    versions = [one for one in opened.repo.catalog.values() if one.file.name == template.file.name]
    mine = version_order(template.file.version)
    newer = [one for one in versions if version_order(one.file.version) > mine and one.file.deprecated is None]
    return max(newer, key=lambda one: version_order(one.file.version), default=template)


def _texts(opened: OpenRepo, stacks: Iterable[Stack]) -> Mapping[str, str]:
    files = {stack.place.file for stack in stacks}
    return {shown: (opened.workspace.root / shown).read_bytes().decode("utf-8") for shown in sorted(files)}


def _edited(
    opened: OpenRepo, moving: Iterable[Stack], targets: Mapping[str, Template], texts: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the blueprints' texts with their pins where they are to be."""
    by_file: dict[str, list[Stack]] = {}
    for stack in opened.repo.stacks.values():
        by_file.setdefault(stack.place.file, []).append(stack)
    moved = {stack.name for stack in moving}
    files = {}
    for shown, text in texts.items():
        pins = {
            stack.environment.name: (targets[stack.name] if stack.name in moved else stack.template).reference
            for stack in by_file[shown]
        }
        usual = by_file[shown][0].usual_template
        everywhere = set(pins.values())
        template = everywhere.pop() if len(everywhere) == 1 else usual
        own = {environment: pin for environment, pin in pins.items() if pin != template}
        files[shown] = repin(text, shown, template=template, own=own)
    return files


def _mistakes(then: Surroundings) -> tuple[Mistake, ...]:
    try:
        open_repo(then)
    except InvalidInput as invalid:
        return invalid.mistakes
    return ()


def _written(stack: Stack, text: str) -> Mapping[str, str]:
    """Return where a blueprint gives values for a stack, by the parameter."""
    document = compose(text.removeprefix("\ufeff"), stack.place.file, Mistakes())
    assert isinstance(document, Document)
    places: dict[str, str] = {}
    for path in (("parameters",), ("environments", stack.environment.name)):
        node = document.node(path)
        names = node.value if node is not None and isinstance(node.value, dict) else {}
        places |= {name: str(document.place(*path, name)) for name in names}
    return places


def _planned(moving: Iterable[Stack], then: Surroundings, parallelism: int | None) -> Iterator[RunResult]:
    by_environment: dict[str, list[str]] = {}
    for stack in moving:
        by_environment.setdefault(stack.environment.name, []).append(stack.blueprint)
    for environment, names in sorted(by_environment.items()):
        yield plan(Selection(environment=environment, names=tuple(names)), then, parallelism=parallelism)
