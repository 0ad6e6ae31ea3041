"""What a template does, with files that it may read although no digest of its own counts them."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from infraops.controlrepo.digests import template_digest
from infraops.controlrepo.files.contents import LEFT_BEHIND, file_digest
from infraops.controlrepo.governance.approvals import DIRECTORY as APPROVALS
from infraops.controlrepo.stacks.beyond import may_read_beyond
from infraops.models.basics.digests import digest_of
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.control import Control
from infraops.stations.bench.tools import Tools

_FETCHED = Path(".terraform/modules")  # from a stack's directory
# What is merged every day for other stacks; each is read by infraops or Terraform, which refuse what is none.
_EVERYDAY = re.compile(
    rf"{APPROVALS}/|blueprints/.*\.ya?ml$|inventories/[^/]+/(?:environment\.yaml|locks/[^/]+\.terraform\.lock\.hcl)$"
)


def digest_with_beyond(stack: Stack, control: Control, tools: Tools) -> str:
    """Digest what a planned stack's template does, with all that it may read besides.

    A file that no digest counts could else become another one after somebody looked at the change.
    """
    own = template_digest(stack, tools.workspace.root, tools.snapshot)
    if tools.options.forget:  # which runs nothing of the template
        return own
    beyond = control.beyond(may_read_beyond(stack, tools.workspace.root))
    fetched = dict(_fetched(tools.workspace.stacks / stack.environment.name / stack.blueprint / _FETCHED))
    return digest_of([own, beyond, fetched]) if beyond or fetched else own


def digest_beyond(committed: Callable[[], Mapping[str, str]], everything: bool) -> str:
    """Digest the committed files that no digest of a stack counts; "" where there are none.

    These are, where not `everything` may be read, those that pass for what programs leave behind.
    """
    found = {
        path: kind
        for path, kind in committed().items()
        if not LEFT_BEHIND.isdisjoint(path.split("/")) or (everything and not _EVERYDAY.match(path))
    }
    return digest_of(found) if found else ""


def _fetched(modules: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of modules that Terraform fetched: what a source names can move."""
    for path in modules.rglob("*"):
        below = path.relative_to(modules)
        if len(below.parts) > 1 and ".git" not in below.parts and path.is_file():
            yield f"{_FETCHED}/{below}", file_digest(path)
