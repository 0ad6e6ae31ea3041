"""A workplace for tests that carry stacks through real Terraform."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraops.models.basics.workspace import Workspace, workspace_of
from infraops.models.stacks.stack import Stack
from infraops.processes import Workers
from infraops.render.stack import render, template_directory
from infraops.tools.files import copy_template, write
from infraops.tools.terraform.driver import Program, Terraform, site_of


@dataclass(frozen=True)
class Bench:
    """A checkout, a program and an operator's environment."""

    root: Path
    program: Program
    environ: Mapping[str, str]
    workers: Workers | None = None

    @property
    def workspace(self) -> Workspace:
        return workspace_of(self.root, self.environ)

    def prepare(self, stack: Stack, *, mirror: Path | None = None, **options: Any) -> Terraform:
        """Render a stack as the render station does and return its Terraform."""
        copy_template(stack.template.directory, self.workspace.scratch / "templates" / template_directory(stack))
        site = site_of(stack, self.workspace, provider_mirror=mirror)
        write(render(stack), site.directory)
        return Terraform(self.program, site, environ=self.environ, **{"workers": self.workers, **options})

    def plan_file(self, name: str = "plan") -> Path:
        (self.root / "run").mkdir(exist_ok=True)
        return self.root / "run" / name
