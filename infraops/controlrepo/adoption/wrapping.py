"""Drafting a template of a foreign module, and perhaps a playbook: its text, and which files it takes along."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.controlrepo.adoption.blocks import findings_beyond
from infraops.controlrepo.adoption.modules import Reading, read_foreign_module
from infraops.controlrepo.adoption.playbooks import ForeignPlaybook, read_foreign_playbook
from infraops.controlrepo.adoption.template_writing import template_text
from infraops.controlrepo.documents.phrases import listing, quote, suggest
from infraops.controlrepo.files.contents import tree
from infraops.controlrepo.files.inside import PRIVATE
from infraops.controlrepo.modules.reach import Reach, reach_of
from infraops.controlrepo.templates.checking import LOCAL
from infraops.controlrepo.templates.placing import strays
from infraops.errors import InfraOpsError
from infraops.models.reports.wrapping import Finding, Outcome

_CLOUDS = {"aws": "aws", "azurerm": "azure", "azuread": "azure", "google": "google", "lab": "lab"}
_ADDRESSES = re.compile(r"(?:^|_)(?:ips?|ip_address(?:es)?|address(?:es)?|hosts?|dns_names?)$")
_MANY = frozenset({"list", "set", "map", "tuple", "object", "string"})
_STATE = re.compile(r"\.tfstate(?:\..*)?$")


@dataclass(frozen=True)
class Wish:
    """What a template is to be made of."""

    root: Path  # the control repo
    module: Path
    name: str
    version: str
    platform: str | None
    playbook: Path | None
    hosts_from: str | None


@dataclass(frozen=True)
class Draft:
    """A template that is not written yet; `files` maps paths in its directory to the files to copy there."""

    name: str
    version: str
    platform: str
    text: str
    in_place: bool
    files: dict[str, Path] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def draft(wish: Wish) -> Draft:
    """Draft the template. Raises InfraOpsError where there can be none."""
    reading = read_foreign_module(wish.module, wish.platform or "")
    platform = wish.platform or _platform(reading, wish)
    findings = [*reading.findings, *findings_beyond(reading.foreign)]
    if platform == LOCAL:
        hint = "write local_safe: true if it touches nothing outside of one directory"
        findings.append(Finding("platform local", Outcome.MISSING, "templates must be declared safe for it", hint))
    reach, home = reach_of(wish.module), f"catalog/{wish.name}"
    in_place = _is_inside(wish.module, wish.root) and not strays(reach.outside, wish.root)
    files = {} if in_place else dict(_copies(wish.module, reach, platform))
    source = os.path.relpath(wish.module, wish.root / home) if in_place else _source(wish.module, reach, platform)
    played = None if wish.playbook is None else read_foreign_playbook(wish.playbook)
    written: dict[str, Any] = {"schema": "infraops/v1", "name": wish.name, "version": wish.version}
    written["summary"] = f"The module {wish.module.name}, as it is."
    if source != f"terraform/{platform}":
        written["modules"] = {platform: source}
    written |= _contract(reading, wish, findings, played)
    written |= {
        key: value for key, value in (("parameters", reading.parameters), ("outputs", reading.outputs)) if value
    }
    if played is not None and wish.playbook is not None:
        findings += played.findings
        where, more = _playbook(wish.playbook, played, wish)
        written["playbook"] = where
        files |= more
    text = template_text(written, schema="../../.infraops/schema/template.json")
    return Draft(wish.name, wish.version, platform, text, in_place, files, tuple(findings))


def _platform(reading: Reading, wish: Wish) -> str:
    kinds = [
        block.labels[0].partition("_")[0]
        for kind in ("resource", "data", "provider")
        for block in reading.foreign.of(kind)
    ]
    found = sorted({_CLOUDS[kind] for kind in kinds if kind in _CLOUDS})
    if len(found) == 1:
        return found[0]
    problem = f"it uses {listing(found)}" if found else "nothing in it tells which platform it is for"
    raise InfraOpsError(f"importing {wish.module}", problem, "add --platform, as environment.yaml names it")


def _is_inside(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and not PRIVATE & set(path.relative_to(root).parts)


def _layout(module: Path, reach: Reach) -> Path:
    """Return the directory whose layout is kept, so that relative paths lead where they led."""
    return Path(os.path.commonpath([module, *reach.outside]))


def _source(module: Path, reach: Reach, platform: str) -> str:
    below = module.relative_to(_layout(module, reach)).as_posix()
    return f"terraform/{platform}" if below == "." else f"terraform/{platform}/{below}"


def _copies(module: Path, reach: Reach, platform: str) -> Iterator[tuple[str, Path]]:
    top = _layout(module, reach)
    for part in (module, *reach.outside):
        for name, _ in tree(part):
            path = part if name == "." else part / name
            if not path.is_file():
                problem = f"{path} is a link that leads nowhere, or round in circles"
                raise InfraOpsError(f"copying {module}", problem, "remove it, or mend it")
            if not _STATE.search(path.name):  # it may hold secrets, and no module reads it
                yield f"terraform/{platform}/{path.relative_to(top).as_posix()}", path


def _contract(reading: Reading, wish: Wish, findings: list[Finding], played: ForeignPlaybook | None) -> dict[str, Any]:
    """Say how the contract's outputs are made, or that they are not."""
    written: dict[str, Any] = {}
    values = {block.labels[0]: block.attributes.get("value", "") for block in reading.foreign.of("output")}
    if wish.hosts_from is not None:
        written["hosts"] = _hosts_from(wish.hosts_from, reading, wish, played)
        findings.append(Finding("hosts", Outcome.MAPPED, f"from the output {wish.hosts_from}", _host_hint(written)))
    elif "hosts" in values and "address" in values["hosts"]:
        findings.append(Finding("hosts", Outcome.MAPPED, "the module answers the contract itself"))
    else:
        candidates = [name for name in reading.outputs if _ADDRESSES.search(name) and name != "hosts"]
        hint = (
            f"add --hosts-from, for example {listing(candidates)}" if candidates else "give it an output of addresses"
        )
        outcome = Outcome.MISSING if wish.playbook is not None else Outcome.LEFT
        findings.append(Finding("hosts", outcome, "no output of the contract's form: nothing can be configured", hint))
    if "endpoints" in values and "://" not in values["endpoints"]:
        written["endpoints"] = {}
        why = "the module's output of this name does not look like URLs by name, and is not read"
        findings.append(Finding("endpoints", Outcome.LEFT, why, "write endpoints: {web: http://{output}}"))
    elif "endpoints" not in values:
        hint = "write endpoints: {web: http://{output}} in template.yaml"
        findings.append(Finding("endpoints", Outcome.LEFT, "none, so that checks have nothing to ask", hint))
    kept = {"endpoints"} if "endpoints" in values else set()
    for name in (kept | {"hosts"}) - {wish.hosts_from}:
        reading.outputs.pop(name, None)
    return written


