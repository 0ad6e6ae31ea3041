"""A root module that somebody else runs: its state and the values of its variables, which are only read."""

import json
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.processes import Children
from infraops.render.hcl import word
from infraops.tools.files import write_file
from infraops.tools.terraform.command import Commander
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.program.environment import environment
from infraops.tools.terraform.program.pinned import Program
from infraops.tools.terraform.state.outputs import STATE_VERSION

_CALL = "module.service"
_VARIABLE = "TF_VAR_"


def pull_state(
    directory: Path, program: Program, environ: Mapping[str, str], children: Children | None = None
) -> dict[str, Any]:
    """Return the state of a root module, from wherever it is kept; it is only read.

    Raises InfraOpsError where there is none, or none that can be read.
    """
    doing = f"reading the state of {directory}"
    commander = Commander(program, directory, environment(environ, root=directory, extra={}), children=children)
    try:
        raw = commander.run(arguments("state pull"), doing=doing).stdout
    except InfraOpsError as error:
        error.hint = f"run `terraform init` in {directory}, as ever, or name a copy of the state with --state"
        raise
    return read_state(raw, doing)


def read_state(raw: str, doing: str) -> dict[str, Any]:
    """Read a state. Raises InfraOpsError where it is empty or has another format than this one knows."""
    try:
        document = json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise InfraOpsError(doing, f"it is no JSON: {error}", "is it a state of Terraform's?") from error
    if not isinstance(document, dict) or not document.get("resources"):
        hint = "is this the directory, the workspace and the backend that it was applied with?"
        raise InfraOpsError(doing, "there is nothing in it", hint)
    if document.get("version") != STATE_VERSION:
        problem = f"it has format {document.get('version')!r}, and only {STATE_VERSION} is understood"
        raise InfraOpsError(doing, problem, "apply it once with a newer Terraform")
    return document


def called_state(document: Mapping[str, Any], *, stack: str, configured: Iterable[str]) -> dict[str, Any]:
    """Return a state as it is once its root module is called as a module by the rendered one of a stack.

    `configured` are the sources of the providers that it configures itself, as far as they end alike. The lineage is
    another, so that Terraform never takes one state for the other; the outputs stay.
    """
    own = tuple(configured)
    lineage = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{document.get('lineage')}/{stack}"))
    resources = [_called(each, own) for each in document["resources"]]
    return {**document, "lineage": lineage, "resources": resources, "check_results": None}


def _called(resource: Mapping[str, Any], configured: Sequence[str]) -> dict[str, Any]:
    module, provider = resource.get("module"), str(resource["provider"])
    name = provider.rpartition('"]')[0].rpartition("/")[2]
    if provider.startswith("module.") or name in configured:
        provider = f"{_CALL}.{provider}"
    instances = [
        {**each, "dependencies": [f"{_CALL}.{one}" for one in each["dependencies"]]} if "dependencies" in each else each
        for each in resource["instances"]
    ]
    place = f"{_CALL}.{module}" if module else _CALL
    return {**resource, "module": place, "provider": provider, "instances": instances}


def read_values(
    directory: Path,
    types: Mapping[str, str | None],
    files: Sequence[Path],
    program: Program,
    environ: Mapping[str, str],
    *,
    also: Sequence[Path] = (),
) -> dict[str, Any]:
    """Return the values that variables are given by files and by TF_VAR_…; those that are given none are left out.

    Terraform itself reads them, in `directory`, which is removed again: it knows the order of the files, and the types.
    """
    doing = "reading the values of variables"
    directory.mkdir(parents=True, mode=0o700)
    try:
        form = 'variable "{name}" {{\n  type = {kind}\n  default = null\n}}\n'
        declared = (form.format(name=word(name), kind=kind or "any") for name, kind in types.items())
        write_file(directory / "variables.tf", "\n".join(declared))
        for file in files:
            shutil.copyfile(file, directory / file.name)
        given = {name: text for name, text in environ.items() if name.startswith(_VARIABLE)}
        commander = Commander(program, directory, {**environment(environ, root=directory, extra={}), **given})
        asked = [str(file) for file in also]
        plan = arguments("plan", input=False, out="values.tfplan", var_file=asked, flags=("no_color",))
        commander.run(plan, doing=doing)
        shown = commander.run(arguments("show", "values.tfplan", flags=("no_color", "json")), doing=doing).stdout
        found: Mapping[str, Any] = json.loads(shown).get("variables", {})
        return {name: each["value"] for name, each in found.items() if each.get("value") is not None and name in types}
    finally:
        shutil.rmtree(directory, ignore_errors=True)
