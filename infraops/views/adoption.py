"""A root module that is being adopted, before and after."""

from typing import Any

from infraops.models.reports.answers import Adoption
from infraops.views.console import Streams
from infraops.views.documents import plain
from infraops.views.plans import show_stack_plan
from infraops.views.words import count


def show_adoption(found: Adoption, streams: Streams) -> None:
    """Print what would be written, and what is to be known of it."""
    streams.out.print(f"{found.stack}: {count(found.resources, 'resource')}, and nothing to change", soft_wrap=True)
    for note in found.notes:
        streams.out.print(f"  {note}", soft_wrap=True)
    for file in found.files:
        streams.out.print(f"  + {file}", soft_wrap=True)
    streams.out.print("  + its state, with new addresses; the one that there is stays as it is", soft_wrap=True)


def show_adopted(found: Adoption, streams: Streams) -> None:
    """Print what to do now that it is written."""
    streams.out.print(f"{found.stack} is adopted (run {found.run})", soft_wrap=True)
    old = f"from now on apply nothing in {found.directory}: its state there is not this stack's any more"
    streams.out.print(old, soft_wrap=True)


def show_difference(found: Adoption, streams: Streams) -> None:
    """Print what the first plan would change, and that nothing was written."""
    show_stack_plan(found.stack, found.plan, (), streams)
    for name in found.plan.changed_outputs:
        streams.out.print(f"  output {name} changes", soft_wrap=True)
    for note in found.notes:
        streams.out.print(f"  {note}", soft_wrap=True)
    streams.out.print("its first plan is not empty: nothing was written", soft_wrap=True)


def adoption_document(found: Adoption) -> dict[str, Any]:
    """Return it as a document."""
    document: dict[str, Any] = plain(found)
    return document
