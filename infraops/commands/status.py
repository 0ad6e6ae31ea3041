"""`infraops status`: how the stacks stand, by state and ledger."""

from infraops.commands.context.entering import open_repo_ledger
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.deployed.orphans import find_orphans
from infraops.commands.deployed.outputs import read_outputs
from infraops.commands.selection.stacks import Selection, choose_environment, select
from infraops.ledger.ledger import Ledger
from infraops.models.ledger.answers import RunRecord
from infraops.models.ledger.entries import Kind
from infraops.models.ledger.stations import StationEnded
from infraops.models.plans.contract import Outputs
from infraops.models.reports.answers import RepoStanding, Standing
from infraops.models.stacks.stack import Stack
from infraops.stations.change_control.emergency import open_emergencies
from infraops.tools.terraform.state.leftovers import Leftover


def status(selection: Selection, surroundings: Surroundings) -> RepoStanding:
    """Tell how the selected stacks stand; the machines themselves are not looked at."""
    opened = open_repo(surroundings)
    stacks = select(opened.repo, selection)
    outputs = read_outputs(stacks, opened, surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        runs = {record.id: record for record in ledger.runs(limit=None)}
        standings = tuple(_standing(stack, outputs[stack.name], ledger, runs) for stack in stacks)
        emergencies = tuple(open_emergencies(ledger))
    orphans = tuple(_orphan(each) for each in _orphans(selection, opened))
    return RepoStanding((*standings, *orphans), emergencies)


def _orphans(selection: Selection, opened: OpenRepo) -> tuple[Leftover, ...]:
    """Find what is deployed without a blueprint, where all of an environment was asked for."""
    chosen = selection.names or selection.tags or selection.owners or selection.changed_since
    return () if chosen else find_orphans(opened, choose_environment(opened.repo, selection.environment))


def _orphan(left: Leftover) -> Standing:
    card = left.card
    return Standing(left.stack, card.template, card.owner, card.depends_on, True, left.outputs, orphan=True)


def _standing(stack: Stack, outputs: Outputs, ledger: Ledger, runs: dict[str, RunRecord]) -> Standing:
    last = next(
        (
            entry
            for entry in reversed(ledger.entries(stack=stack.name, kind=Kind.STATION_ENDED))
            if isinstance(entry.payload, StationEnded) and entry.payload.station in ("provision", "configure", "verify")
        ),
        None,
    )
    record = runs.get(last.run) if last is not None else None
    payload = last.payload if last is not None and isinstance(last.payload, StationEnded) else None
    return Standing(
        stack=stack.name,
        template=stack.template.reference,
        owner=stack.owner,
        depends_on=stack.depends_on,
        applied=outputs.any,
        outputs=outputs,
        proven_hosts=tuple(sorted(ledger.configured_hosts(stack.name))),
        last_run=last.run if last is not None else "",
        last_command=record.command if record is not None else "",
        last_outcome=f"{payload.station} {payload.outcome.value}" if payload is not None else "",
        last_at=last.at if last is not None else None,
        pinned_apart_from=stack.pinned_apart_from,
    )