def _hosts_from(name: str, reading: Reading, wish: Wish, played: ForeignPlaybook | None) -> dict[str, Any]:
    if name not in reading.outputs:
        hint = suggest(name, reading.outputs)
        raise InfraOpsError(f"importing {wish.module}", f"--hosts-from: it has no output {quote(name)}", hint)
    if reading.outputs[name]["type"] not in _MANY:
        # A name in the plural is the only hint there is; a wrong guess shows when the stack is planned.
        reading.outputs[name]["type"] = "list" if name.endswith("s") else "string"
    groups = [group for group in (played.groups if played is not None else ()) if re.fullmatch(r"\w+", group)]
    return {"from": name, **({"groups": groups} if groups else {})}


def _host_hint(written: dict[str, Any]) -> str:
    return "say user:, if it is not root, and identity:, where an output tells hosts that were made anew" + (
        f"; all are in {listing(written['hosts']['groups'])}" if "groups" in written["hosts"] else ""
    )


def _playbook(playbook: Path, played: ForeignPlaybook, wish: Wish) -> tuple[str, dict[str, Path]]:
    """Return where the playbook is, relative to the template, and the files to copy there."""
    if _is_inside(playbook, wish.root) and not played.by_path:
        return os.path.relpath(playbook, wish.root / "catalog" / wish.name), {}
    return f"playbook/{playbook.name}", {f"playbook/{name}": path for name, path in played.files.items()}
