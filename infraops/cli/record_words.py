"""Words about what is and what was: status, output, inventory, history, logs, ledger."""

import json as json_module
from datetime import UTC, datetime
from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.cli.options import Base, Key
from infraops.commands import history as remembering
from infraops.commands import inventory as listing
from infraops.commands import ledger as checking
from infraops.commands import logs as reading
from infraops.commands import output as answering
from infraops.commands import status as standing
from infraops.commands.selection.stacks import Selection
from infraops.errors import Exit
from infraops.views.documents import ledger_check_document, outputs_document, plain, print_document
from infraops.views.record import show_anchor, show_history, show_logs, show_run_entries, show_verification
from infraops.views.standing import show_emergencies, show_outputs, show_status


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    for word in (status, output, inventory, history, logs):
        command(app)(word)
    ledger = typer.Typer(help="The hash-chained record of runs.", no_args_is_help=True, rich_markup_mode=None)
    command(ledger)(verify)
    command(ledger)(anchor)
    app.add_typer(ledger, name="ledger")


def status(
    door: Door,
    selection: Selection,
    hosts: Annotated[bool, typer.Option("--hosts", envvar="INFRAOPS_HOSTS", help="List every host.")] = False,
) -> None:
    """Show how stacks stand, by state and ledger.

    Example: infraops status -e lab --hosts
    """
    result = standing.status(selection, door.surroundings())
    if door.streams.json:
        document = [{**plain(each), "outputs": outputs_document(each.outputs)} for each in result.stacks]
        waiting = plain(result.emergencies)
        print_document("infraops/status/v1", {"stacks": document, "emergencies": waiting}, door.streams)
    else:
        show_status(result.stacks, door.streams, hosts=hosts)
        show_emergencies(result.emergencies, door.streams, now=datetime.now(UTC))


def output(door: Door, selection: Selection) -> None:
    """Show what stacks answer: endpoints, hosts, declared outputs.

    Example: infraops output -e lab storefront --json
    """
    result = answering.output(selection, door.surroundings())
    if door.streams.json:
        document = {each.stack: outputs_document(each.outputs) for each in result}
        print_document("infraops/output/v1", {"stacks": document}, door.streams)
    else:
        show_outputs(result, door.streams)


def inventory(
    door: Door,
    selection: Selection,
    list_: Annotated[bool, typer.Option("--list", help="The whole inventory, as Ansible asks for it.")] = False,
    host: Annotated[
        str | None,
        typer.Option("--host", help="One host's variables.", metavar="NAME", autocompletion=completions.hosts),
    ] = None,
) -> None:
    """Print the hosts as an Ansible inventory. A JSON file for -i; with --list or --host, as a script answers.

    Example: infraops inventory -e lab > lab.json && ansible-playbook -i lab.json site.yml
    """
    document = listing.inventory(selection, door.surroundings())
    if host is not None:
        content = listing.variables_of_host(document, host)
    else:
        content = document if list_ else listing.as_file(document)
    door.streams.out.out(json_module.dumps(content, indent=2), highlight=False)


def history(
    door: Door,
    run: Annotated[
        str | None,
        typer.Argument(help="One run, by its id or the beginning of it.", autocompletion=completions.runs),
    ] = None,
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", envvar="INFRAOPS_HISTORY_LIMIT", min=1, help="How many runs.", metavar="NUMBER"),
    ] = 20,
) -> None:
    """Show past runs, or every station of one.

    Example: infraops history --limit 5
    """
    if run is not None:
        remembered, entries = remembering.run_entries(run, door.surroundings())
        if door.streams.json:
            content = {"run": plain(remembered), "entries": plain(entries)}
            print_document("infraops/run/v1", content, door.streams)
        else:
            show_run_entries(remembered, entries, door.streams)
        return
    runs = remembering.history(door.surroundings(), limit=limit)
    if door.streams.json:
        print_document("infraops/history/v1", {"runs": plain(runs)}, door.streams)
    else:
        show_history(runs, door.streams)


def logs(
    door: Door,
    run: Annotated[
        str | None,
        typer.Argument(help="The run, by its id or the beginning of it; the newest.", autocompletion=completions.runs),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            "-s",
            envvar="INFRAOPS_STACK",
            help="One stack's log.",
            metavar="NAME",
            autocompletion=completions.logged_stacks,
        ),
    ] = None,
) -> None:
    """Show what every tool said in a run.

    Example: infraops logs --stack storefront
    """
    result = reading.logs(door.surroundings(), run=run, stack=stack)
    if door.streams.json:
        print_document("infraops/logs/v1", plain(result), door.streams)
    else:
        show_logs(result, door.streams)


def verify(
    door: Door,
    head: Annotated[
        str | None,
        typer.Option("--head", envvar="INFRAOPS_HEAD", help="A head noted earlier, elsewhere.", metavar="SEQ:HASH"),
    ] = None,
    base: Base = None,
) -> int:
    """Check every link of the chain, every approval, the newest anchor.

    Example: infraops ledger verify
    """
    result = checking.verify(door.surroundings(), head=head, base=base)
    if door.streams.json:
        print_document("infraops/ledger-verify/v1", ledger_check_document(result), door.streams)
    else:
        show_verification(result, door.streams)
    return Exit.DONE if result.ok else Exit.FAILED


def anchor(
    door: Door,
    key: Key = None,
    push: Annotated[
        str | None,
        typer.Option("--push", envvar="INFRAOPS_PUSH", help="Hand the anchors to this remote.", metavar="REMOTE"),
    ] = None,
    base: Base = None,
) -> None:
    """Sign the head of the chain into a git ref.

    Others keep a copy of that ref, and so of where the chain stood.

    Example: infraops ledger anchor --push origin
    """
    result = checking.anchor(door.surroundings(), key=key, push=push, base=base)
    if door.streams.json:
        print_document("infraops/ledger-anchor/v1", plain(result), door.streams)
    else:
        show_anchor(result, door.streams)
