"""A stack's rendered files, as they stand in the checkout's scratch directory."""

import shutil

from infraops.models.basics.workspace import Workspace
from infraops.models.stacks.stack import Stack
from infraops.render.stack import render, template_directory
from infraops.tools.files import TemplateCopies, write


def write_rendered(stack: Stack, workspace: Workspace, copies: TemplateCopies, *, anew: bool = False) -> int:
    """Write the stack's files where they differ from what is there; return how many did.

    With `anew`, nothing that is there stays, not even what Terraform keeps there: who knows who put it there.
    """
    copies.make(stack.template.directory, workspace.scratch / "templates" / template_directory(stack), anew=anew)
    directory = workspace.stacks / stack.environment.name / stack.blueprint
    if anew and directory.exists():
        shutil.rmtree(directory)
    return len(write(render(stack), directory))
