"""Stacks made by hand, for tests that need no control repo."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infraops.errors import Place
from infraops.models.files.environment import EnvironmentFile
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Environment, InputReference, Module, SecretReference, Stack, Template


def make_template(
    root: Path,
    module: str,
    *,
    platform: str = "lab",
    providers: Mapping[str, str | None] | None = None,
    any_provider: bool = False,
    aliases: frozenset[str] = frozenset(),
    **described: Any,
) -> Template:
    """Write a template with one module into `root/catalog/trial` and describe it."""
    directory = root / "catalog" / "trial"
    (directory / "terraform" / platform).mkdir(parents=True, exist_ok=True)
    (directory / "terraform" / platform / "main.tf").write_text(module)
    file = TemplateFile.model_validate(
        {"schema": "infraops/v1", "name": "trial", "version": "1.0", "summary": "A trial.", **described}
    )
    names = {word: frozenset(re.findall(rf'^{word} "(\w+)"', module, re.M)) for word in ("variable", "output")}
    declared = Module(
        directory / "terraform" / platform,
        names["variable"],
        names["output"],
        providers=providers or {},
        any_provider=any_provider,
        aliases=aliases,
    )
    return Template(file, directory, built_in=False, modules={platform: declared})


def make_stack(
    root: Path,
    template: Template,
    *,
    blueprint: str = "app",
    environment: Mapping[str, Any] | None = None,
    secrets: Mapping[str, SecretReference] | None = None,
    inputs: Mapping[str, InputReference] | None = None,
    **parameters: Any,
) -> Stack:
    """Make the stack `lab/<blueprint>` of a template."""
    described = {"schema": "infraops/v1", "name": "lab", "platform": "lab", **(environment or {})}
    file = EnvironmentFile.model_validate(described)
    return Stack(
        name=f"{file.name}/{blueprint}",
        blueprint=blueprint,
        environment=Environment(file, root / "inventories" / file.name),
        template=template,
        place=Place(f"blueprints/{blueprint}.yaml"),
        owner="team-trial",
        parameters=parameters,
        secrets=secrets or {},
        inputs=inputs or {},
    )
