"""How a station gets at a stack's Terraform: its places, and what it says turned into the run's events."""

from collections.abc import Callable, Mapping
from pathlib import Path

from infraops.lab.mirror import write_mirror
from infraops.models.basics.workspace import Workspace
from infraops.models.plans.contract import Outputs
from infraops.models.runs.events import Progress, Said
from infraops.models.stacks.stack import Stack
from infraops.processes import Children
from infraops.stations.bench.tools import Tools, watch_for
from infraops.stations.terraform.rendered import write_rendered
from infraops.tools.files import TemplateCopies
from infraops.tools.terraform.driver import Program, Terraform, site_of
from infraops.tools.terraform.messages.events import Diagnostic, Phase, ResourceEvent, TerraformEvent

LAB = "lab"
PROVIDER_MIRROR = "terraform-mirror"  # below the cache directory


def terraform_of(stack: Stack, tools: Tools, station: str) -> Terraform:
    """Return the stack's Terraform, which reports to this run as working at `station`."""
    return Terraform(
        tools.program,
        site_of(stack, tools.workspace, provider_mirror=_mirror(stack, tools.workspace)),
        environ=tools.environ,
        children=tools.children,
        on_event=_teller(stack, tools, station),
        watch=watch_for(tools, stack.name, tools.program.name),
        workers=tools.workers,
        locked=tools.options.untrusted,
    )


def outputs_in_state(
    stack: Stack,
    workspace: Workspace,
    program: Program,
    *,
    environ: Mapping[str, str],
    children: Children,
    copies: TemplateCopies | None = None,
    untrusted: bool = False,
) -> Outputs:
    """Read a stack's outputs from its state, whatever run wrote them; empty if it was never applied.

    A run hands over the `copies` of templates that it has made, as its other stacks work with them.
    """
    site = site_of(stack, workspace, provider_mirror=_mirror(stack, workspace))
    terraform = Terraform(program, site, environ=environ, children=children, locked=untrusted)
    if site.state is None:  # a state elsewhere is reached through its backend, which has to be initialised
        write_rendered(stack, workspace, copies or TemplateCopies(), anew=untrusted)
        terraform.init()
    return terraform.outputs()


def _mirror(stack: Stack, workspace: Workspace) -> Path | None:
    return write_mirror(workspace.cache / PROVIDER_MIRROR) if stack.environment.platform == LAB else None


def _teller(stack: Stack, tools: Tools, station: str) -> Callable[[TerraformEvent], None]:
    def tell(event: TerraformEvent) -> None:
        match event:
            case ResourceEvent():
                tools.report(Progress(stack.name, station, _in_words(event)))
            case Diagnostic():
                where = f" ({event.place})" if event.place else ""
                tools.report(
                    Said(stack.name, station, f"{event.severity}: {event.summary} {event.detail}{where}".strip())
                )
            case _:
                tools.report(Said(stack.name, station, event.text))

    return tell


def _in_words(event: ResourceEvent) -> str:
    if event.phase is Phase.PROGRESS:
        return f"{event.address}: {event.text or event.action} ({event.seconds:.0f} s)"
    return f"{event.address}: {event.action} {event.phase.value}"
