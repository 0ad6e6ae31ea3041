"""`infraops render`: the plain Terraform and Ansible of the selected stacks, to read and to keep."""

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import Selection, select
from infraops.models.reports.answers import Rendered
from infraops.stations.terraform.rendered import write_rendered
from infraops.tools.files import TemplateCopies


def render(selection: Selection, surroundings: Surroundings) -> tuple[Rendered, ...]:
    """Write the stacks' files below `.infraops/stacks/`, where they differ from what is there.

    That is no run: nothing is looked up, nothing acts, and nothing is taken down in the ledger.
    """
    opened = open_repo(surroundings)
    copies = TemplateCopies()
    return tuple(
        Rendered(stack.name, f".infraops/stacks/{stack.name}", write_rendered(stack, opened.workspace, copies))
        for stack in select(opened.repo, selection)
    )
