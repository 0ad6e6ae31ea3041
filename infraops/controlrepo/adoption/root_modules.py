"""An existing root module in a directory: its files as a template takes them, and what of it a module cannot have."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from infraops.controlrepo.hcl.scanner import Block, BrokenHcl, scan
from infraops.controlrepo.modules.required_providers import providers_of
from infraops.errors import UsageError

LOCK_FILE = ".terraform.lock.hcl"
_LEFT = re.compile(r"\.terraform(\..*|$)|\.git$|terraform\.tfstate\.d$|.*\.tfstate(\..*)?$|.*\.tfplan$|crash\.log$")
_VALUES = re.compile(r"terraform\.tfvars(\.json)?$|.*\.auto\.tfvars(\.json)?$")
_STATE_KEPT_BY = ("backend", "cloud")
_CONTRACT = frozenset({"hosts", "endpoints"})


@dataclass(frozen=True)
class RootModule:
    """A root module as it was found.

    `files` are by their path from the module's place in a template; those of modules that it calls beside it may climb
    out of that with `..`. `configured` are the providers that it configures itself, by name, with their sources.
    """

    directory: Path
    files: Mapping[str, bytes]
    variables: Mapping[str, Mapping[str, str]]
    outputs: frozenset[str]
    resources: frozenset[str]
    providers: Mapping[str, str | None]
    configured: frozenset[str]
    value_files: tuple[Path, ...]
    taken_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def read_root_module(directory: Path) -> RootModule:
    """Read a root module. Raises UsageError where it is none, or cannot be called as a module."""
    doing = f"reading the root module {directory}"
    if not directory.is_dir():
        raise UsageError(doing, "there is no such directory", "name the one that Terraform is run in")
    if not any(directory.glob("*.tf")):
        raise UsageError(doing, "there is no .tf file in it", "name the directory that Terraform is run in")
    if strays := sorted(path.name for path in directory.glob("*.tf.json")):
        raise UsageError(doing, f"{strays[0]} is in JSON syntax", "write it as .tf first")
    blocks = _blocks(directory, doing)
    _refuse(blocks, doing)
    files, taken_out = _files(directory, doing)
    used = {name for _, block in blocks for name in re.findall(r"\bpath\.(?:root|cwd)\b", block.body)}
    notes = [f"{word} is used: it is another directory now" for word in sorted(used)]
    if any(re.search(r"\bterraform\.workspace\b", block.body) for _, block in blocks):
        notes.append("terraform.workspace is used: it is always `default` now")
    plain = [block for _, block in blocks]
    return RootModule(
        directory=directory,
        files=files,
        variables={block.labels[0]: block.attributes for block in plain if block.kind == "variable" and block.labels},
        outputs=frozenset(block.labels[0] for block in plain if block.kind == "output" and block.labels),
        resources=frozenset(".".join(block.labels) for block in plain if block.kind == "resource"),
        providers=providers_of(plain),
        configured=frozenset(block.labels[0] for block in plain if block.kind == "provider" and block.labels),
        value_files=tuple(sorted(path for path in directory.iterdir() if _VALUES.match(path.name))),
        taken_out=tuple(taken_out),
        notes=tuple(notes),
    )


def _blocks(directory: Path, doing: str) -> list[tuple[str, Block]]:
    found = []
    for path in sorted(directory.glob("*.tf")):
        try:
            text = path.read_text(encoding="utf-8")
            found += [(f"{path.name}:{block.line}", block) for block in scan(text)]
        except BrokenHcl as broken:
            hint = "close it; `terraform fmt` shows where"
            raise UsageError(doing, f"{path.name}:{broken.line}: {broken.problem}", hint) from None
        except (OSError, UnicodeError) as error:
            raise UsageError(doing, f"{path.name} cannot be read: {error}", "is it a file of Terraform's?") from None
    return found


def _refuse(blocks: list[tuple[str, Block]], doing: str) -> None:
    for place, block in blocks:
        if block.kind == "import":
            raise UsageError(doing, f"{place}: an import block, which only a root module has", "apply it, remove it")
        if block.kind == "output" and _CONTRACT & set(block.labels):
            problem = f"{place}: an output {block.labels[0]}, which tells infraops of hosts and addresses"
            raise UsageError(doing, problem, "give it another name, and apply that first")


def _files(directory: Path, doing: str) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a root module and of the modules beside it, and what was taken out of them."""
    files: dict[str, bytes] = {}
    taken_out: list[str] = []
    seen: set[Path] = set()
    waiting = [directory]
    while waiting:
        here = waiting.pop()
        if any(here == one or here.is_relative_to(one) for one in seen):
            continue
        seen.add(here)
        for path in _below(here):
            relative = os.path.relpath(path, directory)
            content = path.read_bytes()
            if path.suffix == ".tf":
                waiting += _called(path, content, directory, doing)
            if path.suffix == ".tf" and path.parent == directory:
                text, removed = without_backend(content.decode())
                content = text.encode()
                taken_out += [f"{path.name}: {each}" for each in removed]
            if not (path.parent == directory and _VALUES.match(path.name)):
                files[PurePosixPath(relative).as_posix()] = content
    return files, taken_out


def _below(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if _LEFT.match(path.name) or (path.is_symlink() and directory.resolve().is_relative_to(path.resolve())):
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.is_file():
            yield path


def _called(path: Path, content: bytes, directory: Path, doing: str) -> Iterator[Path]:
    """Yield the directories outside that a file's modules are called from. Raises UsageError for one too far away."""
    try:
        blocks = scan(content.decode())
    except (BrokenHcl, UnicodeError):  # who calls it is told by Terraform
        return
    for block in blocks:
        source = block.called_beside
        if source is None:
            continue
        target = Path(os.path.normpath(path.parent / source))
        climbed = os.path.relpath(target, directory)
        if target.is_relative_to(directory) or not target.is_dir():
            continue
        parts = PurePosixPath(climbed).parts
        # From terraform/<platform>/ of a template: two steps up is the template itself.
        if parts.count("..") > 2 or (parts.count("..") == 1 and any(target.glob("*.tf"))):
            problem = f"{path.name}:{block.line}: the module {source} lies where a template cannot take it along"
            raise UsageError(doing, problem, "move it into a directory of modules, such as ../modules, and init again")
        yield target


def without_backend(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a configuration without the blocks that say where its state is kept, and these in words."""
    removed: list[str] = []
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for block in reversed(scan(text)):
        if block.kind != "terraform":
            continue
        for inner in reversed(block.blocks):
            if inner.kind in _STATE_KEPT_BY:
                start, end = _whole_lines(text, inner.start, inner.end)
                text = text[:start] + text[end:]
                removed.append(" ".join([inner.kind, *inner.labels]))
    return mark + text, tuple(reversed(removed))


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to its lines where nothing else stands on them."""
    before, after = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    if text[before:start].strip() or after < 0 or text[end:after].strip():
        return start, end
    return before, after + 1
