"""A stack's rendered files, as they stand in the checkout's scratch directory."""

from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.render.stack import render, template_directory
from infraops.tools.files import TemplateCopies, write


def write_rendered(stack: Stack, workspace: Workspace, copies: TemplateCopies) -> int:
    """Write the stack's files where they differ from what is there; return how many did."""
    copies.make(stack.template.directory, workspace.scratch / "templates" / template_directory(stack))
    directory = workspace.stacks / stack.environment.name / stack.blueprint
    return len(write(render(stack), directory))
