"""What a Terraform module that nobody trusts yet would do while it is only planned. Pure; knows no files.

Providers are allowed by name, because each is a program. Data sources and resources of an allowed provider are refused
where they are known to act, fetch or read files while Terraform plans.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from infraops.assessment import reaching_out
from infraops.errors import Mistake, Place
from infraops.models.files.allowance import AllowFile
from infraops.models.files.hcl import Block, Call, Expression

WITHIN = "${path.module}"
_SOURCE = re.compile(r"^(?:(?P<host>[a-z0-9.-]+)/)?(?:(?P<namespace>[a-z0-9_-]+)/)?(?P<type>[a-z0-9_-]+)$")
_REGISTRIES = (None, "registry.terraform.io", "registry.opentofu.org")
_TYPE = re.compile(r"^[a-z][a-z0-9_-]*$")
_BUILT_IN = "terraform.io/builtin/terraform"
_TOP = frozenset({
    "terraform", "variable", "locals", "output", "resource", "data", "ephemeral", "module", "provider", "moved",
    "removed", "check",
})  # fmt: skip
_OF_TERRAFORM = frozenset({"required_version", "required_providers"})
_ASK = "ask who keeps the list that --allow names, or do without"


@dataclass(frozen=True)
class Named:
    """A path that a module names: a child module's directory, or a file that it reads. Relative to the module."""

    place: Place
    path: str
    template: bool = False  # a file whose text is evaluated


@dataclass
class Judgement:
    """What was found in one directory: what is refused, and what has to be looked at beside it."""

    refused: list[Mistake] = field(default_factory=list)
    children: list[Named] = field(default_factory=list)
    files: list[Named] = field(default_factory=list)
    providers: dict[str, Place] = field(default_factory=dict)  # as canonical sources

    def refuse(self, place: Place, problem: str, hint: str = _ASK) -> None:
        """Take down what is refused."""
        self.refused.append(Mistake(place, problem, hint))


def judge_module(files: Mapping[str, Iterable[Block]], allowed: AllowFile) -> Judgement:
    """Judge the configuration files of one directory, by the path that messages show."""
    found = Judgement()
    blocks = [(shown, block) for shown, inside in files.items() for block in inside]
    declared = list(_sources(blocks, found))
    sources = {local: source for local, source, _ in declared}
    for shown, block in blocks:
        if block.kind not in _TOP:
            problem = f"a block {block.kind} is nothing that a plan of an untrusted branch knows"
            found.refuse(Place(shown, block.line), problem)
        for inner, parent in _tree(block):
            _judge_block(inner, parent, Place(shown, inner.line), sources, allowed, found)
            for _, value in inner.attributes:
                judge_calls(value.calls, shown, found)
    implied = (
        (sources.get(local) or (_BUILT_IN if local == "terraform" else f"hashicorp/{local}"), place)
        for local, place in _used(blocks)
    )
    for source, place in (*((source, place) for _, source, place in declared if source), *implied):
        if source not in found.providers and not allowed.allows("providers", source):
            found.refuse(place, f"the provider {source} is not on the list: it is a program that planning starts")
        found.providers.setdefault(source, place)
    return found


def _tree(block: Block, parent: Block | None = None) -> Iterator[tuple[Block, Block | None]]:
    yield block, parent
    for inner in block.blocks:
        yield from _tree(inner, block)


def _judge_block(
    block: Block, parent: Block | None, place: Place, sources: Mapping[str, str], allowed: AllowFile, found: Judgement
) -> None:
    if block.kind == "provisioner" or (block.kind == "dynamic" and "provisioner" in block.labels):
        named = f" {block.labels[0]}" if block.labels else ""
        found.refuse(place, f"the provisioner{named} runs a program or writes files on a machine", "take it out")
    elif block.kind in ("data", "resource", "ephemeral") and (parent is None or parent.kind == "check"):
        _judge_type(block, place, allowed, found)
    elif parent is None and block.kind == "terraform":
        for name in (*(name for name, _ in block.attributes), *(inner.kind for inner in block.blocks)):
            if name not in _OF_TERRAFORM:
                hint = "take it out; where the state lives is said by environment.yaml"
                found.refuse(place, f"terraform.{name} in a module may lead planning elsewhere", hint)
    elif parent is None and block.kind == "provider":
        _judge_provider(block, place, sources, allowed, found)
    elif parent is None and block.kind == "module":
        _judge_child(block, place, allowed, found)


def _judge_type(block: Block, place: Place, allowed: AllowFile, found: Judgement) -> None:
    kind = block.labels[0] if len(block.labels) == 2 else ""
    if not _TYPE.match(kind):
        found.refuse(place, f"a block {block.kind} whose type is not plain to see", "write its type in plain letters")
    elif block.kind == "data" and not allowed.allows("data_sources", kind):
        if kind in reaching_out.DATA_SOURCES or kind.startswith(reaching_out.DATA_PREFIXES):
            found.refuse(place, f"data {kind} runs, fetches or reads something while Terraform plans")
    elif block.kind == "resource" and kind in reaching_out.RESOURCES and not allowed.allows("resources", kind):
        found.refuse(place, f"the resource {kind} acts while it is only planned")
    elif block.kind == "ephemeral" and not allowed.allows("ephemeral", kind):
        found.refuse(place, f"ephemeral {kind} is opened while Terraform plans")


