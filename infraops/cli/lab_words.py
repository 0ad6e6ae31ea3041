"""Words about this machine and its hosts: doctor, lab, ssh."""

from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.cli.options import Environment, Yes, one_of
from infraops.commands import doctor as examining
from infraops.commands import lab
from infraops.commands import ssh as connecting
from infraops.errors import Exit
from infraops.lab.findings import Level
from infraops.views.documents import plain, print_document
from infraops.views.machine import packages_question, show_findings, show_lab, show_pruned


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(doctor)
    command(app)(ssh)
    group = typer.Typer(help="The lab: real Linux hosts on this machine.", no_args_is_help=True, rich_markup_mode=None)
    for word in (setup, status, prune):
        command(group)(word)
    command(group, "exec")(execute)
    app.add_typer(group, name="lab")


def doctor(door: Door) -> int:
    """Look whether this machine has what runs need. Says what to do where it does not.

    Example: infraops doctor
    """
    findings = examining.doctor(door.surroundings())
    if door.streams.json:
        print_document("infraops/doctor/v1", {"findings": plain(findings)}, door.streams)
    else:
        show_findings(findings, door.streams)
    return Exit.FAILED if any(finding.level is Level.FAIL for finding in findings) else Exit.DONE


def ssh(
    door: Door,
    host: Annotated[str, typer.Argument(help="A host, or a stack that has one.", autocompletion=completions.hosts)],
    words: Annotated[list[str] | None, typer.Argument(help="A command to run there.", metavar="-- COMMAND…")] = None,
    environment: Environment = None,
) -> None:
    """Open a shell on a host, or run one command there. The host's key is pinned.

    Example: infraops ssh storefront-app-01 -- uptime
    """
    surroundings = door.surroundings()

    def say(line: str) -> None:
        door.streams.err.print(line, soft_wrap=True, markup=False)

    argv = connecting.ssh_argv(one_of(environment), host, surroundings, tuple(words or ()), say=say)
    surroundings.become(argv)


def setup(door: Door, yes: Yes = False) -> None:
    """Get this machine ready for lab hosts. Names and installs Debian packages, builds the base layer.

    Example: infraops lab setup
    """

    def agree(packages: tuple[str, ...]) -> bool:
        door.streams.err.print(f"lab hosts need these Debian packages: {' '.join(packages)}", soft_wrap=True)
        if not yes:
            door.demand(packages_question(packages), doing="installing Debian packages")
        return True

    with door.progress:
        findings = lab.setup(door.surroundings(), agree=agree)
    if door.streams.json:
        print_document("infraops/lab-setup/v1", {"findings": plain(findings)}, door.streams)
    else:
        show_findings(findings, door.streams)


def status(door: Door) -> None:
    """List this checkout's lab hosts.

    Example: infraops lab status
    """
    hosts = lab.status(door.surroundings())
    if door.streams.json:
        print_document("infraops/lab-status/v1", {"hosts": plain(hosts)}, door.streams)
    else:
        show_lab(hosts, door.streams)


def execute(
    door: Door, words: Annotated[list[str], typer.Argument(help="The command.", metavar="-- COMMAND…")]
) -> None:
    """Run a command where this lab's hosts can be reached. Plain users have them in a namespace.

    Example: infraops lab exec -- curl http://198.18.0.2
    """
    surroundings = door.surroundings()
    lab.enter(surroundings)
    surroundings.become(words)


def prune(
    door: Door,
    dry_run: Annotated[
        bool,
        # its name says prune: nobody shall believe that it keeps `apply` from doing anything
        typer.Option("--dry-run", "-n", envvar="INFRAOPS_PRUNE_DRY_RUN", help="Only say what would be removed."),
    ] = False,
    bases: Annotated[
        bool, typer.Option("--bases", envvar="INFRAOPS_PRUNE_BASES", help="Base layers that nobody uses, too.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Remove lab hosts that no state knows, and half-made ones.

    Example: infraops lab prune --dry-run
    """
    found = lab.prune(door.surroundings(), dry_run=True, bases=bases)
    if found and not dry_run:
        if not yes:
            show_pruned(found, door.streams.aside, dry_run=True)
            door.demand("Remove these? Only 'yes' goes on: ", doing="pruning the lab")
        found = lab.prune(door.surroundings(), dry_run=False, bases=bases)
    if door.streams.json:
        print_document("infraops/lab-prune/v1", plain(found), door.streams)
    else:
        show_pruned(found, door.streams, dry_run=dry_run)