def _judge_provider(
    block: Block, place: Place, sources: Mapping[str, str], allowed: AllowFile, found: Judgement
) -> None:
    local = block.labels[0] if block.labels else ""
    source = sources.get(local, f"hashicorp/{local}")
    settings = {"alias", "version", *allowed.provider_settings.get(source, ())}
    for name in dict.fromkeys((*(name for name, _ in block.attributes), *(inner.kind for inner in block.blocks))):
        if name not in settings:
            problem = f"provider {local}: {name} may lead it to other servers, credentials or programs"
            found.refuse(
                place, problem, "take it out, or have provider_settings of the list that --allow names name it"
            )


def _judge_child(block: Block, place: Place, allowed: AllowFile, found: Judgement) -> None:
    sources = block.all("source")
    if not sources:
        found.refuse(place, "a module without a source", "give it one, such as ./network")
    for source in sources:
        text = source.text or ""
        if text.startswith(("./", "../")) and not set(text) & set("$%\\\0"):
            found.children.append(Named(place, text))
        elif not text or not allowed.allows("modules", text):
            said = f" {text}" if text else ", which is not plain to see,"
            problem = f"the module source{said} is fetched from elsewhere before anybody has read it"
            found.refuse(place, problem, "copy the module into the template, or have the list of --allow name it")


def judge_calls(calls: Iterable[Call], shown: str, found: Judgement) -> None:
    """Judge what expressions call; the files that they read are taken down to be looked at."""
    for call in calls:
        place, name = Place(shown, call.line), call.name.removeprefix("core::")
        if name.startswith("provider::"):
            continue  # its provider is among those that the module uses, and judged there
        if name in reaching_out.FILE_FUNCTIONS:
            _judge_file(call, name, place, found)
        elif name not in reaching_out.FUNCTIONS:
            problem = f"the function {name} is not among those that are known to read nothing"
            found.refuse(place, problem, "do without it")


def _judge_file(call: Call, name: str, place: Place, found: Judgement) -> None:
    written = call.arguments[0] if call.arguments else None
    path = (written or "").removeprefix(WITHIN)
    if written is None or not written.startswith(WITHIN) or set(path) & set("$%\\\0") or path[:1] not in ("", "/"):
        problem = f"{name}() is given a path that is not plainly one inside the module"
        found.refuse(place, problem, f'write it as {name}("{WITHIN}/…"), without anything else to be filled in')
        return
    pattern = call.arguments[1] if name == "fileset" and len(call.arguments) > 1 else "*"
    if pattern is None or ".." in pattern or pattern.startswith("/") or set(pattern) & set("$%\\"):
        found.refuse(place, "fileset() is given a pattern that may lead out of the module", "write it plainly")
        return
    found.files.append(Named(place, path.lstrip("/") or ".", template=name == "templatefile"))


def _sources(blocks: list[tuple[str, Block]], found: Judgement) -> Iterator[tuple[str, str, Place]]:
    """Yield the providers that a module declares: local name, source and place; without one that is not plain."""
    for shown, block in blocks:
        for inner in block.blocks if block.kind == "terraform" else ():
            for local, value in inner.attributes if inner.kind == "required_providers" else ():
                source, place = _source(value, local), Place(shown, value.line)
                if source is None:
                    found.refuse(place, f"the source of provider {local} is not plain to see", 'write source = "a/b"')
                yield local, source or "", place


def _source(value: Expression, local: str) -> str | None:
    written = [entry for key, entry in value.entries if key == "source"]
    if not value.entries and value.text is not None:
        return f"hashicorp/{local}"  # the old way: a version alone
    if not value.entries or len(written) > 1 or any(key == "" for key, _ in value.entries):
        return None
    return canonical(written[0].text or "") if written else f"hashicorp/{local}"


def canonical(source: str) -> str | None:
    """Write a provider's source as lists name it: without the host where that is the public registry."""
    match = _SOURCE.match(source)
    if match is None:
        return None
    host, namespace = match["host"], match["namespace"]
    if host is not None and namespace is None:
        host, namespace = None, host
    short = f"{namespace or 'hashicorp'}/{match['type']}"
    return short if host in _REGISTRIES else f"{host}/{short}"


def _used(blocks: list[tuple[str, Block]]) -> Iterator[tuple[str, Place]]:
    """Yield the local names of the providers that a module's blocks and functions need."""
    for shown, top in blocks:
        for block, parent in _tree(top):
            place = Place(shown, block.line)
            for _, value in block.attributes:
                for call in value.calls:
                    if call.name.startswith("provider::"):
                        yield call.name.split("::")[1], Place(shown, call.line)
            if parent is None and block.kind == "provider" and block.labels:
                yield block.labels[0], place
            if block.kind in ("resource", "data", "ephemeral") and len(block.labels) == 2:
                chosen = block.all("provider")
                yield from ((_local(value), place) for value in chosen)
                if not chosen:
                    yield block.labels[0].partition("_")[0], place


def _local(value: Expression) -> str:
    return (value.text or "").partition(".")[0] or "?"
